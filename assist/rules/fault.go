package rules

import (
	"errors"
	"fmt"
)

// Said is what is wrong with a file, or where, for those who say it in another language: a code that stays once it was given, and
// what belongs to it.
type Said struct {
	Code string   `json:"code"`
	Args []string `json:"args,omitempty"`
}

// Say makes one. An error among its arguments says more by itself (SaidOf).
func Say(code string, args ...any) Said {
	s := Said{Code: code}
	for _, a := range args {
		if _, ok := a.(error); !ok {
			s.Args = append(s.Args, fmt.Sprint(a))
		}
	}
	return s
}

// fault is an error that is said so.
type fault struct {
	line int // 0: not known
	said Said
	err  error
}

// faultf is fmt.Errorf, with the line (0: unknown) in front, for an error that has a code.
func faultf(line int, code, format string, args ...any) error {
	return &fault{line, Say(code, args...), fmt.Errorf(format, args...)}
}

func (f *fault) Error() string {
	if f.line > 0 {
		return fmt.Sprintf("line %d: %s", f.line, f.err)
	}
	return f.err.Error()
}

func (f *fault) Unwrap() error { return errors.Unwrap(f.err) }

// SaidOf is what an error of Compile says, from the part of the file to what is wrong with it; nil for other errors.
func SaidOf(err error) (all []Said) {
	for err != nil {
		var f *fault
		if !errors.As(err, &f) {
			return all
		}
		all, err = append(all, f.said), f.Unwrap()
	}
	return all
}

// LineOf is the line of a file that an error of Compile is about, 0 for none.
func LineOf(err error) int {
	for err != nil {
		var f *fault
		if !errors.As(err, &f) {
			return 0
		}
		if f.line > 0 {
			return f.line
		}
		err = f.Unwrap()
	}
	return 0
}
