import { words } from '../parts/i18n';

export default words({
  open: 'What was masked', openWhat: 'Open the vault of this call. Each look is written into the audit trail.', title: 'What was masked in this call', masked: 'On record', said: 'As it was said', show: 'Show',
  why: 'Names, addresses, numbers and dates of birth are shown as they were said. Say why you need them: your name, the time and the reason are written into the audit trail before anything is shown.',
  reason: 'Reason', example: 'Such as: complaint 4711, address to be checked', noted: (r: string) => `Written into the audit trail: “${r}”`, nothing: 'The vault of this call is empty.',
  never: 'Card numbers, passwords and one-time codes are not kept, not even here.', noKey: 'The key is not here', noKeyWhat: 'It was sealed with a key that this server does not have. Add it to the file named in security.key_file.',
}, {
  open: '查看被遮盖内容', openWhat: '打开本通电话的保险库。每次查看都会写入审计记录。', title: '本通电话中被遮盖的内容', masked: '记录中', said: '原话', show: '显示',
  why: '将按原话显示姓名、地址、号码和出生日期。请说明理由：显示之前，您的姓名、时间和理由会写入审计记录。',
  reason: '理由', example: '例如：投诉 4711，需核对地址', noted: r => `已写入审计记录：“${r}”`, nothing: '本通电话的保险库是空的。',
  never: '银行卡号、密码和一次性验证码不作保留，这里也没有。', noKey: '缺少密钥', noKeyWhat: '封存所用的密钥不在本服务器上。请将它加入 security.key_file 指定的文件。',
});
