package wrapup_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// turns reads lines such as "caller: text".
func turns(text string) []call.Turn {
	var out []call.Turn
	for l := range strings.Lines(text) {
		who, said, ok := strings.Cut(strings.TrimSpace(l), ": ")
		if ok {
			out = append(out, call.Turn{N: len(out) + 1, Who: call.Party(who), Text: said})
		}
	}
	return out
}

const kettle = `bot: Hello, this is Harbour Home. How can I help you?
caller: Oh hi, good morning.
caller: I bought a kettle from you last week and it leaks all over the counter, I'd like a refund please.
bot: I'm sorry to hear that. I'll put you through to a colleague.
agent: Hello, this is Sam. Could I take the order number?
caller: Yes it's HH-20418.
agent: Let me just check that for you. I'll have a look at the system now.
caller: Will I have to pay for the postage?
agent: No, you won't have to pay for anything. I will email you a prepaid label today.
agent: And you'll receive the £34.99 back within five working days once it has arrived with us.
caller: And what about the second kettle, the one I ordered for my mum?
agent: I don't know yet, I need to ask the warehouse. They will get back to you by 12 March.
caller: Okay, thank you, that's great.
agent: Bye now.`

const zhCall = `bot: 您好，这里是客服中心，请问有什么可以帮您？
caller: 你好，我上周买的电饭煲坏了，一直不能加热，我想退款。
agent: 非常抱歉，请提供一下订单号。
caller: 订单号是20260301778，一共三百二十块钱。
agent: 我查一下，请稍等。
agent: 查到了，我现在给您申请退款，三百二十元会在三个工作日内退回您的账户。
caller: 那运费呢？谁出？
agent: 运费的问题我需要和仓库核实，核实后回复您。
caller: 好的，谢谢。
agent: 不客气，再见。`

func find(lines []wrapup.Line, part string) bool {
	return slices.ContainsFunc(lines, func(l wrapup.Line) bool { return strings.Contains(l.Text, part) })
}

// grounded checks what must hold of every summary: each line is part of its turn.
func grounded(t *testing.T, s wrapup.Summary, all []call.Turn) {
	t.Helper()
	for _, l := range slices.Concat([]wrapup.Line{s.Reason}, s.Said, s.Promised, s.Open, s.Numbers) {
		if l.Text == "" {
			continue
		}
		i := slices.IndexFunc(all, func(x call.Turn) bool { return x.N == l.Turn })
		if i < 0 || !strings.Contains(all[i].Text, strings.TrimSuffix(l.Text, "…")) {
			t.Errorf("%+v is not in its turn", l)
		}
	}
	if !slices.ContainsFunc(wrapup.Dispositions(), func(d wrapup.Disposition) bool { return d.ID == s.Disposition }) {
		t.Errorf("disposition %q", s.Disposition)
	}
}

func TestEnglishCall(t *testing.T) {
	t.Parallel()
	all := turns(kettle)
	s := wrapup.Summarise(wrapup.Call{Turns: all})
	grounded(t, s, all)
	t.Logf("%+v", s)
	if s.Reason.Turn != 3 || s.Method != wrapup.Extractive || s.Lang != "en" {
		t.Errorf("%+v", s.Reason)
	}
	if !find(s.Promised, "prepaid label") || !find(s.Promised, "£34.99") || find(s.Promised, "have a look") || find(s.Promised, "put you through") || find(s.Promised, "won't") {
		t.Errorf("promised: %+v", s.Promised)
	}
	if !find(slices.Concat(s.Open, s.Promised), "get back to you") {
		t.Errorf("open: %+v", s.Open)
	}
	for _, n := range []string{"HH-20418", "£34.99", "five working days", "12 March"} {
		if !find(s.Numbers, n) {
			t.Errorf("numbers lack %s: %+v", n, s.Numbers)
		}
	}
	if s.Disposition != "follow_up" {
		t.Error(s.Disposition)
	}
	if v := s.Values(all); v["reference"] != "HH-20418" || v["amount"] != "£34.99" || v["reason"] == "" {
		t.Errorf("%v", v)
	}
}

