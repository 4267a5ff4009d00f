// Scored calls in the mock: an inbox, one form in use, what reviewers and agents do with it. Kept until the next reset.
import { ago, stories } from './script.mjs';
import * as records from './records.mjs';

const form = `form: service
version: 2
languages: [en, zh]
questions:
  - {id: name, text_en: "Did the agent give a name?", text_zh: "坐席是否报了姓名？"}
  - {id: promise, auto_fail: true, text_en: "Did the agent avoid promising what cannot be guaranteed?", text_zh: "坐席是否避免作出无法保证的承诺？"}
  - {id: tone, type: scale, answer_by: person, text_en: "How friendly was the agent?", text_zh: "坐席有多友好？", options: [{key: "1", text_en: rude, text_zh: 粗鲁}, {key: "2", text_en: correct, text_zh: 得体}, {key: "3", text_en: warm, text_zh: 热情}]}
`;
const tone = [{ key: '1', text_en: 'rude', text_zh: '粗鲁', score: 0 }, { key: '2', text_en: 'correct', text_zh: '得体', score: 50 }, { key: '3', text_en: 'warm', text_zh: '热情', score: 100 }];
const questions = [
  { id: 'name', text_en: 'Did the agent give a name?', text_zh: '坐席是否报了姓名？', type: 'yes_no', auto_fail: false },
  { id: 'promise', text_en: 'Did the agent avoid promising what cannot be guaranteed?', text_zh: '坐席是否避免作出无法保证的承诺？', type: 'yes_no', auto_fail: true },
  { id: 'tone', text_en: 'How friendly was the agent?', text_zh: '坐席有多友好？', type: 'scale', options: tone, auto_fail: false },
];
const parts = { form: 'service', version: '2', languages: ['en', 'zh'], questions: questions.map(({ id, text_en, text_zh, type, options, auto_fail }) => ({ id, text_en, text_zh, type, ...(options ? { options } : {}), auto_fail })) };
const agents = { p2: 'Tom Baker', p3: '周晓', p1: 'Jana Novak' };

let kept;
// older are calibrations of before: more than a page of them.
const older = () => Array.from({ length: 30 }, (_, i) => ({ id: `o${i}`, name: `Week ${47 - (i % 47)}`, calls: ['c2'], at: new Date(Date.now() - (i + 7) * 86400000).toISOString(), votes: [], closed: true }));
export const reset = () => { kept = { cards: new Map(), notes: new Map(), states: new Map(), searches: [], clips: null, studies: older(), version: 2, retired: false, empty: false }; };
reset();
export const empty = () => { kept.empty = true; }; // nothing has been scored yet

const scored = lang => Array.from({ length: 12 }, (_, i) => `c${i + 2}`).map(records.detail).filter(d => d.lang === lang && d.state === 'ended');
const state = id => kept.states.get(id) ?? 'open';

// sheet is a call's form: every third call fails, every fourth nearly.
function sheet(d) {
  const k = Number(d.id.slice(1)), agent = d.turns.findIndex(t => t.who === 'agent'), t = d.turns[agent], at = e => (e < 0 ? [] : [{ turn: e, from_s: d.turns[e].start_s, to_s: d.turns[e].end_s, quote: d.turns[e].text }]), fails = k % 3 === 0;
  const had = kept.cards.get(d.id) ?? { rev: 1, by: 'machine', answers: {} };
  const answer = (q, value, rest) => ({ question: q.id, text_en: q.text_en, text_zh: q.text_zh, type: q.type, options: q.options, auto_fail: q.auto_fail, confidence: 0.93, method: 'wording', reason: '', evidence: [], answer: value, ...rest, ...(had.answers[q.id] ? { answer: had.answers[q.id][0], method: 'person', reason: had.answers[q.id][1], confidence: 1 } : {}) });
  const answers = [
    answer(questions[0], t ? 'yes' : 'no', { evidence: at(agent) }),
    answer(questions[1], fails ? 'no' : 'yes', { evidence: at(d.turns.findLastIndex(x => x.who === 'agent')), ...(k % 4 === 0 ? { fail_chance: { p: 0.2, from: 0.3, beside: 12, near: true } } : {}) }),
    answer(questions[2], 'cannot_tell', { method: 'open', confidence: 0 }),
  ];
  const failed = answers.filter(a => a.auto_fail && a.answer === 'no').map(a => a.question), told = answers.filter(a => ['yes', 'no'].includes(a.answer)), score = failed.length ? 0 : Math.round((told.filter(a => a.answer === 'yes').length / told.length) * 1000) / 10;
  return { form: 'service', version: 2, by: had.by, at: ago(30), rev: had.rev, meaning: 'm', score, band: '', auto_fail: failed.length > 0, fails: failed, answers };
}

