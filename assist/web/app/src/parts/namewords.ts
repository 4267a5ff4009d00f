// Names of what the server calls by a word of its own: intents, variables of rules, why a call came to somebody. What a company
// added itself stands as it is.
import { named, words, type Words } from './i18n';
import { number } from './time';

const all = words({
  intents: {
    lost_or_stolen: 'lost or stolen', payment: 'payment', fees: 'fees', balance_or_statement: 'balance, statement', change_details: 'change of details', sign_in: 'signing in', open_or_close: 'opening, closing', order_status: 'order status', delivery: 'delivery',
    return_or_refund: 'return, refund', cancel: 'cancellation', damaged_or_wrong: 'damaged or wrong', product: 'product', offers: 'offers', invoice: 'invoice', hours_or_place: 'hours, place', appointment: 'appointment', technical: 'technical trouble', complaint: 'complaint', oos: 'something else',
    person: 'wants a person', greeting: 'greeting', thanks: 'thanks', goodbye: 'goodbye', repeat: 'say it again', yes: 'yes', no: 'no', stop: 'wait', english: 'wants English', chinese: 'wants Chinese', choice: 'a choice',
  } as Record<string, string>,
  outcomes: { resolved: 'resolved', follow_up: 'follow-up needed', complaint: 'complaint', transferred: 'transferred', abandoned: 'hung up early', silent: 'nothing was said', other: 'other' } as Record<string, string>,
  reasons: { asked: 'Asked for a person.', transfer: 'A colleague passes the call on.', agent_lost: 'Was cut off from a colleague.', callback: 'Wanted to be called back.' } as Record<string, string>, byRule: (id: string) => `Rule ${id} handed the call over.`,
  seconds: (n: string) => `${n} s`, minutes: (n: string) => `${n} min`, yes: 'yes', no: 'no',
  idle: (s: string) => `idle for ${s}`, speaks: (lang: string) => `speaks ${lang}`, skill: (k: string) => `skill: ${k}`, upset: 'the caller is upset', former: 'was on this call', valued: 'valued customer', askedBy: (n: string) => `asked for by ${n}`,
  said: (x: string) => `words for “${x}”`, recent: (x: string) => `words for “${x}” of late`, heard: (x: string) => `turns with words for “${x}”`, score: (x: string) => `score “${x}”`,
  variables: {
    who: 'party', lang: 'language', text: 'words', intent: 'intent', decision: 'the bot’s last decision', 'turn.seconds': 'length of the turn (s)', 'turn.words': 'words of the turn', 'call.seconds': 'time in the call (s)', 'call.turns': 'turns', 'call.caller_turns': 'turns of the caller',
    'sentiment.now': 'sentiment', 'sentiment.mean3': 'sentiment, last 3 turns', 'sentiment.mean5': 'sentiment, last 5 turns', 'sentiment.lowest5': 'lowest sentiment, last 5 turns', 'sentiment.slope5': 'course of the sentiment', 'sentiment.last60s': 'sentiment, last 60 s', 'sentiment.turns': 'sentiment by turn',
    'concern.known': 'meaning judged', 'concern.now': 'concern in this turn', 'concern.recent': 'concern of late', 'concern.kind': 'kind of concern', 'conduct.now': 'what the agent said, how grave', 'conduct.recent': 'what the agent said of late, how grave', 'conduct.kind': 'kind of conduct', 'loudness.now': 'loudness (dB)', 'loudness.rise': 'louder than before (dB)', 'rate.now': 'words a second', 'rate.rise': 'faster than before', 'confidence.now': 'confidence of the recogniser', 'confidence.mean3': 'confidence, last 3 turns',
    'silence.before': 'silence before (s)', 'silence.longest': 'longest silence (s)', 'overlap.now': 'overlap (s)', 'overlap.count': 'overlaps', 'repeat.similarity': 'likeness to an earlier turn', 'repeat.count': 'repeated turns', 'failed.row': 'failed answers in a row', 'failed.total': 'failed answers', 'customer.known': 'known customer', 'customer.tier': 'tier', 'customer.value': 'value of the customer',
    'turn.said': 'how much was said', 'turn.more': 'how much more than before was said', 'case.known': 'weighed for a supervisor', 'case.said': 'need of a supervisor by now', 'case.highest': 'highest need of a supervisor so far', 'case.sustained': 'need of a supervisor that lasts', 'case.recent': 'need of a supervisor of late', 'wait.kept': 'what was kept while waiting for the reply',
  } as Record<string, string>,
  // what does not work in a call, and what is done instead
  parts: { asr: 'Recogniser', understanding: 'Understanding', tts: 'The usual voice', recording: 'Recording', llm: 'Language model', knowledge: 'Knowledge', network: 'Network', colleague: 'The colleague', phone: 'The other phone' } as Record<string, string>,
  troubles: {
    'what was said is in the recording only': 'what was said is in the recording only', 'the rest of the call is not recorded': 'the rest of the call is not recorded', 'a person was offered': 'a person was offered', 'the rest of the reply was not spoken': 'the rest of the reply was not spoken', 'the caller was asked to say it again': 'the caller was asked to say it again', 'a plainer voice speaks': 'a plainer voice speaks', 'The sound of your call was cut off.': 'the sound of your call was cut off', 'No suggestions at the moment. The call goes on.': 'no suggestions at the moment',
  } as Record<string, string>,
  // why a turn was taken for ended, or the bot fell silent
  turns: {
    'put on hold': 'put on hold',
    'speech': 'speech', 'speech went on before the reply began': 'speech went on before the reply began', 'for captions': 'for captions', 'longest turn': 'longest turn', 'speech over the bot': 'speech over the bot', 'kept speaking over the bot': 'kept speaking over the bot', 'a command word may be in it': 'a command word may be in it', 'pause': 'pause', 'hush': 'hush', 'no pause': 'no pause', 'the caller went on': 'the caller went on', 'long silence': 'long silence', 'silence after an unfinished sentence': 'silence after an unfinished sentence', 'no words': 'no words', 'command': 'command', 'finished': 'finished', 'nothing understood over the bot': 'nothing understood over the bot', 'no interruption meant': 'no interruption meant', 'command over the bot': 'command over the bot', 'words over the bot': 'words over the bot', 'the bot had finished': 'the bot had finished', 'reset': 'reset', 'caller went on speaking': 'caller went on speaking', 'likely finished': 'likely finished', 'finished, reply known': 'finished, reply known',
  } as Record<string, string>,
  // what a variable of a rule says, where that is a word: kinds of concern and conduct, sides, decisions
  values: {
    anger: 'anger', stuck: 'getting nowhere', demand: 'a demand', threat: 'a threat', complaint: 'a complaint', leaving: 'leaving', danger: 'danger', selfharm: 'self-harm', fraud: 'fraud', abuse: 'abuse', distress: 'despair',
    insult: 'an insult', deal: 'a deal of their own', leak: 'data of others', promise: 'a promise nobody may make', unsafe: 'unsafe advice', discrimination: 'discrimination', pressure: 'pressure',
    caller: 'caller', agent: 'agent', bot: 'bot', en: 'English', zh: 'Chinese', answer: 'answered', clarify: 'asked back', offer_person: 'offered a person', command: 'command',
  } as Record<string, string>,
  lists: {
    manager: 'a supervisor', person: 'a person', judgement: 'harsh judgement', emotion: 'anger', insult: 'insults', swear: 'swearing', ultimatum: 'a last chance', churn: 'leaving', compensation: 'money back', regulator: 'an authority', legal: 'lawyers and courts', press: 'going public', complaint: 'a complaint', repeat_contact: 'having called before', failure: 'no help so far',
    safety: 'danger', selfharm: 'self-harm', violence: 'violence', fraud: 'fraud', coached: 'being made to pay', own_pocket: 'paying the agent privately', lost_card: 'a lost card', payment_trouble: 'trouble with paying', distress: 'despair', discrimination: 'discrimination', privacy: 'data of others', thanks: 'thanks', pleased: 'praise', calm: 'patience', elsewhere: 'another company', others: 'other people', amused: 'joking', refused: 'refusing', asked_again: 'asking to repeat', handed_over: 'handing over',
    heat: 'heat', stuck: 'getting nowhere', alarm: 'alarm', case: 'case for a supervisor',
  } as Record<string, string>,
}, {
  intents: {
    lost_or_stolen: '遗失或被盗', payment: '付款', fees: '费用', balance_or_statement: '余额、账单', change_details: '修改资料', sign_in: '登录', open_or_close: '开户、销户', order_status: '订单状态', delivery: '配送',
    return_or_refund: '退货、退款', cancel: '取消', damaged_or_wrong: '损坏或发错', product: '产品', offers: '优惠', invoice: '发票', hours_or_place: '时间、地点', appointment: '预约', technical: '技术问题', complaint: '投诉', oos: '其他',
    person: '要求人工', greeting: '问候', thanks: '致谢', goodbye: '道别', repeat: '请求重复', yes: '肯定', no: '否定', stop: '请稍等', english: '要求说英语', chinese: '要求说中文', choice: '作出选择',
  },
  outcomes: { resolved: '已解决', follow_up: '需跟进', complaint: '投诉', transferred: '已转接', abandoned: '提前挂断', silent: '无声通话', other: '其他' },
  reasons: { asked: '要求人工。', transfer: '同事转来的通话。', agent_lost: '与同事的通话中断。', callback: '曾要求回电。' }, byRule: id => `规则 ${id} 转来的通话。`,
  seconds: n => `${n} 秒`, minutes: n => `${n} 分钟`, yes: '是', no: '否',
  idle: s => `空闲 ${s}`, speaks: lang => `会说${lang}`, skill: k => `技能：${k}`, upset: '来电者情绪激动', former: '此前接听过本次通话', valued: '重要客户', askedBy: n => `${n} 请求协助`,
  said: x => `“${x}”相关用语`, recent: x => `近来的“${x}”相关用语`, heard: x => `出现“${x}”用语的轮数`, score: x => `得分“${x}”`,
  variables: {
    who: '一方', lang: '语言', text: '内容', intent: '意图', decision: '机器人上一轮的决定', 'turn.seconds': '本轮时长（秒）', 'turn.words': '本轮字数', 'call.seconds': '通话时长（秒）', 'call.turns': '轮数', 'call.caller_turns': '来电者轮数',
    'sentiment.now': '情绪', 'sentiment.mean3': '近 3 轮情绪', 'sentiment.mean5': '近 5 轮情绪', 'sentiment.lowest5': '近 5 轮最低情绪', 'sentiment.slope5': '情绪走向', 'sentiment.last60s': '近 60 秒情绪', 'sentiment.turns': '各轮情绪',
    'concern.known': '含义已判断', 'concern.now': '本轮诉求强度', 'concern.recent': '近来诉求强度', 'concern.kind': '诉求类型', 'conduct.now': '坐席本轮言行的严重程度', 'conduct.recent': '坐席近来言行的严重程度', 'conduct.kind': '坐席言行类型', 'loudness.now': '音量（dB）', 'loudness.rise': '音量升高（dB）', 'rate.now': '每秒字数', 'rate.rise': '语速变快', 'confidence.now': '识别置信度', 'confidence.mean3': '近 3 轮置信度',
    'silence.before': '此前静默（秒）', 'silence.longest': '最长静默（秒）', 'overlap.now': '重叠（秒）', 'overlap.count': '重叠次数', 'repeat.similarity': '与此前某轮的相似度', 'repeat.count': '重复的轮数', 'failed.row': '连续未能回答', 'failed.total': '未能回答次数', 'customer.known': '已知客户', 'customer.tier': '等级', 'customer.value': '客户价值',
    'turn.said': '本轮所说的多少', 'turn.more': '比之前多说了多少', 'case.known': '已判断是否需要主管', 'case.said': '至此需要主管的程度', 'case.highest': '至今最高的需要主管程度', 'case.sustained': '持续的需要主管程度', 'case.recent': '近来需要主管的程度', 'wait.kept': '等待答复时记下的值',
  },
  parts: { asr: '语音识别', understanding: '理解', tts: '常用语音', recording: '录音', llm: '语言模型', knowledge: '知识库', network: '网络', colleague: '同事', phone: '对方电话' },
  troubles: {
    'what was said is in the recording only': '所说的内容只在录音里', 'the rest of the call is not recorded': '通话的其余部分没有录音', 'a person was offered': '已提议转人工', 'the rest of the reply was not spoken': '回复的其余部分没有播报', 'the caller was asked to say it again': '已请来电者再说一遍', 'a plainer voice speaks': '改用较简单的语音', 'The sound of your call was cut off.': '您的通话声音中断', 'No suggestions at the moment. The call goes on.': '暂时没有建议',
  },
  turns: {
    'put on hold': '通话保持',
    'speech': '说话', 'speech went on before the reply began': '回复开始前来电者又说话了', 'for captions': '用于字幕', 'longest turn': '一轮的最长时间', 'speech over the bot': '与机器人同时说话', 'kept speaking over the bot': '盖过机器人一直在说', 'a command word may be in it': '其中可能有指令', 'pause': '停顿', 'hush': '安静下来', 'no pause': '没有停顿', 'the caller went on': '来电者继续说', 'long silence': '长时间静默', 'silence after an unfinished sentence': '话未说完后的静默', 'no words': '没有听到话', 'command': '指令', 'finished': '话已说完', 'nothing understood over the bot': '与机器人同时说的没有听清', 'no interruption meant': '并非有意打断', 'command over the bot': '机器人说话时的指令', 'words over the bot': '机器人说话时的话', 'the bot had finished': '机器人已说完', 'reset': '重新开始', 'caller went on speaking': '来电者继续说', 'likely finished': '话大概已说完', 'finished, reply known': '话已说完，且已知如何回复',
  },
  values: {
    anger: '生气', stuck: '迟迟未决', demand: '提出要求', threat: '威胁', complaint: '投诉', leaving: '准备离开', danger: '危险', selfharm: '轻生', fraud: '诈骗', abuse: '辱骂', distress: '绝望',
    insult: '侮辱', deal: '私下交易', leak: '泄露他人信息', promise: '越权承诺', unsafe: '不安全的建议', discrimination: '歧视', pressure: '施压',
    caller: '来电者', agent: '坐席', bot: '机器人', en: '英语', zh: '中文', answer: '已回答', clarify: '反问', offer_person: '提议转人工', command: '指令',
  },
  lists: {
    manager: '要求主管', person: '要求人工', judgement: '严厉评价', emotion: '生气', insult: '辱骂', swear: '粗话', ultimatum: '最后通牒', churn: '准备离开', compensation: '要求赔偿', regulator: '监管机构', legal: '律师与法院', press: '曝光', complaint: '投诉', repeat_contact: '反复来电', failure: '一直没解决',
    safety: '危险', selfharm: '轻生', violence: '暴力', fraud: '诈骗', coached: '正被人指使付款', own_pocket: '私下付款给坐席', lost_card: '丢卡', payment_trouble: '付款困难', distress: '绝望', discrimination: '歧视', privacy: '他人信息', thanks: '致谢', pleased: '称赞', calm: '耐心', elsewhere: '别家公司', others: '他人', amused: '玩笑', refused: '拒绝', asked_again: '请求重复', handed_over: '转交',
    heat: '激烈程度', stuck: '迟迟未决', alarm: '警觉程度', case: '需要主管的程度',
  },
});
export default all;

