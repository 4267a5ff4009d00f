// The desk of the mock: it plays a story through the same states a real server goes through.
import { stories } from './script.mjs';

export class Desk {
  constructor(speed) { this.speed = speed; this.log = []; this.seq = 0; this.clients = new Set(); this.timers = []; this.reset('en'); }

  reset(lang, kind = 'call') {
    this.timers.forEach(clearTimeout); this.timers = [];
    this.lang = lang; this.kind = kind; this.story = stories[lang];
    this.me = { state: 'away', since: new Date().toISOString(), reason: 'break' };
    this.offer = this.call = this.wrapup = null;
    this.answers = [];
    this.state();
  }

  body() {
    return { me: this.me, offer: this.offer, call: this.call, wrapup: this.wrapup, waiting: 3, longest_wait_s: 74, codes: true, ice: [],
      transfers: [{ id: 'ag-2', name: this.lang === 'zh' ? '周晓' : 'Tom Baker', kind: 'agent' }, { id: 'q-complaints', name: this.lang === 'zh' ? '投诉组' : 'Complaints', kind: 'queue' }, { id: 'ph-1', name: this.lang === 'zh' ? '网点' : 'Branch', kind: 'phone' }] };
  }
  emit(event, data) {
    const e = { id: ++this.seq, event, data: JSON.stringify(data) };
    this.log.push(e);
    for (const c of this.clients) c(e);
  }
  state() { this.emit('desk', this.body()); }
  set(state, reason) { this.me = { state, since: new Date().toISOString(), reason }; }
  after(ms, f) { this.timers.push(setTimeout(f, ms / this.speed)); }

