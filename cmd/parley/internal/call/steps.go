package call

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/audio"
	callpkg "github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

// voices of the simulated caller; the bot's defaults are others.
func voice(lang string) tts.Voice {
	if lang == "zh" {
		return tts.Voice{Name: "kokoro:zm_yunxi", Lang: "zh"}
	}
	return tts.Voice{Name: "kokoro:am_michael", Lang: "en"}
}

// langOf is the language of text, unless the caller has said which.
func langOf(text, said string) string {
	if said != "" {
		return said
	}
	if strings.ContainsFunc(text, hanzi.IsHan) {
		return "zh"
	}
	return "en"
}

// render makes the sound of everything to be said.
func render(ctx context.Context, env *cli.Env, o options) ([]softphone.Line, error) {
	var lines []softphone.Line
	var m *mouth.Mouth
	defer func() {
		if m != nil {
			_ = m.Close()
		}
	}()
	for _, t := range o.things {
		if t.wav != "" {
			clip, err := audio.Load(t.wav)
			if err != nil {
				return nil, err
			}
			if clip.Len() == 0 {
				return nil, fmt.Errorf("%s holds no sound: check how it was recorded", t.wav)
			}
			lines = append(lines, softphone.Line{PCM: clip.Mono16k(), Lang: o.lang, Text: filepath.Base(t.wav)})
			continue
		}
		if m == nil {
			var err error
			if m, err = mouth.Open(ctx, env, config.Default().TTS, nil); err != nil {
				return nil, err
			}
		}
		lang := langOf(t.say, o.lang)
		pcm, err := m.Say(ctx, t.say, voice(lang))
		if err != nil {
			return nil, err
		}
		lines = append(lines, softphone.Line{Text: t.say, Lang: lang, PCM: pcm})
	}
	if o.dtmf != "" {
		lines = append(lines, softphone.Line{Keys: o.dtmf, Lang: o.lang})
	}
	return lines, nil
}

// dial makes the calls, at most o.atOnce at a time.
func dial(ctx context.Context, env *cli.Env, o options, lines []softphone.Line) ([]softphone.Result, error) {
	server, err := listen(env, o.uri, o.ca)
	if err != nil {
		return nil, err
	}
	results := make([]softphone.Result, o.calls)
	err = softphone.Serve(ctx, server, func(ctx context.Context) error {
		phone := softphone.New(server)
		slots := make(chan struct{}, o.atOnce)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				results[i] = phone.Call(ctx, o.uri, script(o, lines, uint64(i)))
			})
		}
		wg.Wait()
		return nil
	})
	return results, err
}

func script(o options, lines []softphone.Line, seed uint64) softphone.Script {
	s := softphone.Script{
		Lines: lines, Patience: lastWait, EchoDB: o.echo,
		BargeIn: time.Duration(o.bargeIn * float64(time.Second)),
		Dial:    sip.DialOptions{User: o.user, Password: o.pass, SRTP: sip.Security(o.srtp)},
	}
	if o.srtp == "" && overTLS(o.uri) {
		s.Dial.SRTP = "optional"
	}
	if o.codec != "" {
		s.Dial.Codecs = []string{o.codec}
	}
	if o.loss > 0 || o.jitter > 0 {
		s.Dial.Wrap = func(c net.PacketConn) net.PacketConn {
			bad, err := pipelinetest.Impair(c, pipelinetest.Network{Loss: o.loss, Jitter: time.Duration(o.jitter) * time.Millisecond, Seed: seed + 1})
			if err != nil {
				return c
			}
			return bad
		}
	}
	return s
}

// listen opens a port that can reach uri: on loopback for a loopback address, on the way out otherwise.
func listen(env *cli.Env, uri, ca string) (*sip.Server, error) {
	host := strings.TrimPrefix(strings.TrimPrefix(uri, "sip:"), "sips:")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host, _, _ = strings.Cut(host, ";")
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	cfg := sip.Config{UDP: "127.0.0.1:0", DialOnly: true, UserAgent: "Parley caller", Log: env.Log}
	if a, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !a.IsLoopback()) {
		cfg.UDP = "0.0.0.0:0"
	}
	if strings.Contains(uri, "transport=tcp") {
		cfg.TCP = cfg.UDP
	}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("read root certificate: %w", err)
		}
		cfg.Roots = x509.NewCertPool()
		if !cfg.Roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no PEM certificate", ca)
		}
	}
	return sip.Listen(cfg)
}

