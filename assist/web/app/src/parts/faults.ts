// What is wrong in a file, in Chinese, by the codes the server gives (assist/rules, assist/quality): an English page says what the
// server says. A code has its arguments in the order of the server's English sentence.
import type { Problem } from './api';

export interface Said { code: string; args?: string[] | null }
export interface Fault { line?: number; text: string; said: Said[] | null }

const parts: Record<string, string> = { 'the form': '评分表', 'a section': '分组', 'a band': '等级', 'a question': '题目', 'an option': '选项', hints: '提示语' };
const part = (s: string) => parts[s] ?? `“${s}”`;
const meant = (s: string) => (s ? `；是否指 ${s}？` : '');

// yaml are the commonest complaints of the reader of YAML.
const yaml: [RegExp, (m: RegExpExecArray) => string][] = [
  [/^unknown field "(.+?)"/, m => `没有名为 ${m[1]} 的字段`],
  [/^mapping key "(.+?)" already defined/, m => `键 ${m[1]} 重复`],
  [/cannot unmarshal .* into Go .* of type (\S+)/, m => `值的类型不对，应为${/string/.test(m[1]!) ? '文本' : /int|float/.test(m[1]!) ? '数字' : /bool/.test(m[1]!) ? ' true 或 false' : '列表或键值对'}`],
  [/tab character/, () => '不能用制表符缩进，请用空格'],
  [/^could not find end character of (double|single)-quoted text/, () => '引号没有配对'],
  [/sequence end token|']' not specified|could not find flow sequence end/, () => '方括号没有配对'],
  [/flow map(ping)? end token|'}' not specified|could not find flow mapping end/, () => '花括号没有配对'],
  [/non-map value|value is not allowed in this context|unexpected key name|expected .*mapping/, () => '缩进或冒号有误'],
];
function notYAML(message: string): string {
  for (const [re, say] of yaml) { const m = re.exec(message); if (m) return say(m); }
  return '请检查缩进、冒号和引号';
}

