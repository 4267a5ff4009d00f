package customer

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Problem is a row of a file that was not taken.
type Problem struct {
	Where string `json:"where"` // line 7
	Why   string `json:"why"`
}

// Report says what a file came to.
type Report struct {
	New     int       `json:"new"`
	Changed int       `json:"changed"`
	Same    int       `json:"same"`
	Invalid []Problem `json:"invalid"`
}

const (
	mostRows     = 1_000_000
	mostProblems = 1000
	putAtOnce    = 500
)

// columns are the names a column may have.
func columns() map[string][]string {
	return map[string][]string{
		"id": {"id", "ref", "customer_id", "customer", "客户号", "客户编号", "编号"}, "name": {"name", "customer_name", "full_name", "姓名", "名称", "客户姓名"},
		"numbers": {"number", "numbers", "phone", "phones", "mobile", "telephone", "电话", "手机", "手机号", "联系电话"}, "email": {"email", "e-mail", "mail", "邮箱", "电子邮箱"},
		"tier": {"tier", "level", "segment", "等级", "级别", "会员等级"}, "lang": {"lang", "language", "语言"}, "links": {"link", "links", "url", "链接", "网址"},
		"code": {"code", "pin", "passcode", "验证码", "查询密码"},
	}
}

// Load reads customers from a CSV file with a header: id, name, numbers, email, tier, lang, links, in any order and also
// with Chinese names; several numbers or links are separated by ; or |. UTF-8 (with or without a mark) and GB 18030, comma,
// semicolon or tab. A row needs an id or a valid number. The same file again changes nothing; a customer whose row is gone
// stays. A column code has what customers key in to prove who they are: 4 to 12 digits, of which only a mark is kept; an
// empty one leaves what is there. With dry nothing is stored.
func (b *Book) Load(ctx context.Context, r io.Reader, dry bool) (Report, error) {
	l := loading{b: b, dry: dry, rep: Report{Invalid: []Problem{}}, seen: map[string]string{}, codes: map[string]string{}}
	raw, err := io.ReadAll(r)
	if err != nil {
		return l.rep, fmt.Errorf("read customers: %w", err)
	}
	rows, at, skipped, err := header(raw)
	if err != nil {
		return l.rep, err
	}
	for n := 0; ; n++ {
		row, where, err := next(rows, skipped)
		if errors.Is(err, io.EOF) {
			break
		}
		if n >= mostRows {
			l.rep.bad(where, fmt.Sprintf("there are more than %d rows: this one and all behind it are left out", mostRows))
			break
		}
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) { // the rows behind it are read on
			l.rep.bad(where, "the row cannot be read: "+bad.Err.Error())
			continue
		}
		if err != nil {
			return l.rep, fmt.Errorf("read customers: %w", err)
		}
		if err := l.take(ctx, row, at, where); err != nil {
			return l.rep, err
		}
	}
	return l.rep, l.put(ctx)
}

// loading is a file on its way into the book.
type loading struct {
	b     *Book
	dry   bool
	rep   Report
	seen  map[string]string // where each customer was read, by the company's key
	batch []Customer
	codes map[string]string // marks of the batch, by the company's key
}

// take takes in a row; what is wrong with it goes into the report.
func (l *loading) take(ctx context.Context, row []string, at map[string]int, where string) error {
	c, code, err := l.b.row(row, at)
	if err == nil {
		if first, twice := l.seen[c.Ref]; twice {
			err = fmt.Errorf("%s is there already, at %s", c.Ref, first)
		}
	}
	if err != nil {
		l.rep.bad(where, err.Error())
		return nil
	}
	l.seen[c.Ref] = where
	changed, err := l.b.compare(ctx, &c, code, &l.rep)
	if err != nil {
		return err
	}
	if changed && !l.dry {
		l.batch = append(l.batch, c)
		if code != "" {
			l.codes[c.Ref] = l.b.mark(c.Ref, code)
		}
	}
	if len(l.batch) == putAtOnce {
		return l.put(ctx)
	}
	return nil
}

// put stores what was gathered.
func (l *loading) put(ctx context.Context) error {
	if err := l.b.put(ctx, l.batch, l.codes); err != nil {
		return err
	}
	l.batch = nil
	clear(l.codes)
	return nil
}

// next reads a row and tells its line, also of one that cannot be read.
func next(rows *csv.Reader, skipped int) (row []string, where string, err error) {
	row, err = rows.Read()
	line := 0
	if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
		line = bad.StartLine
	} else if err == nil {
		line, _ = rows.FieldPos(0)
	}
	return row, fmt.Sprintf("line %d", line+skipped), err
}

// put stores customers and the marks of their codes, by the company's key.
func (b *Book) put(ctx context.Context, batch []Customer, codes map[string]string) error {
	if len(batch) == 0 {
		return nil
	}
	if err := b.Store.Put(ctx, batch); err != nil || len(codes) == 0 {
		return err
	}
	marks := map[string]string{}
	for ref, mark := range codes {
		c, err := b.Store.ByRef(ctx, ref) // a new one has its id only now
		if err != nil {
			return err
		}
		marks[c.ID] = mark
	}
	return b.Codes.PutCodes(ctx, marks)
}

func (r *Report) bad(where, why string) {
	if len(r.Invalid) < mostProblems {
		r.Invalid = append(r.Invalid, Problem{where, strings.TrimPrefix(why, ErrInvalid.Error()+": ")})
	}
}

