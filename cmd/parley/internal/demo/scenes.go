package demo

import (
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
)

// scene is one call of the demo.
type scene struct {
	title   string
	line    string // dialled user
	voice   tts.Voice
	says    []string
	keys    string
	bargeIn time.Duration
	noise   bool
}

var (
	john = tts.Voice{Name: "kokoro:am_michael", Lang: "en"}
	emma = tts.Voice{Name: "kokoro:bf_emma", Lang: "en"}
	yun  = tts.Voice{Name: "kokoro:zm_yunxi", Lang: "zh"}
	bei  = tts.Voice{Name: "kokoro:zf_xiaobei", Lang: "zh"}
)

// scenes are six calls, three to each line.
func scenes() []scene {
	return []scene{
		{title: "a clear question", line: "bank", voice: john, says: []string{"Hello, I have lost my debit card. What should I do?", "Thank you, goodbye."}},
		{title: "an interrupted answer", line: "bank", voice: emma, bargeIn: 1800 * time.Millisecond, says: []string{
			"What are your opening hours?", "Sorry, actually, could you tell me how I can change my PIN?"}},
		{title: "a caller who wants a person", line: "bank", voice: john, says: []string{"I would like to speak to a person, please."}},
		{title: "a question nobody has an answer to", line: "shop", voice: yun, says: []string{"请问你们那里可以学开飞机吗？", "不用了，谢谢，再见。"}},
		{title: "the keypad", line: "shop", voice: bei, says: []string{"你好，退货的运费由谁来出？"}, keys: "0"},
		{title: "a noisy line", line: "shop", voice: yun, noise: true, says: []string{"你好，我想问一下多久可以发货？", "好的，谢谢，再见。"}},
	}
}

// script turns a scene into what the caller does; say makes the sound of a text.
func (s scene) script(say func(text string, v tts.Voice) ([]int16, error)) (softphone.Script, error) {
	out := softphone.Script{BargeIn: s.bargeIn}
	for _, text := range s.says {
		pcm, err := say(text, s.voice)
		if err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, softphone.Line{Text: text, Lang: s.voice.Lang, PCM: pcm})
	}
	if s.keys != "" {
		out.Lines = append(out.Lines, softphone.Line{Keys: s.keys})
	}
	if s.noise {
		out.Noise = audio.Noise(-38, 7*time.Second, 1)
	}
	return out, nil
}
