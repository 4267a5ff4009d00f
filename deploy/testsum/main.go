// Command testsum turns the JSON of go test into lines for people: failures with their output, one line per package, and at
// the end how many tests passed, failed and were skipped, and how many of those for want of measuring data.
//
//	go test -json ./... | testsum -part       one run as it goes
//	testsum -total FILE...                     the closing lines over saved runs
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

type key struct{ pkg, test string }

// summary counts the tests of one or more runs.
type summary struct {
	passed, failed, skipped, noData int
	broken                          []string // packages that did not build or ended outside a test
	tests                           int      // top-level tests and subtests that started
	packages, kept                  int      // that have tests; of these, those go test had results of and did not run again
}

func main() {
	part := flag.Bool("part", false, "read one run from standard input and print it as it goes")
	total := flag.Bool("total", false, "print the closing lines over the files given")
	flag.Parse()
	var s summary
	switch {
	case *part:
		s.read(os.Stdin, os.Stdout)
	case *total:
		for _, path := range flag.Args() {
			f, err := os.Open(path)
			if err != nil {
				continue // a part that did not run: the script already failed on it
			}
			s.read(f, io.Discard)
			_ = f.Close()
		}
		s.close(os.Stdout)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if s.failed > 0 || len(s.broken) > 0 || s.tests == 0 {
		os.Exit(1)
	}
}

// read adds a run to s and prints it for people.
func (s *summary) read(r io.Reader, w io.Writer) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	output := map[key][]string{}
	failedIn := map[string]bool{}
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(w, in.Text())
			continue
		}
		k := key{e.Package, e.Test}
		switch e.Action {
		case "output":
			output[k] = append(output[k], e.Output)
		case "build-output":
			fmt.Fprint(w, e.Output)
		case "pass", "fail", "skip":
			s.end(w, e, output, failedIn)
			if e.Test != "" {
				delete(output, k)
			}
		}
	}
}

func (s *summary) end(w io.Writer, e event, output map[key][]string, failedIn map[string]bool) {
	if e.Test == "" {
		s.endPackage(w, e, output, failedIn)
		return
	}
	s.tests++
	said := output[key{e.Package, e.Test}]
	switch e.Action {
	case "pass":
		s.passed++
	case "skip":
		s.skipped++
		why := reason(said)
		if strings.Contains(why, "PARLEY_DATA") {
			s.noData++
		}
		fmt.Fprintf(w, "     skip %s %s: %s\n", short(e.Package), e.Test, why)
	case "fail":
		s.failed++
		failedIn[e.Package] = true
		fmt.Fprintf(w, "     FAIL %s %s\n%s", short(e.Package), e.Test, strings.Join(said, ""))
	}
}

func (s *summary) endPackage(w io.Writer, e event, output map[key][]string, failedIn map[string]bool) {
	switch {
	case e.Action == "fail" && !failedIn[e.Package]:
		s.broken = append(s.broken, short(e.Package))
		fmt.Fprintf(w, "FAIL %s %.1fs\n", short(e.Package), e.Elapsed)
		for k, lines := range output { // a panic or os.Exit: nothing else says why
			if k.pkg == e.Package {
				fmt.Fprint(w, strings.Join(lines, ""))
			}
		}
	case e.Action == "fail":
		fmt.Fprintf(w, "FAIL %s %.1fs\n", short(e.Package), e.Elapsed)
	case e.Action == "pass" && slices.ContainsFunc(output[key{e.Package, ""}], func(l string) bool { return strings.HasSuffix(strings.TrimSpace(l), "(cached)") }):
		s.packages++
		s.kept++
		fmt.Fprintf(w, "ok   %s, as before: not run again\n", short(e.Package))
	case e.Action == "pass":
		s.packages++
		fmt.Fprintf(w, "ok   %s %.1fs\n", short(e.Package), e.Elapsed)
	}
}

// close prints the closing lines.
func (s *summary) close(w io.Writer) {
	slices.Sort(s.broken)
	if broken := slices.Compact(s.broken); len(broken) > 0 {
		fmt.Fprintf(w, "did not build or crashed: %s\n", strings.Join(broken, ", "))
	}
	if s.kept > 0 {
		fmt.Fprintf(w, "%d of %d packages were not run again: they passed before, and nothing they depend on has changed\n", s.kept, s.packages)
	}
	fmt.Fprintf(w, "%d of the skipped tests were skipped for want of PARLEY_DATA\n", s.noData)
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", s.passed, s.failed+len(slices.Compact(s.broken)), s.skipped)
}

// reason is the message of a skip: the last line that is not go test's own.
func reason(lines []string) string {
	why := "no reason given"
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "=== ") || strings.HasPrefix(l, "--- ") {
			continue
		}
		why = l
	}
	return why
}

func short(pkg string) string {
	return strings.TrimPrefix(pkg, "github.com/parley-voice/parley/")
}
