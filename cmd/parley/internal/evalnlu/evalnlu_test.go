package evalnlu

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
)

func run(t *testing.T, build func(*cli.Env) *cobra.Command, args ...string) (map[string]float64, error) {
	t.Helper()
	e := cli.New()
	var out bytes.Buffer
	e.Out, e.Err, e.JSON, e.Home = &out, &bytes.Buffer{}, true, t.TempDir()
	cmd := build(e)
	if err := clitest.Run(t, cmd, args...); err != nil {
		return nil, err
	}
	m := map[string]float64{}
	if err := json.Unmarshal(out.Bytes(), &m); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	return m, nil
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSentiment(t *testing.T) {
	t.Parallel()
	got, err := run(t, NewSentiment, "--words", file(t, "s.tsv", "text\tlabel\nthis is great\t1\nawful service\tnegative\n太差了\t0\nwhere are you\tneutral\n"))
	if err != nil || got["accuracy"] != 1 || got["texts"] != 4 || got["macro_f1"] != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := run(t, NewSentiment, "--words", file(t, "s.tsv", "x\tlovely\n")); err == nil {
		t.Error("a bad label was accepted")
	}
}

// Meaning tells what no word of the lexicon does, in both languages.
func TestSentimentByMeaning(t *testing.T) {
	embeddings(t)
	texts := file(t, "s.tsv", "that is the third plumber who has not turned up\tnegative\nyou have just saved my whole week\tpositive\n师傅约了三次都没来\tnegative\n这下我心里的石头落地了\tpositive\n")
	got, err := run(t, NewSentiment, texts)
	if err != nil || got["accuracy"] != 1 {
		t.Errorf("by meaning: %v, %v", got, err)
	}
	if got, err := run(t, NewSentiment, "--words", texts); err != nil || got["accuracy"] > 0.5 {
		t.Errorf("by words: %v, %v", got, err)
	}
}

func TestTurns(t *testing.T) {
	t.Parallel()
	got, err := run(t, NewTurns, "--words", file(t, "t.tsv", "id\tlabel\ttext\n1\tunfinished\tI lost my card and\n2\tfinished\twhere is my refund\n3\twait\t等一下我找找护照\n4\tunfinished\t我要退货\n"))
	for name, want := range map[string]float64{
		"texts": 4, "accuracy": 0.75, "finished": 1, "unfinished": 0.5, "wait": 1, "cut_off": 0.5, "texts en": 2, "accuracy en": 1, "cut_off en": 0, "accuracy zh": 0.5, "cut_off zh": 1,
	} {
		if v, ok := got[name]; err != nil || !ok || v != want {
			t.Errorf("%s = %v, want %v; %v", name, v, want, err)
		}
	}
	if got, err := run(t, NewTurns, "--words", file(t, "t.tsv", "where is my refund\tfinished\n")); err != nil || got["accuracy"] != 1 {
		t.Errorf("without a header: %v, %v", got, err)
	} else if _, ok := got["texts en"]; ok {
		t.Errorf("one language is told twice: %v", got)
	}
	for _, bad := range []string{"where is it\tover\n", "no tab here\n", "id\tlabel\ttext\n1\twait\n", "text\tlabel\n"} {
		if _, err := run(t, NewTurns, "--words", file(t, "t.tsv", bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// embeddings skips the test where there are no models.
func embeddings(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-en", "model.onnx")); err != nil {
		t.Skip("PARLEY_MODELS has no embedding models; run: parley models pull")
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	got, err := run(t, NewRedact, file(t, "r.jsonl", `{"text":"card 4111 1111 1111 1111 ok","secrets":["4111 1111 1111 1111"]}
{"text":"order 1234","secrets":[]}
`))
	if err != nil || got["recall"] != 1 || got["clean"] != 1 || got["precision"] != 1 || got["secrets"] != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := run(t, NewRedact, file(t, "r.jsonl", `{"text":"a","secrets":["b"]}`)); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("error = %v", err)
	}
}

// harder are sets of which not everything was mended, and the recall they must have with the rules alone.
var harder = map[string]float64{"en-4.jsonl": 0.87, "en-5.jsonl": 0.87, "zh-5.jsonl": 0.87, "en-7.jsonl": 0.82, "zh-7.jsonl": 0.73, "en-8.jsonl": 0.78, "zh-8.jsonl": 0.64, "en-9.jsonl": 0.72, "zh-9.jsonl": 0.77, "en-10.jsonl": 0.81, "zh-10.jsonl": 0.8}

// lookalike are sets in which nearly half of the texts hold what looks as if it were private, and the precision that they must
// have with the rules alone.
var lookalike = map[string]float64{"en-8.jsonl": 0.8, "zh-8.jsonl": 0.84, "en-9.jsonl": 0.87, "zh-9.jsonl": 0.86, "en-10.jsonl": 0.78, "zh-10.jsonl": 0.93}

// TestRedactSets holds the goal on texts and conversations that were mended on: what is unseen does less well, see
// docs/benchmarks.md.
func TestRedactSets(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no sets", err)
	}
	for _, f := range files {
		got, err := run(t, NewRedact, f, "--rules")
		recall := 0.93
		if r, ok := harder[filepath.Base(f)]; ok { // with last digits and order numbers, which stay on purpose
			recall = r
		}
		precision := 0.95
		if p, ok := lookalike[filepath.Base(f)]; ok {
			precision = p
		}
		if err != nil || got["recall"] < recall || got["precision"] < precision {
			t.Errorf("%s: %v, %v", f, got, err)
		}
	}
}

func TestPeerOfRedact(t *testing.T) {
	t.Parallel()
	if _, err := run(t, NewRedact, "--peer", "nobody", file(t, "r.jsonl", `{"text":"a"}`)); cli.Code(err) != cli.ExitUsage {
		t.Errorf("an unknown peer: %v", err)
	}
	items, err := readItems(strings.NewReader(`{"text":"电话13800138000","secrets":["13800138000"],"lang":"zh"}
{"turns":[{"who":"agent","text":"Your name?"},{"who":"caller","text":"Mary","secrets":["Mary"]}]}`), "r.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	found, err := readPresidio([]byte("[[[2,13]]]\n[[],[[0,4]]]\n"), items)
	if err != nil {
		t.Fatal(err)
	}
	var c maskCount
	for _, f := range c.all(items, found) {
		if f.name == "recall" && f.value != 1 || f.name == "precision" && f.value != 1 || f.name == "secrets" && f.value != 2 {
			t.Errorf("%+v", f)
		}
	}
	for _, bad := range []string{"", "[[[2,13]]]\n", "[[],[]]\n[[],[]]\n", "no list\n"} {
		if _, err := readPresidio([]byte(bad), items); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	if _, err := run(t, NewIntent, "one"); cli.Code(err) != cli.ExitUsage {
		t.Errorf("one argument: %v", err)
	}
	if _, err := run(t, NewIntent, "/nonexistent", "/nonexistent"); err == nil || !strings.Contains(err.Error(), "check the path") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := run(t, NewIntent, file(t, "a.tsv", "no tab here\n"), file(t, "b.tsv", "x\ty\n")); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("no tab: %v", err)
	}
}

func TestIntent(t *testing.T) {
	embeddings(t)
	train := file(t, "train.tsv", "I lost my card\tlost\nmy wallet was stolen\tlost\nblock my card\tlost\nwhen are you open\thours\nwhat time do you close\thours\nare you open on Monday\thours\n"+
		"what does it cost\tfees\nhow much is the fee\tfees\nis it free\tfees\n")
	test := file(t, "test.tsv", "somebody stole my card\tlost\nopening times please\thours\nwhat do you charge\tfees\nhow tall is the Eiffel tower\toos\n")
	got, err := run(t, NewIntent, train, test)
	if err != nil || got["accuracy"] < 0.99 || got["texts"] != 4 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestITN(t *testing.T) {
	t.Parallel()
	en := file(t, "en.txt", "seventy pounds~£70\nnothing to do~nothing to do\nfifty megahertz\t50 mhz\n\nten o'clock~never\n")
	zh := file(t, "zh.txt", "三百二十个~320个\n")
	got, err := run(t, NewITN, en, zh)
	if err != nil || got["lines"] != 5 || got["exact"] != 0.6 || got["exact_loose"] != 0.8 || got["exact en"] != 0.5 || got["exact zh"] != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := run(t, NewITN, zh, "--lang", "en"); err != nil || got["exact"] != 0 || got["lines"] != 1 {
		t.Errorf("Chinese read as English: %v, %v", got, err)
	}
	for name, args := range map[string][]string{
		"line 2": {file(t, "bad.txt", "a~a\nno sign\n")}, "holds no lines": {file(t, "none.txt", "\n")}, "--lang": {zh, "--lang", "fr"},
		"missing": {"missing.txt"},
	} {
		if _, err := run(t, NewITN, args...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}

func TestITNMissesAreTold(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := evalITN([]string{file(t, "m.txt", "sixty~60\nseventy~7\n")}, "", &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `line 2: "seventy" is "70", wanted "7"`) || strings.Contains(out.String(), "line 1") {
		t.Errorf("misses = %q", out.String())
	}
}
