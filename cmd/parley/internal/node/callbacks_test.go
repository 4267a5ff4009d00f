package node

import (
	"log/slog"
	"testing"

	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// TestCallBackNumbers takes the number of the network, brings it to its international form, and nothing that was said.
func TestCallBackNumbers(t *testing.T) {
	t.Parallel()
	n := &Node{cfg: &config.Config{Customers: config.Customers{Countries: []string{"CN", "GB"}}}}
	for from, want := range map[string]string{
		"13800138000": "+8613800138000", "+44 20 7183 8750": "+442071838750", "anonymous": "", "": "", "web": "",
		"2001": "2001", "bob": "", "sip:13800138000@trunk.example": "+8613800138000",
	} {
		if got := n.networkNumber(from); got != want {
			t.Errorf("networkNumber(%q) = %q, want %q", from, got, want)
		}
	}
}

// TestGivenUp leaves a caller who could not be reached to a person, once, with their number and what it was about; forms that do not
// take that are in nobody's way.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(t.Context(), t.TempDir(), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := callback.Wish{ID: "c1", Number: "+442079460001", Name: "Mei Lin", Lang: "en", Route: "english", Queue: "cards", Reason: "My card was stolen.", State: callback.Failed}
	for _, forms := range []string{
		"forms: [{id: question, sla: 24h, fields: [{name: what, required: true, from: reason}, {name: number, from: number}]}]",
		"forms: [{id: other, sla: 24h, fields: [{name: colour, required: true}]}]",
	} {
		f, err := ticket.Parse([]byte(forms))
		if err != nil {
			t.Fatal(err)
		}
		n := &Node{store: st, env: &cli.Env{Log: log}, business: &Business{Tickets: &ticket.Desk{Forms: f, Store: st.Tickets(), Log: log}}}
		n.live.Store(settings(""))
		for range 2 {
			if err := n.givenUp(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
	}
	all, err := st.Tickets().Tickets(t.Context(), ticket.Query{})
	if err != nil || len(all) != 1 || all[0].Call != "c1" || all[0].Queue != "cards" || all[0].FollowUp == nil || all[0].Fields["number"] != w.Number || all[0].Fields["what"] != "callback: "+w.Reason {
		t.Errorf("%v: %+v", err, all)
	}
}
