package parley_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/parley-voice/parley"

// leaves know nothing of the rest, so that everybody may use them.
var leaves = []string{"pipeline/call", "pipeline/audio", "pipeline/onnx", "pipeline/work", "nlu/hanzi", "nlu/nearest", "nlu/spell"}

// room is a part of the module: a package and what lies under it, unless a longer room claims that.
type room struct {
	path string
	may  []string // rooms it may import besides the packages under its own; "leaves" stands for the leaves
	why  string
}

// rooms holds the arrows: cmd -> everything; pipeline -> assist -> knowledge -> nlu -> asr -> leaves; tts -> leaves.
var rooms = []room{
	{"pipeline/call", nil, "the vocabulary of a call must be usable by every stage"},
	{"pipeline/audio", nil, "sound is handled the same by every stage"},
	{"pipeline/onnx", nil, "the one ONNX Runtime of the process serves stages that do not know each other"},
	{"pipeline/work", nil, "the queue schedules work it does not understand"},
	{"nlu/hanzi", nil, "Chinese text is folded the same when it is heard, searched, spoken and scored"},
	{"nlu/nearest", nil, "a misspelled name is met in configurations, rules and catalogues"},
	{"nlu/spell", nil, "letters are spelled the same when a turn ends, is masked and is read"},
	{"pipeline/vad", []string{"leaves"}, "detecting speech needs sound and a runtime, no stage"},
	{"pipeline/turn", []string{"leaves"}, "turn taking is a pure state machine: input in, decisions out"},
	{"pipeline/events", []string{"leaves"}, "the bus carries bodies it does not understand"},
	{"pipeline/sip", []string{"leaves"}, "the phone delivers sound; what is said on it is not its business"},
	{"pipeline/pipelinetest", []string{"leaves"}, "a fake line must not depend on what is tested over it"},
	{"asr", []string{"leaves"}, "speech to text knows nothing of what the text means"},
	{"tts", []string{"leaves"}, "text to speech knows nothing of why a text is said"},
	{"nlu", []string{"leaves", "asr"}, "meaning is drawn from transcripts; answers are found later"},
	{"knowledge", []string{"leaves", "asr", "nlu"}, "answers are found from a question's words, not from a call"},
	{"assist", []string{"leaves", "asr", "nlu", "knowledge"}, "what to say is decided from text; the line and the sound stay out of it"},
	{"pipeline", []string{"leaves", "asr", "tts", "nlu", "knowledge", "assist", "pipeline/turn", "pipeline/vad"}, "one call from ring to wrap-up joins the stages, not their adapters"},
	{"models", []string{"nlu/nearest"}, "the catalogue fetches and locates weights; it never loads one"},
	{"deploy", nil, "what builds and tests Parley is not part of it"},
	{"cmd", []string{"*"}, "the command joins everything and is the only place that does"},
	{"", nil, "the root holds the map and these tests"},
}

// adapter is a package that ties a stage to other people's code. It may not import another adapter: cmd joins them.
type adapter struct {
	path    string
	modules []string // the third-party modules that are its reason; nobody else may import them
	why     string
}

var adapters = []adapter{
	{"pipeline/audio", []string{"github.com/gotranspile/g722", "gopkg.in/hraban/opus.v2", "github.com/mewkiz/flac"}, "codecs and sound files are met in one place"},
	{"pipeline/onnx", []string{"github.com/yalue/onnxruntime_go"}, "one environment for the whole process"},
	{"pipeline/events", []string{"github.com/nats-io/"}, "events could come from another bus"},
	{"pipeline/sip", []string{"github.com/emiago/sipgo", "github.com/icholy/digest"}, "a call is a Leg, whatever stack carried it"},
	{"pipeline/sip|pipeline/webrtc", []string{"github.com/pion/"}, "media types end where a Leg begins"},
	{"asr/whisper", []string{"github.com/ggerganov/whisper.cpp/bindings/go"}, "everything native about whisper stays in one room"},
	{"asr/whisper/encoder|pipeline/onnx", []string{"google.golang.org/protobuf/"}, "a graph is written, or cut, where it is run"},
	{"asr/openai|tts/openai|assist/llm", []string{"github.com/sashabaranov/go-openai"}, "servers are reached through one stage's adapter each"},
	{"assist/llm", []string{"github.com/tmc/langchaingo"}, "a language model is an option of answering"},
	{"assist/access/oidc", []string{"github.com/coreos/go-oidc", "golang.org/x/oauth2"}, "who vouches for a person is an option of signing in"},
	{"assist/httpapi", []string{"github.com/danielgtaylor/huma"}, "HTTP ends where the API ends"},
	{"assist/store|knowledge/sqlite", []string{"modernc.org/sqlite", "database/sql"}, "SQL stays behind the store that speaks it"},
	{"knowledge/pgvector", []string{"github.com/pgvector/"}, "SQL stays behind the store that speaks it"},
	{"knowledge/pgvector|assist/store", []string{"github.com/jackc/pgx"}, "SQL stays behind the store that speaks it"},
	{"tts/kokoro|tts/espeak|tts/piper", nil, "each voice stands alone"},
	{"knowledge/embed", []string{"github.com/sugarme/"}, "vectors come from one place"},
	{"models", []string{"github.com/klauspost/compress"}, "archives are only unpacked to fetch weights"},
	{"cmd", []string{"github.com/spf13/cobra", "github.com/knadh/koanf", "github.com/schollz/progressbar", "go.opentelemetry.io/"}, "only commands talk to a terminal or read configuration"},
}

