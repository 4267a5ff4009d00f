package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is one tab of a headless Chromium that fails the test when the page's scripts fail.
type browser struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp keeps the tab in it
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no chromium on PATH: install it to test the page in a browser")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("mute-audio", true), chromedp.Flag("lang", "en-GB"), chromedp.WSURLReadTimeout(60*time.Second))
	actx, acancel := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(actx, chromedp.WithErrorf(func(string, ...any) {})) // it complains about events newer than itself
	ctx, limit := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // closes the browser and waits for it
		limit()
		cancel()
		acancel()
	})
	var mu sync.Mutex
	var faults []string
	chromedp.ListenTarget(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			faults = append(faults, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				faults = append(faults, fmt.Sprint(e.Args))
			}
		}
	})
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, f := range faults {
			t.Errorf("the page's script failed: %s", f)
		}
	})
	if err := chromedp.Run(ctx, chromedp.Navigate("about:blank")); err != nil { // starts the browser
		t.Fatal(err)
	}
	b := &browser{t, ctx}
	b.size(1280, 900)
	return b
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// size makes the window w by h.
func (b *browser) size(w, h int64) { b.do(emulation.SetDeviceMetricsOverride(w, h, 1, false)) }

// eval returns what a script comes to.
func (b *browser) eval(script string) string {
	b.t.Helper()
	var out string
	b.do(chromedp.Evaluate("String("+script+")", &out))
	return out
}

// until waits for a script to come to true.
func (b *browser) until(what, script string) {
	b.t.Helper()
	var ok bool
	err := chromedp.Run(b.ctx, chromedp.PollFunction("() => { try { return !!("+script+") } catch { return false } }", &ok, chromedp.WithPollingTimeout(10*time.Second), chromedp.WithPollingInterval(30*time.Millisecond)))
	if err != nil {
		b.t.Fatalf("%s did not happen: %v; the page says: %s", what, err, b.eval("document.body.innerText"))
	}
}

func (b *browser) text(selector string) string {
	return b.eval(fmt.Sprintf("(document.querySelector(%q)?.innerText || '')", selector))
}

func (b *browser) key(k string) {
	b.t.Helper()
	b.eval(fmt.Sprintf("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: %q, bubbles: true, cancelable: true}))", k))
}

