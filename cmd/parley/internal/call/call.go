// Package call is `parley call`: a caller made of software that dials a SIP address, talks, and tells what it heard and
// how long it had to wait.
package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
)

// options are the flags.
type options struct {
	uri     string
	things  []thing
	lang    string
	dtmf    string
	bargeIn float64
	record  string
	calls   int
	atOnce  int
	loss    float64
	jitter  int
	echo    float64
	user    string
	pass    string
	codec   string
	srtp    string
	ca      string
}

// thing is one --say or --wav, in the order given.
type thing struct{ say, wav string }

// ordered lets --say and --wav share one list.
type ordered struct {
	list *[]thing
	wav  bool
}

func (o ordered) Set(v string) error {
	if strings.TrimSpace(v) == "" {
		return fmt.Errorf("it is empty")
	}
	if o.wav {
		*o.list = append(*o.list, thing{wav: v})
	} else {
		*o.list = append(*o.list, thing{say: v})
	}
	return nil
}
func (o ordered) String() string { return "" }
func (o ordered) Type() string {
	if o.wav {
		return "FILE"
	}
	return "TEXT"
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "call URI [--say TEXT | --wav FILE]...",
		Short: "Phone a SIP address, talk, and report what was heard",
		Long: "Dials URI (sip:user@host:port, or sips: for TLS), says each thing when the other side has finished, hangs up, and reports the\n" +
			"turns and the reply gaps measured from the RTP packets. Things to say are rendered before dialling; what was\n" +
			"heard is recognised after hanging up. Several calls are summed up: how many were answered and refused, and how fast.",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.uri = args[0]
			return run(cmd.Context(), env, o)
		},
	}
	f := cmd.Flags()
	f.Var(ordered{list: &o.things}, "say", "text to say; may be repeated, in order with --wav")
	f.Var(ordered{list: &o.things, wav: true}, "wav", "sound file to play; may be repeated, in order with --say")
	f.StringVar(&o.lang, "lang", "", "language of the texts and of the other side: en or zh (default: by the texts)")
	f.StringVar(&o.dtmf, "dtmf", "", "keys to press after everything was said")
	f.Float64Var(&o.bargeIn, "barge-in-at", 0, "seconds into the other side's speech at which the next thing is said over it")
	f.StringVar(&o.record, "record", "", "write both sides to this WAV file (caller left); with --calls, the number is added")
	f.IntVar(&o.calls, "calls", 1, "calls to make")
	f.IntVar(&o.atOnce, "concurrency", 1, "calls at the same time")
	f.Float64Var(&o.loss, "loss", 0, "share of packets lost each way, 0..1")
	f.IntVar(&o.jitter, "jitter", 0, "jitter in milliseconds")
	f.Float64Var(&o.echo, "echo", 0, "return what is heard at this level, in dB, such as -20")
	f.StringVar(&o.user, "user", "", "name for digest authentication")
	f.StringVar(&o.pass, "password", "", "password for digest authentication")
	f.StringVar(&o.codec, "codec", "", "offer this codec only: PCMU, PCMA, G722 or opus")
	f.StringVar(&o.srtp, "srtp", "", "encrypt the sound: required (also --srtp alone), optional or off (default: optional over TLS, else off)")
	f.Lookup("srtp").NoOptDefVal = "required"
	f.StringVar(&o.ca, "ca", "", "PEM file with the root that the other side's certificate must have, instead of this machine's")
	return cmd
}

// turn is one turn of a call as it is reported.
type turn struct {
	Who    string  `json:"who"`
	Text   string  `json:"text"`
	Source string  `json:"source"` // reported: what was to be said; heard: recognised
	Start  float64 `json:"start_s"`
	End    float64 `json:"end_s"`
}

// result is one call as it is reported.
type result struct {
	CallID      string  `json:"call_id"`
	Status      int     `json:"status"`
	Rang        int64   `json:"rang_ms"` // from the INVITE to the answer or refusal
	RetryAfter  int64   `json:"retry_after_s,omitempty"`
	Duration    float64 `json:"duration_s"`
	Turns       []turn  `json:"turns"`
	Gaps        []int64 `json:"gaps_ms"`
	EndedBy     string  `json:"ended_by"`
	Transferred string  `json:"transferred_to,omitempty"`
	Cipher      string  `json:"srtp,omitempty"` // what the sound was encrypted with
	Error       string  `json:"error,omitempty"`
}

