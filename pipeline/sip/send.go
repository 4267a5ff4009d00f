package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// do sends a request of a dialog and waits for its final response, challenges that the dialog's login answers apart. It
// returns when ctx ends.
func (s *Server) do(ctx context.Context, d *dialog, req *sip.Request) (*sip.Response, error) {
	res, tx, err := s.ask(ctx, d, req)
	if err == nil {
		tx.Terminate()
	}
	return res, err
}

// ask is do that leaves the transaction to the caller unless there is an error: that of an INVITE tells of answers that are
// repeated. req is left with the sequence number that was answered.
func (s *Server) ask(ctx context.Context, d *dialog, req *sip.Request) (*sip.Response, sip.ClientTransaction, error) {
	s.rejoin(ctx, d, req)
	s.direct(ctx, d, req)
	for try := 0; ; try++ {
		s.prove(d, req)
		res, tx, err := s.send(ctx, req.Clone()) // which may be acknowledged again as it was sent
		if err != nil || !s.answers(d.login, res) || try >= maxAsked {
			return res, tx, err
		}
		again, err := d.proofs.learn(req, res)
		if err == nil && !again {
			return res, tx, nil
		}
		if req.Method != sip.INVITE { // whose refusal may have to be acknowledged again
			tx.Terminate()
		}
		if err != nil {
			return nil, nil, fmt.Errorf("send %s: %w", req.Method, err)
		}
		req.CSeq().SeqNo = d.next()
	}
}

// rejoin sees to a new connection to the far side of a call that this side placed by a name, when the one it came by is gone. The
// library would take its Contact for the name in the certificate.
func (s *Server) rejoin(ctx context.Context, d *dialog, req *sip.Request) {
	at, err := netip.ParseAddrPort(d.from())
	if d.through == nil || !sip.IsReliable(d.transport) || err != nil || d.connected(d.transport, at.String()) || s.reach(ctx, d.through, d.transport, at) != nil {
		return // sending it tells why
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.routes) == 0 {
		req.SetDestination(d.hop())
	}
}

// maxAsked bounds how often a request is sent again because the far side asks who sends it.
const maxAsked = 6

// send sends a request and waits for its final response, whatever it is.
func (s *Server) send(ctx context.Context, req *sip.Request) (*sip.Response, sip.ClientTransaction, error) {
	s.prepare(req)
	tx, err := s.client.TransactionRequest(ctx, req, built)
	if err != nil {
		return nil, nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, tx, nil
			}
			continue
		case <-tx.Done():
			err = gone(req, tx)
		case <-ctx.Done():
			select {
			case res := <-tx.Responses(): // it was in time
				if !res.IsProvisional() {
					return res, tx, nil
				}
			default:
			}
			err = ctx.Err()
		}
		tx.Terminate()
		return nil, nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
}

// gone says why a transaction ended without a final response.
func gone(req *sip.Request, tx sip.ClientTransaction) error {
	err := tx.Err()
	if errors.Is(err, sip.ErrTransactionTimeout) { // whose own text names a timer
		return fmt.Errorf("nothing answers at %s within %v", req.Destination(), 64*sip.T1)
	}
	return err
}

// built is asked by the library before it sends a request. It keeps it from adding headers, since requests are complete, and
// refuses one in which a text breaks out of its header.
func built(_ *sipgo.Client, req *sip.Request) error {
	if req.Body() == nil {
		req.SetBody(nil)
	}
	return intact(req)
}

// direct sends a request to where the far side was heard when the host that it names is not found from here: many PBXs are known only to
// themselves by the name in their Contact, and a BYE that gets nowhere leaves a call up. For those who are not known by name none is
// looked for: they could have this side ask for whatever they like.
func (s *Server) direct(ctx context.Context, d *dialog, req *sip.Request) {
	host, _, err := net.SplitHostPort(req.Destination())
	if _, ip := netip.ParseAddr(host); err != nil || ip == nil {
		return
	}
	heard := d.from()
	if _, err := netip.ParseAddrPort(heard); err != nil {
		return
	}
	if !s.gate.named(sourceIP(heard)) || !s.found(ctx, host, d.transport) {
		req.SetDestination(heard)
	}
}

// found tells whether there is a host of a name.
func (s *Server) found(ctx context.Context, host, transport string) bool {
	ctx, cancel := context.WithTimeout(ctx, recordWait)
	defer cancel()
	_, err := s.addresses(ctx, host, 0)
	return err == nil || len(s.records(ctx, host, transport)) > 0
}

// write sends an ACK of a dialog.
func (s *Server) write(d *dialog, req *sip.Request) error {
	s.direct(context.Background(), d, req)
	s.prepare(req)
	if err := s.client.WriteRequest(req, built); err != nil {
		return fmt.Errorf("send %s: %w", req.Method, err)
	}
	return nil
}
