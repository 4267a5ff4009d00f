// The knowledge of the mock: entries, gaps, drafts, the golden set, trials, the calendar, import and watched folders.
import { ago } from './script.mjs';
import { audio } from './records.mjs';

const days = n => new Date(Date.now() + n * 86400000).toISOString();
const texts = {
  en: {
    base: 'bank', other: 'shop', by: 'Kay Lin', entries: [
      ['lost-card', 'How do I report a lost or stolen card?', 'We block a lost card at once. You can do it in the app under Cards, or say "block my card" now.', ['my card is gone', 'somebody stole my wallet']],
      ['opening', 'What are your opening hours?', 'Our branches are open from nine to five, Monday to Friday.', ['when do you open', 'are you open on Saturday']],
      ['fee', 'What does a replacement card cost?', 'The first replacement in a year is free. Every further one is eight euros.', ['price of a new card']],
      ['transfer', 'How long does a transfer take?', 'A transfer inside the country arrives on the next working day.', []],
      ['limit', 'Can I raise my card limit?', 'Yes. In the app, under Cards, choose Limits. It takes effect at once.', ['increase my limit']],
      ['travel', 'Does my card work abroad?', 'Your card works wherever you see the sign on it. Tell us before you travel.', []],
    ],
    gaps: [['g1', 'Can I pay with my phone?', 14, 2, ['does your card work with my phone', 'can I use my watch to pay'], 'limit'], ['g2', 'How do I close my account?', 9, 0, ['I want to leave your bank'], 'transfer'], ['g3', 'Do you have a branch at the airport?', 4, 1, [], 'opening']],
    replies: ['Yes, add the card to the wallet on your phone; it works at once and costs nothing.', 'You find it in the app under Cards, then Phone payments.'],
    review: ['child', 'Can my child have an account?', 'Yes, from the age of seven, with the signature of a parent.'], sent: ['cheque', 'Do you take cheques?', 'We do not take cheques any more.'], reason: 'Say until when old cheques are paid out.',
    golden: ['I lost my card on the train', 'when do you open tomorrow', 'how much is a new card', 'do you sell boats', 'how long until the money is there'], asks: ['somebody took my card', 'are you open at night', 'is a new card free', 'raise the limit please', 'can I pay in Japan'],
    dismissed: ['What is the weather?', 'Not our business.'],
  },
  zh: {
    base: '商城', other: '银行', by: '周晓', entries: [
      ['return', '怎么申请退货？', '收到商品七天内，在订单页面点“申请退货”，我们会派人上门取件。', ['我想退货', '东西不合适怎么退']],
      ['opening', '客服几点上班？', '我们每天早上九点到晚上九点都有人接听。', ['几点有人', '周末有人吗']],
      ['freight', '退货的运费谁出？', '质量问题由我们承担运费，其他原因由您承担。', ['邮费谁付']],
      ['delivery', '多久能发货？', '付款后两天以内发货，偏远地区三天。', []],
      ['invoice', '可以开发票吗？', '可以。下单时勾选“需要发票”，电子发票会发到您的邮箱。', ['怎么要发票']],
      ['coupon', '优惠券怎么用？', '结算时选择优惠券，金额会自动减去。', []],
    ],
    gaps: [['g1', '能不能货到付款？', 14, 2, ['可以到了再付钱吗', '送来的时候付现金行不行'], 'delivery'], ['g2', '怎么注销账号？', 9, 0, ['我不想用了，把号销掉'], 'invoice'], ['g3', '机场有没有门店？', 4, 1, [], 'opening']],
    replies: ['可以的，下单时选择货到付款，送货员会带刷卡机。', '在结算页面选“货到付款”就行。'],
    review: ['gift', '可以包装成礼物吗？', '可以，结算时勾选“礼品包装”，收费五元。'], sent: ['old', '收旧手机吗？', '我们不再回收旧手机。'], reason: '请写明已寄出的旧手机怎么办。',
    golden: ['我想退货', '你们几点有人', '邮费算谁的', '你们卖船吗', '几天能到'], asks: ['买错了能退吗', '晚上有人接吗', '退货要我出邮费吗', '发票怎么开', '券用不了'],
    dismissed: ['今天天气怎么样？', '与业务无关。'],
  },
};