export const faultWords: Record<string, (...a: string[]) => string> = {
  // of forms and rules
  'not-yaml': m => `YAML 格式有误：${notYAML(m)}`, language: l => `语言“${l}”无效：请填 en 或 zh`,
  // of forms
  'not-mapping': w => `${part(w)}应由“键: 值”组成`, 'key-twice': (w, k) => `${part(w)}中 ${k} 出现两次`, 'key-unknown': (w, k) => `${part(w)}中没有 ${k} 这个字段`, 'not-list': w => `${part(w)}应为列表`, 'not-text': w => `${part(w)}应为文本`, 'number-low': (w, v, most) => `${part(w)}为 ${v}：请填 0 至 ${most} 的数字`, 'number-high': (w, v, most) => `${part(w)}为 ${v}：请填不超过 ${most} 的数字`, 'not-read': w => `无法读取${part(w)}`, 'not-number': w => `${part(w)}应为数字`, 'not-truth': w => `${part(w)}应为 true 或 false`,
  'form-long': (n, most) => `评分表有 ${n} 字节，超过 ${most}：请拆分`, 'one-form': () => '每个文件写一份评分表，并以名称开头：form: 名称', 'no-name': () => '评分表没有名称：请加上 form: 名称', 'no-questions': () => '评分表没有题目', 'section-twice': s => `分组 ${s} 重复`, 'question-twice': q => `题目 ${q} 重复`, 'section-unknown': (q, s) => `题目 ${q} 属于分组“${s}”，但评分表中没有该分组`, 'text-missing': (q, l) => `题目 ${q} 缺少 text_${l}，而评分表用于该语言（${l}）`, 'weights-zero': () => '所有权重都是 0：至少一道题的权重要大于 0',
  'section-id': s => `分组简称“${s}”无效：请用不含空格的短名称`, 'band-name': () => '有等级没有名称', 'question-id': q => `题目简称“${q}”无效：请用不含空格的短名称`, 'no-text': q => `题目 ${q} 没有文字：请加上 text_en 或 text_zh`, 'fail-on': (q, v) => `题目 ${q} 的 fail_on 为“${v}”：请填 yes 或 no`,
  'no-options': q => `题目 ${q} 有选项：请写明 type: scale 或 type: several`, type: (q, v) => `题目 ${q} 的 type 为“${v}”：请填 yes_no、scale 或 several`, 'answer-by': (q, v) => `题目 ${q} 的 answer_by 为“${v}”：请填 rule、meaning、llm 或 person，或留空`, 'rule-missing': q => `题目 ${q} 由规则作答，却没有规则：请加上 rule: 条件`, 'rule-each': q => `题目 ${q} 有规则：请给每个选项各写一条`, 'rule-unused': (q, by) => `题目 ${q} 有规则，却由 ${by} 作答`, on: (q, v) => `题目 ${q} 的 on 为“${v}”：请填 agent、caller 或 any`, 'options-number': (q, n, most) => `题目 ${q} 有 ${n} 个选项：应为 2 至 ${most} 个`, 'option-key': (q, k) => `题目 ${q} 的选项“${k}”无效：键只能用 a–z、0–9、_ 和 -，且不能是 na、none、cannot_tell`, 'option-twice': (q, k) => `题目 ${q} 的选项 ${k} 重复`, 'option-scores': q => `题目 ${q} 只有部分选项有分值：请全部填写或全部留空`, 'option-fails': q => `题目 ${q} 会一票否决：请用 fail: true 标出哪些选项不合格`, 'question-rule': q => `题目 ${q} 的规则`,
  // of rules
  'file-long': (n, most) => `文件有 ${n} 字节，最多读取 ${most}：请拆分`, version: v => `version 为 ${v}：请写 version: 1`, 'rules-many': (n, most) => `有 ${n} 条规则，最多 ${most} 条`, context: s => `语境 ${s}`, words: s => `词表 ${s}`, scope: s => `scope“${s}”无效：请填 before、clause、sentence、turn 或 inside`, there: () => '已经存在，请换一个名称', name: () => '名称只能由 a–z、0–9 和 _ 组成', who: s => `who“${s}”无效：请填 caller 或 agent`, unless: s => `unless ${s}：没有这个 context`, cooldown: s => `cooldown“${s}”无效：请写时间，例如 90s 或 5m`,
  define: s => `定义 ${s}`, rule: s => (s ? `规则 ${s}` : '规则'), 'rule-id': n => `第 ${n} 条没有 id`, twice: () => '重复出现', 'rule-text': () => '没有文字：请写 text_en 和 text_zh', 'condition-long': n => `条件超过 ${n} 个字符`, 'rule-on': s => `on“${s}”无效：请填 caller、agent 或 any`, 'max-per-call': n => `max_per_call 为 ${n}：请写每通电话最多触发几次，且不要同时写 once_per_call`, 'rule-wait': () => '不能等待：请在文件开头写 wait 及其条件，并让规则针对来电者的话', 'rule-do': () => '没有动作：请写 do',
  action: s => `没有动作 ${s}`, 'action-form': s => `动作 ${s}：参数请写成 {名称: 值}`, 'action-lacks': (s, p) => `动作 ${s} 缺少参数 ${p}`, 'action-state': (s, v) => `动作 ${s}：state“${v}”应为 verified 或 failed`, 'checklist-empty': s => `清单 ${s} 需要 id 和项目`, 'checklist-item': (s, n) => `清单 ${s}：第 ${n} 项需要 id 和文字`, checklist: (s, i) => `清单 ${s} 的 ${i}`, 'wait-twice': () => 'wait 已在另一个文件中', 'wait-condition': (s, n) => `wait：${s} 需要一个不超过 ${n} 个字符的条件`, wait: s => `wait 的 ${s}`,
  gives: (got, want) => `条件的结果是 ${got}，应为 ${want}`, 'unknown-name': (col, name, guess) => `第 ${col} 列：没有变量或函数 ${name}${meant(guess ?? '')}`, 'condition-syntax': col => `第 ${col} 列：条件的语法有误`, 'condition-types': (col, op, types) => `第 ${col} 列：${op} 不能用于 ${types}`, condition: col => `第 ${col} 列：条件有误`,
  pattern: s => `句式“${s}”`, 'pattern-optional': s => `句式“${s}”至少要有一个不可省略的词`, 'pattern-gap': s => `句式“${s}”须以词开头，不能以间隔开头`, 'pattern-long': (s, n) => `句式“${s}”有 ${n} 个部分，最多 16 个`, gap: (s, most) => `间隔“${s}”无效：请写 ~1 至 ~${most}`, brackets: s => `“${s}”的括号没有配对；括号也不能嵌套`, set: s => `没有名为 @${s} 的词组（在这种语言中）`, 'only-words': s => `“${s}”：括号之间只能是词`, alternative: s => `“${s}”中有空的选项`,
};

// sayFault is what is wrong, in the language of the page. What a page does not know it says as the server does.
export function sayFault(f: Fault, zh: boolean): string {
  const said = f.said ?? [];
  if (!zh || said.length === 0 || said.some(s => !faultWords[s.code])) return f.text;
  return said.map(s => faultWords[s.code]!(...(s.args ?? []))).join('：');
}

// Wrong is one of the mistakes in a file; line is 0 where it is not known.
export interface Wrong { line: number; text: string }

// faults are what the server found wrong in a file; what it does not name piece by piece is cut from its words into lines:
// "line 7: weight is negative".
export function faults(err: Pick<Problem, 'code' | 'detail' | 'message' | 'errors'>, zh: boolean): Wrong[] {
  if (err.code === 'faults' && err.errors.length > 0) return err.errors.map(e => { const f = e.value as Fault; return { line: f.line ?? 0, text: sayFault(f, zh) }; });
  return (err.detail || err.message).split('\n').filter(l => l.trim()).map(l => { const m = /^(?:.*?\b)?line (\d+): (.*)$/.exec(l); return m ? { line: Number(m[1]), text: m[2]! } : { line: 0, text: l }; });
}

// lineRange is where a line (from 1) begins and ends in a text.
export function lineRange(text: string, line: number): [number, number] {
  const lines = text.split('\n'), from = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
  return [Math.min(from, text.length), Math.min(from + (lines[line - 1]?.length ?? 0), text.length)];
}
