// The live page: the list of calls, the call that is picked, and the keys.
import {$, h, sync, clear} from './dom.js';
import {t, named, label, switchLanguage, clock, ms, when} from './words.js';
import {Talk, Rows, median} from './state.js';
import {get, follow, setToken, address, Denied, Missing} from './net.js';
import * as view from './views.js';
import * as player from './player.js';

const rows = new Rows();
let config = {}, next = '', query = '', loaded = false, failed = false, online = false, everOnline = false;
let stopList = () => {}, stopCall = () => {}, picked = '', talk = null, unknown = false, unseen = 0, drawn = 0, askedFor = 0, wasRunning = true;

// draw runs at most ten times a second, however fast events come.
let due = 0;
const draw = () => { due ||= setTimeout(() => { due = 0; drawList(); drawCall(); }, 100); };

function drawPulse() {
  const n = rows.sorted(true).length;
  $('pulse').className = `pulse ${online ? 'on' : 'off'}`;
  $('pulse-text').textContent = online ? t('liveCalls')(n) : t('connecting');
  $('strip').hidden = online || !everOnline;
  $('strip').textContent = t('lost');
  $('main').classList.toggle('stale', !online && everOnline);
}

function drawList() {
  drawPulse();
  const running = rows.sorted(true), recent = rows.sorted(false);
  const how = {key: c => c.id, sig: c => JSON.stringify(c) + (c.id === picked) + document.documentElement.lang, build: c => view.row(c, c.id === picked, pick)};
  $('running-part').hidden = !running.length;
  $('recent-part').hidden = loaded && !recent.length;
  $('running-count').textContent = running.length || '';
  if (!loaded && !failed) { if (!$('recent').firstChild) $('recent').append(...view.skeleton(5)); return; }
  if ($('recent').querySelector('.ghost')) clear($('recent'));
  sync($('running'), running, how);
  sync($('recent'), recent, how);
  $('more').hidden = !next;
  const none = $('list-none');
  none.hidden = running.length + recent.length > 0;
  if (failed) none.replaceChildren(h('strong', {}, t('errorTitle')), h('span', {}, t('errorWhy')), h('button', {type: 'button', class: 'main-button', onclick: load}, t('retry')));
  else if (query) none.textContent = t('nothing')(query);
  else if (!none.hidden) none.replaceChildren(...view.start(config));
  none.classList.toggle('start', !failed && !query);
}

function drawBlank() {
  const empty = loaded && !failed && !query && rows.map.size === 0;
  const sig = `${empty} ${unknown} ${document.documentElement.lang}`;
  if ($('blank').dataset.sig === sig) return;
  $('blank').dataset.sig = sig;
  $('blank').replaceChildren(...(empty ? view.start(config) : [h('p', {}, unknown ? t('gone') : t('pick'))]));
}

function drawCall() {
  const some = picked && talk && !unknown;
  $('blank').hidden = !!some;
  $('call').hidden = !some;
  $('main').classList.toggle('one', !!picked);
  if (!some) { drawBlank(); return; }
  const c = rows.map.get(picked) || {}, s = talk.started || c, running = !talk.ended && c.state !== 'ended' && c.state !== 'cut';
  $('title').textContent = `${s.from || c.from || '—'} → ${s.to || c.to || '—'}`;
  drawFacts(c, s, running);
  drawTurns(running);
  player.show();
  if (!running && wasRunning) { wasRunning = false; findAudio(); }
}