let s = null;
export function reset() { s = null; }
function state(lang) {
  if (s?.lang === lang) return s;
  const x = texts[lang], entry = ([id, question, answer, similar], i) => ({ id, base: x.base, state: 'published', lang, question, similar: similar ?? [], answer, category: '', audience: 'bot', queues: [], version: 2, updated: ago(60 * 26 * (i + 1)), by: x.by });
  const entries = x.entries.map(entry);
  entries[2].until = days(9); entries[3].from = days(-40); entries[5].until = days(-12); entries[5].state = 'expired'; entries[4].from = days(6); entries[1].pair = { id: entries[0].id, lang: lang === 'zh' ? 'en' : 'zh', stale: true };
  const review = { ...entry([...x.review, []], 0), state: 'review', version: 1, updated: ago(50) }, sent = { ...entry([...x.sent, []], 3), state: 'draft', version: 3 };
  const run = (n, at, fails) => ({ base: x.base, at, by: x.by, n, answered: (n - fails.length - 1) / (n - 1), helped: 0.75, wrong: fails.filter(f => f.wrong).length / n, r1: 0.8, failures: fails, passed: x.golden.slice(0, n).filter(q => !fails.some(f => f.query === q)) });
  const wrong = { query: x.golden[4], want: [entries[3].id], got: entries[1].id, decision: 'answer', text: entries[1].answer, p_right: 0.91, wrong: true }, missed = { query: x.golden[2], want: [entries[2].id], got: entries[2].id, decision: 'clarify', text: '', p_right: 0.55, offered: true, wrong: false };
  s = {
    lang, entries: [review, ...entries, sent], tasks: new Map(), n: 0, gaps: x.gaps.map(([id, question, count, rated_bad, more, near]) => ({ id, question, texts: [question, ...more], base: x.base, lang, count, rated_bad, last: ago(90), examples: [question, ...more].map((text, i) => ({ call: `c${i + 3}`, turn: 3, text, at: ago(90 + i * 300), rated_bad: i < rated_bad && i > 0, ...(i < rated_bad && i > 0 ? { entry: entries[1].id } : {}) })), nearest: { id: near, base: x.base, question: entries.find(e => e.id === near)?.question ?? entries[0].question, p_right: 0.31 } })),
    origins: { [review.id]: { count: 7, rated_bad: 1, calls: [{ call: 'c3', turn: 3, at: ago(200) }, { call: 'c5', turn: 5, at: ago(900) }], reply: { call: 'c3', turn: 5 }, by: x.by, at: ago(50) }, [sent.id]: { count: 3, rated_bad: 0, calls: [], by: x.by, at: ago(4000), decision: 'returned', reason: x.reason, decider: x.by, decided: ago(3000) } },
    dismissed: [{ base: x.base, question: x.dismissed[0], wordings: 2, reason: x.dismissed[1], by: x.by, at: ago(5000) }],
    golden: x.golden.map((query, i) => ({ query, relevant: i === 3 ? [] : [entries[i === 4 ? 3 : i].id] })), wrong, missed, run,
    runs: [run(5, ago(60 * 20), [wrong, missed]), run(5, ago(60 * 44), [missed]), run(5, ago(60 * 90), [missed]), run(4, ago(60 * 200), [missed])],
    folders: [
      { folder: '/srv/faq', base: x.base, state: 'held', why: '31 of 48 entries would change (65 %); up to 20 % are imported without asking', code: 'folder-most', args: ['31', '48', '65', '20'], looked: ago(0.4), imported: ago(3000), id: 'h1', new: 2, changed: 31, same: 17, problems: [], report: [] },
      { folder: '/srv/shop', base: x.other, state: 'failed', why: 'nothing was imported: mend the files', code: 'folder-wrong', looked: ago(0.4), new: 0, changed: 0, same: 0, problems: [{ where: 'faq.xlsx row 12', why: 'answer is empty', code: 'answer-empty' }], report: [] },
    ],
  };
  return s;
}