// A reference that was read out is prefilled as it is written, with the words as heard.
func TestSpelledReference(t *testing.T) {
	t.Parallel()
	all := []call.Turn{{N: 1, Who: call.Caller, Lang: "en", Text: "My order is Hotel Hotel, two, oh, four, one, eight and the kettle leaks."}}
	const want = "HH20418 (Hotel Hotel, two, oh, four, one, eight)"
	if v := wrapup.Summarise(wrapup.Call{Turns: all}).Values(all); v["reference"] != want {
		t.Errorf("%v", v)
	}
}

func TestChineseCall(t *testing.T) {
	t.Parallel()
	all := turns(zhCall)
	s := wrapup.Summarise(wrapup.Call{Turns: all})
	grounded(t, s, all)
	t.Logf("%+v", s)
	if s.Reason.Turn != 2 || s.Lang != "zh" {
		t.Errorf("%+v", s.Reason)
	}
	if !find(s.Promised, "三个工作日内") || find(s.Promised, "请稍等") {
		t.Errorf("promised: %+v", s.Promised)
	}
	if !find(slices.Concat(s.Open, s.Promised), "核实后回复您") {
		t.Errorf("open: %+v", s.Open)
	}
	if !find(s.Numbers, "20260301778") || !find(s.Numbers, "三百二十块钱") {
		t.Errorf("numbers: %+v", s.Numbers)
	}
}

// TestWhatForIsTheReason passes over that a person was wanted, where it is said what for, and over what the company always says.
func TestWhatForIsTheReason(t *testing.T) {
	for _, c := range []struct{ text, reason string }{
		{"bot: Northwind Bank, good day. How can I help you?\ncaller: I would like to speak to a person, please.\nbot: One moment please, I'm connecting you to a person.\n" +
			"caller: I lost my card. How can I block it?\nagent: Hello, this is [name]. How can I help you today?", "I lost my card."},
		{"caller: I want to speak to a person, please.\nagent: Hello, this is Ann.", "I want to speak to a person, please."},
		{"bot: 您好，请问有什么可以帮您？\ncaller: 转人工。\nbot: 好的，正在为您转接人工。\ncaller: 我的包裹三天没有动了。\nagent: 您好，我是[name]，请问有什么可以帮您？", "我的包裹三天没有动了。"},
	} {
		s := wrapup.Summarise(wrapup.Call{Turns: turns(c.text)})
		if s.Reason.Text != c.reason {
			t.Errorf("reason %q, want %q", s.Reason.Text, c.reason)
		}
		if slices.ContainsFunc(s.Numbers, func(l wrapup.Line) bool { return l.Text == "[name]" }) {
			t.Errorf("numbers %v", s.Numbers)
		}
		for _, l := range s.Said {
			if strings.Contains(l.Text, "connecting") || strings.Contains(l.Text, "help") || strings.Contains(l.Text, "帮") || strings.Contains(l.Text, "转接") {
				t.Errorf("said %q", l.Text)
			}
		}
	}
}

func TestOddCalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		ended call.Ended
		want  string // disposition
	}{
		"nothing":                     {"", call.Ended{}, "silent"},
		"bot only":                    {"bot: Hello, how can I help?\nbot: Are you still there?", call.Ended{By: call.Bot}, "silent"},
		"5 seconds":                   {"bot: Hello, how can I help?\ncaller: Oh wrong number.", call.Ended{By: call.Caller}, "abandoned"},
		"one-sided":                   {"caller: I want to cancel my contract.\ncaller: Is anybody there?", call.Ended{By: call.Caller}, "abandoned"},
		"noise":                       {"caller: ...\ncaller: —", call.Ended{By: call.Caller}, "silent"},
		"complaint":                   {"bot: Hello.\ncaller: I want to make a complaint about the driver.\nagent: I am sorry. What happened?\ncaller: He shouted at me.\nagent: I understand.", call.Ended{}, "complaint"},
		"a question about complaints": {"bot: Hello.\ncaller: How do I make a complaint?\nbot: Write to the address on the page.\ncaller: Thanks, that's all.", call.Ended{}, "resolved"},
		"transferred":                 {"bot: Hello.\ncaller: A person please.\nbot: One moment.\nbot: Connecting you.", call.Ended{Why: "transferred"}, "transferred"},
		"passed on":                   {"bot: Hello.\ncaller: A person please.\nagent: Hello, I will pass you on.\ncaller: Thank you.", call.Ended{Why: "transferred"}, "transferred"},
	} {
		all := turns(c.text)
		s := wrapup.Summarise(wrapup.Call{Turns: all, Ended: c.ended})
		grounded(t, s, all)
		if s.Disposition != c.want {
			t.Errorf("%s: %s, want %s: %+v", name, s.Disposition, c.want, s)
		}
		if s.Said == nil || s.Promised == nil || s.Open == nil || s.Numbers == nil {
			t.Errorf("%s: a list is nil", name)
		}
	}
	one := wrapup.Summarise(wrapup.Call{Turns: turns("caller: I want to cancel my contract.\ncaller: Is anybody there?")})
	if one.Reason.Turn != 1 || !find(one.Open, "anybody there") || len(one.Promised) != 0 {
		t.Errorf("%+v", one)
	}
}

// TestHowTheCallGoesOnIsNotSaid leaves out what the bot tells who waits: no figure of the call, and no answer to a question.
func TestHowTheCallGoesOnIsNotSaid(t *testing.T) {
	t.Parallel()
	all := turns("caller: [0]\ncaller: Where is my parcel 88412?\nbot: One moment please, I'm connecting you to a person.\nbot: You are next. It will take about 4 minutes.")
	all[2].Decision, all[3].Decision = "hand-off", "waiting"
	s := wrapup.Summarise(wrapup.Call{Turns: all, Ended: call.Ended{By: call.Caller}})
	if find(s.Numbers, "4 minutes") || find(s.Said, "next") || !find(s.Numbers, "88412") || !find(s.Open, "Where is my parcel") || s.Disposition != "abandoned" || s.Reason.Turn != 2 {
		t.Errorf("%+v", s)
	}
	all = turns("caller: [0]\ncaller: 我的包裹88412在哪里？\nbot: 请稍候，正在为您转接人工。\nbot: 您是下一位。")
	all[2].Decision, all[3].Decision = "hand-off", "waiting"
	if s := wrapup.Summarise(wrapup.Call{Turns: all}); s.Lang != "zh" {
		t.Errorf("a call in Chinese is summed up in %s", s.Lang)
	}
	for why, want := range map[string]string{"": "silent", "transferred": "transferred"} {
		if s := wrapup.Summarise(wrapup.Call{Turns: turns("bot: Hello.\ncaller: [0]"), Ended: call.Ended{Why: why}}); s.Reason.Text != "" || s.Disposition != want {
			t.Errorf("who only pressed a key: %+v, want %s", s, want)
		}
	}
}

func TestLongCall(t *testing.T) {
	t.Parallel()
	var all []call.Turn
	for i := range 1500 {
		who := call.Agent
		text := fmt.Sprintf("So for item %d we looked at the valve and the pressure was fine on line %d.", i, i%7)
		if i%2 == 0 {
			who, text = call.Caller, fmt.Sprintf("And the heating in room %d makes a noise again, what about that one?", i)
		}
		all = append(all, call.Turn{N: i + 1, Who: who, Text: text})
	}
	all = append(all, call.Turn{N: 1501, Who: call.Caller, Text: strings.Repeat("我觉得这个暖气真的不行", 800)})
	s := wrapup.Summarise(wrapup.Call{Turns: all})
	grounded(t, s, all)
	if len(s.Said) > 8 || len(s.Promised) > 8 || len(s.Open) > 6 || len(s.Numbers) > 12 {
		t.Errorf("%d said, %d promised, %d open, %d numbers", len(s.Said), len(s.Promised), len(s.Open), len(s.Numbers))
	}
}

