package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// printer writes conversations for people.
type printer struct {
	out   io.Writer
	start time.Time
}

// follow prints events until they end.
func (p *printer) follow(events iter.Seq2[call.Event, error]) {
	for e, err := range events {
		if err != nil {
			return
		}
		p.event(e)
	}
}

func (p *printer) event(e call.Event) {
	at := fmt.Sprintf("  %5.1f s ", e.At.Seconds())
	switch e.Kind {
	case call.KindTurn:
		var t call.Turn
		if json.Unmarshal(e.Body, &t) != nil {
			return
		}
		cut := ""
		if t.Cut {
			cut = " -- (interrupted)"
		}
		fmt.Fprintf(p.out, "  %5.1f s %-6s %s%s\n", t.Start.Seconds(), t.Who, t.Text, cut)
	case call.KindWaterfall:
		var w call.Waterfall
		if json.Unmarshal(e.Body, &w) != nil {
			return
		}
		p.waterfall(w)
	case call.KindTransfer:
		var t call.Transfer
		if json.Unmarshal(e.Body, &t) == nil {
			fmt.Fprintf(p.out, "%stransfer to %s: %s %s\n", at, t.Target, t.State, t.Why)
		}
	case call.KindInterrupt:
		var i call.Interrupt
		if json.Unmarshal(e.Body, &i) == nil {
			fmt.Fprintf(p.out, "%s[%s: %s]\n", at, i.Action, i.Why)
		}
	case call.KindTrouble:
		var t call.Trouble
		if json.Unmarshal(e.Body, &t) == nil {
			fmt.Fprintf(p.out, "%s[%s failed: %s; %s]\n", at, t.Part, t.Why, t.Then)
		}
	case call.KindEnded:
		var end call.Ended
		if json.Unmarshal(e.Body, &end) == nil {
			fmt.Fprintf(p.out, "%scall ended: %s %s\n", at, end.By, end.Why)
		}
	}
}

// waterfall prints the marks of a reply as milliseconds after the caller's last voiced packet.
func (p *printer) waterfall(w call.Waterfall) {
	ms := func(o call.Offset) int64 { return time.Duration(o - w.LastVoice).Milliseconds() }
	fmt.Fprintf(p.out, "          after the caller's last voiced packet: text %d, answer %d, end of turn %d, sound made %d, first voiced packet %d ms\n",
		ms(w.FinalText), ms(w.Answered), ms(w.EndOfTurn), ms(w.FirstAudio), ms(w.FirstVoice))
}
