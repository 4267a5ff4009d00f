package ingest

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// columns maps the names a header may use to the field they mean.
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
	"id": "id", "key": "id", "编号": "id", "序号": "id",
}

const needed = "the first row must name the columns: question and answer are needed (问题 and 答案 are read too); similar, category, lang, audience, state, queues and id may follow"

// table reads CSV with a header row.
func (c *collector) table(text string) {
	sep := separator(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = sep, -1
	c.line = 1
	header, err := r.Read()
	if err != nil {
		c.add(1, "%s: %s", csvWhy(err), needed)
		return
	}
	fields, first, ok := c.columns(header)
	if !ok {
		return
	}
	if first {
		c.row(1, header, header, fields)
	}
	pos := position{text: text, row: 1, end: 1 + strings.Count(text[:r.InputOffset()], "\n"), offset: int(r.InputOffset())}
	if strings.HasSuffix(text[:r.InputOffset()], "\n") {
		pos.end--
	}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var p *csv.ParseError
		if err != nil && !errors.As(err, &p) {
			c.add(0, "cannot be read: %v", err)
			return
		}
		if err != nil {
			row := pos.advance(r, p.StartLine)
			c.line = p.StartLine
			c.add(row, "%s", csvWhy(err))
			if errors.Is(p.Err, csv.ErrQuote) && pos.offset >= len(text) {
				return // a quote that never closes has swallowed the rest
			}
			continue
		}
		line, _ := r.FieldPos(0)
		c.line = line
		c.row(pos.advance(r, line), rec, header, fields)
	}
}

// position counts rows as a spreadsheet does: a cell with line breaks in it is in one row, a blank line is a row.
type position struct {
	text             string
	row, end, offset int // of the last record: its row, the line it ends on, where the next one begins
}

// advance returns the row of the record that r has read last, which begins on line start.
func (p *position) advance(r *csv.Reader, start int) int {
	p.row += max(1, start-p.end)
	to := int(r.InputOffset())
	p.end = start
	if first := strings.Count(p.text[p.offset:to], "\n"); first > 0 {
		blank := len(p.text[p.offset:to]) - len(strings.TrimLeft(p.text[p.offset:to], "\n"))
		p.end = start + first - blank
		if strings.HasSuffix(p.text[:to], "\n") {
			p.end--
		}
	}
	p.offset = to
	return p.row
}

// row turns one record into an entry.
func (c *collector) row(row int, rec, header []string, fields []string) {
	if blank(rec) {
		return
	}
	if len(rec) > len(header) && !blank(rec[len(header):]) {
		c.add(row, "has %d cells, the header has %d: put texts that hold the separator in double quotes", len(rec), len(header))
		return
	}
	if len(rec) < len(header) && !enough(fields, len(rec)) {
		c.add(row, "has %d cells, the header has %d: a cell is missing", len(rec), len(header))
		return
	}
	var e knowledge.Entry
	for i, cell := range rec {
		if i >= len(fields) {
			break
		}
		switch fields[i] {
		case "question":
			e.Question = cell
		case "answer":
			e.Answer = cell
		case "similar":
			e.Similar = append(e.Similar, splitSimilar(cell)...)
		case "category":
			e.Category = cell
		case "lang":
			e.Lang = cell
		case "audience":
			e.Audience = knowledge.Audience(cell)
		case "state":
			e.State = knowledge.State(cell)
		case "queues":
			e.Queues = splitSimilar(cell)
		case "id":
			e.ID = cell
		}
	}
	c.entry(row, e)
}

// enough reports whether the first n columns hold both question and answer, so that only optional cells are missing.
func enough(fields []string, n int) bool {
	var q, a bool
	for _, f := range fields[:n] {
		q, a = q || f == "question", a || f == "answer"
	}
	return q && a
}

// columns maps the columns of the first row. A first row of exactly two cells that names no column is no header but an
// entry: question and answer without a header is what Dialogflow writes.
func (c *collector) columns(cells []string) (fields []string, first, ok bool) {
	known := slices.ContainsFunc(cells, func(s string) bool { return columns[columnName(s)] != "" })
	if !known && len(cells) == 2 && hasWord(cells[0]) && hasWord(cells[1]) {
		return []string{"question", "answer"}, true, true
	}
	fields, ok = c.header(cells)
	return fields, false, ok
}

// header maps the columns, or says what is missing or doubled. Columns with other names are left out.
func (c *collector) header(header []string) ([]string, bool) {
	fields := make([]string, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		f := columns[columnName(name)]
		if f == "" {
			continue
		}
		if seen[f] && f != "similar" {
			c.add(1, "two columns mean %s (the second is %q): keep one", f, short(tidy(name)))
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
		c.add(1, "no column %s: %s", strings.Join(missing, " and no column "), needed)
		return nil, false
	}
	return fields, true
}

func columnName(s string) string {
	s = knowledge.QuestionKey(strings.Trim(s, "\uFEFF \"'"))
	s = strings.NewReplacer("_", " ", "-", " ").Replace(s)
	return strings.TrimRight(s, ":0123456789 ")
}

// separator picks the one of comma, semicolon and tab that makes the first row name the columns, else the most
// frequent of them in the first row.
func separator(text string) rune {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	best, most := ',', -1
	for _, sep := range []rune{',', ';', '\t'} {
		known := 0
		for name := range strings.SplitSeq(first, string(sep)) {
			if columns[columnName(name)] != "" {
				known++
			}
		}
		if n := known*1000 + strings.Count(first, string(sep)); n > most {
			best, most = sep, n
		}
	}
	return best
}

func csvWhy(err error) string {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return `a double quote inside a cell that does not begin with one: put the whole cell in double quotes and write "" for each inner one`
	case errors.Is(err, csv.ErrQuote):
		return `a double quote is not closed, or text follows the closing one: write "" for a quote inside a quoted cell`
	}
	return "cannot be read as a table"
}

func blank(rec []string) bool {
	for _, cell := range rec {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}
