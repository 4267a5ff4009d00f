package scoring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/seal"
)

func TestPacks(t *testing.T) {
	t.Parallel()
	packs, err := Packs()
	if err != nil || len(packs) != 5 {
		t.Fatal(len(packs), err)
	}
	for _, p := range packs {
		f, err := quality.Parse([]byte(p.YAML))
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
			continue
		}
		for _, q := range f.Questions {
			if q.FailOn != quality.No {
				t.Errorf("%s %s: the bad answer is %s", p.ID, q.ID, q.FailOn)
			}
		}
	}
}

func TestFor(t *testing.T) {
	t.Parallel()
	f := &quality.Form{Languages: []string{"en"}, Queues: []string{"a"}}
	for c, want := range map[[2]string]bool{{"en", "a"}: true, {"en-GB", "a"}: true, {"en", "b"}: false, {"fr", "a"}: false, {"", "a"}: true} {
		if got := For(f, quality.Call{Lang: c[0], Queue: c[1]}); got != want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

// crowded has two calls in English behind many in Chinese.
type crowded struct{ Store }

func (crowded) Unjudged(_ context.Context, _ string, _ time.Time, skip, limit int) ([]Past, error) {
	var out []Past
	for i := skip; i < min(skip+limit, 2*pastPage+2); i++ {
		p := Past{Call: "zh", Lang: "zh"}
		if i >= 2*pastPage {
			p = Past{Call: "en", Lang: "en"}
		}
		out = append(out, p)
	}
	return out, nil
}

func TestPastBehindOthers(t *testing.T) {
	t.Parallel()
	k, f := &Keeper{Store: crowded{}}, &quality.Form{Languages: []string{"en"}}
	for limit, want := range map[int]int{0: 0, 1: 1, 2: 2, 10: 2} {
		if got, err := k.PastOf(t.Context(), "f", f, time.Time{}, limit, nil); err != nil || len(got) != want {
			t.Errorf("up to %d: %v, %v", limit, got, err)
		}
	}
}

func TestOverruleUnknown(t *testing.T) {
	t.Parallel()
	if _, err := Overrule(&quality.Form{}, quality.Card{}, "q", quality.Yes, "r"); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	now := time.Now()
	scored := []Sheet{{At: now.Add(-time.Hour)}}
	note := func(k NoteKind, by string) Note { return Note{Kind: k, By: by, At: now} }
	for name, c := range map[string]struct {
		n     Note
		notes []Note
		took  bool
		who   Who
		err   error
	}{
		"an agent acknowledges":         {note(NoteAcknowledge, "amy"), nil, true, Who{}, nil},
		"somebody else acknowledges":    {note(NoteAcknowledge, "jo"), nil, false, Who{Leads: true}, ErrOthers},
		"without accounts":              {note(NoteAcknowledge, ""), nil, false, Who{Alone: true}, nil},
		"an agent appeals":              {note(NoteAppeal, "amy"), nil, true, Who{}, nil},
		"the supervisor appeals":        {note(NoteAppeal, "sue"), nil, false, Who{Leads: true}, nil},
		"a reviewer appeals":            {note(NoteAppeal, "jo"), nil, false, Who{}, ErrOthers},
		"a colleague acknowledged":      {note(NoteAppeal, "amy"), []Note{note(NoteAcknowledge, "bob")}, true, Who{}, nil},
		"who acknowledged appeals":      {note(NoteAppeal, "amy"), []Note{note(NoteAcknowledge, "amy")}, true, Who{}, ErrState},
		"changed after acknowledgement": {note(NoteAppeal, "amy"), []Note{note(NoteAcknowledge, "amy"), note(NoteAnswer, "jo")}, true, Who{}, nil},
		"too late":                      {Note{Kind: NoteAppeal, By: "amy", At: now.Add(2 * AppealTime)}, nil, true, Who{}, ErrLate},
		"who answered decides":          {note(NoteDecision, "jo"), []Note{note(NoteAnswer, "jo")}, false, Who{}, ErrSecond},
		"another one decides":           {note(NoteDecision, "kim"), []Note{note(NoteAnswer, "jo")}, false, Who{}, nil},
	} {
		if err := May(c.n, Known{c.notes, scored, c.took}, c.who); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
	}
}

func TestBlind(t *testing.T) {
	t.Parallel()
	for s, want := range map[*Standing]bool{
		{Answered: 3, Asked: 4}: true, {Answered: 4, Asked: 4}: false, {Asked: 4, Away: true}: false, {Asked: 4, Calibration: Calibration{Closed: true}}: false,
	} {
		if s.Blind() != want || (s.Final() == nil) != want {
			t.Errorf("%+v is blind: %v, final: %v", s, s.Blind(), s.Final())
		}
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	for tries, want := range map[int]time.Duration{0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 6: 32 * time.Minute, 7: time.Hour, 1 << 30: time.Hour} {
		if got := Wait(tries); got != want {
			t.Errorf("after %d tries: %s, want %s", tries, got, want)
		}
	}
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	away := errors.New("the model is away")
	for want, err := range map[string]error{
		FailedForm:   fmt.Errorf("save it anew: %w", unreadable{away}),
		FailedKey:    fmt.Errorf("read call: %w", seal.ErrKey),
		FailedTime:   modelError{fmt.Errorf("ask: %w", context.DeadlineExceeded)},
		FailedModel:  fmt.Errorf("score call: %w", modelError{away}),
		FailedRecord: away,
	} {
		if got := codeOf(err); got != want {
			t.Errorf("%v has code %s, want %s", err, got, want)
		}
	}
}

// TestFoundByParts: a call is found by a part of a Chinese word, which is cut otherwise when it stands alone, and not by a part of
// an English one.
func TestFoundByParts(t *testing.T) {
	t.Parallel()
	words := Words(quality.Call{Turns: []quality.Turn{{Text: "我的退款没到账，优惠券怎么用？"}, {Text: "My CARD was charged twice."}}})
	for query, want := range map[string]bool{"退": true, "钱": false, "优惠": true, "惠券": true, "优惠券": true, "退款": true, "到账": true, "Card": true, "charge": false, "优惠 退": true, "优惠 钱": false} {
		found := true
		for _, w := range Query(query) {
			found = found && slices.Contains(words, w)
		}
		if found != want {
			t.Errorf("found by %s: %v, want %v (%v)", query, found, want, words)
		}
	}
}