function item(d) {
  const s = sheet(d), k = Number(d.id.slice(1)), near = s.answers.filter(a => a.fail_chance?.near && a.method !== 'person').map(a => a.question);
  return { call: d.id, at: d.started_at, queue: d.route, lang: d.lang, duration_s: d.duration_s, form: 'service', version: 2, by: s.by, score: s.score, band: s.band, fails: s.fails, near, silence_s: 4, mood: -0.6, open: s.answers.filter(a => a.answer === 'cannot_tell').length, state: state(d.id), agent: 'p2', agent_name: agents.p2, alerts: k % 3 === 0 ? ['anger'] : [], critical: k % 3 === 0, risk: s.fails.length ? 70 + k : near.length ? 40 : 10, why: s.fails.length ? ['fail', 'alert'] : near.length ? ['near'] : [] };
}

function inbox(q, lang) {
  const words = (q.get('words') ?? '').toLowerCase(), kind = q.get('kind') || 'risk';
  let items = kept.empty ? [] : scored(lang).filter(d => !words || d.turns.some(t => t.text.toLowerCase().includes(words))).map(item);
  if (kind === 'appeal') items = items.filter(x => x.state === 'appealed');
  if (kind === 'alert') items = items.filter(x => x.alerts.length);
  if (q.get('state')) items = items.filter(x => x.state === q.get('state'));
  if (q.get('queue')) items = items.filter(x => x.queue === q.get('queue'));
  items.sort((a, b) => b.risk - a.risk);
  return { items, names: { ...Object.fromEntries(questions.map(x => [`service/2/${x.id}`, { en: x.text_en, zh: x.text_zh }])), 'rule/anger': { en: 'The caller is angry', zh: '来电者情绪激动' } } };
}

function one(id) {
  const d = records.detail(id);
  if (!d || kept.empty) return null;
  const { turns, waterfalls: _w, answers: _a, audio, originals: _o, ...call } = d, mood = who => turns.filter(t => t.who === who).map(t => [t.start_s, t.sentiment ?? 0]);
  return { call, turns, state: state(id), sheets: [sheet(d)], failures: failures(d.lang).filter(f => f.call === id), notes: kept.notes.get(id) ?? [], ...(audio ? { audio_url: `/api/calls/${id}/audio`, peaks_url: `/api/quality/calls/${id}/peaks` } : {}), agents: ['p2'], names: agents,
    tracks: { silence: [[13, 17]], overlap: [[9, 10]], hold: [[17.5, 19.5]], bot: turns.filter(t => t.who === 'bot').map(t => [t.start_s, t.end_s]), alerts: [{ at_s: 9, rule: 'anger', text: stories[d.lang].reason, severity: 'critical', turn: 2 }], sentiment: { caller: mood('caller'), agent: mood('agent') } } };
}

const concord = (items, ratings, agree) => ({ items, ratings, percent: items ? (agree / items) * 100 : 0, percent_range: items > 3 ? { low: 51, high: 92 } : null, kappa: items > 3 ? 0.62 : null, kappa_range: items > 3 ? { low: 0.2, high: 0.88 } : null });
function study(c, me = 'p1') {
  const mine = c.votes.filter(v => v.by === me), done = mine.length >= c.calls.length * questions.length, row = (question, items) => ({ question, people: concord(items, items * 2, Math.ceil(items * 0.75)), machine: concord(items, items, Math.ceil(items * 0.75)), untold: question === 'tone' ? 1 : 0, reword: question === 'tone' });
  const calibration = { id: c.id, name: c.name, form: 'service', version: 2, calls: c.calls, by: 'p1', at: c.at, closed: c.closed || done, answered: new Set(mine.map(v => v.call)).size, asked: c.calls.length, away: false };
  return { calibration, questions, mine, ...(calibration.closed ? { result: { raters: ['p1', 'p3'], all: row('', c.calls.length * questions.length), questions: questions.map(q => row(q.id, c.calls.length)) }, votes: [['p1', 'yes'], ['p3', 'no'], ['machine', 'yes']].map(([by, answer]) => ({ call: c.calls[0], question: questions[0].id, by, answer })), names: agents } : {}) };
}

