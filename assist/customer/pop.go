package customer

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Pop is a checked address of another system that is opened when a call rings, such as
// https://crm.example/find?phone={number}&call={call}.
type Pop struct{ parts []popPart }

type popPart struct {
	text  string
	field string // "" = text stands as it is
	query bool
}

var popField = regexp.MustCompile(`\{([a-z]+)\}`)

// popFields are what a template may have in braces.
func popFields() []string {
	return []string{"number", "id", "ref", "name", "tier", "call", "queue", "lang"}
}

// ParsePop checks a template: https (or http), a fixed host, and fields only behind it.
func ParsePop(template string) (Pop, error) {
	bare := popField.ReplaceAllString(template, "x")
	u, err := url.Parse(bare)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(template, "\r\n\t \\<>\"'`") {
		return Pop{}, fmt.Errorf("%w: %q is no address such as https://crm.example/find?phone={number}", ErrInvalid, template)
	}
	host := strings.Index(template, "://") + 3
	if end := strings.IndexAny(template[host:], "/?#"); end < 0 && popField.MatchString(template[host:]) || end >= 0 && popField.MatchString(template[host:host+end]) || popField.MatchString(template[:host]) {
		return Pop{}, fmt.Errorf("%w: a field may stand in the path, the query or behind #, not in the host: %q", ErrInvalid, template)
	}
	var p Pop
	last := 0
	for _, m := range popField.FindAllStringSubmatchIndex(template, -1) {
		field := template[m[2]:m[3]]
		if !slices.Contains(popFields(), field) {
			return Pop{}, fmt.Errorf("%w: {%s} is none of %s", ErrInvalid, field, strings.Join(popFields(), ", "))
		}
		p.parts = append(p.parts, popPart{text: template[last:m[0]]}, popPart{field: field, query: strings.ContainsAny(template[:m[0]], "?#")})
		last = m[1]
	}
	p.parts = append(p.parts, popPart{text: template[last:]})
	if strings.ContainsAny(bare, "{}") {
		return Pop{}, fmt.Errorf("%w: a brace is left over in %q", ErrInvalid, template)
	}
	return p, nil
}

// URL fills the template in. Every value is encoded for its place, so that none can change what the address means; what
// is not known is empty.
func (p Pop) URL(values map[string]string) string {
	var b strings.Builder
	for _, part := range p.parts {
		switch v := strings.ToValidUTF8(values[part.field], ""); {
		case part.field == "":
			b.WriteString(part.text)
		case part.query:
			b.WriteString(strings.ReplaceAll(url.QueryEscape(v), "+", "%20"))
		case strings.Trim(v, ".") == "": // "." and ".." would climb
			b.WriteString(strings.ReplaceAll(v, ".", "%2E"))
		default:
			b.WriteString(url.PathEscape(v))
		}
	}
	return b.String()
}

// safeLink reports whether an address from a file or another system may be shown as a link.
func safeLink(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && len(raw) <= 2000 &&
		!strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f })
}
