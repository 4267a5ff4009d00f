// Calls on record, people and the audit of the mock.
import { ago, stories } from './script.mjs';

export const people = () => [
  { id: 'p1', name: 'Jana Novak', login: 'jana', roles: ['admin', 'agent'], queues: [], langs: ['en', 'zh'], skills: ['cards'], state: 'active', sso: false },
  { id: 'p2', name: 'Tom Baker', login: 'tom', roles: ['agent'], queues: ['cards'], langs: ['en'], skills: ['cards', 'loans'], state: 'active', sso: false },
  { id: 'p3', name: '周晓', login: 'zhouxiao', roles: ['supervisor', 'quality'], queues: ['售后'], langs: ['zh'], skills: [], state: 'active', sso: false },
];
export const audit = () => [{ n: 2, at: ago(3), who: 'p2', name: 'Tom Baker', what: 'call.read', call: 'c1', hash: 'b2' }, { n: 1, at: ago(9), who: 'p1', name: 'Jana Novak', what: 'call.audio', call: 'c2', hash: 'a1' }];

const names = [['Mei Lin', 'bank', 'en'], ['13800138000', 'shop', 'zh'], ['+44 20 7946 0018', 'bank', 'en'], ['sip:warehouse-terminal-07', 'shop', 'zh']];
const calls = Array.from({ length: 120 }, (_, i) => {
  const [from, to, lang] = names[i % 4];
  return { id: `c${i + 1}`, state: i === 0 ? 'running' : i % 17 === 5 ? 'cut' : 'ended', from, to, route: to, base: to, lang, langs: [lang], remote: '192.0.2.7:5060', codec: 'PCMA', started_at: ago(i * 37 + (i ? 2 : 0.6)), duration_s: i ? 40 + (i * 53) % 300 : 0, turn_count: 8,
    gap_p50_ms: 640 + (i * 31) % 200, recorded: true, last_text: lang === 'zh' ? '那好吧，谢谢你啊。' : 'Great, thank you. Goodbye.', last_who: 'caller', ended_by: 'caller', ended_why: 'bye' };
});
export function list(q) {
  const text = (q.get('q') ?? '').toLowerCase(), limit = Number(q.get('limit') ?? 50), after = Number(q.get('after') ?? 0);
  const all = calls.filter(c => (!text || `${c.from} ${c.to} ${c.last_text}`.toLowerCase().includes(text)) && (!q.get('lang') || c.lang === q.get('lang')) && (!q.get('state') || c.state === q.get('state')));
  const page = all.slice(after, after + limit);
  return { calls: page, next: after + limit < all.length ? String(after + limit) : undefined, position: 1 };
}
function turnsOf(c) {
  const s = stories[c.lang];
  return [...s.before, ...s.later.filter(x => x.turn).map((x, i) => [x.turn[0], x.turn[1], 20 + i * 8, 20 + i * 8 + x.turn[2], x.turn[3] ?? 0])]
    .map(([who, text, start_s, end_s, sentiment], i) => ({ n: i + 1, who, text, lang: c.lang, start_s, end_s, sentiment: who === 'caller' ? sentiment : 0, confidence: who === 'caller' ? 0.91 : 0, ...(who === 'agent' ? { by: 'p2', name: 'Tom Baker' } : {}), ...(who === 'bot' ? { entry: i ? 'bank/lost-card' : '', decision: i ? 'answer' : 'greeting' } : {}), ...(i === 4 ? { cut: true } : {}) }));
}
export function detail(id) {
  const c = calls.find(x => x.id === id);
  if (!c) return null;
  const turns = turnsOf(c), gap = 0.71, voice = 9.4;
  return { ...c, duration_s: c.state === 'running' ? 0 : turns.at(-1).end_s + 1, turns, audio: c.state !== 'running', originals: c.state !== 'running',
    waterfalls: [{ turn: 3, last_voice_s: voice, end_of_turn_s: voice + gap * 0.78, final_text_s: voice + gap * 0.42, answered_s: voice + gap * 0.46, first_audio_s: voice + gap * 0.71, first_voice_s: voice + gap, gap_ms: gap * 1000, speculated: true, why: 'likely finished' }],
    answers: [{ seq: 5, at_s: voice + gap * 0.46, sentiment: 0, query: turns[1].text, decision: 'answer', entry: 'bank/lost-card', text: turns[2].text, p_right: 0.96, ms: 7.4 }] };
}
// What the vault of a call has: a mask or two of each.
export const originals = id => (detail(id)?.lang === 'zh'
  ? [{ who: 'caller', start_s: 9.4, masked: '我叫[name]，住在[address]，卡尾号[card ••42]。', text: '我叫陈明，住在中山路88号3栋，卡尾号[card ••42]。' }, { who: 'agent', start_s: 31, masked: '[name]先生，电话是[phone]，对吗？', text: '陈先生，电话是13800138000，对吗？' }]
  : [{ who: 'caller', start_s: 9.4, masked: 'My name is [name], I live at [address], card [card ••42].', text: 'My name is Ada Lim, I live at 7 Heliotrope Road, card [card ••42].' }, { who: 'agent', start_s: 31, masked: 'And I can reach you on [phone]?', text: 'And I can reach you on 020 7946 0018?' }]);