const clips = lang => (kept.clips ??= scored(lang).slice(0, 2).map((d, i) => ({ id: `k${i}`, agent: i ? 'p3' : 'p2', call: d.id, from_s: 8, to_s: 23, text: lang === 'zh' ? '请听客户不满时的回应' : 'Hear how the complaint was met', by: 'p1', at: ago(60 + i), done: i === 1 })));
const heard = lang => [{ route: lang === 'zh' ? 'shop' : 'bank', calls: 3, turns: 41, words: 512, errors: 9, rate: 0.0176, rate_range: { low: 0.004, high: 0.041 }, hot: [{ word: lang === 'zh' ? '晴川' : 'Harbour', calls: 2, heard: [lang === 'zh' ? '情川' : 'harder'] }, { word: lang === 'zh' ? '王闽' : 'Thom', calls: 1, heard: [lang === 'zh' ? '王敏' : 'Tom'] }] }];
const asForm = () => ({ id: 'service', version: kept.version, yaml: form, by: 'p1', at: ago(900), ...(kept.retired ? { retired: true } : {}) });
// Calls that could not be scored: one not at all, one not by a form that is not in use.
const failures = lang => scored(lang).slice(0, 2).map((d, i) => ({ call: d.id, form: i ? 'late' : '', tries: 3 + i, last: ago(4), next: ago(-8), code: i ? 'form' : 'model', why: i ? 'the form cannot be read by this version of Parley, save it anew: line 4: unknown type' : 'embed 31 sentences: the model is not loaded' }));

// calls answers below /api/quality/calls.
function calls(method, id, what, body, { json, problem }) {
  const d = one(id);
  if (!d) return problem(404, 'there is no such scored call');
  if (!what) return json(d);
  if (what === 'peaks') return json({ duration_s: d.call.duration_s, channels: [0, 1].map(c => Array.from({ length: 400 }, (_, i) => Math.round(60 + 60 * Math.sin(i / (7 + c * 3))))) });
  const answer = /^answers\/(.+)$/.exec(what);
  if (answer && method === 'PUT') {
    const had = kept.cards.get(id) ?? { rev: 1, by: 'machine', answers: {} };
    if (body.expect !== had.rev) return problem(409, 'somebody else changed it', 'changed');
    kept.cards.set(id, { rev: had.rev + 1, by: 'p1', answers: { ...had.answers, [answer[1]]: [body.answer, body.reason] } });
    return json(sheet(records.detail(id)));
  }
  const kinds = { corrections: 'correction', comments: 'comment', reviewed: 'reviewed', acknowledge: 'acknowledged', appeal: 'appealed', decide: 'decided' }, kind = kinds[what], notes = kept.notes.get(id) ?? [];
  if (!kind) return problem(404, 'nothing is here');
  kept.notes.set(id, [...notes, { n: notes.length + 1, kind, by: kind === 'appealed' ? 'p2' : 'p1', at: new Date().toISOString(), text: body.text ?? '', at_s: body.at_s, turn: body.turn, word: body.word }]);
  if (['reviewed', 'acknowledged', 'appealed', 'decided'].includes(kind)) kept.states.set(id, kind);
  return json(null);
}

function calibrations(method, id, what, body, { json, problem }, q) {
  if (!id && method === 'GET') { // as the server: 20 a page, the newest first, from behind the one that the cursor names
    const all = (kept.empty ? [] : kept.studies).map(c => study(c).calibration).sort((a, b) => Date.parse(b.at) - Date.parse(a.at)), from = all.findIndex(c => q.get('cursor')?.endsWith(`-${c.id}`)) + 1, items = all.slice(from, from + 20), last = items.at(-1);
    return json({ items, ...(all.length > from + 20 ? { next: `${Date.parse(last.at)}-${last.id}` } : {}) });
  }
  if (!id) { const c = { id: `s${kept.studies.length + 1}`, name: body.name, calls: body.calls, at: new Date().toISOString(), votes: [], closed: false }; kept.studies.push(c); return json({ id: 't1', state: 'done', done: 1, total: 1, calibration: study(c) }); }
  const c = kept.studies.find(x => x.id === id);
  if (!c) return problem(404, 'there is no such calibration');
  if (what === 'close') c.closed = true;
  if (what === 'answers') c.votes = [...c.votes.filter(v => v.call !== body.call), ...body.answers.map(a => ({ call: body.call, by: 'p1', question: a.question, answer: a.answer }))];
  return json(what ? null : study(c));
}

// broken is what a form with the word !broken gets.
const broken = [422, 'line 5: question tone is there twice', 'faults', [{ message: 'question tone is there twice', location: 'line 5', value: { line: 5, text: 'question tone is there twice', said: [{ code: 'question-twice', args: ['tone'] }] } }]];