  ready() { this.set('ready'); this.state(); this.after(600, () => this.ring()); }
  turn(n, [who, text, start_s, end_s, sentiment, facts]) {
    const from = part => Array.from(text.slice(0, text.indexOf(part))).length;
    return { n, who, text, lang: this.lang, start_s, end_s, sentiment, confidence: 0.92, ...(who === 'agent' ? { by: 'p1', name: this.lang === 'zh' ? '周小燕' : 'Jana Novak' } : {}), facts: facts?.map(([kind, part]) => ({ kind, from: from(part), to: from(part) + Array.from(part).length })) };
  }
  ring() {
    if (this.me.state !== 'ready' || this.offer) return;
    this.set('busy'); // as the server has it: one call at a time, also while it rings
    const s = this.story, now = Date.now();
    this.turns = s.before.map((x, i) => this.turn(i + 1, x));
    // Who is called back could not be looked up; the number of who writes is that of two customers.
    const caller = this.kind === 'callback' ? { ...s.caller, id: '', name: '', tier: '', links: [], unasked: true } : s.caller;
    this.view = { call: `call-${this.lang}-1`, channel: this.kind === 'chat' ? 'chat' : 'sip', started: new Date(now - 60_000).toISOString(), caller, reason: s.reason, why: 'asked', summary: s.summary, with: 'queue', route: s.entry, base: s.entry,
      intent: s.intent, slots: s.slots.map(([kind, value, turn]) => ({ kind, value, turn, at_s: this.turns[turn - 1].start_s })), sentiment: [-0.1, -0.3, -0.65], history: s.history, queue: s.queue, lang: this.lang, turns: this.turns, on_hold: false, muted: false, recording: 'on', parties: [], cards: [],
      checklist: [], alerts: [], tags: [], notes: '', ceiling: null, grants: [], ended: false, duration_s: 60 };
    this.offer = { ...this.view, id: `o-${this.seq}`, since: new Date(now).toISOString(), expires: new Date(now + 25_000).toISOString(), kind: this.kind, why_you: s.why, ...(this.kind === 'chat' ? { caller: { ...caller, id: '', name: '', maybe: [{ id: 'k1', name: 'Ann Twin' }, { id: 'k2', name: 'Bea Twin' }] } } : {}) };
    this.emit('offer', this.offer);
    this.state();
  }
  decline() { const id = this.offer.id; this.offer = null; this.emit('offer_gone', { id, why: 'declined' }); this.set('away', 'declined'); this.state(); }
  accept() {
    const s = this.story;
    this.clock = Math.max(...this.turns.map(t => t.end_s)) + 4;
    this.began = Date.now() - this.clock * 1000;
    this.call = { ...this.view, started: new Date(this.began).toISOString(), with: 'agent', agent: 'p1', parties: [{ id: 'caller', who: 'caller', name: s.caller.name, state: 'talking' }, { id: 'p1', who: 'agent', name: 'Jana', state: 'talking' }],
      checklist: s.checklist.map(([id, text, done, must]) => ({ id, text, text_zh: '', done, must })), ceiling: s.ceiling };
    this.offer = null;
    this.set('busy');
    if (this.kind === 'callback') { // their telephone rings
      this.call.parties[0].state = 'ringing';
      this.after(12_000, () => { if (this.call) { this.call.parties[0].state = 'talking'; this.state(); } });
    }
    this.state();
    this.emit('checklist', this.call.checklist);
    this.play(0);
  }
  play(i) {
    const step = this.story.later[i];
    if (!step || !this.call) return;
    this.after(step.after, () => { if (this.call) { this.step(step); this.play(i + 1); } });
  }
  step(s) {
    const c = this.call, last = c.turns.at(-1);
    if (s.partial) this.emit('partial', { who: s.partial[0], by: s.partial[0] === 'agent' ? 'p1' : '', text: s.partial[1], start_s: this.clock, lang: this.lang });
    if (s.turn) {
      const [who, text, seconds, sentiment = 0, facts] = s.turn;
      const t = this.turn(last.n + 1, [who, text, this.clock, this.clock + seconds, sentiment, facts]);
      this.clock += seconds + 0.8;
      c.turns = [...c.turns, t];
      this.emit('turn', t);
      for (const [kind, value] of who === 'caller' && facts || []) c.slots = [...c.slots.filter(x => x.kind !== kind), { kind, value, turn: t.n, at_s: t.start_s }];
      if (who === 'caller') { c.sentiment = [...c.sentiment, sentiment]; this.emit('call', { ...c, turns: undefined, cards: undefined }); }
    }
    if (s.alert) { const a = { ...s.alert, call: c.call, text_zh: '', seen: false, news: 1, last_s: this.clock, level: 2, priority: 70, at_s: this.clock, turn: last.n }; c.alerts = [a, ...c.alerts]; this.emit('alert', a); }
    if (s.card) { const k = { ...s.card, at_s: this.clock, turn: last.n }; c.cards = [k, ...c.cards]; this.emit('card', k); }
    if (s.check) {
      c.checklist = c.checklist.map(x => (x.id === s.check ? { ...x, done: true, evidence: { turn: s.evidence[1], text: s.evidence[0], at_s: this.clock } } : x));
      this.emit('checklist', c.checklist);
    }
  }
  finish() {
    const s = this.story;
    this.wrapup = { call: this.call.call, ...s.wrap, method: 'extractive', dispositions: s.dispositions.map(([id, title]) => ({ id, title })), disposition: s.dispositions[0][0], notes: this.call.notes, ticket: s.ticket,
      ticket_forms: s.forms.map(([id, title, fields]) => ({ id, title, fields: fields.map(([name, title, type, required, choices]) => ({ name, title, type, required, choices })) })), edited: false };
    this.lastCall = { id: this.call.call, from: s.caller.name, to: s.entry, route: s.entry, base: s.entry, codec: 'opus', remote: '', lang: this.lang, langs: [this.lang], state: 'ended', started_at: this.call.started, duration_s: this.clock, turn_count: this.call.turns.length, turns: this.call.turns.map(t => ({ ...t, facts: undefined })), waterfalls: [], answers: [], audio: false, recorded: false, originals: false };
    this.call = null;
    this.set('wrapup');
    this.emit('wrapup', this.wrapup);
    this.state();
  }

