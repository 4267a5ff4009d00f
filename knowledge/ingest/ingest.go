// Package ingest reads FAQ files into knowledge entries: CSV (comma, semicolon or tab), spreadsheets, Markdown (a
// second-level heading is a question, the text under it the answer), JSON lines, HTML, Word and PDF, in UTF-8 or GB18030. It reports every problem of a file
// with its place, so that all can be mended in one go, and gives entries only from rows that are whole.
package ingest

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/knowledge"
)

// Limits of what is taken. A spoken answer of 1,000 characters already lasts over a minute.
const (
	MaxFile     = 64 << 20 // bytes
	MaxQuestion = 500      // characters
	MaxAnswer   = 6000     // characters
	MaxSimilar  = 100      // other ways to ask one question
	maxProblems = 1000     // reported of one file
)

// Result is what a file holds. Entries are complete only when Problems is empty.
type Result struct {
	Name     string // of the file
	Entries  []knowledge.Entry
	Places   []string // where each entry was read: file and row, line or page
	Problems []Problem
	Notes    []Note
}

// Into is where what is read is to go.
type Into struct {
	Base string
	Zone *time.Location // in which a day without a zone begins; nil is UTC
}

// File reads the file at path into entries. The kind is told by the extension: .csv, .tsv and .txt are tables,
// .xlsx a spreadsheet, .md and .markdown Markdown, .json an export, .jsonl and .ndjson JSON lines, .html, .docx and .pdf documents. The error is for a file that cannot be read at all.
func File(path string, into Into) (Result, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Result{}, fmt.Errorf("read FAQ: %w", err)
	}
	name := filepath.Base(path)
	if info.IsDir() {
		return Result{}, fmt.Errorf("read FAQ: %s is a folder, name the files in it", path)
	}
	if info.Size() > MaxFile {
		return Result{}, fmt.Errorf("read FAQ: %s has %d MB, the most is %d MB: split it", path, info.Size()>>20, MaxFile>>20)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return Result{}, fmt.Errorf("read FAQ: %w", err)
	}
	return Bytes(name, raw, into), nil
}

// Reads reports whether files of a kind, such as ".csv", can be read.
func Reads(kind string) bool { return slices.Contains(Kinds(), kind) }

// Kinds lists the kinds of files that can be read, by their extensions.
func Kinds() []string {
	return []string{".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson", ".md", ".markdown", ".html", ".htm", ".docx", ".pdf"}
}

// Bytes reads the content of a file called name; see File.
func Bytes(name string, raw []byte, into Into) Result {
	return As(name, strings.ToLower(filepath.Ext(name)), raw, into)
}

// As reads the content of something called name as a file of a kind, such as ".html".
func As(name, kind string, raw []byte, into Into) Result {
	c := &collector{file: name, into: into, questions: map[string]int{}, ids: map[string]string{}}
	switch kind {
	case ".xlsx":
		c.spreadsheet(raw)
	case ".docx":
		c.wordDocument(raw)
	case ".pdf":
		c.pdf(raw)
	case ".csv", ".tsv", ".txt", ".md", ".markdown", ".json", ".jsonl", ".ndjson", ".html", ".htm":
		c.text(kind, raw)
	default:
		c.add(0, "kind", "the kind of file is not known: .csv, .tsv, .xlsx, .md, .json, .jsonl, .html, .docx and .pdf are read")
	}
	if len(c.entries) == 0 && len(c.problems) == 0 {
		c.add(0, "nothing", "holds no question: nothing to import")
	}
	r := Result{Name: name, Entries: c.entries, Problems: c.problems, Notes: c.notes}
	for _, at := range c.spots {
		r.Places = append(r.Places, c.file+" "+at)
	}
	return r
}

func (c *collector) text(kind string, raw []byte) {
	text, ok := c.decode(raw)
	if !ok {
		return
	}
	switch kind {
	case ".md", ".markdown":
		c.markdown(text)
	case ".json":
		c.jsonFile(text)
	case ".jsonl", ".ndjson":
		c.jsonLines(text)
	case ".html", ".htm":
		c.page(text)
	case ".txt":
		c.plainText(text)
	default:
		c.table(text)
	}
}

// collector gathers entries and problems of one file.
type collector struct {
	file      string
	into      Into
	part      string // of the file that is read, such as a sheet, where it has several
	unit      string // what a place is called: row or line
	line      int    // of the file on which the present row of a table begins, told when it is another number
	entries   []knowledge.Entry
	problems  []Problem
	notes     []Note
	questions map[string]int    // folded question -> index of its entry
	ids       map[string]string // entry ID -> its spot
	spots     []string          // of each entry
	named     map[string]bool   // fields of objects that the report has named
}

// place names row n, or the file when n is 0.
func (c *collector) place(n int) string {
	if at := c.spot(n); at != "" {
		return c.file + " " + at
	}
	return c.file
}