// begin makes a task that is done after a few looks.
function begin(v, total) { const id = `t${++s.n}`; s.tasks.set(id, { looks: 0, total, v }); return view(id); }
function view(id) {
  const t = s.tasks.get(id);
  if (!t) return null;
  const done = ++t.looks > 2;
  return { id, state: done ? 'done' : 'running', done: done ? t.total : Math.round((t.total * t.looks) / 3), total: t.total, ...(done ? (typeof t.v === 'function' ? t.v() : t.v) : {}) };
}
const titles = () => Object.fromEntries(s.entries.map(e => [e.id, e.question]));

export function handle(r) {
  const { method, path: p, query: q, body, json, problem, lang, res } = r;
  if (!p.startsWith('/api/knowledge/')) return undefined;
  state(lang);
  const x = texts[lang], rest = p.slice('/api/knowledge/'.length), base = q.get('base') ?? '', mine = v => !base || v.base === base;
  const out = () => {
    if (rest === 'bases') return json({ items: [{ name: x.base, entries: s.entries.length, langs: { [lang]: s.entries.length } }, { name: x.other, entries: 48, langs: { en: 24, zh: 24 } }] });
    if (rest === 'entries') { const words = (q.get('q') ?? '').toLowerCase(), all = s.entries.filter(e => mine(e) && (!q.get('state') || e.state === q.get('state')) && (!q.get('lang') || e.lang === q.get('lang')) && (!words || `${e.question} ${e.answer}`.toLowerCase().includes(words))); return json({ items: all, total: all.length }); }
    if (rest === 'uses') return json({ items: s.entries.filter(e => e.version > 1 && e.state === 'published').map((e, i) => ({ id: e.id, base: e.base, question: e.question, shown: 120 - i * 17, used: 101 - i * 16, resolved: 92 - i * 15, rejected: i % 2 ? 6 : 0, last: ago(30) })) });
    if (rest === 'drafts') return json({ items: s.entries.filter(e => mine(e) && ['review', 'draft'].includes(e.state)).sort((a, b) => (b.state === 'review') - (a.state === 'review')).map(entry => ({ entry, origin: s.origins[entry.id] })) });
    if (rest === 'dismissed') return json({ items: s.dismissed });
    if (rest === 'dismissed/reopen') { s.dismissed = s.dismissed.filter(d => d.question !== body.question); return json(undefined, 204); }
    if (rest === 'gaps') return json({ items: s.gaps.filter(mine) });
    const gap = /^gaps\/([^/]+)\/(\w+)$/.exec(rest), g = gap && s.gaps.find(v => v.id === gap[1]);
    if (gap && !g) return problem(404, 'there is no such gap any more: look at the list again');
    if (gap?.[2] === 'replies') return json({ items: g.id === 'g1' ? x.replies.map((text, i) => ({ call: `c${i + 3}`, turn: 5, text })) : [] });
    if (gap?.[2] === 'draft') { const e = { id: `d-${++s.n}`, base: body.base, state: 'review', lang: body.lang, question: body.question, similar: body.similar, answer: body.answer, category: '', audience: 'bot', queues: [], version: 1, updated: new Date().toISOString(), by: x.by }; s.entries.unshift(e); s.origins[e.id] = { count: g.count, rated_bad: g.rated_bad, calls: g.examples.map(v => ({ call: v.call, turn: v.turn, at: v.at })), reply: body.reply, by: x.by, at: e.updated }; g.draft = { base: e.base, id: e.id }; return json(e); }
    if (gap?.[2] === 'dismiss') { s.gaps = s.gaps.filter(v => v !== g); s.dismissed.unshift({ base: g.base, question: g.question, wordings: g.texts.length, reason: body.reason, by: x.by, at: new Date().toISOString() }); return json(undefined, 204); }
    if (rest === 'golden' && method === 'PUT') { s.golden = body.items; return json({ items: s.golden, titles: titles() }); }
    if (rest === 'golden') return json({ items: base === x.other ? [] : s.golden, titles: titles() });
    if (rest === 'golden/runs') return json({ items: base === x.other ? [] : s.runs, titles: titles() });
    if (rest === 'golden/run') return json(begin(() => { const v = s.run(s.golden.length, new Date().toISOString(), [s.missed]); v.passed = s.golden.map(g2 => g2.query).filter(g2 => g2 !== s.missed.query); if (!s.runs.some(o => o.at === v.at)) s.runs.unshift(v); return { run: v }; }, s.golden.length));
    if (rest.startsWith('tasks/')) { const v = view(rest.slice(6)); return v ? json(v) : problem(404, 'this is not known any more'); }
    if (rest === 'voices') return json({ items: [{ voice: `kokoro:${lang === 'zh' ? 'zf_xiaoxiao' : 'af_heart'}`, lang, route: x.base, base: true }, { voice: `kokoro:${lang === 'zh' ? 'zm_yunxi' : 'bf_emma'}`, lang, base: false }, { voice: `kokoro:${lang === 'zh' ? 'af_heart' : 'zf_xiaoxiao'}`, lang: lang === 'zh' ? 'en' : 'zh', base: false }] });
    if (rest === 'calendar') { const from = Date.parse(q.get('from')), to = Date.parse(q.get('to')), list = s.entries.flatMap(e => [['begins', e.from], ['ends', e.until]].filter(([, at]) => at && Date.parse(at) >= from && Date.parse(at) < to).map(([what, at]) => ({ at, what, id: e.id, base: e.base, lang: e.lang, question: e.question, state: e.state, past: Date.parse(at) < Date.now() }))); return json({ items: list.filter(mine).sort((a, b) => (a.at < b.at ? -1 : 1)) }); }
    if (rest === 'watch') return json({ items: s.folders });
    if (/^watch\/.+\/apply$/.test(rest)) { Object.assign(s.folders[0], { state: 'fine', why: '', id: undefined, imported: new Date().toISOString() }); return json(s.folders[0]); }
    if (rest === 'export') { res.writeHead(200, { 'Content-Type': 'application/jsonl' }); res.end(s.entries.map(e => JSON.stringify(e)).join('\n')); return true; }
    if (rest === 'import') { if (r.text.includes('moved')) s.moved ??= true; return json(checked(x, lang, r.text)); }
    if (s.moved && /^import\/.+\/apply$/.test(rest)) { s.moved = false; return problem(409, 'the base was changed in between, and this would do something else now: nothing was stored; check the files again'); }
    if (/^import\/.+\/apply$/.test(rest)) return json(begin(() => { s.imports = [{ id: 'imp1', base: x.base, at: new Date().toISOString(), by: x.by, new: 2, changed: 1 }]; const e = { ...s.entries[1], id: `i-${s.n}`, question: lang === 'zh' ? '新导入的问题？' : 'What was imported just now?', version: 1, updated: new Date().toISOString() }; if (!s.entries.some(v => v.id === e.id)) s.entries.unshift(e); return { counts: { new: 2, changed: 1, same: 40, invalid: 0 } }; }, 120));
    if (rest === 'imports') return json({ items: s.imports ?? [] });
    if (/^imports\/.+\/undo$/.test(rest)) return json(begin(() => { s.imports = []; s.entries = s.entries.filter(v => !v.id.startsWith('i-')); return { counts: { new: 1, changed: 1, same: 1, invalid: 0 } }; }, 3));
    if (rest === 'test') return json(trial(body, x));
    return one(rest, { method, body, json, problem, lang, res, x });
  };
  return out() ?? true;
}

