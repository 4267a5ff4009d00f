package quality

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPolarity checks which answer is the bad one, read from the words of the question alone.
func TestPolarity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		en, zh string
		bad    Value
	}{
		{"Did the agent promise a result that is not theirs to give?", "", Yes},
		{"Did the agent avoid promising a result that is not theirs to give?", "", No},
		{"Were any promises avoided?", "", No},
		{"Did the agent guarantee an approval without any basis?", "", Yes},
		{"", "客服是否承诺了自己无权保证的结果？", Yes},
		{"", "客服是否没有承诺自己无权保证的结果？", No},
		{"", "客服是否作出了没有依据的承诺？", Yes},
		{"Was any account information given without verifying the caller?", "", Yes},
		{"Did the agent never give account information without verifying the caller?", "", No},
		{"Did the agent avoid changing anything before the caller was verified?", "", No},
		{"Did the agent reveal account data before the caller was verified?", "", Yes},
		{"", "客服是否未核实身份就透露了账户信息？", Yes},
		{"", "核实身份之前，客服是否没有透露账户信息？", No},
		{"Did the agent refuse to give account data before the caller was verified?", "", No},
	} {
		lang := "[en]"
		if c.en == "" {
			lang = "[zh]"
		}
		if got := mustParse(t, strings.Replace(oneQuestion(c.en, c.zh), "[en]", lang, 1)).Questions[0].FailOn; got != c.bad {
			t.Errorf("%s%s: the bad answer is %s, want %s", c.en, c.zh, got, c.bad)
		}
	}
}

// TestBreach checks that a question about a breach of a duty is answered the other way round.
func TestBreach(t *testing.T) {
	t.Parallel()
	checked := dialogue("A: Could you tell me your date of birth?", "C: First of May 1990.", "A: Thank you. Your balance is 40 pounds.")
	skipped := dialogue("C: What's my balance?", "A: Your balance is 40 pounds.")
	for _, c := range []struct {
		en               string
		checked, skipped Value
	}{
		{"Did the agent reveal account data before the caller was verified?", No, Yes},
		{"Did the agent avoid revealing account data before the caller was verified?", Yes, No},
		{"Was account information given without verifying the caller?", No, Yes},
	} {
		f := mustParse(t, oneQuestion(c.en, ""))
		for want, call := range map[Value]Call{c.checked: checked, c.skipped: skipped} {
			card, err := New(Options{}).Judge(t.Context(), f, call)
			if err != nil || card.Answers[0].Value != want {
				t.Errorf("%s: %+v, %v, want %s", c.en, card.Answers, err, want)
			}
		}
	}
}

// TestPolarityOfAsks reads which answer is the bad one off the questions of data, whose concept is given: nobody looked at
// how these are read when they were written.
func TestPolarityOfAsks(t *testing.T) {
	t.Parallel()
	for lang, most := range map[string]float64{"en": 0.05, "zh": 0.05} {
		raw, err := os.ReadFile(filepath.Join("data", "asks-"+lang+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		n, wrong := 0, 0
		for line := range strings.Lines(string(raw)) {
			label, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
			name, bad := strings.CutSuffix(label, "!")
			if !ok || !slices.Contains([]string{"promise", "rude", "threat", "secretask", "accuracy", "interrupt", "identity"}, name) {
				continue
			}
			q := &Question{TextEn: text}
			if lang == "zh" {
				q = &Question{TextZh: text}
			}
			want := map[bool]Value{true: Yes, false: No}[bad]
			n++
			if got := newPlan(q, name).failOn(); got != want {
				wrong++
				t.Logf("%s %s: the bad answer is read as %s", name, text, got)
			}
		}
		t.Logf("%s: %d of %d wrong", lang, wrong, n)
		if float64(wrong) > most*float64(n) {
			t.Errorf("%s: the polarity of %d of %d questions is misread", lang, wrong, n)
		}
	}
}

func TestYesIfNot(t *testing.T) {
	for _, c := range []struct {
		en, zh string
		want   bool
	}{
		{"Did the adviser keep clear of unsafe advice? (Yes if none was given.)", "", true},
		{"Any promise of a date? Answer 'yes' if no promise was made.", "", true},
		{"Was a promise made? Yes means that the line was kept.", "", true},
		{"", "坐席有没有守住不看病这条线？（没有越线答“是”）", true},
		{"", "有没有避免保证当场修好？（作为预估说出的时间不算；没有作保证即答是）", true},
		{"Nothing of theirs let out. (Nobody mentioned - yes)", "", true},
		{"Did the agent take the first no for an answer? The answer is yes where no extra was refused.", "", true},
		{"", "有没有强行推荐？没说就算是。", true},
		{"", "打开账户：来电人自己说出两项身份信息。（没打开账户＝是）", true},
		{"Did the agent promise a date? (Yes if a date was named.)", "", false},
		{"Was it said when? Caller had to drag it out - no", "说明了什么时候吗？来电人追问才说＝否", false},
		{"Did the agent ask whether there was anything else?", "结束前有没有问一句还有没有别的事？", false},
		{"", "没有核对身份就答是不是违规？", false},
		{"Was the caller told not to drive, yes or no?", "客户说不，坐席是否答应？", false},
	} {
		if got := (&Question{TextEn: c.en, TextZh: c.zh}).yesIfNot(); got != c.want {
			t.Errorf("%s%s: %v", c.en, c.zh, got)
		}
	}
}
