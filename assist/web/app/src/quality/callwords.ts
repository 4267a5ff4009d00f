// Words of the recording with its tracks, of answers with levels and choices, and of appeals.
import { words } from '../parts/i18n';

export default words({
  tracks: { silence: 'Silence', overlap: 'Both speak', hold: 'On hold', bot: 'Bot', alerts: 'Alerts', mood: 'Mood' }, moodWhat: 'Sentiment of what was said, from the words: above the line pleased, below upset. Caller solid, agent dashed.',
  speed: 'Speed', skipSilence: 'Skip silence', zoomIn: 'Zoom in', zoomOut: 'Zoom out', share: 'Copy link to here', shared: 'Link copied. Only people who may see this call can open it.', notShared: 'The browser did not allow copying. The link is in the address bar.',
  recording: 'Recording and its tracks', position: 'Position in the recording', noAudio: 'No recording', drawing: 'Drawing the recording', damaged: 'The recording is damaged: it cannot be drawn. What was said is below.', notDrawn: 'The recording could not be drawn; it may still play.', endsAt: (at: string, of: string) => `The recording ends at ${at}, the call at ${of}.`, between: (a: string, b: string) => `${a} to ${b}`,
  k: { shuttle: '5 seconds back, play or pause, 5 seconds on', evidence: 'next evidence', question: 'previous, next question', level: 'choose a level or an option', share: 'copy a link to here' },
  byLLM: 'by a language model', byRule: 'by a rule', byPerson: 'waits for a person', none: 'None of these', choose: 'Choose all that hold', pickDone: 'Use these',
  empty: 'Nothing was said in this call', emptyWhy: 'There is nothing to score. If you hear speech in the recording, transcribe it again.', otherLang: (lang: string) => `The call is in another language (${lang}). Forms judge calls in English and Chinese, so it has no score.`,
  rests: (n: number, of: number) => `rests on ${n} of ${of} questions`, others: 'Only who took part in the call may acknowledge its score; they or their supervisor may appeal.',
  notScored: (n: number) => (n === 1 ? '1 call could not be scored' : `${n} calls could not be scored`), notScoredWhat: 'They are tried again by themselves, less often each time; no other call waits for them.', notScoredList: 'Which, and why', notScoredHere: 'This call could not be scored', failedBy: { form: 'This version cannot read the form: save it anew.', key: 'The key of the record is missing.', time: 'It took too long.', model: 'The models, or the language model, gave no answer.', record: 'The record could not be read or written.' } as Record<string, string>, tried: (n: number, at: string) => `${n === 1 ? 'tried once' : `tried ${n} times`}, again from ${at}`, newestOf: (n: number) => `The newest ${n} are shown.`,
  decideAnswers: 'The answers appealed against. Change those that should be otherwise; your reason is kept with each.', decideKeep: 'All stay as they are', decideChange: (n: number) => (n === 1 ? '1 answer changes' : `${n} answers change`), appealSays: 'The appeal says', was: 'was',
  picked: (n: number) => `Calibrate ${n} ${n === 1 ? 'call' : 'calls'}`, pickCall: (at: string) => `Choose the call of ${at}`, pickAll: 'Choose all shown', unpick: 'Choose none', most: 'At most 50 calls make a calibration.',
}, {
  tracks: { silence: '静默', overlap: '抢话', hold: '保持', bot: '机器人', alerts: '警报', mood: '情绪' }, moodWhat: '根据用词判断的情绪：线上为满意，线下为不满。实线为客户，虚线为坐席。',
  speed: '速度', skipSilence: '跳过静默', zoomIn: '放大', zoomOut: '缩小', share: '复制此处链接', shared: '链接已复制。只有有权查看这通电话的人才能打开。', notShared: '浏览器不允许复制。链接已在地址栏中。',
  recording: '录音及轨道', position: '录音位置', noAudio: '没有录音', drawing: '正在绘制录音', damaged: '录音已损坏，无法绘制。说过的内容见下方。', notDrawn: '录音无法绘制，或许仍可播放。', endsAt: (at, of) => `录音到 ${at} 为止，通话到 ${of} 结束。`, between: (a, b) => `${a} 至 ${b}`,
  k: { shuttle: '后退 5 秒、播放或暂停、前进 5 秒', evidence: '下一处证据', question: '上一题、下一题', level: '选择等级或选项', share: '复制此处链接' },
  byLLM: '由语言模型', byRule: '据规则', byPerson: '等待人工', none: '以上都没有', choose: '可多选', pickDone: '用这些',
  empty: '这通电话里没有人说话', emptyWhy: '没有可以评分的内容。如果录音里听得到说话，请重新转写。', otherLang: lang => `这通电话使用的是其他语言（${lang}）。评分表只能评英语和中文通话，因此没有得分。`,
  rests: (n, of) => `依据 ${of} 题中的 ${n} 题`, others: '只有参与通话的人可以确认得分；参与者或其主管可以申诉。',
  notScored: n => `${n} 通电话未能评分`, notScoredWhat: '系统会自动重试，间隔逐次加长；其他通话不受影响。', notScoredList: '哪些通话，原因', notScoredHere: '这通电话未能评分', failedBy: { form: '本版本读不了这份评分表：请重新保存。', key: '缺少记录的密钥。', time: '用时过长。', model: '模型或语言模型没有给出结果。', record: '无法读取或写入记录。' }, tried: (n, at) => `已尝试 ${n} 次，${at} 后重试`, newestOf: n => `只显示最新的 ${n} 条。`,
  decideAnswers: '被申诉的答案。请更改应当更改的；理由会与每个答案一起保存。', decideKeep: '全部维持原判', decideChange: n => `更改 ${n} 个答案`, appealSays: '申诉内容', was: '原为',
  picked: n => `用 ${n} 通电话校准`, pickCall: at => `选择 ${at} 的通话`, pickAll: '选择全部', unpick: '取消选择', most: '一次校准最多 50 通电话。',
});
