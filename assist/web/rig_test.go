package web_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/web"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig serves the page over a real bus, record and API.
type rig struct {
	t    *testing.T
	home string
	bus  *events.Bus
	api  *httpapi.API
	url  string
	stop func() // stops answering requests; serve begins again
}

func newRig(t *testing.T, token string, more ...func(*httpapi.Options)) *rig {
	t.Helper()
	home := t.TempDir()
	bus, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(home, "events")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.Handler(web.Config{SIP: "127.0.0.1:5070", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	o := httpapi.Options{Records: s, Live: bus, Pages: pages, Loopback: true, Token: token}
	for _, f := range more {
		f(&o)
	}
	api, err := httpapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	recorded := make(chan error, 1)
	rec := store.NewRecorder(s, nil)
	// Ends when ctx is cancelled in the clean-up, which waits for it.
	go func() { recorded <- rec.Run(ctx, bus) }()
	<-rec.Ready()
	r := &rig{t: t, home: home, bus: bus, api: api}
	r.serve("127.0.0.1:0")
	t.Cleanup(func() {
		r.stop()
		cancel()
		for _, err := range []error{<-recorded, bus.Close(), s.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	return r
}

// serve answers requests at addr until r.stop is called.
func (r *rig) serve(addr string) {
	r.t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.url = "http://" + ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	// Ends when r.stop cancels ctx, which waits for it.
	go func() { done <- r.api.Serve(ctx, ln) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
}

// talk is a scripted call.
type talk struct {
	*events.Log

	r    *rig
	n    int
	lang string
	now  float64
}

func (r *rig) ring(from, to, lang string, ago time.Duration) *talk {
	r.t.Helper()
	began := time.Now().Add(-ago)
	k := &talk{Log: events.NewLog(r.bus, call.NewID(), began), r: r, lang: lang}
	k.emit(call.KindStarted, call.Started{
		From: from, To: to, Route: to, Base: to, Langs: []string{lang}, Codec: "PCMA", Remote: "127.0.0.1:40612", At: began, Recorded: true,
	})
	return k
}

func (k *talk) emit(kind call.Kind, body any) {
	k.r.t.Helper()
	if err := k.Emit(context.Background(), sec(k.now), kind, body, true); err != nil {
		k.r.t.Fatal(err)
	}
}

func sec(s float64) call.Offset { return call.Offset(time.Duration(s * 1e9)) }

// hear is a caller's turn of the given length.
func (k *talk) hear(text string, seconds, sentiment float64) {
	k.n++
	from := k.now + 0.9
	k.now = from + seconds
	k.emit(call.KindFinal, map[string]any{"who": "caller", "text": text, "lang": k.lang, "start_s": from, "end_s": k.now, "final": true})
	k.emit(call.KindTurn, call.Turn{N: k.n, Who: call.Caller, Text: text, Lang: k.lang, Start: sec(from), End: sec(k.now), Confidence: .91, Sentiment: sentiment})
}

// say is a reply that begins gap seconds after the caller ended.
func (k *talk) say(text, decision, entry string, p, gap, seconds float64, cut bool) {
	k.n++
	voice := k.now
	k.emit(call.KindAnswered, map[string]any{"query": "", "decision": decision, "entry": entry, "text": text, "p_right": p, "ms": 7.4, "lang": k.lang})
	k.now = voice + gap
	if gap > 0 {
		k.emit(call.KindWaterfall, call.Waterfall{
			Turn: k.n, LastVoice: sec(voice), EndOfTurn: sec(voice + gap*.78), FinalText: sec(voice + gap*.42), Answered: sec(voice + gap*.46),
			FirstAudio: sec(voice + gap*.71), FirstVoice: sec(voice + gap), Speculated: gap < .8, Why: "likely finished",
		})
	}
	from := k.now
	k.now += seconds
	k.emit(call.KindTurn, call.Turn{N: k.n, Who: call.Bot, Text: text, Lang: k.lang, Start: sec(from), End: sec(k.now), Cut: cut, Entry: entry, Decision: decision})
}

func (k *talk) end(why string) {
	k.now += .6
	k.emit(call.KindEnded, call.Ended{By: call.Caller, Why: why, Duration: k.now})
}

// tape writes a recording of the call's length.
func (k *talk) tape() {
	k.r.t.Helper()
	dir, err := store.Folder(k.r.home, k.ID())
	if err != nil {
		k.r.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		k.r.t.Fatal(err)
	}
	if err := audio.WriteWAV(filepath.Join(dir, "audio.wav"), audio.Rate, 2, make([]int16, int(k.now*audio.Rate)*2)); err != nil {
		k.r.t.Fatal(err)
	}
}

// bank is a finished English call.
func (r *rig) bank() *talk {
	k := r.ring("Mei Lin", "bank", "en", 24*time.Minute)
	k.say("Good morning, this is Harbour Bank. This call is recorded. How can I help you?", "greeting", "", 0, 0, 4.2, false)
	k.hear("Hi, I think I lost my card on the train this morning.", 3.1, -.3)
	k.say("We block a lost card at once. You can do it in the app under Cards, or I can put you through to the card desk now.", "answer", "bank/lost-card", .96, .71, 6.8, false)
	k.hear("And how long until I get a new one?", 1.9, -.1)
	k.say("A new card is sent the same day and arrives within", "answer", "bank/replacement-card", .93, .64, 2.6, true)
	k.emit(call.KindInterrupt, call.Interrupt{Action: "cancel", Why: "caller went on speaking"})
	k.hear("Sorry, does that cost anything?", 1.6, .1)
	k.say("Do you mean the fee for a replacement card, or the fee for express delivery?", "clarify", "bank/replacement-fee", .58, 1.18, 3.9, false)
	k.hear("The replacement card.", 1.1, .2)
	k.say("The first replacement in a year is free. Every further one is eight euros.", "answer", "bank/replacement-fee", .98, .69, 4.1, false)
	k.emit(call.KindKey, call.Key{Digit: "0", Via: "rfc4733"})
	k.hear("Great, thank you. Goodbye.", 1.4, .7)
	k.say("Goodbye, and thank you for calling.", "command", "", 0, .52, 2, false)
	k.end("goodbye")
	k.tape()
	return k
}

// shop is a running Chinese call.
func (r *rig) shop() *talk {
	k := r.ring("13800138000", "shop", "zh", 21*time.Second)
	k.say("您好，这里是晴川商城，本次通话会被录音。请问有什么可以帮您？", "greeting", "", 0, 0, 4.6, false)
	k.hear("我上个星期买的鞋子不合脚，可以退货吗？", 3.2, -.2)
	k.say("收到商品七天内，不影响二次销售的话可以无理由退货，在订单页面点申请退货就可以了。", "answer", "shop/return-7-days", .95, .73, 6.9, false)
	return k
}

func (k *talk) partial(text string) {
	k.r.t.Helper()
	b := map[string]any{"who": "caller", "text": text, "lang": k.lang, "start_s": k.now + .6, "end_s": k.now + 1.8}
	if err := k.Emit(context.Background(), sec(k.now+1.8), call.KindPartial, b, false); err != nil {
		k.r.t.Fatal(err)
	}
}

// others fills the list.
func (r *rig) others() {
	k := r.ring("sip:warehouse-terminal-07", "shop", "zh", 3*time.Hour)
	k.say("您好，这里是晴川商城。", "greeting", "", 0, 0, 2.1, false)
	k.hear("帮我转人工", 1.2, -.6)
	k.say("好的，正在为您转接人工客服。", "command", "", 0, .58, 2.4, false)
	k.emit(call.KindTransfer, call.Transfer{Target: "sip:agents@pbx", State: "refused", Status: 486, Why: "busy"})
	k.say("现在没有空闲的客服，您可以稍后再拨，或继续问我。", "offer_person", "", 0, 0, 3.6, false)
	k.end("bye")
	k = r.ring("+44 20 7946 0018", "bank", "en", 50*time.Hour)
	k.say("Good morning, this is Harbour Bank.", "greeting", "", 0, 0, 2.2, false)
	k.hear("Do you sell aquarium pumps?", 1.7, 0)
	k.say("I have nothing approved on that. Shall I put you through to a person?", "offer_person", "", .08, .93, 3.4, false)
	k.emit(call.KindTrouble, call.Trouble{Part: "recogniser", Why: "time-out", Then: "the caller was asked to say it again"})
	k.now++
	k.emit(call.KindEnded, call.Ended{Why: "cut", Duration: k.now})
}
