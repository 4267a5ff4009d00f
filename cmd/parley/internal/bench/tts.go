package bench

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/models"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/onnx"
	"github.com/parley-voice/parley/pipeline/work"
	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/kokoro"
)

func newTTS(env *cli.Env) *cobra.Command {
	var threads int
	cmd := &cobra.Command{
		Use:   "tts",
		Short: "How soon an answer that was never spoken before begins to sound",
		Long: "Speaks fresh answers with Kokoro, nothing cached: the time until the first clause is there, against the time until\n" +
			"the whole answer is made in one piece.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runTTS(cmd.Context(), env, mouth.Threads(threads)) },
	}
	cmd.Flags().IntVar(&threads, "threads", 0, "processor threads, 0 = as serve")
	return cmd
}

// answers are spoken by `bench tts`: of the length approved answers have.
func answers() map[string][]string {
	return map[string][]string{
		"en": {
			"You can block a lost card at any hour: call the number on the back of your card, or open the app and choose freeze card. A new one comes by post within five working days.",
			"Transfers within the country arrive the same day if you send them before four in the afternoon, otherwise on the next working day. There is no charge for them.",
		},
		"zh": {
			"您可以在签收后七天内申请退货，打开订单页面，点击申请售后，选择退货退款。商品收到以后，我们会在三个工作日内把钱退到原来的支付账户。",
			"普通快递一般两到三天送达，偏远地区可能需要五天左右。发货以后您会收到短信，里面有快递单号，可以随时查询。",
		},
	}
}

func runTTS(ctx context.Context, env *cli.Env, threads int) error {
	dir, err := models.Folder(env.Models, "kokoro-82m")
	if err != nil {
		return err
	}
	if err := onnx.Start(cli.ONNXRuntime()); err != nil {
		return fmt.Errorf("open voice: %w", err)
	}
	engine, err := kokoro.Open(dir, kokoro.Options{Threads: threads, Log: env.Log})
	if err != nil {
		return err
	}
	defer engine.Close()
	speaker := tts.NewSpeaker(engine, nil, nil, env.Log)
	var first, whole []time.Duration
	var made, sound time.Duration
	for _, v := range []tts.Voice{{Name: "kokoro:af_heart", Lang: "en"}, {Name: "kokoro:zf_xiaoxiao", Lang: "zh"}} {
		if _, err := engine.Synthesize(ctx, "1", v); err != nil { // the first run of a voice loads it
			return err
		}
		for _, text := range answers()[v.Lang] {
			began := time.Now()
			for _, err := range speaker.Speak(ctx, text, v, work.Final) {
				if err != nil {
					return err
				}
				break
			}
			first = append(first, time.Since(began))
			began = time.Now()
			pcm, err := engine.Synthesize(ctx, tts.Normalize(text, v.Lang), v)
			if err != nil {
				return err
			}
			took := time.Since(began)
			whole, made, sound = append(whole, took), made+took, sound+audio.Duration(len(pcm))
			env.Infof("%s: first clause %v, whole %v", v.Lang, first[len(first)-1], took)
		}
	}
	p50, all := percentile(first, 0.5), percentile(whole, 0.5)
	out := outcome{Machine: machine(), Ours: figures{
		"first_speech_p50_ms": ms(p50), "first_speech_max_ms": ms(percentile(first, 1)), "share_of_whole": float64(p50) / float64(all),
		"rtf": float64(made) / float64(sound),
	}, Peers: map[string]figures{"whole-answer": {"first_speech_p50_ms": ms(all), "first_speech_max_ms": ms(percentile(whole, 1))}}}
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "first speech after %.0f ms (p50); %.0f ms when the whole answer is made first: %.2f of it\n%s\n",
			ms(p50), ms(all), out.Ours["share_of_whole"], out.Machine)
	})
}
