// The supervisor's view of the mock: 60 calls that move.
import { answer } from './desk.mjs';
import { ago } from './script.mjs';

const t0 = Date.now();
const wave = (i, n = 12) => Array.from({ length: n }, (_, k) => Math.max(-1, Math.min(1, Math.sin((Date.now() - t0) / 9000 + i * 1.7 + k / 3))));
const caller = (name, number) => ({ name, number, tier: '', lang: '', links: [], identity: { state: 'unknown' } });
const started = Array.from({ length: 60 }, (_, i) => ago(0.2 + (i * 7) % 14));

export function body(lang) {
  const zh = lang === 'zh', say = zh ? ['退款什么时候到账', '好的，我帮您查一下', '请问订单号是多少', '我要投诉'] : ['when does the refund arrive', 'let me look that up for you', 'could you give me the order number', 'I want to complain'];
  const beat = Math.floor((Date.now() - t0) / 1500);
  const fig = (id, value, unit, en, z, trend) => ({ id, value, unit, definition_en: en, definition_zh: z, trend });
  return {
    at: new Date().toISOString(),
    figures: [
      fig('service_level', 0.86, 'share', 'Calls answered by a person within 20 s of asking for one, of all that asked, today.', '今天要求人工的通话中，20 秒内由坐席接听的比例。', [0.9, 0.88, 0.91, 0.84, 0.86]),
      fig('waiting', 3, 'count', 'Callers in a queue for a person now.', '此刻正在排队等待人工的来电者。', [1, 0, 2, 4, 3]), fig('longest_wait', 74, 's', 'How long the first in the queue has been waiting.', '队列中第一位已等待的时间。', [20, 0, 35, 90, 74]),
      fig('agents_ready', 4, 'count', 'Agents who can take a call now.', '此刻可以接听的坐席。', [5, 6, 4, 3, 4]), fig('agents_busy', 12, 'count', 'Agents who ring or talk.', '振铃或通话中的坐席数。', [9, 11, 12]), fig('calls', 60, 'count', 'Calls under way.', '进行中的通话数。', [40, 55, 60]), fig('mean_wait', 23, 's', 'Mean wait of the calls that people took today.', '今天由人工接起的来电的平均等待时间。', [20, 25, 23]), fig('containment', 0.71, 'share', 'Calls that ended without a person, of all that ended today.', '今天已结束的通话中，未经人工即完成的比例。', [0.68, 0.7, 0.72, 0.7, 0.71]),
    ],
    approvals: decided ? [] : [{ id: 'a1', call: 'l3', amount: 30, currency: 'EUR', note: zh ? '第二次延误' : 'second delay', state: 'asked', ceiling: 10, by: 'ag1', agent: zh ? '李雷' : 'Ana Silva', queue: zh ? '售后' : 'cards', at: ago(1), day: ago(1).slice(0, 10), caller: caller(zh ? '林美' : 'Mei Lin', '+8613800138003'), limit: 40, why: [zh ? '金卡' : 'gold'] }],
    callbacks: [{ id: 'b1', number: '+441632960001', name: zh ? '王芳' : 'Ann Lee', lang, queue: zh ? '售后' : 'cards', route: zh ? '商城' : 'bank', reason: '', state: 'waiting', tries: 1, since: ago(22), next: new Date(Date.now() + 180000).toISOString() }, { id: 'b2', number: '+441632960002', name: '', lang, queue: zh ? '售后' : 'cards', route: zh ? '商城' : 'bank', reason: '', state: 'dialling', tries: 1, since: ago(3), next: ago(3) }].filter(x => !taken.has(x.id)),
    levels: [{ queue: zh ? '售后' : 'cards', waiting: 3, longest_wait_s: 74, staff: 5, ready: 2, open: true, within_s: 20, target: 0.9, level: 0.86, handed: 41 }, { queue: zh ? '投诉' : 'complaints', waiting: 0, longest_wait_s: 0, staff: 0, ready: 0, open: false, within_s: 60, target: 0, level: null, handed: 0 }],
    queue: [1, 2, 3].map(i => ({ call: `q${i}`, caller: caller(zh ? '王芳' : 'Ann Lee', `1380013800${i}`), queue: zh ? '售后' : 'cards', since: ago(i / 2), position: i, estimate_s: i * 40, lang })),
    agents: ['ready', 'ready', 'busy', 'busy', 'wrapup', 'away', 'offline'].map((state, i) => ({ id: `ag${i}`, name: zh ? ['周晓', '李雷', '韩梅', '陈晨', '赵敏', '孙悦', '吴迪'][i] : ['Tom Baker', 'Ana Silva', 'Lee Wong', 'Kim Park', 'Joe Hill', 'Eva Berg', 'Max Roth'][i], state, since: ago(i * 3 + 1), skills: zh ? ['售后'] : ['cards'], langs: [lang], call: state === 'busy' ? `l${i}` : undefined })),
    calls: started.map((s, i) => ({ id: `l${i}`, channel: ['sip', 'web', 'chat'][i % 3], caller: caller(i === 4 ? 'Wolfeschlegelsteinhausenbergerdorff'.repeat(6).slice(0, 200) : i % 4 ? '' : zh ? '林美' : 'Mei Lin', `+8613800138${String(i).padStart(3, '0')}`), with: i % 3 ? 'bot' : 'agent', agent: i % 3 ? undefined : zh ? '周晓' : 'Tom Baker', queue: zh ? '售后' : 'cards', intent: zh ? '退货' : 'card_lost', started: s, sentiment: wave(i), last: { who: ['caller', 'bot', 'agent'][(i + beat) % 3], name: (i + beat) % 3 === 2 ? zh ? '周晓' : 'Tom Baker' : undefined, text: say[(i + beat) % 4] }, on_hold: i % 11 === 3 })),
    nodes: [['n1', '1.4.0', true], ['n2', '1.3.2', true], ['n3', '1.3.2', false]].map(([id, version, alive], i) => ({ id, name: `parley-${i + 1}`, version, sip: '', http: `https://${id}.example`, started_at: ago(600), seen_at: ago(alive ? 0 : 42), alive, calls: alive ? 20 + i : 0, calls_limit: 40, self: i === 0 || undefined })),
    alerts: [
      { id: 'x1', call: 'l3', severity: 'critical', text: 'The caller wants to complain and is upset', text_zh: '来电者要求投诉，情绪激动', seen: false, news: 1, last_s: 64, level: 2, priority: 70, rule: 'angry', at_s: 64, turn: 6, more: [{ rule: 'case', severity: 'warning', level: 1, priority: 48, text: 'What was said so far calls for a supervisor', text_zh: '通话至此，需要主管介入', at_s: 64, turn: 6, why: [{ what: 'case.said', value: 1.8, share: 1, turn: 6 }] }], why: [{ what: 'sentiment.now', value: -0.8, share: 1, turn: 6 }], said: [{ turn: 5, who: 'agent', name: zh ? '周晓' : 'Tom Baker', text: zh ? '这个我们处理不了，您自己再打电话问吧。' : 'We cannot do anything about that, you will have to ring again.', lang, at_s: 58 }, { turn: 6, who: 'caller', text: zh ? '我卡号 [card ••42] 都报了三遍了，我要投诉！' : 'I have given you my card [card ••42] three times now, I want to complain!', lang, at_s: 63 }] },
      { id: 'x2', call: 'l9', severity: 'warning', text: 'The agent has been silent for 40 s', text_zh: '坐席超过 40 秒没有说话', seen: false, news: 1, last_s: 120, level: 1, priority: 30, rule: 'silence', at_s: 120, turn: 9, why: [{ what: 'silence.before', value: 41, share: 1 }], said: [] },
    ],
  };
}
let decided = null;
const taken = new Set();
export const reset = () => { decided = null; taken.clear(); };
export const made = () => decided;
// act answers a request below /api/live; null: done, without words.
export function act(p, body) {
  const back = /callbacks\/([^/]+)\/cancel$/.exec(p);
  if (back) { taken.add(back[1]); return null; }
  if (/approvals\//.test(p)) { decided = body; return { id: 'a1', call: 'l3', queue: 'cards', amount: 30, currency: 'EUR', note: '', state: body.grant ? 'granted' : 'refused', by: 'ag1', at: ago(1), day: ago(1).slice(0, 10), ceiling: 10 }; }
  if (/listen$/.test(p)) return { call: p.split('/')[4], sdp: answer(body.sdp) };
  return null;
}