  // act answers a request below /api/desk; null: done, without words; undefined: there is none.
  act(method, path, body) {
    this.answers.push({ method, path, body });
    if (method === 'PUT' && path === '/state') { if (body.state === 'ready') this.ready(); else { this.set('away', body.reason); this.state(); } return this.body(); }
    let m = /^\/offers\/([^/]+)\/(accept|decline)$/.exec(path);
    if (m) {
      if (!this.offer || this.offer.id !== m[1]) return { status: 409, problem: 'somebody else has it' };
      if (m[2] === 'decline') { this.decline(); return this.body(); }
      const call = this.offer.call, sdp = this.kind === 'chat' ? '' : answer(body.sdp);
      this.accept();
      return { call, sdp };
    }
    m = /^\/calls\/([^/]+)\/(.+)$/.exec(path);
    if (!m) return undefined;
    const what = m[2], c = this.call;
    if (what === 'wrapup/done') { this.wrapup = null; this.set('ready'); this.state(); return this.body(); }
    if (what === 'wrapup') { this.wrapup = { ...this.wrapup, ...body, edited: true, ticket: body.ticket ? { ...body.ticket, id: 't1', number: 'T-1042', status: 'open' } : null }; return this.wrapup; }
    if (!c) return { status: 404, problem: 'this call has ended' };
    const show = () => { this.emit('call', { ...c, turns: undefined, cards: undefined }); return this.body(); };
    if (what === 'media') return { call: c.call, sdp: answer(body.sdp) };
    if (what === 'hold') { c.on_hold = body.on; return show(); }
    if (what === 'mute') { c.muted = body.on; return show(); }
    if (what === 'recording') { c.recording = body.on ? 'on' : 'paused'; return show(); }
    if (what === 'identity') { c.caller = { ...c.caller, identity: { state: body.state ?? 'verified', how: body.how, by: 'Jana', at_s: this.clock } }; return show(); }
    if (what === 'code') { // keyed in wrong once, then right
      const at = (ms, code, identity) => this.after(ms, () => { if (this.call) { c.code = code; if (identity) c.caller = { ...c.caller, identity: { state: identity, how: 'keypad', by: 'p1', at_s: this.clock } }; show(); } });
      at(0, { state: 'asked', try: 1 }); at(600, { state: 'asked', typed: 4, try: 1 }); at(9000, { state: 'asked', try: 2 }); at(11000, { state: 'verified', try: 2 }, 'verified');
      return this.body();
    }
    if (what === 'notes') { c.notes = body.text; return this.body(); }
    if (what === 'message') { const t = this.turn(c.turns.at(-1).n + 1, ['agent', body.text, this.clock, this.clock, 0]); c.turns = [...c.turns, t]; this.emit('turn', t); return this.body(); }
    if (what === 'end' || what === 'to_bot') { this.finish(); return this.body(); }
    if (what === 'transfer') {
      if (body.kind === 'blind') { this.finish(); return this.body(); }
      const to = this.body().transfers.find(x => x.id === body.to);
      if (to?.kind === 'phone') { c.asking = to.name; c.on_hold = true; return show(); }
      c.parties = [...c.parties, { id: body.to, who: 'colleague', name: to?.name ?? body.to, state: 'consult' }];
      c.on_hold = true;
      return show();
    }
    if (what === 'transfer/cancel') { delete c.asking; c.parties = c.parties.filter(p => p.who !== 'colleague'); c.on_hold = false; return show(); }
    if (what === 'transfer/merge') { c.parties = c.parties.map(p => ({ ...p, state: 'talking' })); c.on_hold = false; return show(); }
    if (what === 'transfer/complete') { this.finish(); return this.body(); }
    if (what === 'compensation') {
      const g = { id: `g${c.grants.length + 1}`, call: c.call, queue: c.queue, by: 'p1', at: new Date().toISOString(), day: new Date().toISOString().slice(0, 10), ceiling: c.ceiling.amount, amount: body.amount, currency: c.ceiling.currency, note: body.note, state: body.amount > c.ceiling.amount ? 'asked' : 'granted' };
      c.grants = [...c.grants, g];
      show();
      return g;
    }
    m = /^checklist\/(.+)$/.exec(what);
    if (m) { c.checklist = c.checklist.map(x => (x.id === m[1] ? { ...x, done: body.done } : x)); this.emit('checklist', c.checklist); return null; }
    if (/^cards\//.test(what)) return null;
    if (what === 'dtmf') return this.body();
    return undefined;
  }
}

// answer makes an answer a browser accepts out of its offer; no sound ever comes.
export function answer(offer = '') {
  const mid = /a=mid:(\S+)/.exec(offer)?.[1] ?? '0', pt = /a=rtpmap:(\d+) opus/i.exec(offer)?.[1] ?? '111';
  const data = /m=application[^\r\n]*/.exec(offer);
  return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${mid}${data ? ' 1' : ''}`, 'a=ice-lite',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${pt}`, 'c=IN IP4 127.0.0.1', `a=mid:${mid}`, 'a=ice-ufrag:mock', 'a=ice-pwd:mockmockmockmockmockmock', `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`, 'a=setup:passive', 'a=sendrecv', 'a=rtcp-mux', `a=rtpmap:${pt} opus/48000/2`, 'a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host', ''].join('\r\n');
}