function forms(method, id, what, body, { json, problem }) {
  if (!id) return json({ items: kept.empty ? [] : [asForm()], packs: [{ ...asForm(), id: 'courtesy', version: 0, by: '' }] });
  if (what === 'replay') return json({ id: 't2', state: 'done', done: 6, total: 6, report: { calls: 6, new: 1, changed: 2, wording: 0, anew: 0, changed_range: { low: 0.118, high: 0.769 }, shift: { n: 5, mean: 7, range: { low: -2.1, high: 16.1 } }, before: { n: 6, mean: 71, mean_range: { low: 48.2, high: 93.8 }, histogram: [1, 0, 0, 0, 0, 1, 0, 2, 1, 1], judged: 6, fails: 1, fail_range: { low: 0.03, high: 0.564 } }, after: { n: 6, mean: 78, mean_range: { low: 63.6, high: 92.4 }, histogram: [0, 0, 0, 0, 0, 1, 1, 2, 1, 1], judged: 6, fails: 0, fail_range: { low: 0, high: 0.39 } }, examples: [{ call: 'c3', question: 'promise', before: 'no', after: 'yes' }] } });
  if (what === 'use') { kept.retired = !body.in_use; return json(asForm()); }
  if (method === 'PUT') { kept.retired = false; if (body.yaml?.includes('!broken')) return problem(...broken); kept.version++; return json(asForm()); }
  return id === 'service' ? json(asForm()) : problem(404, 'there is no such form');
}

export function handle({ method, path: p, query: q, body, res, lang, json, problem }) {
  const m = /^\/api\/quality\/([^/]+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(p), say = { json, problem };
  if (!m) return undefined;
  const [, part, id, what] = m;
  if (part === 'inbox') json(inbox(q, lang));
  else if (part === 'own') json({ items: inbox(q, lang).items.map(x => ({ call: x.call, form: x.form, score: x.score, band: x.band, fail: x.fails.length > 0, state: x.state })) });
  else if (part === 'failures') json(kept.empty ? { items: [], total: 0 } : { items: failures(lang), total: 2 });
  else if (part === 'calls') calls(method, id, what, body, say);
  else if (part === 'calibrations') calibrations(method, id, what, body, say, q);
  else if (part === 'agreement') { const all = [{ form: 'service', question: '', agreement: { items: 40, ratings: 80, percent: 92.5, percent_range: { low: 80.1, high: 97.4 }, kappa: 0.81, kappa_range: { low: 0.62, high: 0.95 } }, untold: 2 }, { form: 'service', question: 'promise', text_en: 'Did the agent avoid promising an outcome?', text_zh: '客服是否避免了承诺结果？', agreement: { items: 8, ratings: 16, percent: 75, percent_range: { low: 40.9, high: 92.9 }, kappa: 0.5, kappa_range: { low: -0.1, high: 1 } }, untold: 0 }]; json(q.get('cursor') ? { items: all.slice(1), total: 2 } : { items: all.slice(0, 1), total: 2, next: 1 }); }
  else if (part === 'forms') forms(method, id, what, body, say);
  else if (part === 'form-parts') { if (body.yaml.includes('!broken')) problem(...broken); else json(parts); }
  else if (part === 'form-text') json({ yaml: form });
  else if (part === 'form-reading') json({ items: [{ id: 'name', fail_on: 'no', asks: 'done' }, { id: 'promise', fail_on: 'no', asks: 'avoided' }] });
  else if (part === 'heard') json({ items: kept.empty ? [] : heard(lang) });
  else if (part === 'searches') {
    if (method === 'POST') kept.searches.push(body);
    if (method === 'DELETE') kept.searches = kept.searches.filter(s => s.name !== q.get('name'));
    json(method === 'GET' ? { items: kept.searches } : null);
  } else if (part === 'coaching') {
    const all = kept.empty ? [] : clips(lang);
    if (what === 'done') { all.find(c => c.id === id).done = true; json(null); }
    else if (method === 'POST') { const c = { id: `k${all.length}`, by: 'p1', at: new Date().toISOString(), done: false, ...body }; all.push(c); json(c); }
    else if (method === 'DELETE') { kept.clips = all.filter(c => c.id !== id); json(null); }
    else json({ items: all, names: agents });
  } else if (part === 'export.csv' || part === 'export') { res.writeHead(200, { 'Content-Type': 'text/plain' }); res.end('ok'); }
  else return undefined;
  return true;
}
