package desk

import (
	"slices"
	"strconv"
	"strings"

	"github.com/parley-voice/parley/pipeline/call"
)

// goodID is the card of what may be offered to make good: there is one in a call, which changes with the ceiling.
const goodID = "good"

// makeGood shows how far the agent may go, once the conversation or a rule calls for an offer. It is one card: shown once,
// changed in its place, and never shown again to an agent who put it away. The lock is held.
func (d *Desk) makeGood(r *running, c *Ceiling) {
	at := slices.IndexFunc(r.view.Cards, func(x Card) bool { return x.ID == goodID })
	if r.due == "" || at < 0 && c.Amount <= 0 && c.WithMore <= 0 {
		return
	}
	card := Card{ID: goodID, Kind: "compensation", Priority: 60, At: r.view.Duration, Why: []string{r.due}}
	if n := len(r.view.Turns); n > 0 {
		card.Turn, card.At = r.view.Turns[n-1].N, r.view.Turns[n-1].End
	}
	card.Title, card.TitleZh = upTo(c, "en"), upTo(c, "zh")
	card.Text, card.TextZh = strings.Join(c.WhyEn, " "), strings.Join(c.WhyZh, "")
	if at < 0 {
		d.show(r, []Card{card})
		return
	}
	old := &r.view.Cards[at]
	if old.Title == card.Title && old.Text == card.Text {
		return
	}
	card.State, card.At, card.Turn, card.Why = old.State, old.At, old.Turn, old.Why // it is the same card
	*old = card
	r.line.Emit(call.KindCard, card)
	if card.State != "dismissed" && card.State != "muted" {
		d.tellCall(&r.view, "card", card)
	}
}

// upTo says how far an agent may go.
func upTo(c *Ceiling, lang string) string {
	alone, more := money(c.Amount, c.Currency), money(c.WithMore, c.Currency)
	if lang == "zh" {
		switch {
		case c.WithMore <= 0 && c.Amount <= 0:
			return "补偿：现在不能再给"
		case c.Amount <= 0:
			return "补偿：主管同意后最多 " + more
		case c.WithMore > c.Amount:
			return "补偿：最多 " + alone + "，主管同意后最多 " + more
		}
		return "补偿：最多 " + alone
	}
	switch {
	case c.WithMore <= 0 && c.Amount <= 0:
		return "Compensation: nothing more for now"
	case c.Amount <= 0:
		return "Compensation: up to " + more + " if a supervisor agrees"
	case c.WithMore > c.Amount:
		return "Compensation: up to " + alone + ", up to " + more + " if a supervisor agrees"
	}
	return "Compensation: up to " + alone
}

func money(amount float64, currency string) string {
	return currency + " " + strconv.FormatFloat(amount, 'f', -1, 64)
}
