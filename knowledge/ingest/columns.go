package ingest

import (
	"regexp"
	"strings"

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
	"lang": "lang", "language": "lang", "语言": "lang", "语种": "lang",
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
	var q, a bool
	for _, s := range cells {
		f := columns[columnName(s)]
		q, a = q || f == "question", a || f == "answer"
	}
	return q && a
}

// header maps the columns that row n names, or says what is missing or doubled. Columns with other names are left out.
func (c *collector) header(n int, header []string) ([]string, bool) {
	fields := make([]string, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		f := columns[columnName(name)]
		if f == "" {
			continue
		}
		if seen[f] && f != "similar" {
			c.add(n, "two columns mean %s (the second is %q): keep one", f, short(tidy(name)))
			return nil, false
		}
		fields[i], seen[f] = f, true
	}
	var missing []string
	for _, f := range []string{"question", "answer"} {
		if !seen[f] {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		c.add(n, "no column %s: %s", strings.Join(missing, " and no column "), needed)
		return nil, false
	}
	return fields, true
}

// mustFill is what a form says of a column, not the column's name.
var mustFill = regexp.MustCompile(`\s*(?:\*|[(（\[【]\s*(?:必填|选填|可选|required|optional|mandatory)\s*[)）\]】])\s*`)

func columnName(s string) string {
	s = knowledge.QuestionKey(strings.Trim(s, "\uFEFF \"'"))
	s = mustFill.ReplaceAllString(s, "")
	s = strings.NewReplacer("_", " ", "-", " ").Replace(s)
	return strings.Trim(strings.TrimRight(s, ":0123456789 "), " ")
}
