package redact

import (
	"regexp"
	"strings"
)

// A mail address is known by the provider it ends in, whatever was heard of the sign before that.
var (
	providerEN = words(`\b((?:[a-z0-9]+\s+(?:dot|underscore|dash|hyphen|plus)\s+)*[a-z0-9._\-]+)\s+(?:(?:at|add|hat|and|app|ad|@)\s+)?(?:` + mailHosts + `|qq|foxmail|comcast|verizon|btinternet|sky|virginmedia|talktalk|mac|msn|ymail|zoho|tutanota|web)\s+(?:dot|\.)\s*(?:com|co|net|org|me|de|fr)(?:\s+(?:dot\s+)?uk)?\b`)
	providerZH = regexp.MustCompile(`(?i)[a-z0-9._\-` + hanDigs + `](?:` + `[a-z0-9._\-` + hanDigs + `\s]|下划线|横杠|杠|点|减号)*[，,]?(?:艾特|爱特|爱他|at|@|圈a|小老鼠|a圈)?的?[\s，,]*(?:qq|扣扣|foxmail|幺六三|一六三|163|126|幺二六|一二六|139|幺三九|189|gmail|sina|新浪|hotmail|outlook|腾讯|网易|icloud|yahoo|sohu|搜狐)(?:邮箱)?[\s，,]*(?:点|\.|dot)[\s，,]*(?:com|cn|net|抗母|康木|康母|康姆|扣姆)(?:\s*(?:点|\.)\s*cn)?`)
)

// mailboxes finds addresses by their provider.
func mailboxes(l look) []Span {
	var out []Span
	s := l.s
	if l.any("dot .com") {
		for _, m := range providerEN.FindAllStringSubmatchIndex(s, -1) {
			if first := strings.ToLower(s[m[2]:m[3]]); closed[first] || first == "dot" {
				continue
			}
			out = append(out, Span{Email, localFrom(s, m[2]), m[1], MaskOf(Email)})
		}
	}
	if l.any("点 .com dot") && l.han {
		for _, m := range providerZH.FindAllStringIndex(s, -1) {
			out = append(out, Span{Email, m[0], m[1], MaskOf(Email)})
		}
	}
	return out
}
