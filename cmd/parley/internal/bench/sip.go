package bench

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/sip"
)

func newSIP(env *cli.Env) *cobra.Command {
	var calls, rate int
	var under, answer bool
	f := flood{}
	cmd := &cobra.Command{
		Use:   "sip",
		Short: "How fast calls are answered and hung up, with SIPp as the callers",
		Long: "Starts the telephone side alone and lets SIPp place calls that are answered at once and hung up after 100 ms. The\n" +
			"time from INVITE to 200 is SIPp's. Needs sipp (Debian: sip-tester). With --flood callers with a password are measured in\n" +
			"quiet and while scanners send 2,000 messages a second to the same port, which is served on one core; this needs no sipp.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if calls < 1 || rate < 1 {
				return cli.Usagef("bench sip: --calls and --rate must be at least 1")
			}
			switch {
			case answer:
				return answerAlone(cmd.Context(), env, cmd.InOrStdin())
			case under:
				if f.storm < 1 || f.from < 1 || f.from > 250 {
					return cli.Usagef("bench sip: --messages must be at least 1 and --addresses within 1..250")
				}
				f.calls, f.rate = calls, rate
				if !cmd.Flags().Changed("calls") {
					f.calls = 160
				}
				if !cmd.Flags().Changed("rate") {
					f.rate = 16
				}
				return runFlood(cmd.Context(), env, f)
			}
			return runSIP(cmd.Context(), env, calls, rate)
		},
	}
	cmd.Flags().IntVar(&calls, "calls", 500, "calls to place")
	cmd.Flags().IntVar(&rate, "rate", 100, "new calls a second that are offered")
	cmd.Flags().BoolVar(&under, "flood", false, "measure calls in quiet and under a flood (160 calls, 16 a second, unless set)")
	cmd.Flags().IntVar(&f.storm, "messages", 2000, "with --flood: messages a second")
	cmd.Flags().IntVar(&f.from, "addresses", 16, "with --flood: addresses they come from")
	cmd.Flags().BoolVar(&answer, "answer", false, "only answer, for --flood")
	_ = cmd.Flags().MarkHidden("answer") // it is there
	return cmd
}

func runSIP(ctx context.Context, env *cli.Env, calls, rate int) error {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		return fmt.Errorf("bench sip: sipp is not installed: apt-get install sip-tester")
	}
	dir, err := os.MkdirTemp("", "parley-bench-sip")
	if err != nil {
		return fmt.Errorf("bench sip: %w", err)
	}
	defer os.RemoveAll(dir)
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", MaxDialogs: calls})
	if err != nil {
		return err
	}
	sctx, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	g.Go(func() error { return server.Serve(sctx, hold{func(*sip.Leg) {}}) }) // ends with stop
	cpu, began := cpuTime(), time.Now()
	c := exec.CommandContext(ctx, sipp, server.UDPAddr(), "-sn", "uac", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin",
		"-m", strconv.Itoa(calls), "-r", strconv.Itoa(rate), "-d", "100", "-trace_rtt", "-rtt_freq", "1",
		"-timeout", strconv.Itoa(calls/rate+30)+"s", "-timeout_error")
	c.Dir = dir
	report, err := c.CombinedOutput()
	took, used := time.Since(began), cpuTime()-cpu
	stop()
	if serr := g.Wait(); serr != nil {
		return serr
	}
	if c.ProcessState == nil || c.ProcessState.ExitCode() > 1 { // 1 = some calls failed
		return fmt.Errorf("bench sip: sipp: %w: %s", err, lastLine(string(report)))
	}
	times, err := readTimes(dir)
	if err != nil {
		return err
	}
	out := outcome{Peers: map[string]figures{}, Machine: machine(), Ours: figures{
		"invite_to_200_p50_ms": ms(percentile(times, 0.5)), "invite_to_200_p95_ms": ms(percentile(times, 0.95)), "invite_to_200_p99_ms": ms(percentile(times, 0.99)),
		"calls": float64(calls), "answered": float64(len(times)), "calls_per_s": float64(len(times)) / took.Seconds(),
		"cpu_ms_per_call": ms(used) / float64(max(1, len(times))),
	}}
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d of %d calls answered, %.0f a second; INVITE to 200 p50 %.1f ms, p95 %.1f ms; %.2f ms of processor time a call\n%s\n", len(times), calls,
			out.Ours["calls_per_s"], out.Ours["invite_to_200_p50_ms"], out.Ours["invite_to_200_p95_ms"], out.Ours["cpu_ms_per_call"], out.Machine)
	})
}

// readTimes reads the response times that SIPp has left in dir, in milliseconds.
func readTimes(dir string) ([]time.Duration, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*_rtt.csv"))
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("bench sip: sipp wrote no response times")
	}
	f, err := os.Open(found[0])
	if err != nil {
		return nil, fmt.Errorf("bench sip: %w", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord = ';', -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("bench sip: read response times: %w", err)
	}
	var out []time.Duration
	for _, row := range rows {
		if len(row) < 2 {
			continue
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(row[1]), 64); err == nil {
			out = append(out, time.Duration(v*float64(time.Millisecond)))
		}
	}
	return out, nil
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
