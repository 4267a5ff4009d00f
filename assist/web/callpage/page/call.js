import { Chat } from './chat.js';
import { words } from './words.js';
import { Meter, Phone, Trouble } from './phone.js';

const $ = (id) => document.getElementById(id);
const config = JSON.parse(document.querySelector('meta[name=parley]').content);
const query = new URLSearchParams(location.search);
config.customer = new URLSearchParams(location.hash.slice(1)).get('customer') || ''; // of the embedding site
const live = new Set(['incall', 'reconnecting']);

let lang = pickLanguage();
let state = 'idle';
let phone = null;
let shown = {}; // what the state is shown with: {help, why, lasted, retry}
let muted = false;
let since = 0;
let clockTimer = 0;
let retryTimer = 0;
let pressed = '';
let coding = false; // the caller keys in a code: it is not shown
let who = {}; // who is speaking: level by name, and when it was last heard
let other = 'they'; // whom the caller talks to: they, the assistant, or agent, a person
let chat = null; // the written conversation
let lastCall = ''; // the call a conversation goes on from
let writeNote = '';
let typingTimer = 0;
const meter = new Meter(level);

function pickLanguage() {
  let kept = '';
  try { kept = localStorage.getItem('parley.lang') || ''; } catch { /* private mode */ }
  const want = query.get('lang') || kept || navigator.language || 'en';
  return want.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

const w = () => words[lang];
const inOwn = (texts) => (texts && (texts[lang] || texts.en || Object.values(texts)[0])) || '';
const minutes = (ms) => { const s = Math.max(0, Math.round(ms / 1000)); return Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0'); };

// draw brings all that depends on state and language up to date.
function draw() {
  const t = w();
  document.documentElement.lang = t.tag;
  document.body.dataset.state = state;
  document.querySelector('#they .name').dataset.t = other;
  for (const el of document.querySelectorAll('[data-t]')) if (el.id !== 'status') el.textContent = t[el.dataset.t];
  for (const el of document.querySelectorAll('[data-a]')) el.setAttribute('aria-label', t[el.dataset.a]);
  Object.assign($('lang'), { textContent: t.other, lang: t.otherLang });
  $('lang').setAttribute('aria-label', t.otherLabel);
  $('org').textContent = document.title = inOwn(config.title) || 'Parley';
  drawHead(t);
  drawButtons(t);
  drawHelp(t);
  for (const el of document.querySelectorAll('#choices span')) el.textContent = inOwn(config.lines[el.dataset.i].name) || config.lines[el.dataset.i].id;
  for (const el of document.querySelectorAll('#rows .who')) el.textContent = t[el.dataset.who];
  $('lines').hidden = config.lines.length < 2 || live.has(state) || state === 'connecting' || state === 'asking';
  const notice = inOwn(config.notice) || (config.recorded ? t.recorded : '');
  $('notice').textContent = notice;
  $('notice').hidden = !notice;
  drawAbout(t);
  drawPressed(t);
  for (const name of ['you', 'they']) drawVoice(name);
  drawWrite(t);
}

// drawAbout shows where callers may leave how to reach them: before a call, and not where a site says who they are.
function drawAbout(t) {
  $('about').hidden = !config.contact || !!config.customer || !!chat || live.has(state) || state === 'connecting' || state === 'asking';
  const all = [$('name').value.trim(), $('contact').value.trim()].filter(Boolean);
  setText($('aboutTitle'), all.length && !$('about').open ? t.aboutGiven(all.join(' · ')) : t.about);
  const wrong = $('contact').getAttribute('aria-invalid') === 'true';
  setText($('contactWrong'), wrong ? t.contactWrong : '');
}

// given is what the caller says of themselves, null when that cannot be right: then the page says so and waits.
function given() {
  if (!config.contact || config.customer) return {};
  const contact = $('contact').value.normalize('NFKC').trim(), name = $('name').value.trim();
  const right = !contact || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(contact) || (/^\+?[\d\s().\/-]+$/.test(contact) && contact.replace(/\D/g, '').length >= 5);
  $('contact').setAttribute('aria-invalid', String(!right));
  if (!right) { $('about').open = true; drawAbout(w()); $('contact').focus(); return null; }
  return { ...(name ? { name } : {}), ...(contact ? { contact } : {}) };
}

function drawPressed(t) {
  setText($('codeAsk'), coding ? t.codeAsk : '');
  setText($('pressed'), coding ? (pressed ? t.codeKeys(pressed.length) : '') : pressed ? t.pressed(pressed) : '');
}

function setText(el, text) { if (el.textContent !== text) el.textContent = text; }

function drawHead(t) {
  const title = state === 'blocked' ? t.blocked[shown.help][0] : state === 'busy' ? t[shown.help] : t[state];
  let detail = t[state + 'Detail'] || '';
  if (state === 'idle' && config.lines.length === 1) detail = inOwn(config.lines[0].name) || detail;
  if (chat && (state === 'idle' || state === 'ended')) { setText($('status'), t.chatting); setText($('detail'), t.chatDetail); $('clock').hidden = true; return; }
  if (state === 'ended') detail = (t.why[shown.why] || t.why.error) + (shown.lasted ? ' ' + t.lasted(shown.lasted) : '');
  if (state === 'busy') detail = shown.retry > 0 ? t.wait(shown.retry) : t.tryNow;
  setText($('status'), title);
  setText($('detail'), detail);
  $('clock').hidden = !live.has(state);
}

function drawButtons(t) {
  const busy = state === 'asking' || state === 'connecting';
  const open = busy || live.has(state);
  $('call').classList.toggle('end', open);
  $('call').disabled = state === 'blocked' && (shown.help === 'insecure' || shown.help === 'old');
  setText($('callWord'), live.has(state) ? t.end : busy ? t.cancel : state === 'idle' || $('call').disabled ? t.call : t.again);
  for (const id of ['mute', 'pad']) $(id).disabled = !live.has(state);
  $('mute').setAttribute('aria-pressed', String(muted));
  $('mute').querySelector('span').textContent = muted ? t.unmute : t.mute;
  if (!live.has(state)) showPad(false);
}

function drawHelp(t) {
  const help = state === 'blocked' ? t.blocked[shown.help] : null;
  $('help').hidden = !help;
  if (!help) return;
  $('helpTitle').hidden = true; // the heading of the page says it
  $('helpSteps').replaceChildren(...help[1].map((step) => Object.assign(document.createElement('li'), { textContent: step })));
}

function drawVoice(name) {
  const box = $(name), now = performance.now(), v = who[name] || { level: 0, last: -9999 };
  const off = name === 'you' && muted;
  const on = !off && now - v.last < 400 && live.has(state);
  box.classList.toggle('on', on);
  box.querySelector('.meter').className = 'meter l' + (off ? 0 : v.level);
  setText(box.querySelector('.says'), !live.has(state) ? '' : off ? w().muted : on ? w().speaking : name === 'you' ? w().open : w().quiet);
}

function level(name, value) {
  const v = who[name] ||= { level: 0, last: -9999, run: 0 };
  v.level = value;
  v.run = value > 1 ? v.run + 1 : 0;
  if (v.run > 1) v.last = performance.now();
  drawVoice(name);
}

function go(next, how = {}) {
  state = next;
  shown = how;
  draw();
  if (window.parent !== window) window.parent.postMessage({ parley: next }, '*'); // the name of the state and nothing else
}

async function dial() {
  const about = given();
  if (!about) return;
  clearInterval(retryTimer);
  if (!chat) $('rows').replaceChildren();
  document.body.classList.remove('said');
  pressed = ''; coding = false; muted = false; who = {}; since = 0; other = 'they';
  const mine = phone = new Phone(config, {
    state(name) {
      if (name === 'incall' && !since) { since = Date.now(); tickClock(); clockTimer = setInterval(tickClock, 500); meter.add('you', mine.mic); }
      go(name);
    },
    message: read,
    sound(stream) {
      $('sound').srcObject = stream;
      $('sound').play().catch(() => {});
      meter.add('they', stream);
    },
    over(why) { if (phone === mine) over(why); },
  });
  try {
    await mine.open(chosen(), lang, chat, about);
  } catch (e) {
    if (mine.done) return;
    mine.fail();
    meter.stop();
    phone = null;
    trouble(e instanceof Trouble ? e : new Trouble('server'));
  }
}

function trouble(e) {
  if (e.kind !== 'busy' && e.kind !== 'tooMany') { go('blocked', { help: e.kind }); return; }
  const until = Date.now() + e.retry * 1000;
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  go('busy', { help: e.kind, retry: left() });
  retryTimer = setInterval(() => {
    if (state !== 'busy') { clearInterval(retryTimer); return; }
    shown.retry = left();
    drawHead(w());
    if (!shown.retry) clearInterval(retryTimer);
  }, 1000);
}

function over(why) {
  clearInterval(clockTimer);
  meter.stop();
  $('sound').srcObject = null;
  const lasted = since ? minutes(Date.now() - since) : '';
  lastCall = phone && phone.place ? phone.place.split('/').pop() : '';
  phone = null;
  coding = false;
  for (const li of document.querySelectorAll('.partial')) li.classList.remove('partial');
  document.body.classList.toggle('said', $('rows').children.length > 0);
  if (why === 'no-connection') go('blocked', { help: 'nopath' });
  else if (why === 'bye' && !lasted) go('idle');
  else go('ended', { why, lasted });
  $('captions').tabIndex = document.body.classList.contains('said') ? 0 : -1; // it scrolls now
  $('call').focus();
}

function tickClock() { $('clock').textContent = minutes(Date.now() - since); }

function chosen() {
  const picked = document.querySelector('#choices input:checked');
  return picked ? picked.value : config.lines[0].id;
}

// read shows a message of the service.
function read(m) {
  if (m.type === 'keypad') { code(!m.final); return; }
  if (m.type === 'with') { meet(m.who === 'agent' ? 'agent' : 'they'); return; }
  if (typeof m.text !== 'string' || !m.text) return;
  const rows = $('rows');
  if (m.type === 'note') { rows.append(row('note', m)); trim(rows); return; }
  if (m.type !== 'caption') return;
  const name = { caller: 'you', bot: 'they', agent: 'agent' }[m.who];
  if (!name) return;
  // A line that is still being said is replaced by its next form, wherever it stands.
  const old = [...rows.querySelectorAll('.partial')].find((li) => li.dataset.who === name);
  const li = row(name, m);
  li.classList.toggle('partial', !m.final);
  if (old) { li.dataset.at = old.dataset.at; old.replaceWith(li); } else place(rows, li, m.at);
  trim(rows);
}

// meet shows that somebody else has the call now.
function meet(name) {
  if (name === other) return;
  other = name;
  const rows = $('rows');
  rows.append(row('note', { text: w().meets[name], lang }));
  draw();
  trim(rows);
}

// place puts a line before those that began later: an answer may be on its way before what it answers is known in full.
function place(rows, li, at) {
  li.dataset.at = at ?? '';
  let next = null;
  for (let r = rows.lastChild; r && Number(r.dataset.at) > at; r = r.previousSibling) next = r;
  rows.insertBefore(li, next);
}

// code opens the keypad for a code that proves who the caller is, or closes it.
function code(on) {
  if (!phone || coding === on && !on) return;
  coding = on;
  pressed = '';
  showPad(on);
  drawPressed(w());
  if (on && document.activeElement !== $('text')) $('keys').firstChild.focus();
}

function row(name, m) {
  const li = document.createElement('li');
  li.dataset.who = name;
  if (name === 'note') li.className = 'note';
  else li.append(Object.assign(document.createElement('span'), { className: 'who', textContent: w()[name] }));
  if (li.firstChild) li.firstChild.dataset.who = name;
  const text = Object.assign(document.createElement('span'), { className: 'words', textContent: m.text });
  if (m.lang) text.lang = m.lang === 'zh' ? 'zh-CN' : m.lang;
  li.append(text);
  return li;
}

// trim bounds what is kept, and hides lines that do not fit whole: half a line is not readable.
function trim(rows) {
  while (rows.children.length > 400) rows.firstChild.remove();
  if (chat) { $('captions').scrollTop = $('captions').scrollHeight; return; }
  const box = $('captions').getBoundingClientRect();
  for (const li of [...rows.children].slice(-8)) {
    const whole = li.getBoundingClientRect().top >= box.top;
    li.classList.toggle('old', !whole && li !== rows.lastChild);
  }
}

// drawWrite shows the line to write in, which is there whenever the service has a chat.
function drawWrite(t) {
  $('write').hidden = !config.chat;
  document.body.classList.toggle('chat', !!chat);
  $('write').querySelector('label').textContent = chat || live.has(state) ? t.writeMore : t.write;
  $('leave').hidden = !chat;
  setText($('writeNote'), writeNote ? t[writeNote] : '');
  if (chat) { $('captions').tabIndex = 0; for (const li of $('rows').children) li.classList.remove('old'); }
}

function note(name) { writeNote = name; drawWrite(w()); }

function newChat() {
  const c = new Chat(config.chat, {
    message(m) {
      clearTimeout(typingTimer);
      if (writeNote === 'typing') note('');
      if (phone && m.who !== 'agent' && m.who !== 'bot') return; // what is said in a call comes as captions
      read({ type: 'caption', who: m.who, text: m.text, lang: m.lang, final: true });
    },
    typing() { note('typing'); clearTimeout(typingTimer); typingTimer = setTimeout(() => { if (writeNote === 'typing') note(''); }, 6000); },
    ended() { chat = null; note('chatEnded'); document.body.classList.toggle('said', $('rows').children.length > 0); draw(); },
    lost(on) { if (on) note('chatLost'); else if (writeNote === 'chatLost') note(''); },
  });
  c.customer = config.customer;
  return c;
}

async function write(e) {
  e.preventDefault();
  const text = $('text').value.trim();
  if (!text || $('send').disabled) return;
  const about = chat ? {} : given();
  if (!about) return;
  $('send').disabled = true;
  try {
    if (!chat) {
      const fresh = newChat();
      if (!lastCall && !phone) $('rows').replaceChildren();
      await fresh.open(chosen(), lang, phone && phone.place ? phone.place.split('/').pop() : lastCall, about);
      chat = fresh;
    }
    await chat.send(text);
    read({ type: 'caption', who: 'caller', text, final: true });
    $('text').value = '';
    note('');
  } catch (err) { note(err.status === 429 || err.status === 503 ? 'chatBusy' : 'notSent'); }
  $('send').disabled = false;
  draw();
  trim($('rows'));
  $('text').focus();
}

function toggleMute() {
  muted = !muted;
  phone.mute(muted);
  draw();
}

function showPad(on) {
  $('keypad').hidden = !on;
  $('pad').setAttribute('aria-expanded', String(on));
  document.body.classList.toggle('keys', on);
  trim($('rows'));
}

function press(k) {
  if (!phone || !phone.key(k)) return;
  if (!coding) pressed = (pressed + k).slice(-24);
  else if (k === '*') pressed = '';
  else if (k !== '#') pressed += '•';
  drawPressed(w());
  const b = document.querySelector('#keys button[data-k="' + k + '"]');
  b.classList.add('down');
  setTimeout(() => b.classList.remove('down'), 150);
}

function onCall() {
  if (!phone) dial();
  else phone.close('bye');
}

function onKeyboard(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || e.target instanceof HTMLInputElement && e.target.type === 'text') return;
  if (e.key === '?') { $('hints').open = !$('hints').open; if ($('hints').open) $('hints').scrollIntoView({ block: 'nearest' }); return; }
  if (!live.has(state)) return;
  if (e.key === 'm' || e.key === 'M') toggleMute();
  else if (e.key === 'k' || e.key === 'K') showPad($('keypad').hidden);
  else if (e.key === 'Escape') showPad(false);
  else if (/^[0-9*#]$/.test(e.key)) { showPad(true); press(e.key); }
}

function build() {
  $('keys').append(...'123456789*0#'.split('').map((k) => {
    const b = Object.assign(document.createElement('button'), { type: 'button', textContent: k });
    b.dataset.k = k;
    b.onclick = () => press(k);
    return b;
  }));
  const want = query.get('line');
  $('choices').append(...config.lines.map((line, i) => {
    const label = document.createElement('label');
    const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'line', value: line.id, checked: line.id === want || (i === 0 && !config.lines.some((l) => l.id === want)) });
    const name = document.createElement('span');
    name.dataset.i = i;
    label.append(input, name);
    return label;
  }));
  document.body.classList.toggle('embed', query.get('embed') === '1');
  $('call').onclick = onCall;
  $('mute').onclick = toggleMute;
  $('pad').onclick = () => showPad($('keypad').hidden);
  $('lang').onclick = () => {
    lang = lang === 'zh' ? 'en' : 'zh';
    try { localStorage.setItem('parley.lang', lang); } catch { /* private mode */ }
    draw();
  };
  $('write').onsubmit = write;
  $('about').ontoggle = () => drawAbout(w());
  $('contact').oninput = () => { $('contact').removeAttribute('aria-invalid'); drawAbout(w()); };
  $('leave').onclick = () => { if (chat) chat.close(); chat = null; note('chatEnded'); document.body.classList.add('said'); draw(); $('text').focus(); };
  addEventListener('keydown', onKeyboard);
  new ResizeObserver(() => trim($('rows'))).observe($('captions'));
  addEventListener('pagehide', () => { if (phone) phone.close('bye'); });
}

build();
if (config.chat) {
  const old = newChat();
  if (old.resume()) chat = old;
}
if (!isSecureContext) go('blocked', { help: 'insecure' });
else if (!navigator.mediaDevices || !window.RTCPeerConnection) go('blocked', { help: 'old' });
else draw();
