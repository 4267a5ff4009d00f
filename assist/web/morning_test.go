package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/web"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// line is one turn of a made-up call: who, from when to when in seconds, and what was said.
type line struct {
	who      call.Party
	from, to float64
	text     string
}

// mornings are calls in both languages: with a bot, a hold, a long silence, both speaking at once, an upset caller.
var mornings = map[string][][]line{
	"en": {
		{
			{call.Bot, 0, 4, "Good morning, this is Harbour Bank. How can I help you?"},
			{call.Caller, 4.8, 9, "This is ridiculous, I have been charged twice and nobody helps me!"},
			{call.Bot, 9.6, 12, "I put you through to a colleague."},
			{call.Agent, 24, 29, "Good morning, Harbour Bank, my name is Tom. I am sorry to hear that."},
			{call.Agent, 29.4, 33, "May I have your date of birth first, please?"},
			{call.Caller, 32.2, 36, "The fourth of May nineteen eighty. I want my money back today."},
			{call.Agent, 37, 42, "I guarantee that you will have your money back tomorrow."},
			{call.Caller, 55, 57, "All right."},
			{call.Agent, 58, 62, "Is there anything else? Thank you for calling, goodbye."},
		},
		{
			{call.Agent, 0, 4, "Harbour Bank, this is Tom speaking, how can I help?"},
			{call.Caller, 5, 8, "I would like to order a new card."},
			{call.Agent, 9, 14, "Certainly. What is your date of birth, please?"},
			{call.Caller, 15, 18, "The ninth of June nineteen seventy."},
			{call.Agent, 19, 24, "Thank you. The card costs five pounds and comes within five days. Thank you for calling."},
		},
		{
			{call.Agent, 0, 3, "Hello."},
			{call.Caller, 4, 8, "Where is my refund?"},
			{call.Agent, 9, 12, "I do not know, wait for it."},
		},
	},
	"zh": {
		{
			{call.Bot, 0, 4, "您好，这里是晴川商城，请问有什么可以帮您？"},
			{call.Caller, 4.8, 9, "你们太过分了，我被扣了两次钱，没有人管！"},
			{call.Bot, 9.6, 12, "我为您转接人工客服。"},
			{call.Agent, 24, 29, "您好，晴川商城，我是王敏，很抱歉给您带来不便。"},
			{call.Agent, 29.4, 33, "请先告诉我您的订单号和手机尾号。"},
			{call.Caller, 32.2, 36, "订单号我发给你们了，我今天就要退款。"},
			{call.Agent, 37, 42, "我保证明天一定给您退款到账。"},
			{call.Caller, 55, 57, "好吧。"},
			{call.Agent, 58, 62, "请问还有其他问题吗？感谢您的来电，再见。"},
		},
		{
			{call.Agent, 0, 4, "您好，晴川商城，我是王敏，请问有什么可以帮您？"},
			{call.Caller, 5, 8, "我想退货。"},
			{call.Agent, 9, 14, "好的，请提供您的订单号。"},
			{call.Caller, 15, 18, "是三零二五。"},
			{call.Agent, 19, 24, "退货运费八元，三天内到账。感谢您的来电。"},
		},
		{
			{call.Agent, 0, 3, "喂。"},
			{call.Caller, 4, 8, "我的退款呢？"},
			{call.Agent, 9, 12, "不知道，你等着吧。"},
		},
	},
}

const morningForm = `form: service
version: 1
languages: [en, zh]
sections: [{id: start, title_en: Opening, title_zh: 开场, weight: 40}, {id: rules, title_en: Rules, title_zh: 规范, weight: 60}]
bands: [{name: good, from: 80}, {name: fair, from: 50}, {name: poor, from: 0}]
questions:
  - {id: name, section: start, text_en: "Did the agent give a name?", text_zh: "客服是否报了姓名？"}
  - {id: sorry, section: start, text_en: "Did the agent show empathy if the caller was upset?", text_zh: "客户不满时客服是否安抚？"}
  - {id: promise, section: rules, auto_fail: true, weight: 2, text_en: "Did the agent avoid promising an outcome that cannot be guaranteed?", text_zh: "客服是否避免作出无法保证的承诺？"}
  - {id: thanks, section: rules, text_en: "Did the agent thank the caller?", text_zh: "客服是否感谢了来电者？"}
  - {id: quiet, section: rules, fail_on: yes, text_en: "Was there a silence of more than ten seconds?", text_zh: "是否有超过十秒的静默？", rule: "silence.before > 10", on: any}
  - {id: tone, section: start, type: scale, answer_by: person, text_en: "How friendly was the agent?", text_zh: "客服有多友好？", options: [{key: "1", text_en: rude, text_zh: 粗鲁}, {key: "2", text_en: correct, text_zh: 得体}, {key: "3", text_en: warm, text_zh: 热情}]}
  - {id: told, section: rules, type: several, text_en: "What was the caller told?", text_zh: "告知了客户哪些内容？", options: [{key: fee, text_en: "the fee", text_zh: 费用, rule: "text.matches('pounds|元')"}, {key: when, text_en: "the time it takes", text_zh: 时限, rule: "text.matches('within|tomorrow|天内|明天')"}]}
`