func TestMaskedStaysMasked(t *testing.T) {
	t.Parallel()
	mask := func(text, lang string) string { m, _ := redact.Text(text, lang); return m }
	all := turns("caller: My card 4111 1111 1111 1111 was charged twice, 30 pounds.\nagent: We will refund the 30 pounds to the card ending in 11.")
	s := wrapup.Summarise(wrapup.Call{Turns: all, Mask: mask})
	if strings.Contains(fmt.Sprintf("%+v", s), "4111") {
		t.Errorf("a card is in the summary: %+v", s)
	}
}

type writer struct {
	answer string
	err    error
	asked  string
}

func (w *writer) Write(_ context.Context, _, text string) (string, error) {
	w.asked = text
	return w.answer, w.err
}

func TestModelKeepsToTheTurns(t *testing.T) {
	t.Parallel()
	c := wrapup.Call{Turns: turns(kettle)}
	s := wrapup.Summarise(c)
	w := &writer{answer: "Here you are:\n" + `[
		{"section":"reason","turn":3,"text":"Caller wants a refund for a leaking kettle bought last week."},
		{"section":"promised","turn":10,"text":"You'll receive £349.90 back within five working days."},
		{"section":"promised","turn":9,"text":"Agent will email a prepaid label today."},
		{"section":"promised","turn":7,"text":"Agent will have a look at the system."},
		{"section":"said","turn":6,"text":"Order number HH-20418."},
		{"section":"said","turn":6,"text":"Order number HH-20419."},
		{"section":"said","turn":9,"text":"You will have to pay for anything."},
		{"section":"said","turn":99,"text":"Order number."},
		{"section":"said","turn":3,"text":"The weather in Spain stays mainly lovely."},
		{"section":"said","turn":3,"text":"<b>kettle</b> leaks"},
		{"section":"reason","turn":5,"text":"Agent asks for the order number."}
	]`}
	got, err := wrapup.Phrase(t.Context(), w, c, s)
	if err != nil || got.Method != wrapup.Model {
		t.Fatal(got, err)
	}
	if !strings.HasPrefix(got.Reason.Text, "Caller wants a refund") {
		t.Error(got.Reason)
	}
	if !find(got.Promised, "Agent will email") || !find(got.Promised, "£34.99") || find(got.Promised, "349") || find(got.Promised, "look") {
		t.Errorf("promised: %+v", got.Promised)
	}
	if len(got.Said) != 1 || got.Said[0].Text != "Order number HH-20418." {
		t.Errorf("said: %+v", got.Said)
	}
	for _, bad := range []string{"", "no", "[", `[{"section":1}]`, "[]", strings.Repeat("[", 10000) + "]"} {
		if got, err := wrapup.Phrase(t.Context(), &writer{answer: bad}, c, s); err != nil || got.Method != wrapup.Extractive || got.Reason != s.Reason {
			t.Errorf("%.20q: %+v, %v", bad, got, err)
		}
	}
	down := errors.New("down")
	if got, err := wrapup.Phrase(t.Context(), &writer{err: down}, c, s); !errors.Is(err, down) || got.Reason != s.Reason {
		t.Error(got, err)
	}
}

