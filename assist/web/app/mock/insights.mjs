// What calls are about, in the mock: four made-up weeks, always the same but for names and quiet times that pages change.
const DAY = 86400000;
const iso = t => new Date(t).toISOString().slice(0, 10);
const names = new Map(), quiet = new Map();
export const reset = () => { names.clear(); quiet.clear(); };

const wilson = (k, n) => { if (!n) return { value: null, low: null, high: null, n: 0, unknown: 0 }; const z = 1.96, p = k / n, d = 1 + z * z / n, m = (p + z * z / (2 * n)) / d, h = (z / d) * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)); return { value: p, low: Math.max(0, m - h), high: Math.min(1, m + h), n, unknown: 0 }; };
const mean = (v, n, sd) => (n ? { value: v, low: n > 1 ? v - 1.96 * sd / Math.sqrt(n) : null, high: n > 1 ? v + 1.96 * sd / Math.sqrt(n) : null, n, unknown: 0 } : { value: null, low: null, high: null, n: 0, unknown: 0 });
const wobble = i => 0.5 + 0.5 * Math.sin(i * 12.9898);

// Each figure: id, names, unit, definitions, formula, better, machine, and its value for n calls of day i.
const figures = [
  ['calls', 'Calls', '来电数', 'count', 'Calls that have ended, of bot and people, on all channels.', '已结束的全部来电，含机器人与人工、所有渠道。', 'number of calls', 0, false, n => ({ value: n, low: null, high: null, n, unknown: 0 })],
  ['containment', 'Resolved by the bot', '机器人解决率', 'share', 'Share of the calls that the bot resolved alone.', '由机器人独立解决的来电占比。', 'calls with outcome resolved_bot ÷ calls whose outcome can be told', 1, true, (n, i) => ({ ...wilson(Math.round(n * 0.9 * (0.58 + 0.1 * wobble(i))), Math.round(n * 0.9)), unknown: n - Math.round(n * 0.9) })],
  ['fcr', 'First-contact resolution', '一次解决率', 'share', 'Share of the first calls of a caller after which the same customer or number did not call again within three days.', '首次来电后，同一客户或号码三天内没有再次来电的占比。', 'first calls without another one within N days ÷ first calls of known callers whose N days are over', 1, false, (n, i) => ({ ...wilson(Math.round(n * 0.7 * (0.8 + 0.08 * wobble(i + 3))), Math.round(n * 0.7)), unknown: Math.round(n * 0.2) })],
  ['repeat', 'Repeat calls', '重复来电率', 'share', 'Share of the calls of known callers that follow another call within three days.', '已知来电者的来电中，三天内曾来电的占比。', 'calls with an earlier one within N days ÷ calls of known callers', -1, false, (n, i) => wilson(Math.round(n * (0.12 + 0.05 * wobble(i + 5))), n)],
  ['handle', 'Handle time', '平均处理时长', 's', 'Mean time a person had a call, hold included, writing afterwards not.', '人工处理每通来电的平均时长，含保持，不含话后整理。', 'seconds with a person ÷ calls with a person', -1, false, (n, i) => mean(232 + 40 * wobble(i + 1), Math.round(n * 0.3), 110)],
  ['wait', 'Wait', '平均等待时长', 's', 'Mean wait for a person at the desk, of the calls that somebody took.', '已被人工接起的来电在队列中的平均等待时长。', 'seconds waited ÷ calls taken', -1, false, (n, i) => mean(24 + 14 * wobble(i + 2), Math.round(n * 0.27), 22)],
  ['service_level', 'Service level', '服务水平', 'share', 'Share of the calls that waited for a person and were taken within 20 s.', '要求人工的来电中，20秒内被接起的占比。', 'taken within S seconds ÷ waits (taken, abandoned, unserved)', 1, false, (n, i) => wilson(Math.round(n * 0.32 * (0.66 + 0.2 * wobble(i + 4))), Math.round(n * 0.32))],
  ['silence', 'Silence', '静默占比', 'share', 'Mean share of a call in which nobody spoke.', '通话中无人说话的时间平均占比。', 'mean over calls of silence ÷ (length − waiting − hold)', -1, false, (n, i) => mean(0.21 + 0.05 * wobble(i), n, 0.1)],
  ['barge_in', 'Caller spoke over', '来电者打断次数', 'number', 'Mean number of times a call in which the caller spoke over bot or agent.', '每通来电中来电者打断机器人或坐席的平均次数。', 'interruptions by the caller ÷ calls', -1, false, (n, i) => mean(0.8 + 0.3 * wobble(i), n, 0.9)],
  ['upset', 'Upset callers', '不满来电占比', 'share', 'Share of the calls in which the caller sounded upset at least once.', '来电者至少一次表现不满的来电占比。', 'calls with a turn at or below −0.5 ÷ calls in which the caller said something', -1, true, (n, i) => wilson(Math.round(n * (0.07 + 0.05 * wobble(i + 7))), n)],
  ['saved', 'Saved cost (estimate)', '节省成本（估算）', 'money', 'What the calls that the bot resolved would have cost had people taken them.', '机器人解决的来电如由人工处理所需的成本。', 'calls resolved by the bot × mean handle time (s) ÷ 3600 × insights.cost_per_hour', 1, true, n => ({ value: n * 0.57 * 2.4, low: n * 0.57 * 2.1, high: n * 0.57 * 2.7, n: Math.round(n * 0.57), unknown: 0 })],
];
const stories = {
  en: { topics: [['en-1', 'lost card · new card', ['lost card', 'new card', 'card on the train'], 'I lost my card on the train this morning.', 84, 1.1], ['en-2', 'app does not open · login', ['app does not open', 'login fails', 'update'], 'Since the update the app does not open any more.', 61, null], ['en-3', 'refund late', ['refund', 'still no refund'], 'I am still waiting for my refund.', 40, 2.3], ['en-4', 'opening hours', ['opening hours', 'open on sunday'], 'Are you open on Sunday?', 22, 0.8]], spots: [['sp1', 'Do you sell aquarium pumps?', 9, 8], ['sp2', 'Can I pay with crypto?', 6, 6]], queues: ['bank', 'claims'], agents: ['Jana Novak', 'Tom Baker'], intents: ['lost_card', 'refund', 'opening_hours'] },
  zh: { topics: [['zh-1', '退货·运费', ['退货', '运费', '七天无理由'], '鞋子不合脚，退货运费谁出？', 84, 1.1], ['zh-2', '打不开应用·登录失败', ['打不开应用', '登录失败', '更新'], '更新以后应用一直打不开。', 61, null], ['zh-3', '退款没到账', ['退款', '没到账'], '退款怎么还没到账？', 40, 2.3], ['zh-4', '营业时间', ['营业时间', '周末'], '你们周末上班吗？', 22, 0.8]], spots: [['sp1', '可以用数字人民币付款吗？', 9, 8], ['sp2', '海外能寄吗？', 6, 6]], queues: ['售后', '售前'], agents: ['周晓', '王敏'], intents: ['退货', '退款', '营业时间'] },
};

