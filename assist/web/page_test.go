package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/parley-voice/parley/assist/web"
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
	ctx, limit := context.WithTimeout(ctx, 5*time.Minute)
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
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
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
	err := chromedp.Run(b.ctx, chromedp.PollFunction("() => { try { return !!("+script+") } catch { return false } }", &ok, chromedp.WithPollingTimeout(time.Minute), chromedp.WithPollingInterval(30*time.Millisecond)))
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

func needBuilt(t *testing.T) {
	t.Helper()
	if !web.Built() {
		t.Skip("the pages are not built: run deploy/pages.sh")
	}
}

// TestCallsPage shows a call as it happens, with everything known about each reply.
func TestCallsPage(t *testing.T) {
	needBuilt(t)
	b := newBrowser(t)
	r := newRig(t, "")
	b.do(chromedp.Navigate(r.url + "/"))
	b.until("the empty page", "document.querySelector('.calls-detail pre')?.innerText.includes('127.0.0.1:5070')")

	k := r.shop()
	b.until("the running call in the list", "document.querySelectorAll('.row-call.running').length === 1")
	b.do(chromedp.Click(".row-call a"))
	b.until("the running call's reply", "document.querySelector('.transcript').innerText.includes('无理由退货')")
	for deadline := time.Now().Add(time.Minute); b.eval("!!document.querySelector('.turn.partial')") != "true" && time.Now().Before(deadline); {
		k.partial("那运费") // partials are not kept: one that comes before the page listens is gone, and the next one shows
		time.Sleep(100 * time.Millisecond)
	}
	b.until("the partial in grey", "document.querySelector('.turn.partial')?.innerText.includes('那运费')")
	k.hear("那运费谁出？", 1.4, 0)
	b.until("the final", "document.querySelectorAll('.turn.caller:not(.partial)').length === 2 && !document.querySelector('.turn.partial')")
	k.say("质量问题由我们承担，其他原因由您承担。", "answer", "shop/return-freight", .91, .68, 3, false)
	b.until("the waterfall", "document.querySelectorAll('.fall').length === 2")
	if got := b.text(".transcript li:last-child .fall"); !strings.Contains(got, "Reply gap 680 ms") || !strings.Contains(got, "On the wire") {
		t.Errorf("waterfall: %q", got)
	}
	if got := b.text(".transcript li:last-child .why"); !strings.Contains(got, "shop/return-freight") || !strings.Contains(got, "0.91") {
		t.Errorf("reasons: %q", got)
	}
	k.tape()
	k.end("bye")
	b.until("the end", "document.querySelectorAll('.row-call.ended').length === 1 && document.querySelector('.transcript li.mark')")
	b.until("the recording", "!document.querySelector('.play').disabled && document.querySelector('audio').readyState > 0")
	b.do(chromedp.Click(".turn.bot .at"))

	b.key("L")
	b.until("Chinese chrome", "document.documentElement.lang === 'zh-Hans' && document.querySelector('.facts').innerText.includes('应答间隔')")
	if got := b.eval("document.body.innerText"); strings.Contains(got, "undefined") {
		t.Errorf("a word is missing: %s", got)
	}
	b.key("L")
	b.key("?")
	b.until("the keys", "document.querySelector('.keys-list')")
}

func TestPlayingFollowsTheTranscript(t *testing.T) {
	needBuilt(t)
	b := newBrowser(t)
	r := newRig(t, "")
	k := r.bank()
	r.others()
	b.do(chromedp.Navigate(r.url + "/calls/" + string(k.ID())))
	b.until("the recording", "document.querySelector('audio')?.readyState > 0 && document.querySelectorAll('.turn').length === 11")
	b.eval("document.querySelectorAll('.turn .at')[4].click()")
	b.until("the seek", "document.querySelectorAll('.turn')[4].classList.contains('now')")
	b.key(" ")
	b.until("playing", "!document.querySelector('audio').paused")
	b.key(" ")
	b.until("the pause", "document.querySelector('audio').paused")
	first := b.eval("location.pathname")
	b.key("j")
	b.until("the next call", fmt.Sprintf("location.pathname !== %q && document.querySelectorAll('.turn').length > 0", first))
	b.key("/")
	b.do(chromedp.SendKeys("#calls-q", "aquarium"))
	b.until("the search", "document.querySelectorAll('.row-call').length === 1 && document.querySelector('.row-call').innerText.includes('7946')")
}

