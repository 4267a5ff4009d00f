package callpage_test

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/parley-voice/parley/assist/web/callpage"
	"github.com/parley-voice/parley/pipeline/audio"
)

var bankLine = callpage.Line{ID: "bank", Name: map[string]string{"en": "Cards and accounts", "zh": "银行卡与账户"}}

// voice writes a file that a fake microphone plays: bursts of a buzz, which no noise suppression takes for noise.
func voice(t *testing.T) string {
	t.Helper()
	const rate = 48000
	pcm := make([]int16, 4*rate)
	for i := range pcm {
		at := float64(i) / rate
		v := 0.0
		f := 140 + 30*math.Sin(2*math.Pi*0.7*at)
		for h := 1.0; h < 20; h++ {
			v += math.Sin(2*math.Pi*f*h*at) / h
		}
		pcm[i] = int16(7000 * v * math.Max(0, math.Sin(2*math.Pi*2.5*at)))
	}
	name := filepath.Join(t.TempDir(), "voice.wav")
	if err := audio.WriteWAV(name, rate, 1, pcm); err != nil {
		t.Fatal(err)
	}
	return name
}

// chromium starts a browser, or skips the test where there is none. fake also grants the microphone.
func chromium(t *testing.T, fake bool, flags ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("needs Chromium: install it to test the page in a browser")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.WSURLReadTimeout(60*time.Second),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.Flag("disable-gpu", true), chromedp.Flag("lang", "en-US"))
	if fake {
		opts = append(opts, chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-audio-capture", voice(t)))
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(opts, flags...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 110*time.Second)
	t.Cleanup(cancel)
	chromedp.ListenTarget(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("script: %s", ev.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			for _, a := range ev.Args {
				t.Logf("console: %s", a.Value)
			}
		}
	})
	return ctx
}

func run(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, steps...); err != nil {
		var body string
		_ = chromedp.Run(ctx, chromedp.Evaluate(`document.body.dataset.state + ": " + document.body.innerText`, &body))
		t.Fatalf("%s: %v; the page shows %q", what, err, body)
	}
}

// state waits until the page is in a state.
func state(s string) chromedp.Action {
	return chromedp.Poll(fmt.Sprintf("document.body && document.body.dataset.state === %q", s), nil, chromedp.WithPollingTimeout(20*time.Second))
}

// truth waits until a condition holds.
func truth(js string) chromedp.Action {
	return chromedp.Poll(js, nil, chromedp.WithPollingTimeout(20*time.Second))
}

// contrast lists text whose contrast with what is behind it is below 4.5 (3 for large text), and buttons without a name
// or smaller than 44 px.
const contrast = `(() => {
  const rgb = (c) => c.match(/[\d.]+/g).map(Number);
  const lum = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (el) => { for (; el; el = el.parentElement) { const c = rgb(getComputedStyle(el).backgroundColor); if (c.length < 4 || c[3] > .99) return c; } return [255, 255, 255]; };
  const bad = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const el = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !el.checkVisibility({ visibilityProperty: true }) || el.closest(":disabled, noscript")) continue;
    const st = getComputedStyle(el), a = lum(rgb(st.color).slice(0, 3)), b = lum(behind(el).slice(0, 3));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < (parseFloat(st.fontSize) >= 24 ? 3 : 4.5)) bad.push("contrast " + ratio.toFixed(2) + ": " + walk.currentNode.data.trim());
  }
  for (const el of document.querySelectorAll("button")) {
    const box = el.getBoundingClientRect();
    if (!el.checkVisibility({ visibilityProperty: true })) continue;
    if (!(el.getAttribute("aria-label") || el.innerText).trim()) bad.push("a button has no name: " + el.id);
    if (box.width < 44 || box.height < 44) bad.push("a button is small: " + el.id);
  }
  return bad;
})()`

