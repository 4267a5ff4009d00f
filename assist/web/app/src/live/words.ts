import { words } from '../parts/i18n';

export default words({
  title: 'Live', figures: 'Figures', alerts: 'Alerts', calls: 'Calls', queue: 'Waiting', agents: 'Agents', noAlerts: 'Nothing needs a hand now.', noCalls: 'No calls now. They appear here the moment they ring.', noQueue: 'Nobody is waiting.', noAgents: 'No agent is signed in.', noData: 'no data', filter: 'Find a caller, agent, intent or word', noMatch: 'No call matches.',
  name: { service_level: 'Service level', waiting: 'Waiting', longest_wait: 'Longest wait', agents_ready: 'Agents ready', containment: 'Contained today', calls: 'Calls now', answered: 'Answered', abandoned: 'Abandoned' }, trend: 'trend', openCalls: 'Open the calls behind it',
  states: { ready: 'ready', busy: 'in a call', wrapup: 'wrap-up', away: 'away', offline: 'offline' }, with: { bot: 'bot', agent: 'agent' }, channel: { sip: 'phone', web: 'web', chat: 'chat' }, onHold: 'on hold', severity: { info: 'Note', warning: 'Warning', critical: 'Urgent' },
  listen: 'Listen', whisper: 'Whisper', stopWhisper: 'Stop whispering', take: 'Take over', takeSure: 'Press again to take over', stop: 'Stop listening', listening: (n: string) => `Listening to ${n}`, whispering: 'Your agent hears you, the caller does not.', connecting: 'connecting', seen: 'Seen', open: 'Open the call', why: 'Why', unknown: 'unknown caller',
  col: { caller: 'Caller', with: 'With', intent: 'Intent', time: 'Time', mood: 'Sentiment', last: 'Last line' }, wait: 'waits', place: (n: number) => `no. ${n}`, estimate: (s: string) => `about ${s} to go`, wall: 'Wallboard', leaveWall: 'Leave the wallboard', stale: (s: string) => `as of ${s} ago`, people: (n: number) => `${n}`,
  mic: { insecure: 'The microphone needs an https:// address or localhost.', refused: 'The microphone is blocked: allow it at the left of the address.', missing: 'No microphone was found.', taken: 'The microphone is in use elsewhere.', old: 'This browser cannot make calls.', failed: 'The sound could not be connected.' },
  k: { move: 'mark the next, the previous call', listen: 'listen to the marked call', filter: 'find', stop: 'stop listening' },
}, {
  title: '实时', figures: '指标', alerts: '提醒', calls: '通话', queue: '排队', agents: '坐席', noAlerts: '目前没有需要处理的事。', noCalls: '暂无通话。电话一响就会出现在这里。', noQueue: '没有人在等待。', noAgents: '没有坐席登录。', noData: '暂无数据', filter: '查找来电者、坐席、意图或词语', noMatch: '没有相符的通话。',
  name: { service_level: '服务水平', waiting: '等待人数', longest_wait: '最长等待', agents_ready: '就绪坐席', containment: '今日自助完成', calls: '当前通话', answered: '已接听', abandoned: '已放弃' }, trend: '趋势', openCalls: '打开相关通话',
  states: { ready: '就绪', busy: '通话中', wrapup: '话后处理', away: '离开', offline: '离线' }, with: { bot: '机器人', agent: '坐席' }, channel: { sip: '电话', web: '网页', chat: '聊天' }, onHold: '保持中', severity: { info: '提示', warning: '警告', critical: '紧急' },
  listen: '旁听', whisper: '耳语', stopWhisper: '停止耳语', take: '接管', takeSure: '再按一次接管', stop: '停止旁听', listening: n => `正在旁听 ${n}`, whispering: '坐席能听到您，来电者听不到。', connecting: '正在接通', seen: '已知悉', open: '打开通话', why: '原因', unknown: '未知来电者',
  col: { caller: '来电者', with: '对方', intent: '意图', time: '时长', mood: '情绪', last: '最后一句' }, wait: '已等待', place: n => `第 ${n} 位`, estimate: s => `预计还需 ${s}`, wall: '大屏', leaveWall: '退出大屏', stale: s => `${s}前的数据`, people: n => `${n} 人`,
  mic: { insecure: '麦克风需要 https:// 地址或 localhost。', refused: '麦克风被禁止：请在地址左侧允许。', missing: '没有找到麦克风。', taken: '麦克风正被占用。', old: '此浏览器无法通话。', failed: '声音无法接通。' },
  k: { move: '选中下一通、上一通', listen: '旁听选中的通话', filter: '查找', stop: '停止旁听' },
});
