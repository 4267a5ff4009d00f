package ingest

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/knowledge"
)

// columns maps the names a header may use to the field they mean. Numbers of rows (序号, No.) are none: two files count from one,
// and an entry must not take the place of another one's for that.
var columns = map[string]string{ //nolint:gochecknoglobals // a constant table
	"question": "question", "questions": "question", "q": "question", "query": "question", "title": "question",
	"问题": "question", "问": "question", "标准问": "question", "标准问题": "question", "提问": "question",
	"answer": "answer", "answers": "answer", "a": "answer", "reply": "answer", "response": "answer",
	"答案": "answer", "回答": "answer", "答": "answer", "标准答案": "answer", "回复": "answer", "答复": "answer",
	"similar": "similar", "similar questions": "similar", "similar question": "similar", "alternatives": "similar",
	"variants": "similar", "synonyms": "similar", "相似问": "similar", "相似问题": "similar", "相似问法": "similar", "扩展问": "similar", "近似问": "similar",
	"category": "category", "class": "category", "topic": "category", "section": "category",
	"分类": "category", "类别": "category", "类目": "category", "主题": "category",
	"lang": "lang", "language": "lang", "locale": "lang", "语言": "lang", "语种": "lang",
	"audience": "audience", "受众": "audience", "适用对象": "audience",
	"state": "state", "发布状态": "state",
	"queues": "queues", "queue": "queues", "队列": "queues",
	"id": "id", "key": "id", "编号": "id",
	"valid from": "from", "effective from": "from", "effective date": "from", "start date": "from",
	"生效时间": "from", "生效日期": "from", "生效日": "from", "开始时间": "from", "开始日期": "from", "有效期起": "from", "起始日期": "from",
	"valid until": "until", "valid to": "until", "effective until": "until", "effective to": "until", "until": "until", "end date": "until",
	"expires": "until", "expiry": "until", "expiry date": "until", "expiration": "until", "expiration date": "until", "expires on": "until",
	"失效时间": "until", "失效日期": "until", "到期时间": "until", "到期日期": "until", "到期日": "until", "过期时间": "until", "过期日期": "until",
	"结束时间": "until", "结束日期": "until", "截止时间": "until", "截止日期": "until", "有效期至": "until", "有效期止": "until",
	"pair": "pair", "translation of": "pair", "对应编号": "pair", "译文编号": "pair",
}

const needed = "one of the first rows must name the columns: question and answer are needed (问题 and 答案 are read too); similar, category, lang, audience, state, queues, valid_from, valid_until, pair and id may follow"

// namesColumns reports whether a row names both columns that every table has.
func namesColumns(cells []string) bool {
	fields, _ := fieldsOf(cells)
	return slices.Contains(fields, "question") && slices.Contains(fields, "answer")
}

// loose are names that companies make up, each by how sure it is: they count where no column has a name of its own for it.
var loose = []struct { //nolint:gochecknoglobals // a constant table
	field string
	name  *regexp.Regexp
}{
	{"similar", regexp.MustCompile(`^(?:(?:相似|近似|扩展|拓展|同义|其他|更多).{0,2}(?:问|问法|问题|问句|说法)|(?:other|alternative|alternate|variant|sample) (?:questions?|phrases|utterances)|(?:training )?(?:phrases|utterances))$`)},
	{"category", regexp.MustCompile(`^(?:.{0,4}(?:分类|类目|类别)|问题类型|业务类型|所属(?:分类|目录)|(?:faq|question|main|sub) ?(?:category|topic|section)|folder)$`)},
	{"question", regexp.MustCompile(`^(?:(?:[a-z]+ ){1,3}questions?|questions? (?:text|title|content)|(?:article|faq) title|customers? (?:asks?|says?)|.{1,6}(?:问题|问句|提问)|(?:用户|客户|标准|常见|顾客)(?:问法|问)|(?:知识|文章|faq)?标题|问题(?:描述|内容|名称))$`)},
	{"answer", answerName},
	{"answer", regexp.MustCompile(`^(?:(?:article )?(?:body|content)|description|solution|(?:知识|文章|正文)?内容|正文|(?:解决|处理)(?:方案|办法|方法))$`)},
}

var (
	answerName = regexp.MustCompile(`^(?:(?:[a-z]+ ){1,3}(?:answers?|reply|replies|response)|(?:answer|reply|response) (?:text|content|body|html)|(?:we|you|agent) (?:say|answer)s?|.{0,6}(?:答案|回答|回复|答复|解答|话术)(?:内容)?)$`)
	inward     = regexp.MustCompile(`^(?:(?:internal|staff|in house)\b|内部|对内)`)                                     // of answers that only people at the desk may see
	noColumn   = regexp.MustCompile(`(?i)\b(?:similar|related|suggested|follow|security|by|of|no)\b|^(?:相关|关联|追问)`) // of what is asked and answered
	inTongue   = regexp.MustCompile(`^(?:((?:english|en|chinese|zh|cn)\b|英文|英语|中文|汉语)[ ]?)?(.+?)[ ]?(?:[(（\[【]?(\b(?:english|en|eng|chinese|zh|cn|zh cn)|英文|英语|中文|汉语|简体中文)[)）\]】]?)?$`)
)