func (o *options) check() error {
	uri := o.uri
	if !strings.HasPrefix(uri, "sip:") && !strings.HasPrefix(uri, "sips:") {
		return cli.Usagef("call: %q is not a SIP address such as sip:bank@127.0.0.1:5060", uri)
	}
	switch {
	case o.calls < 1 || o.atOnce < 1:
		return cli.Usagef("call: --calls and --concurrency must be at least 1")
	case o.loss < 0 || o.loss >= 1:
		return cli.Usagef("call: --loss %v is not within 0..1; 0.05 is five packets in a hundred", o.loss)
	case o.jitter < 0 || o.jitter > 1000:
		return cli.Usagef("call: --jitter %d is not within 0..1000 ms", o.jitter)
	case o.echo > 0:
		return cli.Usagef("call: --echo %v: an echo is quieter than its sound, such as -20", o.echo)
	case o.bargeIn < 0:
		return cli.Usagef("call: --barge-in-at must not be negative")
	case o.lang != "" && o.lang != "en" && o.lang != "zh":
		return cli.Usagef("call: --lang %q is neither en nor zh", o.lang)
	case !slices.Contains([]string{"", "off", "optional", "required"}, o.srtp):
		return cli.Usagef("call: --srtp %q is none of off, optional, required", o.srtp)
	case strings.Trim(o.dtmf, "0123456789*#ABCD") != "":
		return cli.Usagef("call: --dtmf %q has something that is no key (0-9 * # A-D)", o.dtmf)
	}
	return nil
}

func run(ctx context.Context, env *cli.Env, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	var files []string
	for _, t := range o.things {
		if t.wav != "" {
			files = append(files, t.wav)
		}
	}
	if o.ca != "" {
		files = append(files, o.ca)
	}
	if err := cli.Files(files...); err != nil {
		return err
	}
	lines, err := render(ctx, env, o)
	if err != nil {
		return err
	}
	results, err := dial(ctx, env, o, lines)
	if err != nil {
		return err
	}
	reports, err := hear(ctx, env, o, results)
	if err != nil {
		return err
	}
	if err := keep(o, results); err != nil {
		return err
	}
	all := crowd(softphone.CrowdOf(results))
	if err := env.Print(map[string]any{"calls": reports, "all": all}, func(w io.Writer) { show(w, reports, all) }); err != nil {
		return err
	}
	for _, r := range reports {
		if r.EndedBy == "error" {
			return errors.New(r.Error) // it names whom
		}
	}
	return nil
}

// sum is all calls together as they are reported.
type sum struct {
	Answered  int     `json:"answered"`
	Refused   int     `json:"refused"`
	Failed    int     `json:"failed"`
	GapP50    float64 `json:"gap_p50_ms"`
	GapP95    float64 `json:"gap_p95_ms"`
	RefusedIn float64 `json:"refused_max_ms"` // the slowest refusal
	Told      int     `json:"told_retry_after"`
}

func crowd(c softphone.Crowd) sum {
	ms := func(d time.Duration) float64 { return float64(d.Milliseconds()) }
	return sum{c.Answered, c.Refused, c.Calls - c.Answered - c.Refused, ms(c.GapP50), ms(c.GapP95), ms(c.RefusedIn), c.Told}
}

func show(w io.Writer, reports []result, all sum) {
	for i, r := range reports {
		if len(reports) > 1 {
			fmt.Fprintf(w, "call %d: ", i+1)
		}
		fmt.Fprintf(w, "status %d, %.1f s, ended by %s\n", r.Status, r.Duration, r.EndedBy)
		if r.Cipher != "" {
			fmt.Fprintf(w, "  sound encrypted with %s\n", r.Cipher)
		}
		for _, t := range r.Turns {
			fmt.Fprintf(w, "  %s %-6s %s\n", clock(t.Start), t.Who, t.Text)
		}
		if r.Transferred != "" {
			fmt.Fprintf(w, "  transferred to %s\n", r.Transferred)
		}
		if len(r.Gaps) > 0 {
			fmt.Fprintf(w, "  reply gaps on the wire: %v ms\n", r.Gaps)
		}
	}
	if len(reports) > 1 {
		fmt.Fprintf(w, "%d answered, reply gap p50 %.0f ms, p95 %.0f ms; %d refused within %.0f ms, %d of them told when to try again; %d failed\n",
			all.Answered, all.GapP50, all.GapP95, all.Refused, all.RefusedIn, all.Told, all.Failed)
	}
}

func clock(s float64) string { return fmt.Sprintf("%d:%04.1f", int(s)/60, s-float64(int(s)/60*60)) }

// lastWait is how long a caller waits for a reply before going on.
const lastWait = 20 * time.Second
