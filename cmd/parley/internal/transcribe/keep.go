package transcribe

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// keeper stores recordings as calls.
type keeper struct {
	home   string
	st     *store.Store
	queue  string
	langs  []string
	forms  []form
	naming *naming

	sense *redact.Sense // nil: masked by the rules alone
}

// kept is a recording on the way into the record: what is hidden in its sound.
type kept struct {
	sound  string
	hidden map[call.Party][][2]call.Offset
}

// hash names a recording by what its files hold.
func (j job) hash(ctx context.Context, swap bool) (string, error) {
	h := sha256.New()
	for _, p := range []string{j.path, j.other} {
		if p == "" {
			continue
		}
		f, err := os.Open(p)
		if err != nil {
			return "", fmt.Errorf("open sound: %w", err)
		}
		n, err := io.Copy(h, readerFunc(func(b []byte) (int, error) {
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			return f.Read(b)
		}))
		if err = errors.Join(err, f.Close()); err != nil {
			return "", fmt.Errorf("read %s: %w", p, err)
		}
		fmt.Fprintf(h, "|%d|%v", n, swap)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

type readerFunc func([]byte) (int, error)

// Read is for io.Reader.
func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// found is what was told of a recording when it was kept, nil when it was not. What was cut after the call was there is done now.
func (k *keeper) found(ctx context.Context, sound string) (*file, error) {
	i, err := k.st.Imports().Sound(ctx, sound)
	if errors.Is(err, record.ErrUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(i.Body, &f); err != nil {
		return nil, fmt.Errorf("read what was kept of %s: %w", i.Path, err)
	}
	return &f, k.finish(ctx, &f)
}

// mask hides personal data in the turns of a recording and says where it is in the sound. sense may be nil.
func mask(turns []turn, sense *redact.Sense) map[call.Party][][2]call.Offset {
	s := redact.Session{Sense: sense}
	hidden := map[call.Party][][2]call.Offset{}
	for i, t := range turns {
		who, asks := t.Who, t.Who
		if t.Who == unknown { // whoever asks is most likely the agent
			who, asks = call.Caller, call.Agent
		}
		said := asr.Transcript{Party: who, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Words: t.Words, Final: true}
		masked := s.Transcript(said)
		s.Heard(asks, masked.Text)
		hidden[t.Who] = append(hidden[t.Who], redact.Times(said, masked)...)
		turns[i].Text, turns[i].Words = masked.Text, masked.Words
	}
	return hidden
}

// use puts the chosen forms in use that are not, for calls of the queue alone, so that the page can show their questions.
func (k *keeper) use(ctx context.Context, env *cli.Env) error {
	for i, f := range k.forms {
		if f.stored {
			continue
		}
		yaml := f.YAML
		if len(f.parsed.Queues) == 0 {
			yaml = "queues: [" + strconv.Quote(k.queue) + "]\n" + strings.TrimPrefix(yaml, "---\n")
		}
		parsed, err := quality.Parse([]byte(yaml))
		if err != nil {
			return fmt.Errorf("form %s: %w", f.ID, err)
		}
		version, err := k.st.Scores().SaveForm(ctx, f.ID, yaml, record.Channel, 0)
		if errors.Is(err, scoring.ErrStale) {
			return fmt.Errorf("another form %s is in use: choose it with --form %s, or give your file another name", f.ID, f.ID)
		}
		if err != nil {
			return err
		}
		k.forms[i] = form{scoring.Form{ID: f.ID, Version: version, YAML: yaml}, parsed, f.named, true}
		env.Infof("form %s is now in use for calls of queue %s", f.ID, k.queue)
	}
	return nil
}

// keep stores one recording as a call with its sound, scores and alerts. Until the events are recorded it is not there; what follows is done
// again by found when it is cut.
func (k *keeper) keep(ctx context.Context, r *recording, f *file, how kept) error {
	info, err := os.Stat(r.path)
	if err != nil {
		return fmt.Errorf("keep the call: %w", err)
	}
	began := info.ModTime().Add(-time.Duration(f.Duration * float64(time.Second))).UTC()
	name, who, err := k.named(ctx, r.path, f)
	if err != nil {
		return fmt.Errorf("keep the call: %w", err)
	}
	if !name.at.IsZero() {
		began = name.at.UTC()
	}
	f.Call = idAt(began)
	dir, err := store.Folder(k.home, f.Call)
	if err != nil {
		return err
	}
	undo := func(err error) error { return errors.Join(err, os.RemoveAll(dir)) }
	if err := k.copySound(ctx, r, dir, how); err != nil {
		return undo(err)
	}
	body, err := json.Marshal(f)
	if err != nil {
		return undo(err)
	}
	imp := record.Import{Sound: how.sound, Call: f.Call, Path: r.name(), At: time.Now().UTC(), Voices: r.voices(), Body: body}
	if err := k.st.Imports().Save(ctx, imp); err != nil { // counts only once the call is there
		return undo(err)
	}
	evs, err := k.events(r, f, call.Started{
		From: cmp.Or(name.caller, filepath.Base(r.path)), To: k.queue, Route: k.queue, Langs: k.langs, Codec: record.Channel, Remote: record.Channel, At: began, Recorded: true,
	}, who)
	if err != nil {
		return undo(err)
	}
	if who.ID != "" {
		if err := k.st.People().AddTaken(ctx, f.Call, who.ID, began); err != nil {
			return undo(err)
		}
	}
	if _, err := k.st.Record(ctx, evs); err != nil {
		return undo(err)
	}
	return k.finish(ctx, f)
}

// finish writes the transcripts of a call that is in the record, and then its scores, unless both was done.
func (k *keeper) finish(ctx context.Context, f *file) error {
	if seen, err := k.st.Scores().Seen(ctx, f.Call); err != nil || seen {
		return err
	}
	if err := k.st.Export(ctx, f.Call); err != nil {
		return err
	}
	return k.score(ctx, f)
}

// copySound writes the recording of the call, with what is hidden silent. Where one voice stands for everybody it is on
// both sides.
func (k *keeper) copySound(ctx context.Context, r *recording, dir string, how kept) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the call's folder: %w", err)
	}
	w, err := audio.CreateStereo(filepath.Join(dir, "audio.wav"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if len(r.sources) == 1 {
		at := 0
		return r.sources[0].each(ctx, func(_ *audio.Voices, p [][]int16) error {
			left, right := p[0], p[len(p)-1]
			silence(left, at, how.hidden[r.tracks[0].who])
			silence(right, at, how.hidden[r.tracks[len(p)-1].who])
			if r.tracks[0].who == call.Agent { // the caller is on the left
				left, right = right, left
			}
			at += len(p[0])
			return w.Write(left, right)
		})
	}
	return k.copyTwo(ctx, r, w, how)
}

// copyTwo writes two files as the two sides.
func (k *keeper) copyTwo(ctx context.Context, r *recording, w *audio.StereoWriter, how kept) (err error) {
	var vs [2]*audio.Voices
	for i, s := range r.sources {
		if vs[i], err = audio.OpenVoices(s.path, s.mix); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, vs[i].Close()) }()
	}
	var have [2][]int16
	var at [2]int
	for done := [2]bool{}; ; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for i, v := range vs {
			if len(have[i]) > 0 || done[i] {
				continue
			}
			p, err := v.Read()
			if errors.Is(err, io.EOF) {
				done[i] = true
				continue
			}
			if err != nil {
				return err
			}
			silence(p[0], at[i], how.hidden[r.tracks[i].who])
			at[i] += len(p[0])
			have[i] = append(have[i], p[0]...)
		}
		n := min(len(have[0]), len(have[1]))
		if done[0] || done[1] {
			n = max(len(have[0]), len(have[1]))
		}
		if n == 0 {
			return nil
		}
		left, right := have[0][:min(n, len(have[0]))], have[1][:min(n, len(have[1]))]
		if r.tracks[0].who == call.Agent {
			left, right = right, left
		}
		if err := w.Write(left, right); err != nil {
			return err
		}
		for i := range have {
			have[i] = append(have[i][:0], have[i][min(n, len(have[i])):]...)
		}
	}
}