const longestName = 40 // characters of the name of a column

// fieldsOf tells what columns mean by their names, "" for nothing, and in which language they are where the names say so.
func fieldsOf(names []string) (fields, langs []string) {
	fields, langs = make([]string, len(names)), make([]string, len(names))
	bare := make([]string, len(names))
	for i, name := range names {
		if utf8.RuneCountInString(name) > longestName {
			continue
		}
		bare[i] = columnName(name)
		if fields[i] = columns[bare[i]]; fields[i] != "" {
			continue
		}
		if m := inTongue.FindStringSubmatch(bare[i]); m != nil && m[1]+m[3] != "" {
			bare[i] = strings.TrimSpace(m[2])
			fields[i], langs[i] = columns[bare[i]], tongueOf(m[1]+m[3])
		}
	}
	for _, l := range loose {
		if l.field != "category" && l.field != "similar" && slices.Contains(fields, l.field) {
			continue
		}
		for i, name := range bare {
			if fields[i] == "" && name != "" && l.name.MatchString(name) && (l.field == "similar" || !noColumn.MatchString(name) && !inward.MatchString(name)) {
				fields[i] = l.field
			}
		}
	}
	if !slices.Contains(fields, "answer") {
		for i, name := range bare {
			if fields[i] == "" && inward.MatchString(name) && answerName.MatchString(name) && !noColumn.MatchString(name) {
				fields[i] = "answer"
			}
		}
	}
	for i, name := range bare { // which say less than columns with a name of their own
		kind := told[name]
		own := map[string]string{"status": "state", "live": "state", "seen": "audience", "inner": "audience", "validity": "until"}[kind]
		if fields[i] == "" && kind != "" && !slices.Contains(fields, own) {
			fields[i] = kind
		}
	}
	return fields, langs
}

func tongueOf(name string) string {
	if lang, ok := langOf(knowledge.Entry{Lang: strings.TrimPrefix(name, "简体")}); ok {
		return lang
	}
	return ""
}

// header maps the columns that row n names, or says what is missing or doubled. Columns with other names are left out; several may name the category, and
// as many may name questions as name answers.
func (c *collector) header(n int, header []string) (fields, langs []string, ok bool) {
	fields, langs = fieldsOf(header)
	count := map[string]int{}
	for _, f := range fields {
		count[f]++
	}
	lists := count["question"] == count["answer"] && count["answer"] <= mostLists
	seen := map[string]bool{}
	for i, f := range fields {
		if seen[f] && f != "" && f != "similar" && f != "category" && meant[f] == nil && f != "validity" && !(lists && (f == "question" || f == "answer")) {
			c.add(n, "two-columns", "two columns mean %s (the second is %q): keep one", f, short(tidy(header[i])))
			return nil, nil, false
		}
		seen[f] = true
	}
	var missing []string
	for _, f := range []string{"question", "answer"} {
		if !seen[f] {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		c.add(n, "no-column", "no column %s: "+needed, strings.Join(missing, " and no column "))
		return nil, nil, false
	}
	return fields, langs, true
}

const mostLists = 4 // beside one another in one table

// lists divides the fields of a table by the questions and answers that stand beside one another: two lists, or one in two languages. What
// belongs to no question in particular belongs to each.
func lists(fields, langs []string) [][]string {
	var out [][]string
	for _, f := range fields {
		if f == "question" {
			out = append(out, slices.Clone(fields))
		}
	}
	if len(out) < 2 {
		return out
	}
	questions := make([]int, 0, len(out)) // their columns
	at := map[string]int{}
	for i, f := range fields {
		k := at[f]
		switch f {
		case "question":
			questions = append(questions, i)
			at[f]++
		case "answer":
			at[f]++
		case "similar":
			k = max(0, len(questions)-1)
			if own := slices.IndexFunc(questions, func(q int) bool { return langs[i] != "" && langs[q] == langs[i] }); own >= 0 {
				k = own
			}
		case "id":
			k = 0
		default:
			continue
		}
		for j := range out {
			if j != k {
				out[j][i] = ""
			}
		}
	}
	return out
}

// mustFill is what a form says of a column, not the column's name.
var mustFill = regexp.MustCompile(`\s*(?:\*|[(（\[【]\s*(?:必填|选填|可选|required|optional|mandatory)\s*[)）\]】])\s*`)

func columnName(s string) string {
	s = knowledge.QuestionKey(strings.Trim(s, "\uFEFF \"'"))
	s = mustFill.ReplaceAllString(s, "")
	s = strings.NewReplacer("_", " ", "-", " ").Replace(s)
	return strings.Trim(strings.TrimRight(s, ":0123456789 "), " ")
}