function checked(x, lang, text) {
  const bad = text.includes('broken'), e = s.entries[1], rows = [
    ...(bad ? [{ where: `faq.csv row 4`, state: 'invalid', why: 'answer is empty', code: 'answer-empty' }] : []),
    { where: `faq.csv row 2`, state: 'new', question: x.asks[0], after: { question: x.asks[0], answer: x.replies[0], similar: [] } },
    { where: `faq.csv row 3`, state: 'new', question: x.asks[1], after: { question: x.asks[1], answer: x.replies[1], similar: [] } },
    { where: `faq.csv row 5`, state: 'changed', question: e.question, before: { question: e.question, answer: e.answer, similar: e.similar }, after: { question: e.question, answer: `${e.answer} ${x.replies[0]}`, similar: e.similar } },
    { where: `faq.csv row 6`, state: 'same', question: s.entries[2].question },
  ];
  return { id: 'imp1', rows, counts: { new: 2, changed: 1, same: 40, invalid: bad ? 1 : 0 }, report: [{ kind: 'residue', where: `faq.csv row 9`, text: 'reading taken out: 關(guān)', code: 'reading', args: ['關(guān)'] }, { kind: 'numbers', where: `faq.csv row 11`, text: 'answers 7, but the nearly same question in faq.csv row 5 answers 15: x', code: 'numbers', args: ['7', 'faq.csv row 5', '15', 'x'] }] };
}

