import { words } from '../parts/i18n';

export default words({
  title: 'Making good', upTo: (m: string) => `You may offer up to ${m}`, more: (m: string) => `(up to ${m} when a supervisor agrees)`, why: 'Why', amount: 'Amount', note: 'Reason', offer: 'Offer it', ask: 'Ask a supervisor', tooMuch: (m: string) => `At most ${m}, even with a supervisor.`,
  state: { asked: 'a supervisor is asked', granted: 'granted', refused: 'refused', withdrawn: 'withdrawn' },
  approvals: 'To decide', asks: (who: string, m: string) => `${who} asks for ${m}`, grant: 'Grant', refuse: 'Refuse', answer: 'Answer to the agent', alone: (m: string) => `alone: ${m}`, limit: (m: string) => `at most ${m}`,
  callbacks: 'To be called back', tries: (n: number) => (n === 1 ? '1 try' : `${n} tries`), dialling: 'being called', talkingNow: 'talking', next: (s: string) => `next try in ${s}`, soon: 'as soon as somebody is free', cancel: 'Do not call',
}, {
  title: '补偿', upTo: m => `您可给予至多 ${m}`, more: m => `（经主管同意至多 ${m}）`, why: '依据', amount: '金额', note: '原因', offer: '给予', ask: '请示主管', tooMuch: m => `即使主管同意也至多 ${m}。`,
  state: { asked: '已请示主管', granted: '已给予', refused: '未批准', withdrawn: '已撤回' },
  approvals: '待审批', asks: (who, m) => `${who} 申请 ${m}`, grant: '批准', refuse: '拒绝', answer: '给坐席的答复', alone: m => `坐席权限：${m}`, limit: m => `至多 ${m}`,
  callbacks: '待回电', tries: n => `已试 ${n} 次`, dialling: '正在拨打', talkingNow: '通话中', next: s => `${s}后再试`, soon: '有坐席空闲即拨打', cancel: '不再回电',
});