function drawFacts(c, s, running) {
  const gaps = talk.gaps(), state = running ? 'running' : talk.ended?.why === 'cut' || c.state === 'cut' ? 'cut' : 'ended';
  const moods = talk.moods.length > 1 && talk.moods.some(v => v) ? talk.moods : [];
  const facts = [
    ['factState', h('span', {class: `state ${state}`}, h('span', {class: 'dot', 'aria-hidden': 'true'}), named('state', state))],
    ['factStarted', when(s.started_at || c.started_at || new Date().toISOString())],
    ['factLasted', h('span', {'data-age': running ? s.started_at : null}, clock(running ? view.lasted({...c, ...s, state}) : talk.ended?.duration_s ?? c.duration_s ?? 0))],
    c.lang && ['factLang', named('langs', c.lang)],
    s.base && ['factBase', s.base],
    s.codec && ['factCodec', s.codec],
    gaps.length && ['factGap', h('span', {title: t('gapWhat')}, t('gap')(ms(median(gaps)), ms(gaps.at(-1))))],
    moods.length && ['factMood', h('span', {title: t('moodWhat')}, view.mood(moods))],
    !running && talk.turns.size && ['files', h('span', {class: 'files'}, ['txt', 'vtt', 'json'].map(f => h('a', {href: address(`/api/calls/${picked}/transcript.${f}`), target: '_blank', rel: 'noopener'}, f)))],
  ].filter(Boolean);
  const sig = JSON.stringify([picked, state, s, c.lang, gaps, moods, talk.ended, talk.turns.size > 0, document.documentElement.lang]);
  if ($('facts').dataset.sig === sig) return;
  $('facts').dataset.sig = sig;
  $('facts').replaceChildren(...facts.map(([k, v]) => h('div', {}, h('dt', {}, t(k)), h('dd', {}, v))));
}

function drawTurns(running) {
  const box = $('talk'), items = talk.items(), atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  const scale = Math.max(1000, ...talk.gaps());
  const turns = talk.turns.size, fresh = drawn && turns > drawn ? turns - drawn : 0;
  sync($('turns'), items, {key: x => x.key, sig: x => JSON.stringify(x) + scale + document.documentElement.lang, build: x => view.item(x, scale, player.seek)});
  box.setAttribute('aria-live', running ? 'polite' : 'off');
  $('forming').replaceChildren(...view.forming(talk, running));
  if (atEnd && running) box.scrollTop = box.scrollHeight;
  unseen = atEnd ? 0 : running ? unseen + fresh : 0;
  drawn = turns;
  $('jump').hidden = !unseen;
  $('jump').textContent = `↓ ${t('newTurns')(unseen)}`;
}

// heard marks the turn that is being played and keeps it in view.
function heard(now, playing) {
  let current = null;
  for (const el of $('turns').children) {
    const on = now >= 0 && Number(el.dataset.from) <= now && now < Number(el.dataset.to) + 0.2;
    el.classList.toggle('now', on);
    if (on) current = el;
  }
  if (!current || !playing) return;
  const box = $('talk').getBoundingClientRect(), r = current.getBoundingClientRect();
  if (r.top < box.top || r.bottom > box.bottom) $('talk').scrollTop += r.top - box.top - box.height / 3;
}

async function findAudio() {
  const id = picked;
  try {
    const d = await get(`/api/calls/${id}`);
    if (id === picked) player.load(id, talk, d.audio);
  } catch (err) {
    if (err instanceof Denied) ask();
  }
}

// pick shows a call; '' shows none.
function pick(id) {
  if (id === picked && talk) return;
  stopCall();
  picked = id;
  talk = id ? new Talk(id) : null;
  unknown = false; unseen = drawn = askedFor = 0; wasRunning = true;
  clear($('turns')); $('forming').replaceChildren(); $('facts').dataset.sig = ''; $('talk').scrollTop = 0;
  if (location.hash.slice(1) !== id) history.replaceState(null, '', id ? `#${id}` : location.pathname);
  if (id) { player.load(id, talk, false); watch(id); }
  drawList();
  drawCall();
  document.querySelector('.row.selected')?.scrollIntoView({block: 'nearest'});
}

function watch(id) {
  stopCall = follow(`/api/calls/${id}/events`, 0, {
    event: e => { if (id === picked && talk.apply(e)) draw(); },
    state: async ok => {
      if (ok || id !== picked || talk.seq) return;
      try { await get(`/api/calls/${id}`); } catch (err) { // a call that just rang may not be on record yet
        if (err instanceof Missing && ++askedFor > 3 && id === picked) { stopCall(); unknown = true; draw(); }
      }
    },
  });
}

function addQuery(path) { return query ? `${path}&q=${encodeURIComponent(query)}` : path; }

async function load() {
  const asked = query;
  try {
    const p = await get(addQuery('/api/calls?limit=50'));
    if (asked !== query) return;
    rows.map.clear();
    rows.take(p.calls);
    next = p.next || ''; loaded = true; failed = false;
    listen(p.position);
    if (!picked && !location.hash && matchMedia('(min-width: 821px)').matches && p.calls.length && !query) pick((rows.sorted(true)[0] || rows.sorted(false)[0]).id);
  } catch (err) {
    if (err instanceof Denied) return ask();
    failed = true;
  }
  draw();
}

