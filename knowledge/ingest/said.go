package ingest

import "fmt"

// Said is what is said of a file, for who says it in another language: a code, and its arguments in the order of the English sentence. The pages have
// words for each code (assist/web).
type Said struct {
	Code string   `json:"code,omitempty" doc:"What is said, for who says it in another language"`
	Args []string `json:"args,omitempty" doc:"In the order of the English sentence"`
}

// Problem is one thing wrong with a file.
type Problem struct {
	Where string `json:"where"` // file and row ("faq.csv row 12"), or the file alone
	Why   string `json:"why"`   // in English
	Said
}

// Note is something an import mended or that a person should look at; it stops nothing.
type Note struct {
	Kind  string `json:"kind"` // "residue", "furniture", "left", "near", "numbers", "script", "injection", "formula", "dates", "kept"; of a watched folder "gone"
	Where string `json:"where"`
	Text  string `json:"text"` // in English
	Said
}

// NewProblem is a problem that is said by a code, and in English by format with args.
func NewProblem(where, code, format string, args ...any) Problem {
	s := say(code, format, args...)
	return Problem{where, s.text, s.Said}
}

// NewNote is a note that is said by a code, and in English by format with args.
func NewNote(kind, where, code, format string, args ...any) Note {
	s := say(code, format, args...)
	return Note{kind, where, s.text, s.Said}
}

// Sayf is what is said by a code, with the English text.
func Sayf(code, format string, args ...any) (Said, string) {
	s := say(code, format, args...)
	return s.Said, s.text
}

// message is what is said, with the English text. The zero message says nothing.
type message struct {
	Said

	text string
}

func say(code, format string, args ...any) message {
	m := message{Said{Code: code}, fmt.Sprintf(format, args...)}
	for _, a := range args {
		if c, ok := a.(interface{ Code() string }); ok {
			m.Args = append(m.Args, c.Code())
		} else {
			m.Args = append(m.Args, fmt.Sprint(a))
		}
	}
	return m
}

// add notes a problem at row n, or with the whole file when n is 0.
func (c *collector) add(n int, code, format string, args ...any) {
	c.tell(n, say(code, format, args...))
}

// tell notes a problem like add.
func (c *collector) tell(n int, m message) {
	if len(c.problems) > maxProblems {
		return
	}
	where := c.place(n)
	if n > 0 && c.line > 0 && c.line != n {
		where += fmt.Sprintf(" (line %d)", c.line)
	}
	if len(c.problems) == maxProblems {
		c.problems = append(c.problems, NewProblem(c.file, "more", "has more problems than are listed here"))
		return
	}
	c.problems = append(c.problems, Problem{where, m.text, m.Said})
}

const maxNotes = 1000 // of one file

func (c *collector) note(n int, kind, code, format string, args ...any) {
	if len(c.notes) < maxNotes {
		c.notes = append(c.notes, NewNote(kind, c.place(n), code, format, args...))
	}
}