// formats are libraries that read a format; who uses one is no adapter for that.
var formats = []adapter{
	{"assist/rules", []string{"github.com/google/cel-go"}, "conditions end where a rule begins"},
	{"knowledge/ingest", []string{"github.com/xuri/excelize"}, "spreadsheets end where entries begin"},
	{"assist/customer", []string{"github.com/nyaruka/phonenumbers"}, "numbers have one form everywhere"},
	{"assist/customer/site|assist/access/oidc", []string{"github.com/go-jose/go-jose"}, "signed tokens are read where somebody vouches"},
	{"cmd|models|nlu/intent|assist/rules|assist/quality|assist/flow|assist/ticket|assist/allow", []string{"github.com/goccy/go-yaml"}, "YAML is read where files written by people are"},
}

// pkg is one package as its files say.
type pkg struct {
	path     string // under the module, "" for the root
	imports  []string
	comments []string // files with a package comment
	command  bool
}

func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from := roomOf(p.path)
		for _, imp := range p.imports {
			to, ours := strings.CutPrefix(imp, module+"/")
			if !ours || slices.Contains(from.may, "*") {
				continue
			}
			if target := roomOf(to); !from.mayImport(target.path) {
				t.Errorf("%s imports %s: %s", p.path, to, from.why)
			}
		}
	}
}

func TestAdaptersStandAlone(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if in(p.path, "cmd") {
			continue
		}
		for _, imp := range p.imports {
			to, ours := strings.CutPrefix(imp, module+"/")
			mine, other := adapterOf(p.path), adapterOf(to)
			if ours && mine != "" && other != "" && mine != other && !slices.Contains(leaves, to) {
				t.Errorf("the adapter %s imports the adapter %s: let cmd join them", p.path, to)
			}
		}
	}
}

func TestThirdPartyStaysInItsRoom(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, imp := range p.imports {
			var allowed []string
			why := ""
			for _, a := range slices.Concat(adapters, formats) {
				if slices.ContainsFunc(a.modules, func(m string) bool { return strings.HasPrefix(imp, m) }) {
					allowed = append(allowed, strings.Split(a.path, "|")...)
					why = a.why
				}
			}
			if why != "" && !slices.ContainsFunc(allowed, func(room string) bool { return in(p.path, room) }) {
				t.Errorf("%s imports %s, which belongs to %s: %s", p.path, imp, strings.Join(allowed, ", "), why)
			}
		}
	}
}

func TestOneCommentPerPackage(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if len(p.comments) != 1 {
			t.Errorf("package %q has %d package comments %v, want one that says what it is", p.path, len(p.comments), p.comments)
		}
	}
}

// TestLinesOfFiles keeps files short enough to be read in one go.
func TestLinesOfFiles(t *testing.T) {
	t.Parallel()
	const most = 450
	walk(t, func(file string) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		generated := strings.Contains(string(text), "// Code generated ")
		if n := strings.Count(string(text), "\n"); n > most && !generated {
			t.Errorf("%s has %d lines, more than %d: split it by what it does", file, n, most)
		}
	})
}

func in(p, room string) bool { return p == room || strings.HasPrefix(p, room+"/") }

func (r room) mayImport(to string) bool {
	return to == r.path || slices.Contains(r.may, to) || slices.Contains(r.may, "leaves") && slices.Contains(leaves, to)
}

// TestRulesBite makes sure that the rules above refuse what they are there to refuse.
func TestRulesBite(t *testing.T) {
	t.Parallel()
	for _, no := range [][2]string{
		{"asr/whisper", "nlu"}, {"pipeline/sip", "pipeline/turn"}, {"pipeline/call", "pipeline/audio"}, {"tts", "asr"},
		{"nlu/intent", "knowledge"}, {"models", "asr"}, {"assist/answer", "pipeline"}, {"assist/httpapi", "pipeline/sip"}, {"knowledge", "cmd/parley"},
	} {
		if from := roomOf(no[0]); from.mayImport(roomOf(no[1]).path) {
			t.Errorf("%s may import %s", no[0], no[1])
		}
	}
}

// roomOf is the longest room that p lies in.
func roomOf(p string) room {
	var best room
	for _, r := range rooms {
		if (r.path == "" || in(p, r.path)) && (len(r.path) > len(best.path) || best.why == "") {
			best = r
		}
	}
	return best
}

// adapterOf is the adapter that p is part of, "" if none.
func adapterOf(p string) string {
	for _, a := range adapters {
		for one := range strings.SplitSeq(a.path, "|") {
			if in(p, one) && one != "cmd" && one != "models" {
				return one
			}
		}
	}
	return ""
}

// walk calls f with every Go file of the module that is not a test.
func walk(t *testing.T, f func(file string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && file != "." && (strings.HasPrefix(name, ".") || slices.Contains([]string{"bin", "build", "dist", "testdata", "node_modules"}, name)) {
			return fs.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") {
			f(filepath.ToSlash(file))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// packages reads the imports and package comments of the module.
func packages(t *testing.T) []*pkg {
	t.Helper()
	byPath := map[string]*pkg{}
	var all []*pkg
	walk(t, func(file string) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(file)
		if dir == "." {
			dir = ""
		}
		p := byPath[dir]
		if p == nil {
			p = &pkg{path: dir, command: tree.Name.Name == "main"}
			byPath[dir] = p
			all = append(all, p)
		}
		if tree.Doc != nil && !p.command || tree.Doc != nil && strings.HasPrefix(tree.Doc.Text(), "Command ") {
			p.comments = append(p.comments, file)
		}
		for _, imp := range tree.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			p.imports = append(p.imports, name)
		}
	})
	if len(all) < 10 {
		t.Fatalf("found %d packages only: run in the root of the module", len(all))
	}
	return all
}