func (b *browser) shot(dir, name string) {
	b.t.Helper()
	var png []byte
	b.do(chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func TestLivePage(t *testing.T) {
	b := newBrowser(t)
	r := newRig(t, "")
	b.do(chromedp.Navigate(r.url + "/live"))
	b.until("the empty page", "document.querySelector('#blank pre')?.innerText.includes('127.0.0.1:5070')")

	k := r.shop()
	b.until("the running call in the list", "document.querySelectorAll('#running .row').length === 1")
	b.until("the running call's reply", "document.querySelector('#turns').innerText.includes('无理由退货')")
	k.partial("那运费")
	b.until("the partial in grey", "document.querySelector('#forming .partial')?.innerText.includes('那运费')")
	k.hear("那运费谁出？", 1.4, 0)
	b.until("the final", "document.querySelectorAll('#turns .turn.caller').length === 2 && !document.querySelector('#forming .partial')")
	k.say("质量问题由我们承担，其他原因由您承担。", "answer", "shop/return-freight", .91, .68, 3, false)
	b.until("the waterfall", "document.querySelectorAll('#turns .fall').length === 2")
	if got := b.text("#turns .turn:last-child .fall"); !strings.Contains(got, "Reply gap 680 ms") || !strings.Contains(got, "On the wire") {
		t.Errorf("waterfall: %q", got)
	}
	if got := b.text("#turns .turn:last-child .why"); !strings.Contains(got, "shop/return-freight") || !strings.Contains(got, "0.91") {
		t.Errorf("reasons: %q", got)
	}
	k.tape()
	k.end("bye")
	b.until("the end", "document.querySelectorAll('#recent .row').length === 1 && document.querySelector('#turns .end')")
	b.until("the recording", "!document.querySelector('#play').disabled && document.querySelector('#audio').readyState > 0")
	b.do(chromedp.Click("#turns .turn.bot .at"))

	b.key("l")
	b.until("Chinese chrome", "document.documentElement.lang === 'zh-Hans' && document.querySelector('#facts').innerText.includes('应答间隔')")
	if got := b.text("header.bar") + b.text("#facts") + b.text("#list h2"); strings.Contains(got, "undefined") {
		t.Errorf("a word is missing: %s", got)
	}
	b.key("l")
	b.key("?")
	b.until("the keys", "document.querySelector('#help').open")
}

func TestPlayingFollowsTheTranscript(t *testing.T) {
	b := newBrowser(t)
	r := newRig(t, "")
	k := r.bank()
	r.others()
	b.do(chromedp.Navigate(r.url + "/#" + string(k.ID())))
	b.until("the recording", "document.querySelector('#audio').readyState > 0 && document.querySelectorAll('#turns .turn').length === 11")
	b.eval("document.querySelectorAll('#turns .turn .at')[4].click()")
	b.until("the seek", "document.querySelectorAll('#turns .turn')[4].classList.contains('now')")
	if at, want := b.eval("document.querySelector('#audio').currentTime.toFixed(1)"), b.eval("Number(document.querySelectorAll('#turns .turn')[4].dataset.from).toFixed(1)"); at != want {
		t.Errorf("a click on a turn went to %s, want %s", at, want)
	}
	b.key(" ")
	b.until("playing", "!document.querySelector('#audio').paused")
	b.key(" ")
	b.until("the pause", "document.querySelector('#audio').paused")
	first := b.eval("location.hash")
	b.key("j")
	b.until("the next call", fmt.Sprintf("location.hash !== %q && document.querySelectorAll('#turns .turn').length > 0", first))
	b.key("/")
	b.do(chromedp.SendKeys("#filter", "aquarium"))
	b.until("the search", "document.querySelectorAll('.row:not(.ghost)').length === 1 && document.querySelector('.row').innerText.includes('7946')")
}

func TestReconnecting(t *testing.T) {
	b := newBrowser(t)
	r := newRig(t, "")
	k := r.shop()
	b.do(chromedp.Navigate(r.url + "/live"))
	b.until("the call", "document.querySelectorAll('#turns .turn').length === 3")
	b.eval("window.mark = 1")
	r.stop()
	b.until("the quiet bar", "!document.querySelector('#strip').hidden")
	for i := range 5 {
		k.hear(fmt.Sprint("第", i, "句"), 1, 0)
	}
	r.serve(strings.TrimPrefix(r.url, "http://"))
	b.until("the new turns", "document.querySelectorAll('#turns .turn').length === 8 && window.mark === 1")
	b.until("the list", "document.querySelector('#strip').hidden && document.querySelector('.row').innerText.includes('第4句')")
}

func TestTokenIsAskedFor(t *testing.T) {
	b := newBrowser(t)
	r := newRig(t, "open sesame & more")
	k := r.bank()
	b.do(chromedp.Navigate(r.url + "/live"))
	b.until("the question", "document.querySelector('#ask').open")
	b.do(chromedp.SendKeys("#token", "wrong"), chromedp.Click("#ask .main-button"))
	b.until("the question again", "document.querySelector('#ask').open && document.querySelector('#token').value === ''")
	b.do(chromedp.SendKeys("#token", "open sesame & more"), chromedp.Click("#ask .main-button"))
	b.until("the calls", fmt.Sprintf("document.querySelector('.row a')?.getAttribute('href') === '#%s'", k.ID()))
	b.until("the recording", "document.querySelector('#audio').readyState > 0")
}

func TestNarrowScreen(t *testing.T) {
	b := newBrowser(t)
	r := newRig(t, "")
	k := r.bank()
	b.size(360, 740)
	b.do(chromedp.Navigate(r.url + "/live"))
	b.until("the list", "document.querySelectorAll('.row:not(.ghost)').length === 1")
	wide := "document.documentElement.scrollWidth > 360"
	if b.eval(wide) == "true" {
		t.Error("the list scrolls sideways")
	}
	b.do(chromedp.Click(".row a"))
	b.until("the call", "location.hash === '#"+string(k.ID())+"' && document.querySelectorAll('#turns .turn').length === 11")
	if b.eval(wide) == "true" {
		t.Error("the call scrolls sideways")
	}
	b.do(chromedp.Click("#back"))
	b.until("the list again", "document.querySelector('#list').offsetParent !== null")
}

func TestFiles(t *testing.T) {
	r := newRig(t, "")
	defer http.DefaultClient.CloseIdleConnections()
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/live": "text/html; charset=utf-8", "/assets/app.js": "text/javascript; charset=utf-8",
		"/assets/style.css": "text/css; charset=utf-8", "/assets/icon.svg": "image/svg+xml", "/config.json": "application/json",
		"/assets/": "application/problem+json", "/assets/%2e%2e/web.go": "application/problem+json", "/live/x": "application/problem+json",
	} {
		res, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Content-Type"); got != kind || res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %s %.60s", path, res.StatusCode, got, body)
		}
	}
}

// TestShots takes pictures of the page for people to look at, into the folder PARLEY_SHOTS names.
func TestShots(t *testing.T) {
	dir := os.Getenv("PARLEY_SHOTS")
	if dir == "" {
		t.Skip("PARLEY_SHOTS names no folder for pictures")
	}
	b := newBrowser(t)
	r := newRig(t, "")
	b.do(chromedp.Navigate(r.url + "/live"))
	b.until("the empty page", "document.querySelector('#blank pre')")
	b.shot(dir, "empty")
	r.others()
	k := r.bank()
	live := r.shop()
	loaded := "document.querySelectorAll('#turns .turn').length > 2"
	for _, theme := range []string{"light", "dark"} {
		for _, lang := range []string{"en", "zh"} {
			b.eval(fmt.Sprintf("localStorage.setItem('parley.theme', %q), localStorage.setItem('parley.lang', %q)", theme, lang))
			for _, w := range []int64{1280, 390} {
				b.size(w, 900)
				name := fmt.Sprintf("-%s-%s-%d", theme, lang, w)
				b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(r.url+"/live#"+string(live.ID())))
				b.until("the running call", loaded)
				live.partial("那运费是谁来")
				b.until("the partial", "document.querySelector('#forming .partial')")
				b.shot(dir, "running"+name)
				b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(r.url+"/live#"+string(k.ID())))
				b.until("the finished call", "document.querySelector('#audio').readyState > 0 && "+loaded)
				b.eval("document.querySelectorAll('#turns .turn .at')[2].click()")
				b.until("the seek", "document.querySelector('.turn.now')")
				b.shot(dir, "finished"+name)
				if w == 390 {
					b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(r.url+"/live"))
					b.until("the list", "document.querySelectorAll('.row:not(.ghost)').length > 3")
					b.shot(dir, "list"+name)
				}
			}
		}
	}
	b.size(1280, 900)
	b.key("?")
	b.shot(dir, "keys")
}
