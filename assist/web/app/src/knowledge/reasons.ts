// What an import says of a file (knowledge/ingest, knowledge/watch, assist/fetch), in Chinese, by the codes the server gives: an English page says
// what the server says. A code has its arguments in the order of the server's English sentence; texts of the file stay as they are.
export interface Said { code?: string; args?: string[] | null }

const units: Record<string, string> = { row: '行', line: '行', paragraph: '段', page: '页', item: '项', question: '个问题' };
const kinds: Record<string, string> = { question: '问题', answer: '答案', id: '编号', lang: '语言', audience: '受众', state: '状态', queues: '队列', from: '生效时间', until: '失效时间', pair: '对应编号' };
const kind = (s: string) => kinds[s] ?? s;
// What is wrong with a day, by the codes of the server.
export const days: Record<string, string> = { 'no-date': '无法识别', 'two-ways': '有多种读法', 'no-day': '在日历中不存在' };
const names = '前几行中须有一行写出列名，必须有“问题”和“答案”';

export const reasonWords: Record<string, (...a: string[]) => string> = {
  // texts of entries
  'both-empty': () => '问题和答案都为空', 'question-empty': () => '问题为空', 'answer-empty': () => '答案为空', 'two-answers': (q, at) => `问题“${q}”在 ${placed(at!)} 有另一个答案：请只保留一个`, 'question-no-word': q => `问题“${q}”中没有文字或数字`,
  'question-long': (n, most) => `问题有 ${n} 个字，最多 ${most} 个：是否少了引号？`, 'answer-long': (n, most) => `答案有 ${n} 个字，最多 ${most} 个：电话里听不完`, 'similar-long': (n, most) => `一个相似问有 ${n} 个字，最多 ${most} 个：请用 | 分隔相似问`, 'similar-many': (n, most) => `有 ${n} 个相似问，最多 ${most} 个`, 'id-long': n => `编号有 ${n} 个字，最多 200 个`, 'id-twice': (id, at) => `编号“${id}”已用于 ${placed(at!)}：一个编号只能属于一个问题`, 'id-other': (id, at) => `编号“${id}”在 ${placed(at!)} 用于另一个问题`,
  // what they say beside
  language: l => `语言“${l}”无效：请填 en 或 zh，或留空`, audience: s => `受众“${s}”无效：请填 bot（来电者能听到）或 agent（仅坐席可见），或留空`, state: s => `状态“${s}”无效：请填 draft、review、published 或 expired，或留空`, begins: (s, why) => `生效时间“${s}”${days[why!]}：请写成 2026-12-31`, ends: (s, why) => `失效时间“${s}”${days[why!]}：请写成 2026-12-31`, backwards: (until, from) => `失效时间（${until}）早于生效时间（${from}）`, ended: s => `已失效（${s}）：没有人会听到`, base: why => `与知识库中已有的内容不符：${why}`, 'gone-versions': id => `另一条目问的是同一问题，它和它的版本将被删除：${id}`,
  // tables
  'two-columns': (f, name) => `有两列都表示${kind(f!)}（第二列是“${name}”）：请只保留一列`, 'no-column': f => `没有${f!.split(' and no column ').map(kind).join('和')}列：${names}`, 'no-names': () => names, 'cells-more': (n, of) => `有 ${n} 个单元格，表头有 ${of} 个：含有分隔符的文本请加双引号`, 'cells-fewer': (n, of) => `有 ${n} 个单元格，表头有 ${of} 个：缺少单元格`, 'quote-open': () => '双引号没有配对，或引号后还有文字：引号内的引号请写成 ""', 'quote-inside': () => '单元格中间有双引号：请给整个单元格加双引号，并把其中每个引号写成 ""', 'not-table': () => '无法按表格读取', 'formula-error': (name, e) => `列“${name}”中有公式错误（${e}）`,
  above: s => `列名上方：${s}`, below: s => `最后一个问题下方：${s}`, 'columns-unused': s => `未使用的列：${s}`, 'column-inner': s => `列“${s}”是给坐席的：其中的答案仅坐席可见`, 'word-inner': (name, s) => `列“${name}”中的“${s}”无法识别：这些行仅坐席可见`, 'word-unknown': (name, s) => `列“${name}”中的“${s}”无法识别：这些行的该内容未使用`, 'rows-unfilled': n => `没有问题和答案的行：${n} 行，这是第一行`, 'rows-hidden': n => `隐藏的行：${n} 行，这是第一行`, 'sheet-hidden': () => '工作表是隐藏的', 'sheet-plain': () => '工作表没有“问题”和“答案”列',
  // documents and pages
  'no-question-document': () => '没有问题：请把每个问题写成标题、以“问：”开头或以问号结尾的一行，或放在有“问题”和“答案”列的表格中', 'no-question-markdown': () => '没有问题：请把每个问题写成标题“## 问题”，答案写在下面', 'no-question-json': () => '没有问题：每个问题是一个含有 question 和 answer（或 title 和 body）的对象', nothing: () => '没有问题，无可导入', 'text-before': () => '第一个问题前有文字：请在上面写“## 问题”，或在介绍上面写“# 标题”', loose: (n, s) => `不属于任何问题的 ${n} 段，第一段：${s}`, links: (n, s) => `只链接到其他页面的 ${n} 个问题，第一个：${s}`, 'bare-questions': (n, s) => `${n} 个没有答案的问题，第一个是：${s}`, 'text-hidden': () => '隐藏的文字', footnotes: (n, s) => `未读入的脚注：${n} 个，第一个：${s}`, scripts: () => '去掉了脚本和嵌入对象', 'page-part': s => `按名称去掉了页面的一部分：${s}`,
  // what was taken out, and what a person should look at
  reading: s => `去掉了读音：${s}`, line: s => `去掉了一行：${s}`, order: s => `像是给机器的指令，按普通文字保留：${s}`, formula: s => `像是公式，按普通文字保留：${s}`, near: (at, q) => `与 ${placed(at!)} 的问题几乎相同：${q}`, numbers: (mine, at, theirs, q) => `答案中的数字是 ${mine}，但 ${placed(at!)} 几乎相同的问题答的是 ${theirs}：${q}`,
  // files that are not right
  kind: () => '不支持这种文件：可读 .csv、.tsv、.xlsx、.md、.json、.jsonl、.html、.docx 和 .pdf', 'file-empty': () => '文件是空的', more: () => '问题太多，未全部列出', encoding: () => '编码有误，不是 UTF-8 或 GB18030：请另存为 UTF-8', 'encoding-odd': () => '编码有误（UTF-16 字节数为奇数）：请另存为 UTF-8', 'encoding-half': () => '编码有误（UTF-16 字符不完整）：请另存为 UTF-8', 'nul-byte': () => '含有 NUL 字节，不是文本文件或已损坏：请另存为 UTF-8 文本', nul: () => '含有 NUL 字符，文件已损坏', 'nul-text': () => '文字中有 NUL 字符', 'old-office': () => '文件已加密或是 2007 之前的格式：请去掉密码，另存为 .xlsx 或 .docx', encrypted: () => '文件已加密：请去掉密码后保存',
  'not-office': () => '不是 Office 文件或已损坏：请打开后重新保存', 'not-sheet': () => '无法按电子表格读取：请打开后重新保存', 'not-word': () => '不是 Word 文档，或其中没有文字', 'not-pdf': () => '不是 PDF 文件', 'not-html': why => `无法按 HTML 读取：${why}`, 'not-json': why => `不是 JSON 文件或已损坏：${why}`, 'not-entry': why => `不是条目（${why}）：请写成 {"question":"...","answer":"..."}`, damaged: why => `文件已损坏：${why}`, 'pdf-damaged': () => '文件已损坏：请重新打印成 PDF 后导入', 'pdf-slow': () => '读取时间太长：请重新打印成 PDF 后导入', 'no-pdftotext': () => '没有 pdftotext，无法读取：请安装软件包 poppler-utils', scanned: n => `${n} 页中几乎没有文字，应为扫描件：请先做文字识别（OCR）`, 'text-much': () => '文字太多：请拆成几个文件',
  doctype: () => '含有 Word 文档中不应有的内容（文档类型或实体），已拒绝', 'path-out': s => `其中有路径指向外部的文件（${s}），已拒绝`, unpacks: (mb, n) => `解压后超过 ${mb} MB 或 ${n} 个文件，已拒绝`, unread: () => '无法读取', 'unread-why': why => `无法读取：${why}`, cut: why => `未能读到末尾：${why}`,
  // addresses and watched folders
  'no-address': () => '不是可以读取的地址：请写成 https://主机/页面', 'addresses-many': n => `地址超过 ${n} 个：请拆分`, 'addresses-none': () => '没有地址：请每行写一个', 'fetch-forbidden': () => '不能读取：它指向内部网络的地址，或不允许的主机；见配置中的 knowledge.fetch', 'fetch-late': () => '没有及时响应', 'fetch-failed': why => `无法读取：${why}`,
  gone: q => `所有文件中都已没有，但仍在播报：${q}`, 'folder-wrong': () => '没有导入：请修正文件', 'folder-lost': ids => `以下条目及其版本将被删除，因为使用其他条目编号的行问的是同一问题：${ids}`, 'folder-most': (n, of, share, most) => `${of} 条中有 ${n} 条会改变（${share}%）；不超过 ${most}% 时才会直接导入`,
};

function placed(where: string): string {
  if (where === 'the base') return '知识库';
  return where.replace(/ sheet (.+?)(?= (?:row|line) \d+|$)/, ' 工作表“$1”').replace(/ (row|line|paragraph|page|item|question) (\d+)(?: \(line (\d+)\))?$/, (_, unit: string, n: string, line?: string) => ` 第 ${n} ${units[unit]}${line ? `（文件第 ${line} 行）` : ''}`);
}

// reason is what is said of a file in the language of the page, where text is the server's English. What a page does not know it says as the server does.
export function reason(lang: string, text: string, said: Said): string {
  const say = lang === 'zh' && said.code ? reasonWords[said.code] : undefined;
  return say ? say(...(said.args ?? [])) : text;
}
export const place = (lang: string, where: string): string => (lang === 'zh' ? placed(where) : where);
