// The words of the page's own chrome, in both languages. What was said in a call stays in its own language.
const words = {
  en: {
    skip: 'Skip to the call', calls: 'Calls', call: 'Call', running: 'On the line', recent: 'Recent', more: 'Load older calls',
    filter: 'Filter calls', filterHint: 'Search what was said', theme: 'Light, dark or automatic', keys: 'Keys on this page', close: 'Close',
    player: 'Recording', position: 'Position in the recording', transcript: 'Transcript', speed: 'Playback speed', play: 'Play', pause: 'Pause',
    noAudio: 'No recording', recording: 'Recording', language: '切换到中文', languageShort: '中',
    live: 'Live', connecting: 'Connecting', lost: 'Reconnecting. Calls go on; this page catches up by itself.',
    liveCalls: n => n === 0 ? 'Live · no calls' : n === 1 ? 'Live · 1 call' : `Live · ${n} calls`,
    loading: 'Loading calls', emptyTitle: 'No calls yet', emptyWhy: 'Calls appear here the moment they ring. Make one from any SIP phone or from a terminal:',
    pick: 'Pick a call to see what was said, why it was answered that way and how long the caller waited.',
    nothing: q => `No call matches “${q}”.`, errorTitle: 'The calls cannot be read', errorWhy: 'Parley answered with an error. Its log says why.', retry: 'Try again',
    gone: 'This call is not on record.',
    caller: 'Caller', bot: 'Parley', agent: 'Agent',
    state: {running: 'on the line', ended: 'ended', cut: 'cut off'},
    factState: 'State', factStarted: 'Started', factLasted: 'Lasted', factLang: 'Language', factCodec: 'Codec', factGap: 'Reply gap', factBase: 'Knowledge',
    factEnded: 'Ended by', factMood: 'Sentiment', files: 'Transcript',
    gapWhat: 'Time from the last packet with the caller’s voice to the first packet with Parley’s voice, as sent on the wire. Median and longest of this call.',
    gap: (a, b) => `${a} median, ${b} longest`,
    moodWhat: 'How the caller sounded turn by turn, from −1 (upset) to 1 (pleased).',
    why: {bye: 'hung up', goodbye: 'said goodbye', transferred: 'transferred', cut: 'process ended', error: 'error', 'rtp-timeout': 'sound stopped'},
    langs: {en: 'English', zh: 'Chinese'},
    decision: {answer: 'Answered', clarify: 'Asked back', offer_person: 'Offered a person', command: 'Followed a command', greeting: 'Greeting'},
    icon: {answer: '✓', clarify: '?', offer_person: '↗', command: '›', greeting: '·'},
    pRight: 'p(right)', pRightWhat: 'Calibrated probability that this entry answers the question.', entryWhat: 'Knowledge entry the answer came from',
    tookWhat: 'Time the decision itself took', mood: 'sentiment', sure: 'confidence', sureWhat: 'Confidence of the recogniser',
    interrupted: 'interrupted', interruptedWhat: 'The caller spoke; the text ends where the sound ended.',
    early: 'prepared early', earlyWhat: 'The reply was ready before it was sure that the turn had ended.',
    gapOf: 'Reply gap', zero: 'Last voice in', end_of_turn: 'End of turn', final_text: 'Final text', answered: 'Answer chosen', first_audio: 'First sound made', first_voice: 'On the wire',
    what: {
      zero: 'The last packet with the caller’s voice arrived', end_of_turn: 'It was decided that the caller had finished', final_text: 'The final words of the caller were recognised', answered: 'The answer was chosen',
      first_audio: 'The first sample of the reply existed', first_voice: 'The first packet with the reply’s voice was sent',
    },
    sinceVoice: 'after the caller’s last voiced packet', noGap: 'not measured',
    listening: 'listening', speaking: 'speaking', newTurns: n => n === 1 ? '1 new turn' : `${n} new turns`,
    key: d => `pressed ${d}`, hold: 'put on hold', unhold: 'back from hold', duck: 'caller spoke, Parley went quieter', resume: 'Parley went on', cancel: 'Parley stopped to listen',
    transfer: (to, s) => `transfer to ${to}: ${s}`,
    transferState: {asked: 'asked for', accepted: 'accepted', ringing: 'ringing', done: 'done', refused: 'refused', failed: 'failed', unavailable: 'nobody there'},
    trouble: (p, then) => `${p} failed; ${then}`, started: 'call answered', endedBy: (who, why) => `call ended · ${who} ${why}`, cutOff: 'call cut off: the process that carried it ended',
    tokenTitle: 'Token needed', tokenWhy: 'This Parley can be reached from other machines, so it asks for its token (http.token in the configuration).', token: 'Token', enter: 'Open', tokenWrong: 'That token was not accepted.',
    keyList: [['j  k', 'next, previous call'], ['Space', 'play or pause the recording'], ['←  →', '5 seconds back, forward'], ['/', 'search'], ['l', 'language'], ['t', 'light, dark or automatic'], ['Esc', 'close, or back to the list'], ['?', 'this list']],
  },
  zh: {
    skip: '跳到通话', calls: '通话', call: '通话', running: '进行中', recent: '最近', more: '加载更早的通话',
    filter: '筛选通话', filterHint: '搜索通话内容', theme: '浅色、深色或自动', keys: '本页快捷键', close: '关闭',
    player: '录音', position: '录音位置', transcript: '通话文字', speed: '播放速度', play: '播放', pause: '暂停',
    noAudio: '没有录音', recording: '正在录音', language: 'Switch to English', languageShort: 'EN',
    live: '实时', connecting: '正在连接', lost: '正在重新连接。通话不受影响，恢复后本页会自动补齐。',
    liveCalls: n => n === 0 ? '实时 · 暂无通话' : `实时 · ${n} 通`,
    loading: '正在加载通话', emptyTitle: '还没有通话', emptyWhy: '电话一响，这里就会出现。可以用任意 SIP 话机拨打，或在终端里运行：',
    pick: '选择一通电话，查看说了什么、为什么这样回答、来电者等了多久。',
    nothing: q => `没有与“${q}”相符的通话。`, errorTitle: '无法读取通话记录', errorWhy: 'Parley 返回了错误，原因见其日志。', retry: '重试',
    gone: '没有这通电话的记录。',
    caller: '来电者', bot: 'Parley', agent: '坐席',
    state: {running: '通话中', ended: '已结束', cut: '中断'},
    factState: '状态', factStarted: '开始', factLasted: '时长', factLang: '语言', factCodec: '编码', factGap: '应答间隔', factBase: '知识库',
    factEnded: '结束方', factMood: '情绪', files: '文字稿',
    gapWhat: '从来电者最后一个有声数据包到 Parley 第一个有声数据包的时间，以线路上收发为准。本通电话的中位数和最长值。',
    gap: (a, b) => `中位数 ${a}，最长 ${b}`,
    moodWhat: '来电者每一轮的情绪，从 −1（不满）到 1（满意）。',
    why: {bye: '挂断', goodbye: '道别', transferred: '已转接', cut: '进程终止', error: '出错', 'rtp-timeout': '声音中断'},
    langs: {en: '英语', zh: '中文'},
    decision: {answer: '已回答', clarify: '反问确认', offer_person: '建议转人工', command: '执行指令', greeting: '问候'},
    icon: {answer: '✓', clarify: '?', offer_person: '↗', command: '›', greeting: '·'},
    pRight: '正确概率', pRightWhat: '该条目能回答这个问题的概率（已校准）。', entryWhat: '答案所用的知识条目',
    tookWhat: '决策本身所用时间', mood: '情绪', sure: '识别置信度', sureWhat: '语音识别的置信度',
    interrupted: '被打断', interruptedWhat: '来电者开口，文字止于声音停下的地方。',
    early: '提前备好', earlyWhat: '在确定对方说完之前，回复已经准备好。',
    gapOf: '应答间隔', zero: '最后人声', end_of_turn: '判定说完', final_text: '最终文字', answered: '选定答案', first_audio: '首个声音', first_voice: '发到线路',
    what: {
      zero: '收到来电者最后一个有声数据包', end_of_turn: '判定来电者已经说完', final_text: '识别出来电者的最终文字', answered: '选定了答案',
      first_audio: '回复的第一个采样已生成', first_voice: '回复的第一个有声数据包已发出',
    },
    sinceVoice: '自来电者最后一个有声数据包起', noGap: '未测得',
    listening: '正在听', speaking: '正在说', newTurns: n => `${n} 条新内容`,
    key: d => `按键 ${d}`, hold: '被置于保持', unhold: '恢复通话', duck: '来电者开口，Parley 降低音量', resume: 'Parley 继续说', cancel: 'Parley 停下来听',
    transfer: (to, s) => `转接到 ${to}：${s}`,
    transferState: {asked: '已请求', accepted: '已接受', ringing: '振铃中', done: '完成', refused: '被拒绝', failed: '失败', unavailable: '无人接听'},
    trouble: (p, then) => `${p} 出错；${then}`, started: '电话接通', endedBy: (who, why) => `通话结束 · ${who}${why}`, cutOff: '通话中断：承载它的进程已终止',
    tokenTitle: '需要令牌', tokenWhy: '这个 Parley 可从其他机器访问，因此需要令牌（配置中的 http.token）。', token: '令牌', enter: '打开', tokenWrong: '令牌不正确。',
    keyList: [['j  k', '下一通、上一通'], ['空格', '播放或暂停录音'], ['←  →', '后退、前进 5 秒'], ['/', '搜索'], ['l', '语言'], ['t', '浅色、深色或自动'], ['Esc', '关闭，或返回列表'], ['?', '显示此列表']],
  },
};