type Names = (typeof all extends Words<infer T> ? T : never);

// intentName is the name of an intent; one of the company's own is shown without its underscores.
export const intentName = (t: Names, id: string | undefined): string => (id ? t.intents[id] ?? id.replaceAll('_', ' ') : '');

// reasonName is why a call comes to a person: the caller's own words, or the reason the server names.
export const reasonName = (t: Names, reason: string): string => (reason.startsWith('rule:') ? t.byRule(reason.slice(5)) : t.reasons[reason] ?? reason);

// variableName is a variable of a rule in words.
export function variableName(t: Names, name: string): string {
  const [family, rest] = [name.split('.')[0], name.slice(name.indexOf('.') + 1)];
  if (name.includes('.') && (family === 'said' || family === 'recent' || family === 'heard' || family === 'score')) return t[family](t.lists[rest] ?? rest.replaceAll('_', ' '));
  return t.variables[name] ?? name;
}

// valueName is what a variable of a rule says, in words where there are some.
export function valueName(t: Names, value: unknown): string {
  if (typeof value === 'boolean') return value ? t.yes : t.no;
  return typeof value === 'number' ? number(value, Number.isInteger(value) ? 0 : 2) : named(t.values, String(value));
}

// span is a length of time as the server writes it: 24 s, 6 min.
function span(t: Names, s: string): string {
  const m = /^(\d+) (s|min)$/.exec(s);
  return m ? (m[2] === 's' ? t.seconds : t.minutes)(m[1]!) : s;
}

// whyYou is a reason for the choice of an agent, which the server writes in English.
export function whyYou(t: Names, langs: Record<string, string>, why: string): string {
  const m = /^(idle|speaks|skill|asked for by) (.+)$/.exec(why), rest = m?.[2] ?? '';
  switch (m?.[1]) {
    case 'idle': return t.idle(span(t, rest));
    case 'speaks': return t.speaks(langs[rest] ?? rest);
    case 'skill': return t.skill(rest);
    case 'asked for by': return t.askedBy(rest);
  }
  return ({ 'the caller is upset': t.upset, 'was on this call': t.former, 'valued customer': t.valued } as Record<string, string>)[why] ?? why;
}
