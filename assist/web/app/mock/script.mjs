// The stories the mock server plays: one escalated call per language, and the records around it.
const ago = min => new Date(Date.now() - min * 60_000).toISOString();

const en = {
  lang: 'en', queue: 'cards',
  caller: { id: 'cus-1', name: 'Mei Lin', number: '+44 20 7946 0018', tier: 'gold', lang: 'en', links: [{ title: 'CRM', url: 'https://crm.example/c?n=%2B442079460018' }], identity: { state: 'verified', how: 'keypad code', by: 'rule', at_s: 12 } },
  reason: 'Lost her card for the second time and wants a replacement today', intent: 'card_lost',
  summary: [{ text: 'Lost her card on the train this morning.', turn: 2 }, { text: 'The bot explained how to block it; she asked for a person.', turn: 4 }],
  slots: [['day', 'this morning', 2], ['card', '[card ••42]', 2]], why: ['speaks English', 'skill: cards', 'idle the longest (6 min)'],
  history: [
    { call: 'c-90', at: ago(60 * 26), channel: 'phone', outcome: 'resolved', summary: 'Asked when the new card arrives.' },
    { call: 'c-71', at: ago(60 * 24 * 9), channel: 'chat', outcome: 'resolved', summary: 'Lost card blocked, replacement sent.' },
    { call: 'c-40', at: ago(60 * 24 * 60), channel: 'web', outcome: 'abandoned', summary: '' },
  ],
  before: [
    ['bot', 'Good morning, this is Harbour Bank. This call is recorded. How can I help you?', 0, 4.2, 0],
    ['caller', 'Hi, I lost my card on the train this morning, [card ••42]. It is the second time this year.', 5.1, 9.4, -0.3],
    ['bot', 'We block a lost card at once. Shall I put you through to the card desk?', 10, 14.3, 0],
    ['caller', 'Yes please, a person. This is really annoying.', 15.2, 18.1, -0.65],
  ],
  later: [
    { after: 600, partial: ['agent', 'Good morning, this is'] },
    { after: 900, turn: ['agent', 'Good morning Ms Lin, this is Jana. Let me block the card for you right now.', 3.6] },
    { after: 500, partial: ['caller', 'Thank you, and when do'] },
    { after: 700, partial: ['caller', 'Thank you, and when do I get the new one, I fly on'] },
    { after: 900, turn: ['caller', 'Thank you, and when do I get the new one? I fly on the 28th of November, and I paid 35 euros last time!', 5.4, -0.72, [['date', '28th of November'], ['money', '35 euros']]] },
    { after: 50, alert: { id: 'a1', severity: 'critical', text: 'The caller is upset and it is the second loss: offer a way out now', rule: 'bank/angry-repeat', why: [{ what: 'sentiment.last60s', value: -0.68, share: 1, turn: 6 }, { what: 'repeat.count', value: 2, share: 1 }, { what: 'heard.repeat_contact', value: 1, quote: 'I paid 35 euros last time', share: 1, turn: 6 }] } },
    { after: 150, card: { id: 'k1', kind: 'answer', title: 'Replacement card: same day, 3 working days', text: 'We send a new card the same day. It arrives within three working days; express brings it tomorrow by noon.', source: { base: 'bank', entry: 'replacement-card', title: 'Cards › Replacement' }, score: 0.93, priority: 80, why: ['asked: when do I get the new one'] } },
    { after: 700, card: { id: 'k2', kind: 'compensation', title: 'Fee waiver up to €10', text: 'You may waive the express fee of €8.', priority: 60, why: ['gold customer', 'second loss in a year', 'upset for 40 s'], expires_s: 90 } },
    { after: 500, card: { id: 'k3', kind: 'warning', title: 'Must be said', text: 'Say that the old card cannot be used again, also when it is found.', priority: 90, why: ['rule bank/must-say-blocked'] } },
    { after: 300, check: 'blocked', evidence: ['Let me block the card for you right now', 5] },
    { after: 800, turn: ['agent', 'It is on its way today; express gets it to you tomorrow by noon, and I waive the eight euros.', 5.2] },
    { after: 600, card: { id: 'k4', kind: 'reply', title: 'Say this', text: 'If you find the old card, please cut it up: it stays blocked.', priority: 70, score: 0.81, why: ['not said yet'] } },
    { after: 900, turn: ['caller', 'Oh, that is great, thank you. Is my PIN the same?', 3.1, 0.35] },
    { after: 200, card: { id: 'k5', kind: 'answer', title: 'The PIN stays the same', text: 'A replacement card keeps its PIN.', source: { base: 'bank', entry: 'pin-same', title: 'Cards › PIN' }, score: 0.88, priority: 75, why: ['asked: is my PIN the same'] } },
  ],
  checklist: [['verify', 'Identity verified', true, true], ['blocked', 'Card blocked before anything else', false, true], ['old', 'Said that the old card stays blocked', false, true], ['address', 'Postal address confirmed', false, false], ['more', 'Asked whether there is anything else', false, false]],
  ceiling: { amount: 10, with_more: 40, currency: 'EUR', why: ['gold', 'second loss in a year', 'daily budget left: €140'] },
  wrap: {
    reason: { text: 'Lost card, second time this year; needs a new one before flying on 28 November.', turn: 2 }, said: [{ text: 'The card was blocked during the call.', turn: 5 }, { text: 'Express delivery tomorrow by noon.', turn: 7 }],
    promised: [{ text: 'The express fee of €8 is waived.', turn: 7 }], open: [{ text: 'Postal address was not confirmed.' }], numbers: [{ text: '28 November', turn: 6 }, { text: '35 euros', turn: 6 }],
  },
  dispositions: [['card_replaced', 'Card replaced'], ['card_blocked', 'Card blocked only'], ['complaint', 'Complaint'], ['other', 'Other']],
  forms: [['card', 'Replacement card', [['card', 'Card', 'text', true], ['delivery', 'Delivery', 'choice', true, ['standard', 'express']], ['by', 'Needed by', 'date', false]]], ['complaint', 'Complaint', [['what', 'What about', 'text', true]]]],
  ticket: { form: 'card', fields: { card: '•••• 4242', delivery: 'express', by: '2026-11-28' }, status: 'open', due: ago(-60 * 24) },
  hits: [['replacement-fee', 'What does a replacement card cost?', 'The first replacement in a year is free. Every further one is eight euros.', 0.82], ['lost-card', 'I lost my card', 'We block it at once. You can do it in the app under Cards.', 0.7]],
  entry: 'Harbour Bank',
};