let lang = localStorage.getItem('parley.lang') || (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
if (!words[lang]) lang = 'en';

export const t = key => words[lang][key];
export const language = () => lang;
export const locale = () => (lang === 'zh' ? 'zh-CN' : navigator.language.startsWith('en') ? navigator.language : 'en-GB');

// named looks a value up in a group of words and falls back to the value itself.
export const named = (group, value) => words[lang][group][value] ?? value;

export function switchLanguage() {
  lang = lang === 'zh' ? 'en' : 'zh';
  localStorage.setItem('parley.lang', lang);
}

// label writes the words of the static parts.
export function label(root = document) {
  document.documentElement.lang = lang === 'zh' ? 'zh-Hans' : 'en';
  document.title = `Parley · ${t('live')}`;
  for (const el of root.querySelectorAll('[data-t]')) el.textContent = t(el.dataset.t);
  for (const el of root.querySelectorAll('[data-ph]')) el.placeholder = t(el.dataset.ph);
  for (const el of root.querySelectorAll('[data-al]')) el.setAttribute('aria-label', t(el.dataset.al));
  for (const el of root.querySelectorAll('[data-tt]')) { el.title = t(el.dataset.tt); el.setAttribute('aria-label', t(el.dataset.tt)); }
}

export const clock = s => {
  s = Math.max(0, Math.floor(s));
  const mm = Math.floor(s / 60) % 60, ss = String(s % 60).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${String(mm).padStart(2, '0')}:${ss}` : `${mm}:${ss}`;
};
export const ms = v => `${new Intl.NumberFormat(locale()).format(Math.round(v))} ms`;
export const number = (v, digits = 2) => new Intl.NumberFormat(locale(), {minimumFractionDigits: digits, maximumFractionDigits: digits}).format(v).replace('-', '−');
export const when = iso => {
  const d = new Date(iso), today = new Date().toDateString() === d.toDateString();
  return new Intl.DateTimeFormat(locale(), today ? {timeStyle: 'short'} : {month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit'}).format(d);
};
