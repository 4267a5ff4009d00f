// What an import says of a file (knowledge/ingest), in Chinese: an English page says what the server says, and so does a Chinese one of
// what is not here. Texts of the file stay as they are.
type Said = [RegExp, (m: string[]) => string];

const units: Record<string, string> = { row: '行', line: '行', paragraph: '段', page: '页', item: '项', question: '个问题' };
const kinds: Record<string, string> = { question: '问题', answer: '答案', 'question and no column answer': '问题和答案', id: '编号', lang: '语言', audience: '受众', state: '状态', queues: '队列', from: '生效时间', until: '失效时间', pair: '对应编号' };
const kind = (s: string) => kinds[s] ?? s;

const said: Said[] = [
  [/^question and answer are empty$/, () => '问题和答案都为空'],
  [/^question is empty$/, () => '问题为空'],
  [/^answer is empty$/, () => '答案为空'],
  [/^question (".*") has another answer in (.+): keep one$/, m => `问题 ${m[1]} 在 ${placed(m[2]!)} 有另一个答案：请只保留一个`],
  [/^question (".*") has no letter or digit$/, m => `问题 ${m[1]} 中没有文字或数字`],
  [/^question has (\d+) characters, the most is (\d+)/, m => `问题有 ${m[1]} 个字，最多 ${m[2]} 个：是否少了引号？`],
  [/^answer has (\d+) characters, the most is (\d+)/, m => `答案有 ${m[1]} 个字，最多 ${m[2]} 个：电话里听不完`],
  [/^similar question has (\d+) characters, the most is (\d+)/, m => `一个相似问有 ${m[1]} 个字，最多 ${m[2]} 个：请用 | 分隔相似问`],
  [/^has (\d+) similar questions, the most is (\d+)$/, m => `有 ${m[1]} 个相似问，最多 ${m[2]} 个`],
  [/^id has (\d+) characters/, m => `编号有 ${m[1]} 个字，最多 200 个`],
  [/^id (".*") is already used in (.+): every/, m => `编号 ${m[1]} 已用于 ${placed(m[2]!)}：一个编号只能属于一个问题`],
  [/^id (".*") is used for another question in (.+)$/, m => `编号 ${m[1]} 在 ${placed(m[2]!)} 用于另一个问题`],
  [/^language (".*") is not known/, m => `语言 ${m[1]} 无效：请填 en 或 zh，或留空`],
  [/^audience (".*") is not known/, m => `受众 ${m[1]} 无效：请填 bot（来电者能听到）或 agent（仅坐席可见），或留空`],
  [/^state (".*") is not known/, m => `状态 ${m[1]} 无效：请填 draft、review、published 或 expired，或留空`],
  [/^(begins|ends) at (".*"): (.+)$/, m => `${m[1] === 'begins' ? '生效' : '失效'}时间 ${m[2]} ${/more than one way/.test(m[3]!) ? '有多种读法' : /no day/.test(m[3]!) ? '在日历中不存在' : '无法识别'}：请写成 2026-12-31`],
  [/^ends \((.+)\) before it begins \((.+)\)$/, m => `失效时间（${m[1]}）早于生效时间（${m[2]}）`],
  [/^has (\d+) cells, the header has (\d+): put/, m => `有 ${m[1]} 个单元格，表头有 ${m[2]} 个：含有分隔符的文本请加双引号`],
  [/^has (\d+) cells, the header has (\d+): a cell is missing$/, m => `有 ${m[1]} 个单元格，表头有 ${m[2]} 个：缺少单元格`],
  [/^a double quote is not closed/, () => '双引号没有配对，或引号后还有文字：引号内的引号请写成 ""'],
  [/^a double quote inside a cell/, () => '单元格中间有双引号：请给整个单元格加双引号，并把其中每个引号写成 ""'],
  [/^column (".*") holds an error of a formula \((.+)\)$/, m => `列 ${m[1]} 中有公式错误（${m[2]}）`],
  [/^two columns mean (\S+) \(the second is (".*")\)/, m => `有两列都表示${kind(m[1]!)}（第二列是 ${m[2]}）：请只保留一列`],
  [/^no column (.+?): /, m => `没有${kind(m[1]!)}列：前几行中须有一行写出列名，必须有“问题”和“答案”`],
  [/^one of the first rows must name the columns/, () => '前几行中须有一行写出列名，必须有“问题”和“答案”'],
  [/^holds no question: write each as a heading "## /, () => '没有问题：请把每个问题写成标题“## 问题”，答案写在下面'],
  [/^holds no question: each is an object/, () => '没有问题：每个问题是一个含有 question 和 answer（或 title 和 body）的对象'],
  [/^holds no question: write/, () => '没有问题：请把每个问题写成标题、以“问：”开头或以问号结尾的一行，或放在有“问题”和“答案”列的表格中'],
  [/^holds no question/, () => '没有问题，无可导入'],
  [/^text before the first question/, () => '第一个问题前有文字：请在上面写“## 问题”，或在介绍上面写“# 标题”'],
  [/^the file is empty$/, () => '文件是空的'],
  [/^the kind of file is not known/, () => '不支持这种文件：可读 .csv、.tsv、.xlsx、.md、.json、.jsonl、.html、.docx 和 .pdf'],
  [/^(?:broken encoding|a NUL)/, () => '编码有误或文件已损坏：请另存为 UTF-8'],
  [/^is encrypted or of the format before 2007/, () => '文件已加密或是 2007 之前的格式：请去掉密码，另存为 .xlsx 或 .docx'],
  [/^is encrypted/, () => '文件已加密：请去掉密码后保存'],
  [/^is not an Office file|^cannot be read as a spreadsheet/, () => '不是 Office 文件或已损坏：请打开后重新保存'],
  [/^is damaged: print/, () => '文件已损坏：请重新打印成 PDF 后导入'],
  [/^is damaged/, () => '文件已损坏：请打开后重新保存'],
  [/^is not a PDF/, () => '不是 PDF 文件'],
  [/^is not a Word document/, () => '不是 Word 文档，或其中没有文字'],
  [/^is not JSON, or damaged: (.+)$/s, m => `不是 JSON 文件或已损坏：${m[1]}`],
  [/^holds too much text/, () => '文字太多：请拆成几个文件'],
  [/^holds a document type/, () => '含有 Word 文档中不应有的内容（文档类型或实体），已拒绝'],
  [/^holds a file with a path/, () => '其中有路径指向外部的文件，已拒绝'],
  [/^unpacks to more than (\d+) MB or (\d+) files/, m => `解压后超过 ${m[1]} MB 或 ${m[2]} 个文件，已拒绝`],
  [/^cannot be read as HTML/, () => '无法按 HTML 读取：请重新保存网页'],
  [/^cannot be read to its end: (.+)$/s, m => `未能读到末尾：${m[1]}`],
  [/^cannot be read: (.+)$/s, m => `无法读取：${m[1]}`],
  [/^cannot be read$/, () => '无法读取'],
  [/^has hardly any text on its (\d+) pages/, m => `${m[1]} 页中几乎没有文字，应为扫描件：请先做文字识别（OCR）`],
  [/^has more problems than are listed here$/, () => '问题太多，未全部列出'],
  [/^with what the base holds of it: (.+)$/, m => `与知识库中已有的内容不符：${m[1]}`],
  [/^another entry asks this and would be forgotten with its versions: (.+)$/, m => `另一条目问的是同一问题，它和它的版本将被删除：${m[1]}`],
  [/^reading taken out: (.+)$/s, m => `去掉了读音：${m[1]}`],
  [/^line taken out: (.+)$/s, m => `去掉了一行：${m[1]}`],
  [/^part of the page left out for its name: (.+)$/, m => `按名称去掉了页面的一部分：${m[1]}`],
  [/^scripts and embedded objects were left out$/, () => '去掉了脚本和嵌入对象'],
  [/^reads like an order to a machine and is kept as plain text: (.+)$/s, m => `像是给机器的指令，按普通文字保留：${m[1]}`],
  [/^begins like a formula and is kept as plain text: (.+)$/s, m => `像是公式，按普通文字保留：${m[1]}`],
  [/^above the names of the columns: (.+)$/s, m => `列名上方：${m[1]}`],
  [/^below the last question: (.+)$/s, m => `最后一个问题下方：${m[1]}`],
  [/^columns that mean nothing here: (.+)$/s, m => `未使用的列：${m[1]}`],
  [/^column (.+) says (.+), which is not known here: what it says of such rows is left out$/s, m => `列 ${m[1]} 中的 ${m[2]} 无法识别：这些行的该内容未使用`],
  [/^hidden rows: (\d+), this one first$/, m => `隐藏的行：${m[1]} 行，这是第一行`],
  [/^hidden text$/, () => '隐藏的文字'],
  [/^the sheet is hidden$/, () => '工作表是隐藏的'],
  [/^the sheet names no columns question and answer$/, () => '工作表没有“问题”和“答案”列'],
  [/^(\d+) paragraphs above the first question or under none, the first of them: (.+)$/s, m => `不属于任何问题的 ${m[1]} 段，第一段：${m[2]}`],
  [/^(\d+) questions that only lead to other pages, the first of them: (.+)$/s, m => `只链接到其他页面的 ${m[1]} 个问题，第一个：${m[2]}`],
  [/^(\d+) questions that nothing answers, the first of them: (.+)$/s, m => `${m[1]} 个没有答案的问题，第一个是：${m[2]}`],
  [/^ended already \((.+)\): nobody will hear it$/, m => `已失效（${m[1]}）：没有人会听到`],
  [/^asks nearly the same as (.+?): (.+)$/s, m => `与 ${placed(m[1]!)} 的问题几乎相同：${m[2]}`],
  [/^answers (.+), but the nearly same question in (.+?) answers (.+?): (.+)$/s, m => `答案中的数字是 ${m[1]}，但 ${placed(m[2]!)} 几乎相同的问题答的是 ${m[3]}：${m[4]}`],
];

function placed(where: string): string {
  if (where === 'the base') return '知识库';
  return where.replace(/ sheet (.+?)(?= (?:row|line) \d+|$)/, ' 工作表“$1”').replace(/ (row|line|paragraph|page|item|question) (\d+)(?: \(line (\d+)\))?$/, (_, unit: string, n: string, line?: string) => ` 第 ${n} ${units[unit]}${line ? `（文件第 ${line} 行）` : ''}`);
}

// reason is what is said of a file, and place where in it.
export function reason(lang: string, text: string): string {
  if (lang !== 'zh') return text;
  for (const [re, say] of said) {
    const m = re.exec(text);
    if (m) return say(m);
  }
  return text;
}
export const place = (lang: string, where: string): string => (lang === 'zh' ? placed(where) : where);