func TestEditsAreKeptBesideTheOriginal(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, ctx := s.Wrapups(), t.Context()
	if _, err := w.Wrapup(ctx, "c1"); !errors.Is(err, wrapup.ErrUnknown) {
		t.Fatal(err)
	}
	first := wrapup.Summarise(wrapup.Call{Turns: turns(kettle)})
	at := time.Now()
	if err := w.SaveOriginal(ctx, "c1", "p1", first, at); err != nil {
		t.Fatal(err)
	}
	edited := first
	edited.Reason = wrapup.Line{Text: "Leaking kettle, refund"}
	if err := w.SaveEdit(ctx, "c1", edited, "t1", "p1", at); err != nil {
		t.Fatal(err)
	}
	late := wrapup.Summarise(wrapup.Call{Turns: turns(kettle + "\ncaller: Oh, one more thing, I lost my receipt.")})
	if err := w.SaveOriginal(ctx, "c1", "p1", late, at); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(ctx, "c1"); err != nil {
		t.Fatal(err)
	}
	got, err := w.Wrapup(ctx, "c1")
	if err != nil || got.Edited == nil || got.Current().Reason.Text != "Leaking kettle, refund" || got.By != "p1" || got.Ticket != "t1" || !got.Done {
		t.Fatalf("%+v, %v", got, err)
	}
	if got.Original.Reason != late.Reason {
		t.Errorf("%+v", got.Original.Reason)
	}
}

func FuzzSummarise(f *testing.F) {
	f.Add("caller: 3.5 pounds?\nagent: I will call you back in two days.")
	f.Fuzz(func(t *testing.T, text string) {
		all := turns(text)
		s := wrapup.Summarise(wrapup.Call{Turns: all})
		for _, l := range s.Numbers {
			if !entity.Within(l.Text, l.Text) {
				t.Fatal(l)
			}
		}
		grounded(t, s, all)
	})
}

func BenchmarkSummarise(b *testing.B) {
	all := turns(strings.Repeat(kettle+"\n"+zhCall+"\n", 60))
	for b.Loop() {
		wrapup.Summarise(wrapup.Call{Turns: all})
	}
}

// TestTwoWrite keeps what the first of two agents wrote when the second saves.
func TestTwoWrite(t *testing.T) {
	line := func(s ...string) (out []wrapup.Line) {
		for _, x := range s {
			out = append(out, wrapup.Line{Text: x})
		}
		return out
	}
	ann := wrapup.Summary{Reason: wrapup.Line{Text: "a card"}, Promised: line("We refund it.", "We ring on Monday."), Disposition: "transferred"}
	bob := wrapup.Summary{Reason: wrapup.Line{Text: "a fee"}, Promised: line("We refund it.", "We send a letter."), Said: line("It was twice."), Disposition: "resolved"}
	got := bob.Beside(ann)
	if got.Reason.Text != "a fee" || got.Disposition != "resolved" || !slices.Equal(got.Said, bob.Said) || !slices.Equal(got.Promised, line("We refund it.", "We ring on Monday.", "We send a letter.")) {
		t.Errorf("%+v", got)
	}
	if len(ann.Promised) != 2 || len(bob.Promised) != 2 {
		t.Error("what was given is changed")
	}
}

// Notes of two people are joined line by line: what only sounds like a part of the other's is kept, what they went on with
// stands once.
func TestNotesOfTwo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, after, want string }{
		{"Refund", "No Refund promised", "Refund\nNo Refund promised"},
		{"card", "card lost\nfee", "card\ncard lost\nfee"},
		{"card lost", "card lost\nfee", "card lost\nfee"},
		{"card lost\npaid twice", "card lost\nfee", "paid twice\ncard lost\nfee"},
		{"card lost", "", "card lost"},
		{"", "fee", "fee"},
		{"card lost \n\n", "card lost", "card lost"},
		{"退款", "不退款", "退款\n不退款"},
	} {
		if got := (wrapup.Summary{Notes: c.after}).Beside(wrapup.Summary{Notes: c.before}).Notes; got != c.want {
			t.Errorf("%q beside %q: %q, want %q", c.after, c.before, got, c.want)
		}
	}
}
