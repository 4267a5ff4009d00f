package node

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// told is something a caller says in one breath, of which the middle must not stay.
type told struct{ before, secret, after string }

// TestMaskedInTextAndSound has callers say card numbers, one of them in two turns, and looks for them in what was
// kept of the calls: the text has a mask, the caller's side of the recording is digital silence where the secret was said,
// and is not where the rest was.
func TestMaskedInTextAndSound(t *testing.T) {
	besideAnother(t)
	r := start(t, settings(""))
	said := map[string]softphone.Line{}
	card := r.telling(said, told{"Hello, the number on my card is", "four five three nine, one four eight eight, oh three four three, six four six seven", "can you tell me what is wrong with it?"})
	chinese := r.telling(said, told{"我的银行卡号是", "六二二二零二一二三四五六七八九零幺二三", "为什么今天不能用了？"})
	turns := r.telling(said, told{"Hello, the number on my card is", "four one one one, one one one one", ""}, told{"", "one one one one, one one one one", "can you tell me what is wrong with it?"})
	t.Run("at once", func(t *testing.T) {
		t.Run("card", func(t *testing.T) { t.Parallel(); r.with(t).tells("english", card) })
		t.Run("chinese card", func(t *testing.T) { t.Parallel(); r.with(t).tells("chinese", chinese) })
		t.Run("in two turns, the same figure", func(t *testing.T) { t.Parallel(); r.with(t).tells("english", turns) })
	})
}

// spokenPart is a line with the places of its secret and of the rest, in samples from its start, without the quiet around
// what is said.
type spokenPart struct {
	line                  softphone.Line
	before, secret, after [2]int
}

// telling makes the sound of parts, of what is not in made.
func (r *rig) telling(made map[string]softphone.Line, parts ...told) []spokenPart {
	r.t.Helper()
	gap := make([]int16, audio.Samples(120*time.Millisecond))
	out := make([]spokenPart, len(parts))
	for i, p := range parts {
		o := &out[i]
		say := func(text string) (place [2]int) {
			if text == "" {
				return place
			}
			said, ok := made[text]
			if !ok {
				said = r.line(text)
				made[text] = said
			}
			from := len(o.line.PCM) + len(gap)
			o.line.PCM = append(append(o.line.PCM, gap...), said.PCM...)
			o.line.Text, o.line.Lang = o.line.Text+" "+text, said.Lang
			return voicedIn(o.line.PCM, from)
		}
		o.before, o.secret, o.after = say(p.before), say(p.secret), say(p.after)
	}
	return out
}

// voicedIn is the part of pcm from from on without the quiet around it.
func voicedIn(pcm []int16, from int) [2]int {
	const quiet = -45
	to := len(pcm)
	for from+audio.FrameLen < to && audio.Level(pcm[from:from+audio.FrameLen]) < quiet {
		from += audio.FrameLen
	}
	for to-audio.FrameLen > from && audio.Level(pcm[to-audio.FrameLen:to]) < quiet {
		to -= audio.FrameLen
	}
	return [2]int{from, to}
}

// tells makes a call in which parts are said, one in each turn, and looks at what was kept of it.
func (r *rig) tells(to string, parts []spokenPart) {
	r.t.Helper()
	script := patient
	for _, p := range parts {
		script.Lines = append(script.Lines, p.line)
	}
	res := r.phone.Call(r.t.Context(), "sip:"+to+"@"+r.SIP(), script)
	if res.Err != nil {
		r.t.Fatal("call:", res.Err)
	}
	d := r.recorded(res.CallID)
	r.textIsMasked(d, len(parts))
	r.soundIsMasked(d, res, parts)
}

// figures are three of them in a row, in whatever writing.
var figures = regexp.MustCompile(`(?i)(?:[0-9][ ,.-]*){3}|(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b[ ,.-]*){3}|[零幺一二三四五六七八九]{3}`)

// textIsMasked looks into the turns of the caller, and into every transcript that was written.
func (r *rig) textIsMasked(d record.Detail, turns int) {
	r.t.Helper()
	masks := 0
	for _, u := range d.Turns {
		if u.Who != call.Caller {
			continue
		}
		masks += strings.Count(u.Text, "[")
		if left := figures.FindString(u.Text); left != "" {
			r.t.Errorf("%q is left of the secret in %q", left, u.Text)
		}
	}
	if masks < turns {
		r.t.Errorf("%d masks in %d turns: %+v", masks, turns, d.Turns)
	}
	files, err := filepath.Glob(filepath.Join(r.env.Home, "calls", string(d.ID), "transcript.txt"))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, said := range []string{"4539", "8803", "4111", "1111", "6222"} {
			if strings.Contains(string(text), said) {
				r.t.Errorf("%s has %s: %s", filepath.Base(f), said, text)
			}
		}
	}
}

// soundIsMasked holds the recording against what the phone has sent.
func (r *rig) soundIsMasked(d record.Detail, res softphone.Result, parts []spokenPart) {
	r.t.Helper()
	clip, err := audio.Load(filepath.Join(r.env.Home, "calls", string(d.ID), "audio.wav"))
	if err != nil {
		r.t.Fatal(err)
	}
	kept := clip.Channel(0)
	shift := lagOf(res.Sent, kept)
	for i, p := range parts {
		start := audio.Samples(res.Said[i].From) + shift
		loudest := func(place [2]int) float64 { return loudestIn(kept, start+place[0], start+place[1]) }
		if level := loudest(p.secret); level > audio.Quietest {
			r.t.Errorf("turn %d: the secret is in the recording at %.0f dBFS", i+1, level)
		}
		if b := p.before; b[1] > 0 && loudest([2]int{b[0], (b[0] + b[1]) / 2}) < -40 {
			r.t.Errorf("turn %d: what was said before is gone", i+1)
		}
		if a := p.after; a[1] > 0 && loudest([2]int{(a[0] + a[1]) / 2, a[1]}) < -40 {
			r.t.Errorf("turn %d: what was said after is gone", i+1)
		}
	}
}

// loudestIn is the level of the loudest 20 ms that lie in pcm[from:to].
func loudestIn(pcm []int16, from, to int) float64 {
	level := audio.Quietest
	for i := max(0, from); i+audio.FrameLen <= min(to, len(pcm)); i += audio.FrameLen {
		level = max(level, audio.Level(pcm[i:i+audio.FrameLen]))
	}
	return level
}

// lagOf is how many samples later what was sent stands in what was kept, a part of which is silenced: the shift, within
// two seconds, at which the samples that are there agree best.
func lagOf(sent, kept []int16) int {
	const step, reach = 16, 2 * audio.Rate
	best, at := math.Inf(-1), 0
	try := func(lag, every int) float64 {
		sum, power := 0.0, 1.0
		for i := 0; i < len(sent); i += every {
			if k := i + lag; k >= 0 && k < len(kept) {
				sum += float64(sent[i]) * float64(kept[k])
				power += float64(kept[k]) * float64(kept[k])
			}
		}
		return sum / math.Sqrt(power)
	}
	for lag := -reach; lag <= reach; lag += 4 {
		if v := try(lag, step+1); v > best {
			best, at = v, lag
		}
	}
	best = math.Inf(-1)
	for lag := at - 16; lag <= at+16; lag++ {
		if v := try(lag, 3); v > best {
			best, at = v, lag
		}
	}
	return at
}