// look writes pictures at the widths of a desk and of a telephone, and checks that nothing sticks out sideways.
func look(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, v := range []struct {
		w, h int64
		dark bool
	}{{1280, 800, false}, {390, 844, true}, {390, 844, false}, {360, 640, false}} {
		scheme := "light"
		if v.dark {
			scheme = "dark"
		}
		var wide int
		var png []byte
		run(t, ctx, "picture "+name, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
			chromedp.EmulateViewport(v.w, v.h), chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide), chromedp.FullScreenshot(&png, 100))
		var faint []string
		run(t, ctx, "contrast "+name, chromedp.Evaluate(contrast, &faint))
		for _, f := range faint {
			t.Errorf("%s, %s: %s", name, scheme, f)
		}
		if wide > int(v.w) {
			t.Errorf("%s is %d px wide on a screen of %d", name, wide, v.w)
		}
		if err := os.WriteFile(filepath.Join(t.ArtifactDir(), fmt.Sprintf("%s-%d-%s.png", name, v.w, scheme)), png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func await[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("%s did not happen within 20 s", what)
		panic("not reached")
	}
}

func TestCallInABrowser(t *testing.T) {
	s := serve(t, "127.0.0.1:0", bankLine, callpage.Line{ID: "shop", Name: map[string]string{"en": "Orders and returns", "zh": "订单与退货"}})
	ctx := chromium(t, true)
	run(t, ctx, "open", chromedp.Navigate(s.base+"/call"), state("idle"))
	look(t, ctx, "idle-en")
	run(t, ctx, "Chinese", chromedp.Click("#lang"), truth(`document.documentElement.lang === "zh-CN" && document.title === "海港银行"`))
	look(t, ctx, "idle-zh")
	run(t, ctx, "English", chromedp.Click("#lang"))

	run(t, ctx, "call", chromedp.Click("#call"), state("incall"), truth(`document.querySelectorAll("#rows li").length === 4`),
		truth(`[...document.querySelectorAll("#rows li .words")].map(w => w.textContent.split(" ")[0]).join() === "Welcome,I,Please.,Let"`))
	loud := 0
	for deadline := time.Now().Add(15 * time.Second); loud < 25 && time.Now().Before(deadline); {
		if await(t, "sound", s.bot.levels) > -45 {
			loud++
		}
	}
	if loud < 25 {
		t.Error("the bot does not hear the microphone")
	}
	run(t, ctx, "sound and who speaks", truth(`document.querySelector("#they.on") !== null`), truth(`document.querySelector("#you.on") !== null`))
	look(t, ctx, "incall-en")
	s.bot.tell <- callpage.Message{Type: "with", Who: "agent"}
	run(t, ctx, "a person", truth(`document.querySelector("#they .name").textContent === "Agent" && document.querySelector("#rows .note").textContent.includes("a person")`))
	look(t, ctx, "person-en")

	run(t, ctx, "mute", chromedp.KeyEvent("m"), truth(`document.querySelector("#mute").getAttribute("aria-pressed") === "true"`))
	quiet := 0
	for deadline := time.Now().Add(10 * time.Second); quiet < 50 && time.Now().Before(deadline); {
		if quiet++; await(t, "sound", s.bot.levels) > -60 {
			quiet = 0
		}
	}
	if quiet < 50 {
		t.Error("a muted microphone is heard")
	}
	run(t, ctx, "keys", chromedp.KeyEvent("m"), chromedp.KeyEvent("4"), chromedp.Click(`#keys button[data-k="#"]`))
	for _, want := range "4#" {
		if k := await(t, "a key", s.bot.keys); k != want {
			t.Errorf("key %c instead of %c", k, want)
		}
	}
	look(t, ctx, "keypad-en")
	run(t, ctx, "hang up", chromedp.Click("#call"), state("ended"))
	if why := await(t, "the end", s.bot.ended); why != "caller bye" {
		t.Errorf("ended: %s", why)
	}
	look(t, ctx, "ended-en")

	run(t, ctx, "call the other line", chromedp.Click(`#choices input[value=shop]`), chromedp.Click("#lang"), chromedp.Click("#call"), state("incall"), truth(`document.querySelector("#they.on") !== null`))
	look(t, ctx, "incall-zh")
	s.bot.hangup <- struct{}{}
	run(t, ctx, "far end hangs up", state("ended"), truth(`document.querySelector("#detail").textContent.includes("对方已挂断")`))
	if why := await(t, "the end", s.bot.ended); why != "bot hangup" {
		t.Errorf("ended: %s", why)
	}

	s.bot.busy.Store(true)
	run(t, ctx, "busy", chromedp.Click("#call"), state("busy"), truth(`/1[0-2] 秒/.test(document.querySelector("#detail").textContent)`))
	look(t, ctx, "busy-zh")
	s.bot.busy.Store(false)
	run(t, ctx, "again, then leave the page", chromedp.Click("#call"), state("incall"), chromedp.Navigate("about:blank"))
	if why := await(t, "the end", s.bot.ended); why != "caller bye" {
		t.Errorf("ended: %s", why)
	}
}

func TestMicrophoneRefused(t *testing.T) {
	s := serve(t, "127.0.0.1:0", bankLine)
	ctx := chromium(t, false, chromedp.Flag("deny-permission-prompts", true), chromedp.Flag("use-fake-device-for-media-stream", true))
	run(t, ctx, "refused", chromedp.Navigate(s.base+"/call"), state("idle"), chromedp.Click("#call"), state("blocked"), truth(`document.querySelectorAll("#helpSteps li").length === 4`))
	look(t, ctx, "refused-en")
}

func TestServiceOutOfReach(t *testing.T) {
	s := serve(t, "127.0.0.1:0", bankLine)
	ctx := chromium(t, true)
	never := `window.real = fetch; window.fetch = (_, o) => new Promise((_, no) => o.signal.addEventListener("abort", () => no(new Error("aborted")))); 0`
	run(t, ctx, "cancel", chromedp.Navigate(s.base+"/call"), state("idle"), chromedp.Evaluate(never, nil), chromedp.Click("#call"), state("connecting"))
	look(t, ctx, "connecting-en")
	run(t, ctx, "cancel", chromedp.Click("#call"), state("idle"))
	run(t, ctx, "offline", chromedp.Evaluate(`window.fetch = () => Promise.reject(new TypeError("offline")); 0`, nil), chromedp.Click("#call"), state("blocked"),
		truth(`document.querySelector("#status").textContent === "The service cannot be reached"`))
	look(t, ctx, "offline-en")
	run(t, ctx, "again", chromedp.Evaluate(`window.fetch = window.real; 0`, nil), chromedp.Click("#call"), state("incall"), chromedp.Click("#call"), state("ended"))
}

func TestInsecurePageSaysSo(t *testing.T) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Skip("needs the addresses of this machine: ", err)
	}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.IsLoopback() || n.IP.To4() == nil {
			continue
		}
		s := serve(t, n.IP.String()+":0", bankLine)
		ctx := chromium(t, true)
		run(t, ctx, "insecure", chromedp.Navigate("http://"+net.JoinHostPort(n.IP.String(), s.port)+"/call?lang=zh"), state("blocked"),
			truth(`document.querySelector("#call").disabled && document.querySelector("#status").textContent === "此页面无法使用麦克风"`))
		look(t, ctx, "insecure-zh")
		return
	}
	t.Skip("needs an address other than loopback")
}