// silence clears the parts of pcm, which begins at sample at, that lie in the times given.
func silence(pcm []int16, at int, times [][2]call.Offset) {
	for _, t := range times {
		from, to := audio.Samples(time.Duration(t[0]))-at, audio.Samples(time.Duration(t[1]))-at
		if from, to = max(0, from), min(len(pcm), to); from < to {
			clear(pcm[from:to])
		}
	}
}

// events are what a call as it was recorded would have left: who is known to be the agent had it from its start.
func (k *keeper) events(r *recording, f *file, started call.Started, who call.Part) ([]call.Event, error) {
	var evs []call.Event
	add := func(at call.Offset, kind call.Kind, body any) error {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("keep the call: %w", err)
		}
		evs = append(evs, call.Event{V: call.Version, Call: f.Call, Seq: uint64(len(evs) + 1), At: at, Kind: kind, Body: raw})
		return nil
	}
	err := add(0, call.KindStarted, started)
	if r.known() || who.ID != "" {
		err = errors.Join(err, add(0, call.KindParty, who))
	}
	felt := map[int]float64{}
	if f.Analysis != nil {
		for _, s := range f.Analysis.Sentiment {
			felt[s.Turn] = s.Value
		}
	}
	for i, t := range f.Turns {
		err = errors.Join(err, add(t.End, call.KindTurn, call.Turn{
			N: i + 1, Who: t.Who, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Confidence: t.Confidence, Sentiment: felt[i],
		}))
	}
	if f.Analysis != nil {
		for i, a := range f.Analysis.Alerts {
			al := desk.Alert{ID: fmt.Sprintf("r%d", i+1), Call: f.Call, Finding: desk.Graded(a.Level)}
			al.Rule, al.Text, al.TextZh, al.At, al.Turn, al.Why = a.Rule, a.TextEn, a.TextZh, call.Offset(a.At*float64(time.Second)), a.Turn+1, []desk.Why{}
			for _, w := range a.Reasons {
				al.Why = append(al.Why, desk.Why{What: w.Variable, Value: w.Value, Turn: w.Turn + 1, At: w.Start, Quote: w.Quote, Share: w.Contribution})
			}
			err = errors.Join(err, add(al.At, call.KindAlert, al))
		}
	}
	end := call.Offset(f.Duration * float64(time.Second))
	return evs, errors.Join(err, add(end, call.KindEnded, call.Ended{Why: record.Channel, Duration: f.Duration}))
}