// refresh brings the rows up to date after a break: a call that was cut off meanwhile has left no event behind.
async function refresh() {
  try { rows.take((await get(addQuery('/api/calls?limit=50'))).calls); } catch { return; } // the next break tries again
  draw();
}

async function loadMore() {
  try {
    const p = await get(addQuery(`/api/calls?limit=50&after=${encodeURIComponent(next)}`));
    rows.take(p.calls);
    next = p.next || '';
  } catch { failed = rows.map.size === 0; }
  draw();
}

function listen(position) {
  stopList();
  stopList = follow('/api/events', position, {
    event: e => {
      const before = rows.map.size;
      rows.apply(e, !query);
      if (!picked && rows.map.size > before && before === 0 && matchMedia('(min-width: 821px)').matches) pick(e.call);
      draw();
    },
    state: async ok => {
      if (ok && everOnline && !online) refresh();
      online = ok; everOnline ||= ok;
      if (!ok) try { await get('/api/calls?limit=1'); } catch (err) { if (err instanceof Denied) ask(); }
      draw();
    },
  });
}

function ask() {
  if ($('ask').open) return;
  stopList(); stopCall();
  $('ask').showModal();
}

function move(d) {
  const all = [...rows.sorted(true), ...rows.sorted(false)], i = all.findIndex(c => c.id === picked);
  const to = all[i < 0 ? 0 : Math.min(all.length - 1, Math.max(0, i + d))];
  if (to) pick(to.id);
}

const themes = ['auto', 'light', 'dark'];
function theme(name) {
  localStorage.setItem('parley.theme', name);
  document.documentElement.dataset.theme = name;
}
const nextTheme = () => theme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]);

function relabel() {
  label();
  $('lang').textContent = t('languageShort');
  $('lang').title = t('language');
  $('lang').setAttribute('aria-label', t('language'));
  $('help-list').replaceChildren(...t('keyList').map(([k, what]) => h('div', {}, h('dt', {}, k.split('  ').map(x => h('kbd', {}, x))), h('dd', {}, what))));
  player.relabel();
  draw();
}
const otherLanguage = () => { switchLanguage(); relabel(); };

const keys = {
  j: () => move(1), k: () => move(-1), ' ': player.toggle, ArrowLeft: () => player.skip(-5), ArrowRight: () => player.skip(5),
  '/': () => { $('filter').focus(); $('filter').select(); }, '?': () => $('help').showModal(), l: otherLanguage, t: nextTheme,
  Escape: () => { if (!matchMedia('(min-width: 821px)').matches) pick(''); },
};

addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
  if (e.target === $('filter')) {
    if (e.key === 'Escape' || e.key === 'Enter') $('filter').blur();
    return;
  }
  if (e.key === ' ' && e.target.closest?.('button, a')) return;
  if (e.target === $('seek') && e.key.startsWith('Arrow')) return;
  const act = keys[e.key];
  if (act) { e.preventDefault(); act(); }
});

let typing = 0;
$('filter').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => { query = $('filter').value.trim(); load(); }, 250);
});
$('lang').addEventListener('click', otherLanguage);
$('theme').addEventListener('click', nextTheme);
$('keys').addEventListener('click', keys['?']);
$('more').addEventListener('click', loadMore);
$('back').addEventListener('click', () => pick(''));
$('jump').addEventListener('click', () => { $('talk').scrollTop = $('talk').scrollHeight; unseen = 0; draw(); });
$('ask').addEventListener('cancel', e => e.preventDefault());
$('ask-form').addEventListener('submit', () => { setToken($('token').value); $('token').value = ''; load(); const id = picked; picked = ''; if (id) pick(id); });
addEventListener('hashchange', () => pick(location.hash.slice(1)));

// Ages tick once a second without redrawing anything else.
setInterval(() => {
  for (const el of document.querySelectorAll('[data-age]')) el.textContent = clock(view.lasted({state: 'running', started_at: el.dataset.age}));
}, 1000);

theme(themes.includes(localStorage.getItem('parley.theme')) ? localStorage.getItem('parley.theme') : 'auto');
player.setUp(heard);
relabel();
drawList();
get('/config.json').then(c => { config = c; draw(); }, () => {});
if (location.hash) pick(location.hash.slice(1));
load();