const zh = {
  lang: 'zh', queue: '售后',
  caller: { id: 'cus-2', name: '林美', number: '13800138000', tier: '金卡', lang: 'zh', links: [{ title: '客户系统', url: 'https://crm.example/c?n=13800138000' }], identity: { state: 'unknown' } },
  reason: '鞋子不合脚要退货，等了三天没人处理，要求人工', intent: '退货', summary: [{ text: '上周买的鞋子不合脚，想退货。', turn: 2 }, { text: '机器人说明了七天无理由退货，来电者要求人工。', turn: 4 }],
  slots: [['day', '上个星期', 2], ['count', '42码', 2], ['order', '88412', 2]], why: ['会说中文', '技能：售后', '空闲最久（6 分钟）'],
  history: [{ call: 'c-91', at: ago(60 * 50), channel: 'chat', outcome: '未解决', summary: '询问退货进度。' }, { call: 'c-72', at: ago(60 * 24 * 12), channel: 'phone', outcome: '已解决', summary: '修改收货地址。' }],
  before: [
    ['bot', '您好，这里是晴川商城，本次通话会被录音。请问有什么可以帮您？', 0, 4.6, 0], ['caller', '我上个星期买的鞋子不合脚，42码的，订单是88412，可以退货吗？', 5.5, 8.7, -0.2],
    ['bot', '收到商品七天内，不影响二次销售的话可以无理由退货。', 9.2, 13.1, 0], ['caller', '我申请都三天了没人理，给我转人工！', 14, 16.8, -0.7],
  ],
  later: [
    { after: 600, partial: ['agent', '林女士您好，我是'] }, { after: 900, turn: ['agent', '林女士您好，我是客服小周，让您久等了，我马上帮您查。', 4.1] },
    { after: 500, partial: ['caller', '我就想知道运费'] }, { after: 700, partial: ['caller', '我就想知道运费谁出，我那天花了'] },
    { after: 900, turn: ['caller', '我就想知道运费谁出，我那天花了十二块，11月20号就寄出去了！', 5.0, -0.75, [['money', '十二块'], ['date', '11月20号']]] },
    { after: 50, alert: { id: 'a1', severity: 'critical', text: '来电者情绪激动，且是第二次为同一件事来电：请先安抚并给出办法', rule: '电商/重复投诉', why: [{ what: 'sentiment.last60s', value: -0.71, share: 1, turn: 6 }, { what: 'repeat.count', value: 2, share: 1 }] } },
    { after: 150, card: { id: 'k1', kind: 'answer', title: '退货运费由谁承担', text: '质量问题由我们承担；其他原因由您承担，金卡会员可补贴十二元以内的运费。', source: { base: 'shop', entry: 'return-freight', title: '售后 › 运费' }, score: 0.91, priority: 80, why: ['问：运费谁出']} },
    { after: 700, card: { id: 'k2', kind: 'compensation', title: '可补偿运费 ¥12 以内', text: '可以直接补贴这次寄回的运费。', priority: 60, why: ['金卡', '第二次联系', '不满 40 秒'], expires_s: 90 } },
    { after: 500, card: { id: 'k3', kind: 'warning', title: '必须说明', text: '请告知退款会在签收后 3 个工作日内原路退回。', priority: 90, why: ['规则 电商/退款时限'] } },
    { after: 300, check: 'sorry', evidence: ['让您久等了', 5] },
    { after: 800, turn: ['agent', '这次的运费我帮您申请补贴，仓库签收后三个工作日内原路退款。', 5.2] },
    { after: 900, turn: ['caller', '那好吧，谢谢你啊。', 1.8, 0.3] },
    { after: 200, card: { id: 'k4', kind: 'reply', title: '可以这样说', text: '不客气，退款到账后会有短信通知您。', priority: 70, score: 0.8, why: ['结束语'] } },
  ],
  checklist: [['verify', '核实身份', false, true], ['sorry', '先致歉再处理', false, true], ['refund', '说明退款时限', false, true], ['more', '询问是否还有其他问题', false, false]],
  ceiling: { amount: 12, with_more: 50, currency: 'CNY', why: ['金卡', '第二次联系', '今日额度剩余 ¥860'] },
  wrap: { reason: { text: '鞋子不合脚退货，运费与进度。', turn: 2 }, said: [{ text: '已为其申请运费补贴。', turn: 7 }], promised: [{ text: '签收后 3 个工作日内退款。', turn: 7 }], open: [], numbers: [{ text: '十二块', turn: 6 }, { text: '11月20号', turn: 6 }] },
  dispositions: [['returned', '退货已受理'], ['freight', '运费补偿'], ['complaint', '投诉'], ['other', '其他']],
  forms: [['return', '退货', [['order', '订单', 'text', true], ['pay', '运费', 'choice', true, ['商家', '买家']], ['by', '跟进日期', 'date', false]]]],
  ticket: { form: 'return', fields: { order: '尾号 8841', pay: '商家' }, status: '处理中', due: ago(-60 * 24) },
  hits: [['return-7-days', '七天无理由退货', '收到商品七天内，不影响二次销售可以退货。', 0.9], ['refund-time', '退款多久到账', '签收后三个工作日内原路退回。', 0.72]],
  entry: '晴川商城',
};

export const stories = { en, zh };
export { ago };
