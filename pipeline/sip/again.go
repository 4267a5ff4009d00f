package sip

import (
	"context"

	"github.com/emiago/sipgo/sip"
)

// again acknowledges each repetition of the 2xx to an INVITE of this side, and hangs up on whoever answers it besides.
func (l *Leg) again(tx sip.ClientTransaction, seq uint32) {
	others := map[string]*dialog{}
	tx.OnRetransmission(func(r *sip.Response) { // one at a time
		l.s.protect("repeated answer", func() {
			if !r.IsSuccess() || r.To() == nil {
				return
			}
			tag := r.To().Params.GetOr("tag", "")
			if tag == l.d.farTag {
				_ = l.s.write(l.d, l.d.ack(seq)) // if it is lost, there is another repetition
				return
			}
			d, known := others[tag]
			if !known && len(others) < 8 {
				d = l.d.fork(r, seq)
				others[tag] = d
			}
			if d == nil {
				return
			}
			_ = l.s.write(d, d.ack(seq))
			if !known {
				l.s.dismiss(d)
			}
		})
	})
}

// fork is the dialog with somebody else who has answered the INVITE with a sequence number (RFC 3261, section 13.2.2.4).
func (d *dialog) fork(res *sip.Response, seq uint32) *dialog {
	d.mu.Lock()
	f := &dialog{callID: d.callID, localTag: d.localTag, local: d.local, contact: d.contact, connected: d.connected, transport: d.transport, source: d.source, login: d.login, seq: seq}
	d.mu.Unlock()
	f.adopt(res)
	return f
}

// dismiss hangs up on the far side of a dialog that no leg has.
func (s *Server) dismiss(d *dialog) {
	s.later(byeWait, func(ctx context.Context) {
		if _, err := s.do(ctx, d, d.request(sip.BYE)); err != nil {
			s.log.Debug("BYE was not answered", "err", err)
		}
	})
}