const morningSecret = "correct horse battery staple"

// TestMorning walks a reviewer's morning in Chromium against a real record and API: the inbox, a call with its sound, a
// corrected answer, an appeal decided by a second person, a calibration, insights, an export, and the form editor; in both
// languages. Somebody whose queue it is not sees none of it. PARLEY_SHOTS names a folder for pictures.
func TestMorning(t *testing.T) {
	needBuilt(t)
	if os.Getenv("PARLEY_WALK") == "" {
		t.Skip("the walk takes a minute or two and a machine of its own: make walk")
	}
	node, err := exec.LookPath("node")
	if err != nil || exec.Command(node, "-e", "process.exit(Number(process.versions.node.split('.')[0]) >= 18 ? 0 : 1)").Run() != nil {
		t.Skip("no node 18 or newer on PATH: install it to walk through the pages")
	}
	if _, err := os.Stat("app/node_modules/playwright-core"); err != nil {
		t.Skip("the parts of the pages are not installed: run deploy/pages.sh --check")
	}
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && browser == "" {
			browser = p
		}
	}
	if browser == "" {
		t.Skip("no chromium on PATH: install it to walk through the pages")
	}
	for _, lang := range []string{"en", "zh"} {
		t.Run(lang, func(t *testing.T) {
			url, first := newMorning(t, lang)
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, node, "e2e/reviewer/morning.mjs", url, lang, string(first))
			cmd.Dir = "app"
			cmd.Env = append(os.Environ(), "PARLEY_CHROMIUM="+browser)
			cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
			cmd.WaitDelay = 10 * time.Second
			out, err := cmd.CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// newMorning serves pages and API over scored calls and gives the address and the first call.
func newMorning(t *testing.T, lang string) (string, call.ID) {
	t.Helper()
	home := t.TempDir()
	st, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	gate, err := access.New(access.Options{Store: st.People(), Key: []byte(strings.Repeat("k", 32))})
	if err != nil {
		t.Fatal(err)
	}
	keeper := &scoring.Keeper{Calls: st, Store: st.Scores(), Scorer: quality.New(quality.Options{})}
	pages, err := web.Handler(web.Config{SIP: "127.0.0.1:5070", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	api, err := httpapi.New(httpapi.Options{
		Records: st, Pages: pages, Loopback: true, Access: gate,
		Quality:  httpapi.QualityOptions{Scores: st.Scores(), Keeper: keeper, Export: &export.Gatherer{Records: st, Scores: st.Scores(), Imports: st.Imports()}},
		Insights: httpapi.InsightsOptions{Store: st.Insights(), Figures: insight.Options{Zone: time.UTC, RepeatDays: 3, Service: 20 * time.Second}},
	})
	if err != nil {
		t.Fatal(err)
	}
	agent := people(t, gate, lang)
	if _, err := st.Scores().SaveForm(t.Context(), "service", morningForm, "x", 0); err != nil {
		t.Fatal(err)
	}
	var ids []call.ID
	for i, lines := range mornings[lang] {
		id := seed(t, st, home, lang, i, lines)
		ids = append(ids, id)
		if err := st.People().AddTaken(t.Context(), id, agent, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keeper.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	nearlyFail(t, st.Scores(), ids[1])
	facts := &insight.Keeper{Calls: st.Insights(), Groups: st.Insights()}
	if _, err := facts.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	// Ends when ctx is cancelled in the clean-up, which waits for it.
	go func() { done <- api.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		for _, err := range []error{<-done, st.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	return "http://" + ln.Addr().String(), ids[0]
}

// nearlyFail has an answer to a question that fails calls stand as it might where the models that understand meaning are.
func nearlyFail(t *testing.T, scores *store.Scores, id call.ID) {
	t.Helper()
	sheets, err := scores.Sheets(t.Context(), id)
	if err != nil || len(sheets) != 1 {
		t.Fatal(len(sheets), err)
	}
	for i := range sheets[0].Card.Answers {
		if a := &sheets[0].Card.Answers[i]; a.Question == "promise" {
			a.FailOdds, a.Beside, a.Confidence = new(float64), 12, 0.62
		}
	}
	if err := scores.SaveScored(t.Context(), id, sheets, nil); err != nil {
		t.Fatal(err)
	}
}

// people are an admin, two reviewers, a reviewer of another queue and an agent, whose id is given back.
func people(t *testing.T, gate *access.Gate, lang string) string {
	t.Helper()
	enter := func(token, login, name string) {
		t.Helper()
		if _, _, err := gate.Welcome(t.Context(), token, login, name, morningSecret, login); err != nil {
			t.Fatal(login, err)
		}
	}
	link, err := gate.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	enter(link, "ada", "Ada")
	agent := ""
	for _, p := range []access.Person{
		{Login: "jo", Name: map[string]string{"en": "Jo Hart", "zh": "周静"}[lang], Roles: []access.Role{access.Quality}, Queues: []string{"line"}},
		{Login: "kim", Name: map[string]string{"en": "Kim Lowe", "zh": "金磊"}[lang], Roles: []access.Role{access.Quality}},
		{Login: "ola", Name: "Ola", Roles: []access.Role{access.Quality}, Queues: []string{"elsewhere"}},
		{Login: "tom", Name: map[string]string{"en": "Tom Baker", "zh": "王敏"}[lang], Roles: []access.Role{access.Agent}},
	} {
		a, err := gate.Add(t.Context(), p, access.Entry{})
		if err != nil {
			t.Fatal(err)
		}
		token, err := gate.Invite(t.Context(), a.ID, access.Entry{})
		if err != nil {
			t.Fatal(err)
		}
		enter(token, p.Login, p.Name)
		if p.Login == "tom" {
			agent = a.ID
		}
	}
	return agent
}

// seed records one call with a sound that is loud where somebody speaks.
func seed(t *testing.T, st *store.Store, home, lang string, i int, lines []line) call.ID {
	t.Helper()
	id := call.NewID()
	end := lines[len(lines)-1].to + 1
	began := time.Now().Add(-time.Duration(3-i)*time.Hour - time.Minute)
	var evs []call.Event
	add := func(at float64, kind call.Kind, body any) {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		evs = append(evs, call.Event{V: 1, Call: id, Seq: uint64(len(evs) + 1), At: sec(at), Kind: kind, Body: raw})
	}
	add(0, call.KindStarted, call.Started{From: "+44 20 7946 00" + fmt.Sprint(18+i), To: "line", Route: "line", Langs: []string{lang}, At: began, Recorded: true})
	for n, l := range lines {
		add(l.to, call.KindTurn, call.Turn{N: n + 1, Who: l.who, Text: l.text, Lang: lang, Start: sec(l.from), End: sec(l.to), Confidence: .9})
	}
	if i == 0 {
		add(9, call.KindAlert, export.Alert{Rule: "anger", Severity: "critical", Text: map[string]string{"en": "The caller is angry", "zh": "客户愤怒"}[lang], At: sec(9), Turn: 2})
		add(43, call.KindHold, call.Hold{On: true})
		add(54, call.KindHold, call.Hold{})
	}
	add(end, call.KindEnded, call.Ended{By: call.Caller, Duration: end})
	if _, err := st.Record(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, int(end*audio.Rate)*2)
	for _, l := range lines {
		side := 1
		if l.who == call.Caller {
			side = 0
		}
		for k := int(l.from * audio.Rate); k < int(l.to*audio.Rate); k++ {
			beat := math.Abs(math.Sin(float64(k) / audio.Rate * 9))
			pcm[2*k+side] = int16(9000 * beat * math.Sin(float64(k)*0.09))
		}
	}
	dir, err := store.Folder(home, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := audio.WriteWAV(filepath.Join(dir, "audio.wav"), audio.Rate, 2, pcm); err != nil {
		t.Fatal(err)
	}
	return id
}
