package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// remedy says what to do about an address that cannot be had.
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address (ip address shows those it has)"
	case errors.Is(err, syscall.EACCES):
		return "ports below 1024 are root's and the service's"
	}
	return "choose another port or end the program that has it"
}

// tryPorts finds out in a moment whether the addresses are free, before the weights are loaded, which takes long. The
// sockets themselves are bound later, when there is somebody to answer on them.
func (n *Node) tryPorts(context.Context) error {
	for _, a := range []struct{ key, network, addr string }{
		{"sip.udp", "udp", n.cfg.SIP.UDP}, {"sip.tcp", "tcp", n.cfg.SIP.TCP}, {"sip.tls", "tcp", n.cfg.SIP.TLS},
		{"http.listen", "tcp", n.cfg.HTTP.Listen}, {"http.redirect", "tcp", n.cfg.HTTP.Redirect},
	} {
		if a.addr == "" {
			continue
		}
		var c io.Closer
		var err error
		if a.network == "udp" {
			c, err = net.ListenPacket(a.network, a.addr)
		} else {
			c, err = net.Listen(a.network, a.addr)
		}
		if err != nil {
			return fmt.Errorf("%s: %w; %s", a.key, err, remedy(err))
		}
		if err := c.Close(); err != nil {
			return fmt.Errorf("%s: %w", a.key, err)
		}
	}
	return nil
}