// header finds the columns; every later row is read with them. skipped are the lines before the header.
func header(raw []byte) (rows *csv.Reader, at map[string]int, skipped int, err error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(raw) {
		if raw, err = simplifiedchinese.GB18030.NewDecoder().Bytes(raw); err != nil || !utf8.Valid(raw) || bytes.ContainsRune(raw, utf8.RuneError) {
			return nil, nil, 0, fmt.Errorf("%w: the file is neither UTF-8 nor GB 18030 text", ErrInvalid)
		}
	}
	first, rest, _ := bytes.Cut(raw, []byte("\n"))
	if bytes.HasPrefix(bytes.Trim(first, "\" \r"), []byte("sep=")) { // a note of spreadsheets to themselves
		raw, skipped = rest, 1
		first, _, _ = bytes.Cut(raw, []byte("\n"))
	}
	rows = csv.NewReader(bytes.NewReader(raw))
	rows.FieldsPerRecord, rows.TrimLeadingSpace = -1, true
	for _, c := range ";\t" {
		if bytes.ContainsRune(first, c) && !bytes.ContainsRune(first, ',') {
			rows.Comma = c
		}
	}
	names, err := rows.Read()
	if err != nil {
		return nil, nil, 0, fmt.Errorf("%w: the file has no header such as id,name,numbers,tier,lang,links", ErrInvalid)
	}
	at = map[string]int{}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		for field, aliases := range columns() {
			if _, twice := at[field]; slices.Contains(aliases, name) && !twice {
				at[field] = i
			}
		}
	}
	_, id := at["id"]
	if _, number := at["numbers"]; !id && !number {
		return nil, nil, 0, fmt.Errorf("%w: the header has neither an id nor a number column", ErrInvalid)
	}
	return rows, at, skipped, nil
}

// row reads one customer and their code, "" for none.
func (b *Book) row(row []string, at map[string]int) (Customer, string, error) {
	get := func(field string) string {
		if i, ok := at[field]; ok && i < len(row) {
			return row[i]
		}
		return ""
	}
	c := Customer{Ref: tidy(get("id"), 200), Name: tidy(get("name"), 200), Tier: tidy(get("tier"), 50), Source: "file", Updated: b.now()}
	if l := get("lang"); strings.TrimSpace(l) != "" {
		if c.Lang = language(l); c.Lang == "" {
			return c, "", fmt.Errorf("%w: language %q is neither en nor zh", ErrInvalid, tidy(l, 20))
		}
	}
	for _, n := range separate(get("numbers")) {
		e, ok := Normalise(n, b.Countries...)
		if !ok {
			return c, "", fmt.Errorf("%w: %q is no telephone number here", ErrInvalid, tidy(n, 30))
		}
		if h := (Handle{Phone, e}); !slices.Contains(c.Handles, h) {
			c.Handles = append(c.Handles, h)
		}
	}
	if m := strings.TrimSpace(get("email")); m != "" {
		e, ok := email(m)
		if !ok {
			return c, "", fmt.Errorf("%w: %q is no e-mail address", ErrInvalid, tidy(m, 50))
		}
		c.Handles = append(c.Handles, Handle{Email, e})
	}
	for _, l := range separate(get("links")) {
		title, address, ok := strings.Cut(l, "=")
		if !ok || strings.Contains(title, ":") {
			title, address = "", l
		}
		if !safeLink(address) {
			return c, "", fmt.Errorf("%w: link %q is no https address", ErrInvalid, tidy(l, 60))
		}
		c.Links = append(c.Links, Link{tidy(title, 100), address})
	}
	if c.Ref == "" {
		if len(c.Numbers()) == 0 {
			return c, "", fmt.Errorf("%w: the row has neither an id nor a number", ErrInvalid)
		}
		c.Ref = "tel:" + c.Numbers()[0]
	}
	code, err := b.readCode(get("code"))
	return c, code, err
}

// compare counts a row as new, changed or same, and gives it the id it has already. Handles that came from elsewhere, such
// as an account on the site, stay.
func (b *Book) compare(ctx context.Context, c *Customer, code string, rep *Report) (bool, error) {
	old, err := b.Store.ByRef(ctx, c.Ref)
	if errors.Is(err, ErrUnknown) {
		rep.New++
		return true, nil
	}
	if err != nil {
		return false, err
	}
	c.ID = old.ID
	for _, h := range old.Handles {
		if h.Channel != Phone && h.Channel != Email && !slices.Contains(c.Handles, h) {
			c.Handles = append(c.Handles, h)
		}
	}
	same := old.Name == c.Name && old.Tier == c.Tier && old.Lang == c.Lang && old.Source == c.Source && slices.Equal(old.Links, c.Links) && sameHandles(old.Handles, c.Handles)
	if same && code != "" {
		mark, _, err := b.Codes.Code(ctx, old.ID)
		if err != nil {
			return false, err
		}
		same = mark == b.mark(c.Ref, code)
	}
	if same {
		rep.Same++
		return false, nil
	}
	rep.Changed++
	return true, nil
}

func sameHandles(a, b []Handle) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(h Handle) bool { return !slices.Contains(b, h) })
}

func separate(s string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '|' || r == '；' || r == '\n' }) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// tidy trims a value, takes control characters out and bounds its bytes.
func tidy(s string, most int) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

func language(s string) string {
	switch s = strings.ToLower(strings.TrimSpace(s)); {
	case s == "en" || strings.HasPrefix(s, "en-") || s == "english" || s == "英语" || s == "英文":
		return "en"
	case s == "zh" || strings.HasPrefix(s, "zh-") || s == "chinese" || s == "mandarin" || s == "中文" || s == "普通话" || s == "汉语":
		return "zh"
	}
	return ""
}

func email(s string) (string, bool) {
	a, err := mail.ParseAddress(strings.TrimSpace(s))
	if err != nil || a.Name != "" || len(a.Address) > 254 {
		return "", false
	}
	return strings.ToLower(a.Address), true
}
