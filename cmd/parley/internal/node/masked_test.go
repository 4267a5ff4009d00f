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

// told is something a caller says of which the middle must not stay.
type told struct{ before, secret, after string }

// TestMaskedInTextAndSound has callers say card numbers and codes, and looks for them in everything that was kept of the
// call: the text has a mask, the recording is silent where the secret was said and is not where the rest was.
func TestMaskedInTextAndSound(t *testing.T) {
	r := start(t, settings(""))
	t.Run("card", func(t *testing.T) {
		r.with(t).tells("english", told{"Hello, the number on my card is", "four one one one, one one one one, one one one one, one one one one", "can you tell me what is wrong with it?"})
	})
	t.Run("code", func(t *testing.T) {
		r.with(t).tells("chinese", told{"你好，我收到的验证码是", "五八三九二六", "请问还需要别的信息吗？"})
	})
	t.Run("in two turns", func(t *testing.T) {
		r.with(t).tells("english", told{"Hello, my telephone number is", "four one five, five five", ""}, told{"", "five, oh one nine nine", ""})
	})
}

// tells makes a call in which each of parts is said in one breath.
func (r *rig) tells(to string, parts ...told) {
	r.t.Helper()
	script := softphone.Script{Linger: 2 * time.Second}
	places := make([][2]int, len(parts)) // samples of the secret within its line
	for i, p := range parts {
		gap := make([]int16, audio.Samples(120*time.Millisecond))
		var line softphone.Line
		for j, text := range []string{p.before, p.secret, p.after} {
			if text == "" {
				continue
			}
			said := r.line(text)
			if line.PCM = append(line.PCM, gap...); j == 1 {
				places[i][0] = len(line.PCM)
			}
			line.PCM = append(line.PCM, said.PCM...)
			if j == 1 {
				places[i][1] = len(line.PCM)
			}
			line.Text, line.Lang = line.Text+" "+text, said.Lang
		}
		script.Lines = append(script.Lines, line)
	}
	res := r.phone.Call(r.t.Context(), "sip:"+to+"@"+r.SIP(), script)
	if res.Err != nil {
		r.t.Fatal("call:", res.Err)
	}
	d := r.recorded(res.CallID)
	r.textIsMasked(d, len(parts))
	r.soundIsMasked(d, res, parts, places)
}

var digitsLeft = regexp.MustCompile(`\d{3}|(?i:(?:one|four|five|oh|nine)[ ,]+(?:one|four|five|oh|nine)[ ,]+(?:one|four|five|nine))|[五八三九二六]{3}`)

// textIsMasked looks into the turns, and into every file that was kept.
func (r *rig) textIsMasked(d record.Detail, turns int) {
	r.t.Helper()
	masks := 0
	for _, u := range d.Turns {
		if u.Who == call.Caller {
			r.t.Logf("caller: %s", u.Text)
			masks += strings.Count(u.Text, "[")
			if m := digitsLeft.FindString(u.Text); m != "" {
				r.t.Errorf("%q is left of the secret: %s", m, u.Text)
			}
		}
	}
	if masks < turns {
		r.t.Errorf("%d masks in %d turns", masks, turns)
	}
	files, err := filepath.Glob(filepath.Join(r.env.Home, "calls", string(d.ID), "transcript.*"))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			r.t.Fatal(err)
		}
		if strings.Contains(string(text), "4111") || strings.Contains(string(text), "one one one") || strings.Contains(string(text), "583926") || strings.Contains(string(text), "五八三九") {
			r.t.Errorf("%s has the secret: %s", filepath.Base(f), text)
		}
	}
}

// soundIsMasked holds the recording against what the phone has sent.
func (r *rig) soundIsMasked(d record.Detail, res softphone.Result, parts []told, places [][2]int) {
	r.t.Helper()
	clip, err := audio.Load(filepath.Join(r.env.Home, "calls", string(d.ID), "audio.wav"))
	if err != nil {
		r.t.Fatal(err)
	}
	kept := clip.Channel(0)
	shift := lagOf(res.Sent, kept)
	for i, p := range parts {
		start := audio.Samples(res.Said[i].From) + shift
		from, to := start+places[i][0], start+places[i][1]
		if level := loudestIn(kept, from, to); level > audio.Quietest {
			r.t.Errorf("turn %d: the secret is in the recording at %.0f dBFS", i+1, level)
		}
		if p.before != "" && loudestIn(kept, start, start+(from-start)/2) < -40 {
			r.t.Errorf("turn %d: what was said before is gone", i+1)
		}
		if end := audio.Samples(res.Said[i].To) + shift; p.after != "" && loudestIn(kept, to+(end-to)/2, end) < -40 {
			r.t.Errorf("turn %d: what was said after is gone", i+1)
		}
	}
}

// loudestIn is the level of the loudest frame that lies in pcm[from:to].
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
