package transcribe

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

func at(seconds float64) call.Offset { return call.Offset(seconds * float64(time.Second)) }

// spoken is a turn with its words spread evenly.
func spoken(who call.Party, from, to float64, text string) turn {
	t := turn{Who: who, Text: text, Lang: "en", Start: at(from), End: at(to), Confidence: 0.9}
	words := strings.Fields(text)
	step := (to - from) / float64(len(words))
	for i, w := range words {
		t.Words = append(t.Words, asr.Word{Text: w, Start: at(from + float64(i)*step), End: at(from + float64(i+1)*step), P: 0.9})
	}
	return t
}

func shopCall() []turn {
	return []turn{
		spoken(call.Agent, 0, 3, "Good morning, Northwind Shop, this is Mia, how can I help you?"),
		spoken(call.Caller, 3.5, 7, "This is absolutely unacceptable, I want to speak to a manager and I will file a complaint."),
		spoken(call.Agent, 7.5, 10, "I am so sorry about that. May I have your card number?"),
		spoken(call.Caller, 10.5, 16, "It is 4111 1111 1111 1111."),
		spoken(call.Agent, 16.5, 19, "Thank you. Is there anything else I can help you with? Goodbye."),
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	ctx, home, dir := t.Context(), t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "AGENT_MiaK_DT2026-03-04T05-06-07Z_+442079460123.wav")
	pcm := make([]int16, 2*20*audio.Rate)
	for i := range pcm {
		pcm[i] = 1000
	}
	if err := audio.WriteWAV(path, audio.Rate, 2, pcm); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(ctx, home, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	env, _, errs := testEnv(t.TempDir())
	env.Home = home
	forms, err := chooseForms(ctx, st, []string{"ecommerce"})
	if err != nil {
		t.Fatal(err)
	}
	naming, err := namingOf(`AGENT_(?P<agent>[^_]+)_DT(?P<at>[0-9TZ-]+)_(?P<caller>[+0-9]+)`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []access.Person{{ID: "p0", Login: "other", Name: "miak"}, {ID: "p1", Login: "miak", Name: "Mia Kay"}, {ID: "p2", Login: "mk", Name: "Mia Kay"}} {
		p.Roles = []access.Role{access.Agent}
		if err := st.People().AddAccount(ctx, access.Account{Person: p, Created: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	k := &keeper{home: home, st: st, queue: "shop", langs: []string{"en"}, forms: forms, naming: naming}
	if err := k.use(ctx, env); err != nil || !strings.Contains(errs.String(), "ecommerce") {
		t.Fatal(err, errs)
	}
	j, err := openJudge(ctx, k.forms, flags{queue: "shop"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := job{path: path}.open(false)
	if err != nil {
		t.Fatal(err)
	}
	f := &file{Path: path, Lang: "en", Duration: 20, Turns: shopCall()}
	how := kept{sound: "abc", hidden: mask(f.Turns, nil)}
	if f.Analysis, err = j.analyse(ctx, f, talk.Measure(20, nil), true, ""); err != nil {
		t.Fatal(err)
	}
	if len(f.Analysis.Scores) != 1 || len(f.Analysis.Alerts) == 0 || len(f.Analysis.Sentiment) != 5 || f.Analysis.Sentiment[1].Value >= 0 {
		t.Fatalf("%+v", f.Analysis)
	}
	if err := k.keep(ctx, r, f, how); err != nil {
		t.Fatal(err)
	}
	checkKept(t, st, home, f)
	checkNamed(t, st, f)
	if who, err := k.person(ctx, "Mia Kay"); err != nil || who.ID != "Mia Kay" {
		t.Errorf("two are called so: %+v, %v", who, err)
	}
	again, err := k.found(ctx, "abc")
	if err != nil || again == nil || again.Call != f.Call || len(again.Analysis.Scores) != 1 {
		t.Errorf("the same recording again: %+v, %v", again, err)
	}
	if other, err := k.found(ctx, "other"); err != nil || other != nil {
		t.Errorf("another recording: %+v, %v", other, err)
	}
	checkCut(t, k, r, f, how)
}

// checkCut has the database refuse one thing after the other: the call is not there, or what is missing of it is done when its recording comes again.
func checkCut(t *testing.T, k *keeper, r *recording, f *file, how kept) {
	t.Helper()
	ctx := t.Context()
	db, err := sql.Open("sqlite", "file:"+store.Path(k.home)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	without := func(table string, do func()) {
		t.Helper()
		for i, q := range []string{"CREATE TRIGGER refuse BEFORE INSERT ON " + table + " BEGIN SELECT RAISE(ABORT, 'refused'); END", "DROP TRIGGER refuse"} {
			if _, err := db.ExecContext(ctx, q); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				do()
			}
		}
	}
	how.sound = "cut"
	without("people_calls", func() {
		if err := k.keep(ctx, r, f, how); err == nil {
			t.Error("kept, though who had the call could not be noted")
		}
		if got, err := k.found(ctx, how.sound); err != nil || got != nil {
			t.Errorf("found %+v, %v", got, err)
		}
		if _, err := os.Stat(filepath.Join(k.home, "calls", string(f.Call))); err == nil {
			t.Error("the sound of a call that is not there stays")
		}
	})
	without("scores_seen", func() {
		if err := k.keep(ctx, r, f, how); err == nil {
			t.Error("kept, though the scores could not be")
		}
		if _, err := k.found(ctx, how.sound); err == nil {
			t.Error("nothing said about scores that cannot be stored")
		}
	})
	if got, err := k.found(ctx, how.sound); err != nil || got == nil || got.Call != f.Call {
		t.Errorf("found %+v, %v", got, err)
	}
	if sheets, err := k.st.Scores().Sheets(ctx, f.Call); err != nil || len(sheets) != 1 {
		t.Errorf("%d sheets, %v", len(sheets), err)
	}
}

// checkKept looks whether a kept call is there as any other: found by its words, scored, with its sound, nothing private.
func checkKept(t *testing.T, st *store.Store, home string, f *file) {
	t.Helper()
	d, err := st.Get(t.Context(), f.Call)
	if err != nil || d.State != record.Ended || d.Route != "shop" || d.Codec != record.Channel || len(d.Turns) != 5 || !d.Audio {
		t.Fatalf("%+v, %v", d.Call, err)
	}
	for _, x := range d.Turns {
		if strings.Contains(x.Text, "4111") {
			t.Errorf("a card number was kept: %q", x.Text)
		}
	}
	items, err := st.Scores().Find(t.Context(), scoring.Filter{Words: scoring.Query("unacceptable"), Kind: scoring.KindAlerts, Limit: 10})
	if err != nil || len(items) != 1 || items[0].Call != f.Call || items[0].Score == nil || len(items[0].Alerts) == 0 || items[0].Risk <= 0 {
		t.Errorf("found %+v, %v", items, err)
	}
	i := 0
	for i < len(f.Turns) && !strings.Contains(f.Turns[i].Text, "[card") {
		i++
	}
	clip, err := audio.Load(filepath.Join(home, "calls", string(f.Call), "audio.wav"))
	if err != nil || i == len(f.Turns) {
		t.Fatal(err, f.Turns)
	}
	left := clip.Channel(0)
	if left[audio.Samples(13*time.Second)] != 0 || left[audio.Samples(5*time.Second)] == 0 || clip.Channel(1)[audio.Samples(13*time.Second)] == 0 {
		t.Error("the card number is not silent on the caller's side alone")
	}
}

// checkNamed looks whether what the name of the recording says is known of the call, and that a person had it.
func checkNamed(t *testing.T, st *store.Store, f *file) {
	t.Helper()
	d, err := st.Get(t.Context(), f.Call)
	if err != nil || d.From != "+442079460123" || !d.StartedAt.Equal(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)) {
		t.Errorf("%+v, %v", d.Call, err)
	}
	evs, _, err := st.Events(t.Context(), f.Call, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	gravest := 0
	for _, e := range evs {
		var a desk.Alert
		if e.Kind == call.KindAlert && json.Unmarshal(e.Body, &a) == nil {
			gravest = max(gravest, a.Level)
		}
	}
	if gravest == 0 {
		t.Error("the alerts are no graver than a notice")
	}
	if who, err := st.Scores().Agents(t.Context(), f.Call); err != nil || !slices.Equal(who, []string{"p1"}) {
		t.Error(who, err)
	}
	src, err := st.Insights().Source(t.Context(), f.Call)
	if err != nil {
		t.Fatal(err)
	}
	if x := insight.Draw(src).Fact; x.Agent != "p1" || x.Name != "Mia Kay" || x.HandleS != 20 || x.Outcome == insight.CannotTell || x.Outcome == insight.ByBot {
		t.Errorf("%+v", x)
	}
}

func TestNaming(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"(", "AGENT_(.+)", "(?P<queue>.+)"} {
		if _, err := namingOf(pattern, nil); err == nil {
			t.Errorf("%q was taken", pattern)
		}
	}
	zone := time.FixedZone("far", 11*60*60) // of no machine that runs this
	n, err := namingOf(`(?P<at>[0-9_-]*Z?)_(?P<agent>\w+)[.]wav`, zone)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]time.Time{
		"20260304_amy.wav": time.Date(2026, 3, 4, 0, 0, 0, 0, zone), "2026-03-04_05-06_amy.wav": time.Date(2026, 3, 4, 5, 6, 0, 0, zone), "_amy.wav": {},
		"20260304050607Z_amy.wav": time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
	} {
		if s, ok, err := n.of("/a/b/" + name); err != nil || !ok || s.agent != "amy" || !s.at.Equal(want) {
			t.Errorf("%s: %+v %v %v", name, s, ok, err)
		}
	}
	if _, ok, err := n.of("monday.wav"); ok || err != nil {
		t.Error("a name that does not fit:", ok, err)
	}
	if _, _, err := n.of("2026-13-40_amy.wav"); err == nil {
		t.Error("a day that there is not")
	}
}

func TestAnalyseUnknown(t *testing.T) {
	t.Parallel()
	forms, err := chooseForms(t.Context(), nil, nil)
	if err != nil || len(forms) != 1 || forms[0].ID != general {
		t.Fatal(forms, err)
	}
	j, err := openJudge(t.Context(), forms, flags{queue: "import"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	mono := &file{Lang: "en", Turns: []turn{spoken(unknown, 0, 3, "Good morning, this is Mia of Northwind."), spoken(unknown, 3, 5, "I want a manager.")}}
	a, err := j.analyse(t.Context(), mono, talk.Measure(5, nil), false, "")
	if err != nil {
		t.Fatal(err)
	}
	if a.Speakers != "unknown" || len(a.Notes) == 0 || len(a.Alerts) != 0 || len(a.Scores) != 1 || a.Scores[0].Score != nil {
		t.Errorf("%+v", a)
	}
	for _, x := range a.Scores[0].Answers {
		if x.Value != quality.CannotTell {
			t.Errorf("%s is %s though nobody knows who speaks", x.Question, x.Value)
		}
	}
	for name, c := range map[string]struct {
		f     *file
		other string
	}{"empty": {&file{Lang: "en"}, ""}, "another language": {mono, "fr"}} {
		a, err := j.analyse(t.Context(), c.f, talk.Measure(5, nil), true, c.other)
		if err != nil || len(a.Scores) != 0 || len(a.Notes) != 1 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestChooseForms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "My Form.yaml"), filepath.Join(dir, "bad.yaml")
	for p, text := range map[string]string{good: "form: x\nversion: 1\nlanguages: [en]\nquestions: [{id: a, text_en: \"Did the agent thank the caller?\"}]\n", bad: "form: x\nquestions: 7\n"} {
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	forms, err := chooseForms(t.Context(), nil, []string{"bank", good})
	if err != nil || len(forms) != 2 || forms[1].ID != "my-form" || !forms[1].named {
		t.Errorf("%+v, %v", forms, err)
	}
	if _, err := chooseForms(t.Context(), nil, []string{bad}); err == nil || !strings.Contains(err.Error(), "line ") {
		t.Errorf("a bad form: %v", err)
	}
	if _, err := chooseForms(t.Context(), nil, []string{"nonsense"}); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("an unknown form: %v", err)
	}
}
