// Words of the page about recognition.
import { words } from '../parts/i18n';

export default words({
  what: 'How well calls were recognised, as far as people corrected words in them. Counted are the recognised turns of calls that somebody marked as reviewed or corrected; nobody corrects everything, so the real rate is at least this high.',
  none: 'Nothing was corrected or reviewed yet', noneWhy: 'Open a call, choose “Correct a word” beside a turn, or mark a call as reviewed. Then this page tells how well each line was recognised and which words to tell the recogniser.',
  route: 'Route', calls: 'Calls', turns: 'Turns', words: 'Words', wordsWhat: 'English words and Chinese characters that were said', errors: 'Misheard', rate: 'Error rate, at least', range: '95 % range, from how the calls differ',
  hot: 'Words to tell the recogniser', hotWhat: 'What was said where something else was recognised, words of most calls first. Untick names of callers. Hot words help a line with few special words and can hurt others: measure with “parley eval asr --hot” before you keep them.',
  inCalls: (n: number) => (n === 1 ? '1 call' : `${n} calls`), heardAs: (s: string) => `heard as ${s}`, noHot: 'No word stands out.', forConfig: (route: string) => `For ${route || 'the route'} in the configuration`, copy: 'Copy', copied: 'Copied', days: (n: number) => `last ${n} days`, period: 'Calls of', line: (route: string) => `Words of ${route || '—'}`,
}, {
  what: '根据人工更正的字词统计识别效果。统计范围为已审或更正过的通话中识别出的话轮；没有人会更正所有错误，因此实际错误率不低于此数。',
  none: '还没有更正或审核过的通话', noneWhy: '打开一通电话，点话轮旁的“更正字词”，或把通话标记为已审。之后这里会显示每条线路的识别效果，以及应当告诉识别器的词。',
  route: '线路', calls: '通话', turns: '话轮', words: '字词', wordsWhat: '实际说出的英文单词和汉字数', errors: '听错', rate: '错误率（不低于）', range: '95% 区间，按通话之间的差异计算',
  hot: '应当告诉识别器的词', hotWhat: '实际说出、却被识别成别的内容的词，出现通话最多的在前。请取消勾选来电人的姓名。热词对专有词汇少的线路有帮助，也可能使其他内容变差：保留之前请用“parley eval asr --hot”测量。',
  inCalls: n => `${n} 通电话`, heardAs: s => `识别为 ${s}`, noHot: '没有突出的词。', forConfig: route => `写入配置中的 ${route || '线路'}`, copy: '复制', copied: '已复制', days: n => `最近 ${n} 天`, period: '通话范围', line: route => `${route || '—'} 的词`,
});