func TestEmbeddedOnAnotherSite(t *testing.T) {
	var s *site
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "style-src 'self'")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>shop</title><body><h1>Shop</h1><script src="%s/embed.js" data-line="bank" data-label="Talk to us"></script>`, s.base)
	}))
	t.Cleanup(shop.Close)
	_, port, _ := net.SplitHostPort(shop.Listener.Addr().String())
	s = serve(t, "127.0.0.1:0", bankLine)
	s.allow(t, "http://127.0.0.1:"+port)
	ctx := chromium(t, true)
	open := []chromedp.Action{truth(`document.querySelector("body > div") !== null`), chromedp.MouseClickXY(1280-60, 800-40)}
	press := []chromedp.Action{chromedp.Sleep(2 * time.Second), chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(input.ModifierShift)), chromedp.KeyEvent(kb.Enter)}
	// The same shop under another name is not on the list: its frame stays empty.
	run(t, ctx, "stranger", slices.Concat([]chromedp.Action{chromedp.EmulateViewport(1280, 800), chromedp.Navigate("http://localhost:" + port)}, open, press)...)
	run(t, ctx, "shop", append([]chromedp.Action{chromedp.Navigate(shop.URL)}, open...)...)
	for deadline := time.Now().Add(20 * time.Second); s.ran.Load() < 4 && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond) // nothing of the frame can be seen from its page
	}
	run(t, ctx, "shop's frame", press...)
	for range 50 {
		await(t, "sound from the embedded page", s.bot.levels)
	}
	if n := s.bot.calls.Load(); n != 1 {
		t.Errorf("%d calls, of which one was allowed", n)
	}
	look(t, ctx, "embed-en")
	run(t, ctx, "leave", chromedp.Navigate("about:blank"))
	if why := await(t, "the end", s.bot.ended); why != "caller bye" {
		t.Errorf("ended: %s", why)
	}
}