const period = q => { const to = q.get('to') || iso(Date.now()), from = q.get('from') || iso(Date.parse(to) - 27 * DAY); return { from, to, days: Array.from({ length: Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1 }, (_, i) => iso(Date.parse(from) + i * DAY)) }; };
const perDay = day => { const d = new Date(day).getUTCDay(); return Date.parse(day) < Date.parse('2020-01-01') ? 0 : d === 0 || d === 6 ? 5 : 12 + (Number(day.slice(8)) % 5); };
const value = (f, n, i) => f[9](n, i);

export function view(q, lang) {
  const s = stories[lang], { from, to, days } = period(q), by = q.get('by') || 'day', queue = q.get('queue') ?? '', all = Math.round(days.reduce((n, d) => n + perDay(d), 0) * (queue ? 0.4 : 1)), compare = q.get('compare') !== 'none';
  const query = more => new URLSearchParams({ from, to, zone: 'Europe/London', ...(queue ? { queue } : {}), ...more }).toString();
  const shown = figures.map((f, k) => {
    const v = value(f, all, 2), before = value(f, Math.round(all * 0.9), 9), d = (v.value ?? 0) - (before.value ?? 0);
    return { id: f[0], name_en: f[1], name_zh: f[2], unit: f[3], definition_en: f[4], definition_zh: f[5], formula: f[6], better: f[7], machine: f[8], ...v, ...(compare && all ? { before, change: f[3] === 'count' ? undefined : { value: d, low: d - Math.abs(d) * (k % 3 === 1 ? 0.5 : 1.5), high: d + Math.abs(d) * (k % 3 === 1 ? 0.5 : 1.5), sure: k % 3 === 1 && d !== 0 } } : {}), ...(f[0] === 'saved' ? { currency: 'EUR', worked: `${Math.round(all * 0.57)} × 247 s ÷ 3600 × 35 EUR` } : {}), calls_query: query({ figure: f[0] }) };
  });
  const keys = { day: days, queue: s.queues, agent: [...s.agents, ''], intent: [...s.intents, ''], topic: [...s.topics.map(t => t[0]), ''] }[by];
  const series = keys.map((key, i) => { const n = by === 'day' ? perDay(key) : Math.round(all * (0.45 - 0.11 * i)); return { key, name: by === 'topic' ? nameOf(s, key) : key, calls: n, figures: Object.fromEntries(figures.map(f => [f[0], value(f, n, i)])), calls_query: query({ by, key }) }; });
  const topics = all === 0 ? [] : s.topics.map(([id, , phrases, text, n, factor], i) => ({
    id, name: nameOf(s, id), edited: names.has(id), lang, n, share: wilson(n, 230), daily: days.map((_, d) => (id.endsWith('2') ? (d > days.length - 4 ? 9 + d % 4 : 0) : Math.round((n / days.length) * (0.5 + wobble(d + i))))), trend: { callers: n - 3, callers_before: factor === null ? 0 : Math.round(n / factor), callers_all: 300, callers_all_before: 290, factor, factor_low: factor === null ? null : factor * 0.7, factor_high: factor === null ? null : factor * 1.4, p: factor === null || factor > 2 ? 0.0002 : 0.4, rising: factor !== null && factor > 2, new: factor === null }, rising: factor !== null && factor > 2, new: factor === null, phrases,
    example: { call: `c${i + 2}`, turn: 2, at_s: 6, text }, upset: wilson(Math.round(n * (factor === null ? 0.3 : 0.08)), n), ...(quiet.get(id) ? { quiet_until: quiet.get(id) } : {}), calls_query: query({ topic: id }),
  }));
  const told = [['resolved_bot', 0.57], ['resolved_person', 0.19], ['promised', 0.11], ['open', 0.13]].map(([id, p]) => [id, Math.round(all * 0.9 * p)]);
  return {
    from, to, zone: 'Europe/London', days, ...(compare ? { compared: { from: iso(Date.parse(from) - days.length * DAY), to: iso(Date.parse(from) - DAY) } } : {}), queue, by, queues: s.queues, figures: shown, series, topics, topicked: wilson(Math.round(all * 0.72), all),
    outcomes: [...told.map(([id, n]) => ({ id, n, judged: id === 'resolved_person' ? 21 : 0, share: wilson(n, Math.round(all * 0.9)), before: wilson(n, all), calls_query: query({ outcome: id }) })), { id: 'cannot_tell', n: all - Math.round(all * 0.9), judged: 0, share: wilson(all - Math.round(all * 0.9), all), calls_query: query({ outcome: 'cannot_tell' }) }],
    repeats: all === 0 ? [] : s.topics.slice(0, 3).map(([id], i) => ({ key: `topic:${id}`, name: nameOf(s, id), n: 14 - 4 * i, callers: 11 - 3 * i, same: 9 - 3 * i, share: wilson(14 - 4 * i, 40), after: { resolved_bot: 5 - i, promised: 6 - 2 * i, open: 3 }, examples: [], calls_query: query({ repeat: `topic:${id}`, figure: 'repeat' }) })),
    blind_spots: all === 0 ? [] : s.spots.map(([id, question, n, callers]) => ({ id, lang, question, n, callers, phrases: [], examples: [], calls_query: query({ spot: id }) })),
    alerts: all === 0 || quiet.get(s.topics[1][0]) ? [] : [{ id: 'a1', topic: s.topics[1][0], name: nameOf(s, s.topics[1][0]), lang, level: 'warning', hours: 24, since: new Date(Date.now() - DAY).toISOString(), calls: ['c3', 'c5'], trend: { callers: 31, callers_before: 0, callers_all: 80, callers_all_before: 900, factor: null, factor_low: null, factor_high: null, p: 1e-9, rising: false, new: true }, upset: wilson(10, 31), usual_upset: 0.08, others_upset: wilson(16, 200), warned: 1, phrases: s.topics[1][2], why: ['speed', 'emotion'], calls_query: query({ topic: s.topics[1][0] }) }],
    missing: 3, repeat_days: 3,
  };
}
const nameOf = (s, id) => names.get(id) || s.topics.find(t => t[0] === id)?.[1] || '';