func TestReconnecting(t *testing.T) {
	needBuilt(t)
	b := newBrowser(t)
	r := newRig(t, "")
	k := r.shop()
	b.do(chromedp.Navigate(r.url + "/calls/" + string(k.ID())))
	b.until("the call", "document.querySelectorAll('.turn').length === 3")
	b.eval("window.mark = 1")
	r.stop()
	b.until("the quiet bar", "document.querySelector('.reconnect:not([hidden])')")
	for i := range 5 {
		k.hear(fmt.Sprint("第", i, "句"), 1, 0)
	}
	r.serve(strings.TrimPrefix(r.url, "http://"))
	b.until("the new turns", "document.querySelectorAll('.turn').length === 8 && window.mark === 1")
	b.until("the list", "!document.querySelector('.reconnect:not([hidden])') && document.querySelector('.row-call').innerText.includes('第4句')")
}

func TestTokenIsAskedFor(t *testing.T) {
	needBuilt(t)
	b := newBrowser(t)
	r := newRig(t, "open sesame & more")
	k := r.bank()
	b.do(chromedp.Navigate(r.url + "/calls/" + string(k.ID())))
	b.until("the sign-in", "document.querySelector('#login')")
	b.do(chromedp.Click("form .ant-btn-link:last-of-type"))
	b.do(chromedp.SendKeys("#token", "wrong\r"))
	b.until("the question again", "document.querySelector('.ant-alert') && document.querySelector('#token')")
	b.do(chromedp.SendKeys("#token", strings.Repeat(kb.Backspace, 5)+"open sesame & more\r"))
	b.until("the call", "document.querySelectorAll('.turn').length === 11")
	b.until("the recording", "document.querySelector('audio').readyState > 0")
}

func TestFiles(t *testing.T) {
	r := newRig(t, "")
	defer http.DefaultClient.CloseIdleConnections()
	kinds := map[string]string{
		"/": "text/html; charset=utf-8", "/live": "text/html; charset=utf-8", "/calls/abc": "text/html; charset=utf-8", "/welcome?token=x": "text/html; charset=utf-8",
		"/assets/": "application/problem+json", "/assets/%2e%2e/web.go": "application/problem+json", "/lives": "application/problem+json", "/README": "application/problem+json",
	}
	if web.Built() {
		kinds["/icon.svg"] = "image/svg+xml"
	}
	for path, kind := range kinds {
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
		if strings.Contains(string(body), "{{") {
			t.Errorf("%s: something was not filled in: %.300s", path, body)
		}
	}
}

// TestParts asks for what the page loads: it is there, packed, and kept by the browser.
func TestParts(t *testing.T) {
	needBuilt(t)
	r := newRig(t, "")
	defer http.DefaultClient.CloseIdleConnections()
	res, err := http.Get(r.url + "/desk")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	csp := res.Header.Get("Content-Security-Policy")
	_, after, _ := strings.Cut(csp, "'nonce-")
	nonce, _, _ := strings.Cut(after, "'")
	if nonce == "" || !strings.Contains(string(body), nonce) || !strings.Contains(res.Header.Get("Permissions-Policy"), "microphone=(self)") {
		t.Errorf("the page's headers do not fit it: %s; %s", csp, res.Header.Get("Permissions-Policy"))
	}
	_, after, _ = strings.Cut(string(body), `src="/assets/`)
	script, _, _ := strings.Cut(after, `"`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/assets/"+script, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err = http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: %s %v", script, res.Status, res.Header)
	}
}
