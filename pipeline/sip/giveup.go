package sip

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// cancelWait bounds how long a cancelled INVITE is waited for.
const cancelWait = 3 * time.Second

// giveUpLater is giveUp beside all else; it reports false when the server is closing.
func (l *Leg) giveUpLater(req *sip.Request, tx sip.ClientTransaction) bool {
	leave := l.s.gate.guest([]netip.Addr{sourceIP(req.Destination())}, true) // it is listened to meanwhile
	ok := l.s.later(cancelWait, func(ctx context.Context) {
		defer leave()
		l.giveUp(ctx, req, tx, false)
	})
	if !ok {
		leave()
	}
	return ok
}

// giveUpSoon is giveUp that is waited for, though not longer than cancelWait: a far side that has shown it is there is cancelled for
// as long as the transaction lasts.
func (l *Leg) giveUpSoon(req *sip.Request, tx sip.ClientTransaction, heard bool) {
	leave := l.s.gate.guest([]netip.Addr{sourceIP(req.Destination())}, true)
	l.s.atMost(cancelWait, func(ctx context.Context) {
		defer leave()
		if !heard {
			short, cancel := context.WithTimeout(ctx, cancelWait)
			defer cancel()
			ctx = short
		}
		l.giveUp(ctx, req, tx, heard)
	})
}

// giveUp cancels an INVITE, as soon as the far side has shown that it knows it (RFC 3261, section 9.1), and waits until it has
// ended, at the latest when ctx does. If it is answered meanwhile, the call is ended.
func (l *Leg) giveUp(ctx context.Context, req *sip.Request, tx sip.ClientTransaction, heard bool) {
	cancelling, stop := context.WithCancel(ctx)
	var sent sync.WaitGroup
	defer sent.Wait()
	defer stop()
	cancel := func() { sent.Go(func() { l.s.sendCancel(cancelling, req) }) } // ends with giveUp
	if heard {
		cancel()
	}
	for {
		select {
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				if !heard {
					heard = true
					cancel()
				}
				continue
			case res.IsSuccess() && res.To() != nil: // answered while being cancelled
				_, _ = l.take(res)
				_ = l.s.write(l.d, l.d.ack(req.CSeq().SeqNo))
				bctx, stop := context.WithTimeout(context.WithoutCancel(ctx), byeWait)
				_, _ = l.s.do(bctx, l.d, l.d.request(sip.BYE))
				stop()
				tx.Terminate()
			}
			return // a refusal may have to be acknowledged again
		case <-tx.Done():
			return
		case <-ctx.Done():
			tx.Terminate()
			return
		}
	}
}

// sendCancel cancels an INVITE of this side; it returns when that is answered, or ctx ends.
func (s *Server) sendCancel(ctx context.Context, inv *sip.Request) {
	req := sip.NewRequest(sip.CANCEL, *inv.Recipient.Clone())
	req.AppendHeader(inv.Via().Clone())
	for _, n := range []string{"Route", "From", "To", "Call-ID"} {
		sip.CopyHeaders(n, inv, req)
	}
	req.AppendHeader(&sip.CSeqHeader{SeqNo: inv.CSeq().SeqNo, MethodName: sip.CANCEL})
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.SetTransport(inv.Transport())
	req.SetDestination(inv.Destination())
	req.Laddr = inv.Laddr
	tx, err := s.client.TransactionRequest(ctx, req, built)
	if err != nil {
		return
	}
	defer tx.Terminate()
	select {
	case <-tx.Responses():
	case <-tx.Done():
	case <-ctx.Done():
	}
}
