import { words } from '../parts/i18n';

export default words({
  tab: 'Rules', why: 'The rules that calls are watched with. Change one here to see what it would have done in calls on record; to use it, put it into the file on the server (desk.rules), which is followed while calls go on.',
  file: 'File', builtIn: 'built in', another: 'One more file', lastCalls: 'Last calls', run: 'Try it', undo: 'Back to what is in use', text: 'Text of the rules', mistake: 'There is a mistake in it', trouble: 'The files on the server have a mistake; the rules that were good last are in use',
  result: (n: number, c: number) => `${n} calls played, ${c} would have gone otherwise`, noCalls: 'There are no ended calls on record yet.', same: 'Nothing would have been different.', rule: 'Rule', before: 'Before', after: 'After', isNew: 'New', gone: 'Gone', at: (n: number, s: string) => `turn ${n} at ${s}`, more: (n: number) => `and ${n} more`,
}, {
  tab: '规则', why: '通话所依据的规则。可在此修改，查看它在已记录的通话中会怎样；要启用，请写入服务器上的文件（desk.rules），无需重启即会生效。',
  file: '文件', builtIn: '内置', another: '另加一个文件', lastCalls: '最近通话', run: '试算', undo: '恢复为使用中的内容', text: '规则文本', mistake: '其中有错误', trouble: '服务器上的文件有错误；仍在使用此前有效的规则',
  result: (n, c) => `已回放 ${n} 通，${c} 通会有不同`, noCalls: '还没有已结束的通话记录。', same: '不会有任何不同。', rule: '规则', before: '原来', after: '现在', isNew: '新增', gone: '消失', at: (n, s) => `第 ${n} 轮，${s}`, more: n => `另有 ${n} 处`,
});