// What two people who had a call wrote down: the first passed it on and changed what was made for them, the second did not.
export function written(id) {
  const d = detail(id);
  if (!d || d.state === 'running') return [];
  const s = stories[d.lang].wrap, whole = more => ({ method: 'extractive', lang: d.lang, disposition: 'resolved', ...s, ...more }), at = m => new Date(Date.parse(d.started_at) + m * 60_000).toISOString();
  return [{ person: 'p2', name: 'Tom Baker', made: at(2), original: whole({ disposition: 'transferred' }), edited: whole({ disposition: 'transferred', notes: d.lang === 'zh' ? '客户下午方便接电话。' : 'May be rung in the afternoon.' }) }, { person: 'p1', name: d.lang === 'zh' ? '周小燕' : 'Jana Novak', made: at(5), original: whole({}) }];
}
export function events(id) {
  const d = detail(id), out = [];
  let seq = 0;
  const add = (kind, at, body) => out.push({ id: ++seq, event: 'message', data: JSON.stringify({ v: 1, call: id, seq, at, kind, body }) });
  add('call.started', 0, { from: d.from, to: d.to, route: d.route, base: d.base, langs: [d.lang], codec: d.codec, started_at: d.started_at, recorded: true });
  for (const t of d.turns) {
    if (t.who === 'bot' && t.n > 1) { add('assist.answer', t.start_s, d.answers[0]); add('turn.waterfall', t.start_s, d.waterfalls[0]); }
    add('turn.completed', t.end_s, t);
    if (t.n === 4) add('call.transfer', t.end_s, { target: 'desk', state: 'accepted' });
    if (t.n === 5) add('bot.interrupt', t.end_s, { action: 'cancel', why: 'caller went on speaking' });
  }
  if (d.state === 'running') out.push({ id: seq, event: 'message', data: JSON.stringify({ call: id, at: 60, kind: 'asr.partial', body: { who: 'caller', text: d.lang === 'zh' ? '那我还想' : 'And could you', start_s: 60, end_s: 61, lang: d.lang } }) });
  else { add('call.ended', d.duration_s, { by: 'caller', why: d.state === 'cut' ? 'cut' : 'bye', duration_s: d.duration_s }); out.push({ id: seq, event: 'end', data: '{}' }); }
  return out;
}
export function audio(id) {
  const s = Math.ceil(detail(id)?.duration_s || 20), rate = 8000, b = Buffer.alloc(44 + s * rate * 4);
  b.write('RIFF', 0); b.writeUInt32LE(36 + s * rate * 4, 4); b.write('WAVEfmt ', 8); b.writeUInt32LE(16, 16); b.writeUInt16LE(1, 20); b.writeUInt16LE(2, 22);
  b.writeUInt32LE(rate, 24); b.writeUInt32LE(rate * 4, 28); b.writeUInt16LE(4, 32); b.writeUInt16LE(16, 34); b.write('data', 36); b.writeUInt32LE(s * rate * 4, 40);
  for (let i = 0; i < s * rate; i++) { const t = i / rate, on = Math.floor(t / 5) % 2; b.writeInt16LE(Math.round(3000 * Math.sin(t * 900) * Math.abs(Math.sin(t * 3)) * (on ? 1 : 0)), 44 + i * 4); b.writeInt16LE(Math.round(3000 * Math.sin(t * 700) * Math.abs(Math.sin(t * 4)) * (on ? 0 : 1)), 46 + i * 4); }
  return b;
}

// The rules in use, and what a change would have done.
export const rules = () => ({ rules: ['asks-manager', 'fruit'], files: [
  { name: 'escalation', built_in: true, text: 'version: 1\nrules:\n  - id: asks-manager\n    when: said.manager >= 1.0\n' },
  { name: 'own.yaml', built_in: false, text: 'version: 1\nrules:\n  - id: fruit\n    when: said.fruit >= 1.0\n' },
] });
export const tried = body => ({ calls: body.calls, changed: 2, left: 3, rules: [{ rule: 'asks-manager', before: 9, after: 8, new: 1, gone: 2 }], firings: [
  { call: 'c3', new: true, rule: 'asks-manager', text_en: 'The caller asks for a supervisor.', text_zh: '来电人要求找主管。', turn: 3, start_s: 11, end_s: 14.2, priority: 50, do: [{ kind: 'alert' }], reasons: [{ variable: 'said.manager', value: 1, contribution: 1, turn: 3, start_s: 11, end_s: 14.2, quote: 'your boss' }] },
  { call: 'c4', new: false, rule: 'asks-manager', text_en: 'The caller asks for a supervisor.', text_zh: '来电人要求找主管。', turn: 5, start_s: 27, end_s: 31, priority: 50, do: [{ kind: 'alert' }], reasons: [{ variable: 'sentiment.mean3', value: -0.42, contribution: 1, turn: 5, start_s: 27, end_s: 31 }] },
] });
