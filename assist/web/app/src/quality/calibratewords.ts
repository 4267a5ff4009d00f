// Words of taking part in calibrations, and of agreement with the machine day by day.
import { words } from '../parts/i18n';

export default words({
  leave: 'I do not take part', leaveWhat: 'For good: you see the scores of these calls and may change them, and your answers here are taken out.', away: 'you do not take part', closeWhat: 'Nobody can answer any more, and everybody sees the result. It cannot be opened again.', moreCalibrations: 'Load more calibrations', moreQuestions: 'Load more questions', tick: 'Tick calls in the inbox to have them here', machineFirst: (done: number, of: number) => `The machine answers first: ${done} of ${of}`,
  hidden: 'Hidden until you have answered', hiddenWhy: 'This call is in a calibration that you take part in. You see its score, and what others wrote, once you have answered there.', toCalibration: 'Answer there', differing: 'Where people answered differently', allAgree: 'Nowhere: whoever answered the same call gave the same answers.', theMachine: 'Machine',
  agreement: 'Person and machine, day by day', agreementWhat: 'Of the last 90 days: each answer of the machine that a person replaced, confirmed, or left as it was in a call marked as reviewed. People saw the machine’s answer, so this is the most it agrees; what they answer without seeing it is above.', noAgreement: 'Nobody has answered or reviewed a call in this time.',
}, {
  leave: '我不参加', leaveWhat: '不可撤回：您能看到并更改这些通话的得分，您在此处的答案会被移除。', away: '您不参加', closeWhat: '不再接受作答，所有人都能看到结果，且不能重新开启。', moreCalibrations: '加载更多校准', moreQuestions: '加载更多题目', tick: '在待审列表中勾选通话，即可带到这里', machineFirst: (done, of) => `先由机器作答：${done} / ${of}`,
  hidden: '您作答之后才会显示', hiddenWhy: '这通电话在您参加的校准之中。您在那里答完之后，才能看到它的得分和他人所写的内容。', toCalibration: '去作答', differing: '答案不同之处', allAgree: '没有：答过同一通电话的人答案都相同。', theMachine: '机器',
  agreement: '日常工作中的人机一致度', agreementWhat: '最近 90 天：机器的答案中，被人更改、确认，或在标记为已审的通话中保持不变的。人看得到机器的答案，所以这是一致度的上限；未看机器答案时的一致度见上方校准。', noAgreement: '这段时间没有人作答或审核过通话。',
});