function behind(q, lang) {
  const s = stories[lang], total = q.get('value') === 'unknown' ? 12 : 130, at = Number(q.get('cursor') ?? 0);
  const items = Array.from({ length: Math.min(100, total - at) }, (_, i) => { const k = at + i, t = s.topics[k % 4]; return { call: `c${(k % 118) + 2}`, at: new Date(Date.now() - (k * 97 + 30) * 60000).toISOString(), queue: s.queues[k % 2], lang, channel: 'phone', ...(k % 3 === 0 ? { agent: s.agents[k % 2] } : {}), intent: s.intents[k % 3], topic: nameOf(s, t[0]), outcome: ['resolved_bot', 'resolved_person', 'promised', 'open', 'cannot_tell'][k % 5], judged: k % 5 === 1, length_s: 60 + (k * 37) % 300, reason: t[3], turn: 2, at_s: 6, value: q.get('value') === 'unknown' ? null : k % 5 === 4 ? null : k % 2, ...(k % 7 === 3 ? { follows: `c${(k % 100) + 9}` } : {}) }; });
  return { items, total, ...(at + 100 < total ? { next: at + 100 } : {}) };
}

export function handle({ method, path: p, query: q, body, res, lang, json, problem }) {
  if (p === '/api/insights') { if (q.get('from') > (q.get('to') || '9')) return problem(422, 'the period ends before it begins') ?? true; json(view(q, lang)); return true; }
  if (p === '/api/insights/calls') { json(behind(q, lang)); return true; }
  const m = /^\/api\/insights\/topics\/([^/]+)$/.exec(p);
  if (m && method === 'PATCH') {
    if (body.name !== undefined) { if (body.name) names.set(m[1], body.name); else names.delete(m[1]); }
    if (body.quiet_days !== undefined) { if (body.quiet_days) quiet.set(m[1], new Date(Date.now() + body.quiet_days * DAY).toISOString()); else quiet.delete(m[1]); }
    res.writeHead(204); res.end(); return true;
  }
  if (p === '/api/insights.csv' || p === '/api/insights/report') { res.writeHead(200, { 'Content-Type': p.endsWith('.csv') ? 'text/csv' : 'text/html' }); res.end('ok'); return true; }
}