// score stores the scores made, which are those of forms in use. Where others were chosen since, whoever judges new calls judges this one.
func (k *keeper) score(ctx context.Context, f *file) error {
	var made []scoring.Sheet
	for _, card := range f.Analysis.Scores {
		i := slices.IndexFunc(k.forms, func(x form) bool { return x.parsed.Name == card.Form && x.parsed.Version == card.Version })
		if i < 0 {
			return nil
		}
		card.Call = string(f.Call)
		made = append(made, scoring.Sheet{Call: f.Call, Form: k.forms[i].ID, Version: k.forms[i].Version, By: scoring.Machine, At: time.Now().UTC(), Card: card})
	}
	c := quality.Call{}
	for _, t := range f.Turns {
		c.Turns = append(c.Turns, quality.Turn{Text: t.Text})
	}
	return k.st.Scores().SaveScored(ctx, f.Call, made, scoring.Words(c))
}

// idAt is a new id that sorts by the time a call began.
func idAt(t time.Time) call.ID {
	id := uuid.MustParse(string(call.NewID()))
	ms := uint64(max(0, t.UnixMilli()))
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	return call.ID(id.String())
}

var notID = regexp.MustCompile(`[^a-z0-9-]+`)

// formID makes the id of a form from the name of its file.
func formID(path string) string {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	id := strings.Trim(notID.ReplaceAllString(base, "-"), "-")
	if id == "" {
		id = "form"
	}
	return id[:min(len(id), 64)]
}
