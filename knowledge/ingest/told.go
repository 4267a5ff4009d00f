package ingest

import (
	"regexp"
	"strings"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// told are columns that tell of an entry in words of their own whether it is in use, for whom, and how long. Their names are too common to refuse
// a row for a word that is not known: it is named in the report then.
var told = map[string]string{ //nolint:gochecknoglobals // a constant table
	"status": "status", "article status": "status", "publish status": "status", "publishing status": "status", "publication status": "status", "approval status": "status",
	"状态": "status", "启用状态": "status", "知识状态": "status", "生效状态": "status", "审核状态": "status", "上架状态": "status", "问题状态": "status",
	"published": "live", "enabled": "live", "active": "live", "is published": "live", "is enabled": "live", "is active": "live",
	"是否启用": "live", "是否发布": "live", "是否有效": "live", "是否生效": "live", "是否上线": "live",
	"visibility": "seen", "visible to": "seen", "可见范围": "seen", "可见性": "seen", "可见": "seen",
	"internal": "inner", "internal only": "inner", "is internal": "inner", "agent only": "inner", "agents only": "inner", "仅内部": "inner", "是否内部": "inner", "仅内部可见": "inner",
	"有效期": "validity", "有效期限": "validity", "有效时间": "validity", "validity": "validity", "validity period": "validity",
}

// meant is what the words of such columns mean, by the kind of column.
var meant = map[string]map[string]string{ //nolint:gochecknoglobals // a constant table
	"status": words(map[knowledge.State]string{
		knowledge.Published: "published|publish|active|enabled|live|approved|current|启用|已启用|启用中|发布|已发布|有效|生效|已生效|生效中|上线|已上线|上架|已上架|正常|审核通过|已通过",
		knowledge.Review:    "review|in review|under review|for review|pending|pending review|pending approval|待审核|审核中|未审核|待审批",
		knowledge.Draft:     "draft|in progress|work in progress|wip|unpublished|not published|rejected|草稿|未发布|待发布|未启用|未生效|待生效|未上线|待上线|编辑中|驳回|已驳回|审核不通过",
		knowledge.Expired:   "expired|inactive|disabled|retired|archived|deleted|deprecated|obsolete|withdrawn|停用|已停用|禁用|已禁用|失效|已失效|无效|过期|已过期|下线|已下线|下架|已下架|作废|已作废|废弃|已废弃|已删除|已归档",
	}),
	"live": words(map[knowledge.State]string{knowledge.Published: "yes|y|true|1|on|是|✓|✔|√|☑|✅", knowledge.Draft: "no|n|false|0|off|否|×|✗|✘|❌|☐"}),
	"seen": words(map[knowledge.Audience]string{
		knowledge.ForBot:   "public|external|everyone|all|customers|公开|外部|对外|全部|所有人|客户可见",
		knowledge.ForAgent: "internal|internal only|private|staff|staff only|agents|agent only|agents only|内部|仅内部|内部可见|仅内部可见|坐席|仅坐席|仅坐席可见|客服|仅客服",
	}),
	"inner": words(map[knowledge.Audience]string{
		knowledge.ForAgent: "yes|y|true|1|on|是|x|✓|✔|√|☑|✅",
		knowledge.ForBot:   "no|n|false|0|off|否|×|✗|✘|❌|☐|-|—|none|n/a|无|public|external|公开|外部|对外",
	}),
}

func words[T ~string](of map[T]string) map[string]string {
	out := map[string]string{}
	for v, list := range of {
		for w := range strings.SplitSeq(list, "|") {
			out[w] = string(v)
		}
	}
	return out
}

var period = regexp.MustCompile(`^(.*\S)\s*(?:至|到|[~～]|—+|–|\s-\s|(?i:\bto\b))\s*(\S.*)$`)

// tell adds to what a row says what a cell of such a column tells, and reports whether it is understood. Whatever is ticked as internal in words that
// are not known is internal.
func tell(kind, cell string, said map[string]string) bool {
	word := strings.ToLower(tidy(cell))
	if word == "" {
		return true
	}
	if kind == "validity" {
		return tellPeriod(tidy(cell), said)
	}
	v, ok := meant[kind][word]
	if !ok && kind == "live" {
		v, ok = meant["status"][word]
	}
	if !ok {
		if kind == "inner" {
			said["audience"] = string(knowledge.ForAgent)
		}
		return false
	}
	switch kind {
	case "status", "live": // of two columns the one counts that keeps callers from it
		if now := said["state"]; now == "" || now == string(knowledge.Published) {
			said["state"] = v
		}
	default:
		if said["audience"] != string(knowledge.ForAgent) {
			said["audience"] = v
		}
	}
	return true
}

// tellPeriod reads how long an entry is in force: an end, or a beginning and an end, which may stand in two columns.
func tellPeriod(cell string, said map[string]string) bool {
	readable := func(s string, end bool) bool {
		_, err := readTime(s, time.UTC, end)
		return err == nil
	}
	if readable(cell, true) {
		tellDay(cell, said)
		return true
	}
	m := period.FindStringSubmatch(cell)
	if m == nil || !readable(m[1], false) || !readable(m[2], true) {
		return false
	}
	said["from"], said["until"] = m[1], m[2]
	return true
}

// tellDay takes a day for the end, and beside another day the earlier one for the beginning.
func tellDay(day string, said map[string]string) {
	a, _ := readTime(said["until"], time.UTC, false)
	b, _ := readTime(day, time.UTC, false)
	switch {
	case !knowledge.IsTime(a) || !knowledge.IsTime(b):
		said["until"] = day
	case a.Before(*b):
		said["from"], said["until"] = said["until"], day
	case b.Before(*a):
		said["from"] = day
	}
}

// unknown notes, of row n, that a column of a kind says a word that is not known.
func (c *collector) unknown(n int, kind, column, word string) {
	if kind == "inner" {
		c.note(n, "kept", "word-inner", "column %q says %s, which is not known here: such rows are for agents alone", short(tidy(column)), short(tidy(word)))
		return
	}
	c.note(n, "left", "word-unknown", "column %q says %s, which is not known here: what it says of such rows is left out", short(tidy(column)), short(tidy(word)))
}