function trial(body, x) {
  const hit = (e, p_right, i) => ({ id: e.id, base: e.base, question: e.question, answer: e.answer, score: p_right, p_right, ranks: { lexical: i + 1, pinyin: 0, dense: i + 1 }, reasons: [{ kind: 'words', words: body.text.split(/\s+/).slice(0, 2), rank: i + 1 }, { kind: 'meaning', rank: i + 1 }, { kind: 'bar', yes: p_right >= 0.8 }] });
  const es = s.entries.filter(e => e.state === 'published');
  if (body.text.includes('zzz')) return { decision: 'offer_person', entry: '', text: x.gaps[0][1], bar: 0.8, hits: [] };
  return { decision: 'answer', entry: es[0].id, text: es[0].answer, bar: 0.8, hits: [hit(es[0], 0.94, 0), hit(es[1], 0.32, 1), hit(es[2], 0.05, 2)] };
}

function one(rest, { method, body, json, problem, lang, res, x }) {
  const m = /^entries\/([^/]+)\/([^/]+)(?:\/(\w+))?$/.exec(rest);
  if (!m) return problem(404, 'nothing is here');
  const base = decodeURIComponent(m[1]), id = decodeURIComponent(m[2]), e = s.entries.find(v => v.id === id && v.base === base);
  if (m[3] === 'preview') {
    const a = { entry: s.entries[1].id, decision: 'offer_person', text: '', p_right: 0.2, choices: [] }, b = { entry: id, decision: 'answer', text: body.answer, p_right: 0.9, choices: [] }, c = { entry: s.entries[2].id, decision: 'answer', text: s.entries[2].answer, p_right: 0.86, choices: [] };
    const kept = body.answer.includes('!!'), changes = kept ? [] : [{ kind: 'loss', query: x.golden[1], lang, golden: true, want: [s.entries[2].id], before: c, after: { ...a, decision: 'clarify' } }, { kind: 'changed', query: x.asks[1], lang, golden: false, before: c, after: b }, { kind: 'gain', query: x.asks[0], lang, golden: false, before: a, after: b }, { kind: 'gain', query: x.asks[2], lang, golden: false, before: { ...a, decision: 'clarify' }, after: b }];
    return json(begin({ preview: { changes, n: 205, golden: 5, gains: kept ? 0 : 2, losses: kept ? 0 : 1, titles: titles() } }, 205));
  }
  if (m[3] === 'speech') { const wav = audio('c3'); res.writeHead(200, { 'Content-Type': 'audio/wav', 'Content-Length': wav.length }); res.end(wav); return true; }
  if (method === 'PUT' && e && body.version && body.version !== e.version) return problem(409, 'somebody changed this entry meanwhile');
  if (method === 'PUT') { const v = { ...(e ?? { id, base, by: x.by, category: '', audience: 'bot' }), ...body, version: (e?.version ?? 0) + 1, updated: new Date().toISOString(), pair: e?.pair }; if (e) Object.assign(e, v); else s.entries.unshift(v); return json(v); }
  if (!e) return problem(404, 'there is no such entry or version');
  if (method === 'DELETE') { s.entries = s.entries.filter(v => v !== e); return json(undefined, 204); }
  if (m[3] === 'versions') return json({ items: [e, ...(e.version > 1 ? [{ ...e, version: e.version - 1, answer: e.answer.slice(0, -4), updated: ago(9000) }] : [])] });
  if (m[3] === 'rollback') { e.version++; return json(e); }
  if (m[3] === 'decide') { e.state = body.decision === 'approved' ? 'published' : 'draft'; e.version++; s.origins[e.id] = { ...(s.origins[e.id] ?? { count: 0, rated_bad: 0, calls: [], by: x.by, at: ago(1) }), decision: body.decision, reason: body.reason, decider: x.by, decided: new Date().toISOString() }; if (body.decision === 'approved') s.gaps = s.gaps.filter(g => g.draft?.id !== e.id); return json({ entry: e, origin: s.origins[e.id] }); }
  return json(e);
}
