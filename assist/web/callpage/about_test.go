package callpage_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/parley-voice/parley/assist/web/callpage"
)

// TestWhoCalls leaves name and number, one of them wrong at first, and keys in a code that the page never shows.
func TestWhoCalls(t *testing.T) {
	s := serve(t, "127.0.0.1:0", bankLine)
	ctx := chromium(t, true)
	run(t, ctx, "open", chromedp.Navigate(s.base+"/call?lang=en"), state("idle"), chromedp.Click("#about summary"), truth(`document.querySelector("#about").open`))
	look(t, ctx, "about-en")
	run(t, ctx, "a number that is none", chromedp.SendKeys("#name", "林美"), chromedp.SendKeys("#contact", "my mobile"), chromedp.Click("#call"),
		truth(`document.activeElement.id === "contact" && document.querySelector("#contactWrong").textContent.includes("neither") && document.body.dataset.state === "idle"`))
	look(t, ctx, "about-wrong-en")
	run(t, ctx, "Chinese", chromedp.Click("#lang"), truth(`document.querySelector("#contactWrong").textContent.includes("电子邮箱")`))
	look(t, ctx, "about-wrong-zh")
	run(t, ctx, "a key is no key of the page in a field", chromedp.Evaluate(`document.querySelector("#contact").value = ""; 0`, nil), chromedp.SendKeys("#contact", "+44 7911 123456"), truth(`document.querySelector("#contactWrong").textContent === ""`),
		chromedp.Click("#about summary"), truth(`document.querySelector("#aboutTitle").textContent.includes("林美 · +44 7911 123456")`))
	look(t, ctx, "about-given-zh")
	run(t, ctx, "call", chromedp.Click("#call"), state("incall"), truth(`document.querySelector("#about").hidden`))
	if i := await(t, "the call", s.bot.begun); i.Name != "林美" || i.Contact != "+44 7911 123456" {
		t.Errorf("the caller is told to be %q, %q", i.Name, i.Contact)
	}
	s.bot.tell <- callpage.Message{Type: "keypad", Text: "code"}
	run(t, ctx, "the keypad opens", truth(`!document.querySelector("#keypad").hidden && document.querySelector("#codeAsk").textContent.includes("密码")`),
		chromedp.KeyEvent("4"), chromedp.KeyEvent("2"), chromedp.Click(`#keys button[data-k="7"]`), truth(`document.querySelector("#pressed").textContent === "已输入 3 位"`),
		truth(`!/[427]/.test(document.querySelector("#pressed").textContent + document.querySelector("#rows").innerText)`))
	for _, want := range "427" {
		if k := await(t, "a key", s.bot.keys); k != want {
			t.Errorf("key %c instead of %c", k, want)
		}
	}
	look(t, ctx, "code-zh")
	run(t, ctx, "English", chromedp.Click("#lang"), truth(`document.querySelector("#pressed").textContent === "3 digits"`))
	look(t, ctx, "code-en")
	run(t, ctx, "anew", chromedp.KeyEvent("*"), truth(`document.querySelector("#pressed").textContent === ""`))
	s.bot.tell <- callpage.Message{Type: "keypad", Text: "code", Final: true}
	run(t, ctx, "the keypad closes", truth(`document.querySelector("#keypad").hidden`), chromedp.KeyEvent("5"), truth(`document.querySelector("#pressed").textContent === "Keys: 5"`),
		chromedp.Click("#call"), state("ended"), truth(`!document.querySelector("#about").hidden && document.querySelector("#name").value === "林美"`))
	await(t, "the end", s.bot.ended)
}

// TestSiteVouches passes the token of the embedding site on, and asks nothing that the site tells.
func TestSiteVouches(t *testing.T) {
	s := serve(t, "127.0.0.1:0", bankLine)
	ctx := chromium(t, true)
	run(t, ctx, "open", chromedp.Navigate(s.base+"/call?lang=en#customer=a.b.c"), state("idle"), truth(`document.querySelector("#about").hidden`), chromedp.Click("#call"), state("incall"))
	if i := await(t, "the call", s.bot.begun); i.Customer != "a.b.c" || i.Contact != "" {
		t.Errorf("customer %q, contact %q", i.Customer, i.Contact)
	}
	run(t, ctx, "hang up", chromedp.Click("#call"), state("ended"))
	await(t, "the end", s.bot.ended)
}
