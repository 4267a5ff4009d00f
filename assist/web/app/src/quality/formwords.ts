// Words of the form editor.
import { words } from '../parts/i18n';

export default words({
  view: 'How the form is shown', editor: 'Editor', yaml: 'YAML', general: 'The form', contents: 'Contents of the form', noSection: 'Without a section', addQuestion: 'Add a question', addSection: 'Add a section', addBand: 'Add a band', addOption: 'Add an option', addLevel: 'Add a level',
  languages: 'Languages of the calls', langs: { en: 'English', zh: 'Chinese' }, queues: 'Queues', queuesWhat: 'Empty: calls of all queues', bands: 'Bands', bandsWhat: 'Names for ranges of the score, each from its number up.', band: 'Name', from: 'From', sections: 'Sections', sectionsWhat: 'A section with a weight counts by it, however many questions it has. Without one its questions count by theirs.', weight: 'Weight', title: 'Title', id: 'Short name', remove: (what: string) => `Remove ${what}`,
  question: 'Question', section: 'Section', type: 'Type', types: { yes_no: 'Yes / no', scale: 'Scale', several: 'Several of' }, texts: { en: 'Question in English', zh: 'Question in Chinese' }, autoFail: 'A bad answer fails the call', badAnswer: 'Bad answer', bad: { '': 'as the words say', yes: 'yes', no: 'no' },
  answeredBy: 'Answered by', ways: { '': 'Parley: what the question asks', meaning: 'meaning: were the hints said', rule: 'a rule', llm: 'a language model', person: 'a person' },
  waysWhat: { '': 'Parley reads what is asked (greeting, identity, fees, promises …) and looks for it; hints help.', meaning: 'Yes when one of the hints was said, in these or other words.', rule: 'Yes when the condition came to hold at any turn; the language is that of the live rules.', llm: 'Asked after the call, where a language model is configured. It must quote the turn; a quote that was not said voids the answer. Trying on past calls does not ask it again.', person: 'Parley leaves it open; it counts among the questions to answer.' },
  rule: 'Condition', ruleWhat: 'For example: said.apology > 0, silence.longest > 20, text.matches("(?i)recorded line")', on: 'Asked about turns of', sides: { '': 'the agent', agent: 'the agent', caller: 'the caller', any: 'anybody' },
  hints: { en: 'Hints in English, one a line', zh: 'Hints in Chinese, one a line' }, hintsWhat: 'Phrases that usually satisfy the question; neither needed nor enough.',
  options: 'Options', levels: 'Levels, the lowest first', key: 'Key', en: 'English', zh: 'Chinese', score: 'Score', scoreWhat: 'In percent of the weight, −100 to 100. Leave all empty for even steps.', fails: 'Fails the call', optionRule: 'Condition for this one', up: 'Move up', down: 'Move down', copy: 'Duplicate', delete: 'Delete the question', newText: { en: 'New question', zh: '新题目' },
  preview: 'See what would change', comments: 'Comments and notes of a YAML file are not kept by the editor.', untitled: 'untitled', mended: 'The YAML has mistakes; mend them first, then the editor opens.', words: 'Word lists of the form are kept; they are edited in the YAML.',
}, {
  view: '评分表显示方式', editor: '编辑器', yaml: 'YAML', general: '评分表', contents: '评分表内容', noSection: '未分组', addQuestion: '添加题目', addSection: '添加分组', addBand: '添加等级', addOption: '添加选项', addLevel: '添加档位',
  languages: '通话语言', langs: { en: '英语', zh: '中文' }, queues: '队列', queuesWhat: '留空：适用于所有队列', bands: '等级', bandsWhat: '给得分区间命名，从所填数字起。', band: '名称', from: '起点', sections: '分组', sectionsWhat: '有权重的分组按权重计分，与题目数量无关；没有权重的，其题目按各自权重计分。', weight: '权重', title: '标题', id: '简称', remove: what => `移除${what}`,
  question: '题目', section: '分组', type: '类型', types: { yes_no: '是非', scale: '量表', several: '多选' }, texts: { en: '英文题目', zh: '中文题目' }, autoFail: '答案不合格即一票否决', badAnswer: '不合格的答案', bad: { '': '按题目用词', yes: '是', no: '否' },
  answeredBy: '由谁作答', ways: { '': 'Parley：按题意判断', meaning: '语义：是否说过提示语', rule: '规则', llm: '语言模型', person: '人工' },
  waysWhat: { '': 'Parley 读懂题意（问候、核身、费用、承诺……）并查找；提示语有帮助。', meaning: '说过任一提示语（原话或换种说法）即为“是”。', rule: '任一轮满足条件即为“是”；语言与实时规则相同。', llm: '通话结束后询问（需已配置语言模型）。模型必须引用原话；引用的话若没有说过，答案作废。用以往通话试评时不会再次询问。', person: 'Parley 不作答；计入待回答的题目。' },
  rule: '条件', ruleWhat: '例如：said.apology > 0、silence.longest > 20、text.matches("录音")', on: '针对谁说的话', sides: { '': '坐席', agent: '坐席', caller: '客户', any: '任何人' },
  hints: { en: '英文提示语，每行一条', zh: '中文提示语，每行一条' }, hintsWhat: '通常能满足题目的说法；既非必需，也非充分。',
  options: '选项', levels: '档位，由低到高', key: '键', en: '英文', zh: '中文', score: '分值', scoreWhat: '占权重的百分比，−100 至 100。全部留空则均分。', fails: '一票否决', optionRule: '此项的条件', up: '上移', down: '下移', copy: '复制', delete: '删除题目', newText: { en: 'New question', zh: '新题目' },
  preview: '看会有什么变化', comments: '编辑器不保留 YAML 文件中的注释。', untitled: '未命名', mended: 'YAML 有错误；请先改正，再打开编辑器。', words: '评分表自带的词表会保留；请在 YAML 中编辑。',
});
