import { words } from './i18n';

export default words({
  retry: 'Try again', close: 'Close', cancel: 'Cancel', save: 'Save', saved: 'Saved', loading: 'Loading', search: 'Search', clear: 'Clear',
  failed: 'This did not work', failedWhy: 'The server answered with an error. Its log says why.',
  offline: 'The server cannot be reached', offlineWhy: 'Check the network. What you see may be out of date; nothing you typed is lost.',
  noRight: 'You may not see this', noRightWhy: 'Your roles do not include it. Somebody with the role “Admin” can grant it under Settings, People.',
  gone: 'This is not here (any more)', goneWhy: 'It may have been deleted, or the address is incomplete.',
  reconnecting: 'Reconnecting. Calls go on; this page catches up by itself.', keys: 'Keys on this page', everywhere: 'Everywhere',
  behind: (s: string) => `${s} behind`, unknown: 'unknown', newTurns: (n: number) => (n === 1 ? '1 new turn' : `${n} new turns`),
  transcript: 'Transcript', toTurn: 'Go to this turn', sentiment: 'Sentiment', sentimentWhat: 'How the caller sounded turn by turn, from −1 (upset) to 1 (pleased).',
  moods: { good: 'pleased', calm: 'calm', tense: 'tense', angry: 'upset' }, rising: 'rising', falling: 'falling', steady: 'steady',
  who: { caller: 'Caller', bot: 'Bot', agent: 'Agent', you: 'You', colleague: 'Colleague', supervisor: 'Supervisor' },
  langs: { en: 'English', zh: 'Chinese' }, interrupted: 'interrupted', interruptedWhat: 'The other side spoke; the text ends where the sound ended.',
  definition: 'What this figure means', showKeys: 'Show the keys of this page', speaking: 'is speaking',
}, {
  retry: '重试', close: '关闭', cancel: '取消', save: '保存', saved: '已保存', loading: '正在加载', search: '搜索', clear: '清除',
  failed: '操作未成功', failedWhy: '服务器返回了错误，原因见其日志。',
  offline: '无法连接服务器', offlineWhy: '请检查网络。页面内容可能不是最新的；您输入的内容不会丢失。',
  noRight: '您没有查看权限', noRightWhy: '您的角色不包含此页面。拥有“管理员”角色的人可以在“设置 › 人员”中授予。',
  gone: '这里没有（或已没有）这项内容', goneWhy: '可能已被删除，或地址不完整。',
  reconnecting: '正在重新连接。通话不受影响，恢复后本页会自动补齐。', keys: '本页快捷键', everywhere: '全局',
  behind: s => `滞后 ${s}`, unknown: '未知', newTurns: n => `${n} 条新内容`,
  transcript: '通话文字', toTurn: '跳到这一轮', sentiment: '情绪', sentimentWhat: '来电者每一轮的情绪，从 −1（不满）到 1（满意）。',
  moods: { good: '满意', calm: '平静', tense: '紧张', angry: '不满' }, rising: '上升', falling: '下降', steady: '平稳',
  who: { caller: '来电者', bot: '机器人', agent: '坐席', you: '我', colleague: '同事', supervisor: '主管' },
  langs: { en: '英语', zh: '中文' }, interrupted: '被打断', interruptedWhat: '对方开口，文字止于声音停下的地方。',
  definition: '该指标的含义', showKeys: '显示本页快捷键', speaking: '正在说话',
});