// spot is the place of row n in the file, "" for all of it.
func (c *collector) spot(n int) string {
	if n == 0 {
		return c.part
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %d", c.part, cmp.Or(c.unit, "row"), n))
}

// entry checks one entry read at row n, of which the file says more, and keeps it when it is whole.
func (c *collector) entry(n int, e knowledge.Entry, more status) {
	e.Base = c.into.Base
	c.cleaned(n, &e)
	e.ID, e.Question, e.Answer = tidy(e.ID), tidy(e.Question), tidyAnswer(e.Answer)
	e.Category, e.Lang = tidy(e.Category), strings.ToLower(tidy(e.Lang))
	if !c.checkTexts(n, &e) {
		return
	}
	lang, ok := langOf(e)
	if !ok {
		c.add(n, "language", "language %q is not known: write en or zh, or leave it empty", short(e.Lang))
		return
	}
	e.Lang = lang
	if !c.settled(n, &e, more) {
		return
	}
	key := knowledge.QuestionKey(e.Question)
	if i, ok := c.questions[key]; ok {
		c.again(n, i, e)
		return
	}
	if e.ID == "" {
		e.ID = knowledge.NewID(e.Base, e.Question)
	}
	if at, ok := c.ids[e.ID]; ok {
		c.add(n, "id-twice", "id %q is already used in %s: every id belongs to one question", short(e.ID), at)
		return
	}
	c.questions[key], c.ids[e.ID] = len(c.entries), c.spot(n)
	c.entries, c.spots = append(c.entries, e), append(c.spots, c.spot(n))
}

// again deals with a question that is already there: with the same answer it is harmless and its similar questions are
// taken over, with another answer it is a contradiction.
func (c *collector) again(n, first int, e knowledge.Entry) {
	if why := takeOver(&c.entries[first], e, c.spots[first]); why.Code != "" {
		c.tell(n, why)
	}
}

// takeOver takes the similar questions of e over into old, which asks the same and was read at the place told. It says what is wrong where their
// answers differ, and takes nothing then.
func takeOver(old *knowledge.Entry, e knowledge.Entry, at string) message {
	if knowledge.QuestionKey(old.Answer) != knowledge.QuestionKey(e.Answer) {
		return say("two-answers", "question %q has another answer in %s: keep one", short(e.Question), at)
	}
	for _, s := range e.Similar {
		if !slices.Contains(old.Similar, s) {
			old.Similar = append(old.Similar, s)
		}
	}
	return message{}
}

// checkTexts notes what is wrong with the texts of e and reports whether nothing is. Similar questions are cleaned.
func (c *collector) checkTexts(n int, e *knowledge.Entry) bool {
	before := len(c.problems)
	switch {
	case e.Question == "" && e.Answer == "":
		c.add(n, "both-empty", "question and answer are empty")
		return false
	case e.Question == "":
		c.add(n, "question-empty", "question is empty")
	case e.Answer == "":
		c.add(n, "answer-empty", "answer is empty")
	}
	if !hasWord(e.Question) && e.Question != "" {
		c.add(n, "question-no-word", "question %q has no letter or digit", short(e.Question))
	}
	if k := utf8.RuneCountInString(e.Question); k > MaxQuestion {
		c.add(n, "question-long", "question has %d characters, the most is %d: is a quote missing?", k, MaxQuestion)
	}
	if k := utf8.RuneCountInString(e.Answer); k > MaxAnswer {
		c.add(n, "answer-long", "answer has %d characters, the most is %d: it could not be listened to on the phone", k, MaxAnswer)
	}
	if len(e.ID) > 200 {
		c.add(n, "id-long", "id has %d characters, the most is 200", len(e.ID))
	}
	var similar []string
	for _, s := range e.Similar {
		s = tidy(s)
		if k := utf8.RuneCountInString(s); k > MaxQuestion {
			c.add(n, "similar-long", "similar question has %d characters, the most is %d: put | between similar questions", k, MaxQuestion)
		}
		if hasWord(s) && s != e.Question && !slices.Contains(similar, s) {
			similar = append(similar, s)
		}
	}
	if len(similar) > MaxSimilar {
		c.add(n, "similar-many", "has %d similar questions, the most is %d", len(similar), MaxSimilar)
	}
	e.Similar = similar
	return len(c.problems) == before || len(c.problems) > maxProblems
}

// tidy makes a text one line without doubled spaces.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// tidyAnswer keeps line breaks but no empty lines and no doubled spaces.
func tidyAnswer(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = tidy(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// short is at most 40 characters of s for a message.
func short(s string) string { return shorten(s, 40) }

func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "..."
}

// splitSimilar takes a cell apart: similar questions are divided by | or line breaks, or by a semicolon when there is
// neither.
func splitSimilar(cell string) []string {
	cell = strings.NewReplacer("｜", "|", "\r", "\n", "\n", "|").Replace(cell)
	if strings.Contains(cell, "|") {
		return strings.Split(cell, "|")
	}
	return strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '；' })
}

// decode turns the bytes of a file into text, or notes why it cannot.
func (c *collector) decode(raw []byte) (string, bool) {
	if len(bytes.TrimSpace(raw)) == 0 {
		c.add(0, "file-empty", "the file is empty")
		return "", false
	}
	text, problems := decodeText(raw)
	for _, p := range problems {
		c.unit = "line"
		c.tell(p.line, p.why)
	}
	c.unit = ""
	return text, len(problems) == 0
}