// overTLS tells whether a URI is called over TLS.
func overTLS(uri string) bool {
	return strings.HasPrefix(uri, "sips:") || strings.Contains(strings.ToLower(uri), "transport=tls")
}

// hear recognises what the other side said, between our own lines.
func hear(ctx context.Context, env *cli.Env, o options, results []softphone.Result) ([]result, error) {
	var e *ear.Ear
	defer func() {
		if e != nil {
			_ = e.Close()
		}
	}()
	reports := make([]result, len(results))
	for i, r := range results {
		reports[i] = report(r)
		if len(r.Heard) == 0 {
			continue
		}
		if e == nil {
			var err error
			if e, err = ear.Open(env, ear.Options{}); err != nil {
				return nil, err
			}
		}
		lang := o.lang
		for _, s := range r.Said {
			if lang == "" && s.Text != "" {
				lang = s.Lang
			}
		}
		turns, err := heardTurns(ctx, e, r, lang)
		if err != nil {
			return nil, fmt.Errorf("recognise what was heard: %w", err)
		}
		reports[i].Turns = merge(reports[i].Turns, turns)
	}
	return reports, nil
}

func report(r softphone.Result) result {
	out := result{CallID: r.CallID, Status: r.Status, Rang: r.Rang.Milliseconds(), RetryAfter: int64(r.Wait.Seconds()), Duration: r.Duration.Seconds(), EndedBy: r.EndedBy, Turns: []turn{}, Gaps: []int64{}, Transferred: r.Moved, Cipher: r.Cipher}
	if r.Err != nil {
		out.Error = r.Err.Error()
	}
	for _, g := range r.Gaps {
		out.Gaps = append(out.Gaps, g.Milliseconds())
	}
	for _, s := range r.Said {
		text := s.Text
		if s.Keys != "" {
			text = "[" + s.Keys + "]"
		}
		out.Turns = append(out.Turns, turn{"caller", text, "reported", s.From.Seconds(), s.To.Seconds()})
	}
	return out
}

// heardTurns recognises the other side; speech with no line of ours between is one turn.
func heardTurns(ctx context.Context, e *ear.Ear, r softphone.Result, lang string) ([]turn, error) {
	spans, err := e.Spans(r.Heard, 500*time.Millisecond)
	if err != nil {
		return nil, err
	}
	var langs []string
	if lang != "" {
		langs = []string{lang}
	} else {
		langs = []string{"en", "zh"}
	}
	var turns []turn
	for _, s := range spans {
		t, err := e.Recognize(ctx, callpkg.Bot, r.Heard[s.Start:s.End], s.Start, langs)
		if err != nil {
			return nil, err
		}
		if t.Text == "" {
			continue
		}
		from, to := audio.Duration(s.Start), audio.Duration(s.End)
		if n := len(turns); n > 0 && !spoke(r.Said, turns[n-1].Start, from.Seconds()) {
			sep := " "
			if t.Lang == "zh" {
				sep = ""
			}
			turns[n-1].Text += sep + t.Text
			turns[n-1].End = to.Seconds()
			continue
		}
		turns = append(turns, turn{"bot", t.Text, "heard", from.Seconds(), to.Seconds()})
	}
	return turns, nil
}

// spoke reports whether we began a line within [from,to).
func spoke(said []softphone.Said, from, to float64) bool {
	for _, s := range said {
		if at := s.From.Seconds(); at >= from && at < to {
			return true
		}
	}
	return false
}

// merge joins two lists ordered by start.
func merge(a, b []turn) []turn {
	out := []turn{}
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].Start <= b[0].Start {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}

// keep writes the recordings.
func keep(o options, results []softphone.Result) error {
	if o.record == "" {
		return nil
	}
	var errs []error
	for i, r := range results {
		name := o.record
		if len(results) > 1 {
			ext := filepath.Ext(name)
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i+1, ext)
		}
		both := make([]int16, 0, 2*len(r.Sent))
		for k := range r.Sent {
			both = append(both, r.Sent[k], r.Heard[k])
		}
		if err := audio.WriteWAV(name, audio.Rate, 2, both); err != nil {
			errs = append(errs, fmt.Errorf("write recording: %w", err))
		}
	}
	return errors.Join(errs...)
}
