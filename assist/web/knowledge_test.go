package web_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/sqlite"
	"github.com/parley-voice/parley/nlu"
)

// tries is a bot that can be asked how it would be with one entry changed.
type tries struct{ *sqlite.Store }

func (s tries) Rehearse(ctx context.Context, e knowledge.Entry) (httpapi.Answerer, error) {
	trial, err := s.With(ctx, e)
	if err != nil {
		return nil, err
	}
	return answer.New(nlu.New(nlu.Options{}), trial, answer.Options{}), nil
}

// library is knowledge of base bank with one entry.
func library(t *testing.T) func(*httpapi.Options) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "knowledge.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	lost := knowledge.Entry{ID: "lost", Base: "bank", Question: "How do I report a lost card?", Answer: "We block it at once.", Lang: "en"}
	if _, err := st.Save(t.Context(), lost, "kay"); err != nil {
		t.Fatal(err)
	}
	return func(o *httpapi.Options) {
		rec, _ := o.Records.(*store.Store)
		o.Knowledge = httpapi.KnowledgeOptions{Store: st, Bot: answer.New(nlu.New(nlu.Options{}), st, answer.Options{}), Bar: func() float64 { return answer.DefaultBar }, Gaps: rec, Learning: rec.Learning(), Goldens: rec.Learning(), Rehearse: tries{st}}
	}
}

// TestKnowledgePage takes a gap from a call over a draft to an answer, in the browser and over the real API.
func TestKnowledgePage(t *testing.T) {
	needBuilt(t)
	b := newBrowser(t)
	r := newRig(t, "", library(t))
	k := r.ring("Tom", "bank", "en", time.Hour)
	k.hear("Do you sell aquarium pumps?", 1.7, 0)
	k.say("I have nothing approved on that. Shall I put you through to a person?", "offer_person", "", .08, .93, 3.4, false)
	k.end("bye")

	b.do(chromedp.Navigate(r.url + "/knowledge"))
	b.until("the entry", "document.querySelectorAll('.know-list li').length === 1 && document.querySelector('.know-today b').innerText === '1'")
	b.key("2")
	b.until("the gap", "document.querySelectorAll('.know-ranked li').length === 1")
	b.key("j")
	b.until("the call behind it", "document.querySelector('.know-quotes a')?.getAttribute('href').endsWith('?turn=1')")
	b.key("d")
	b.until("the form", "document.querySelector('.know-compose textarea')")
	b.do(chromedp.SendKeys(".know-compose textarea", "No, we are a bank."), chromedp.Click(".know-compose button[type=submit]"))
	b.until("the draft", "location.pathname.startsWith('/knowledge/drafts/') && document.querySelector('.know-answer')?.innerText === 'No, we are a bank.'")
	b.key("a")
	b.until("the end of the draft", "document.querySelector('.state h1') && !document.querySelector('.know-badge')")

	b.do(chromedp.Navigate(r.url + "/knowledge/test?q=" + "Do+you+sell+aquarium+pumps"))
	b.do(chromedp.Click("form.know-do button"))
	b.until("the answer", "document.querySelector('.know-says.answer')?.innerText.includes('we are a bank')")
	b.do(chromedp.Click(".know-hit .ant-btn"))
	b.until("the question kept", "document.querySelector('.ant-message')?.innerText.includes('golden set')")
	b.do(chromedp.Navigate(r.url + "/knowledge/golden"))
	b.until("the golden set", "document.querySelectorAll('.know-golden').length === 1")
	b.key("r")
	b.until("the run", "document.querySelector('.know-golden.passed') && document.querySelector('.know-scores dd').innerText === '1 / 1'")

	// Taking the entry back would break it.
	b.do(chromedp.Navigate(r.url + "/knowledge?q=aquarium"))
	b.until("the new entry", "document.querySelectorAll('.know-list li').length === 1")
	b.eval("document.querySelector('.know-list a').click()") // what else loads may move it from under a pointer
	b.until("the editor", "document.querySelector('.know-form select')")
	b.do(chromedp.SetValue(".know-grid label:nth-child(4) select", "draft"))
	b.eval("document.querySelector('.know-grid label:nth-child(4) select').dispatchEvent(new Event('change', {bubbles: true}))")
	b.key("w")
	b.until("the loss", "document.querySelector('.know-change.loss') && document.querySelector('.know-warn')")
}
