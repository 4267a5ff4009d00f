package node

import (
	"slices"
	"strings"

	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// Lines are all bound telephone addresses as URIs, those that others reach first.
func (n *Node) Lines() []string { return lines(n.sip.UDPAddr(), n.sip.TCPAddr(), n.sip.TLSAddr()) }

func lines(udp, tcp, tls string) (out []string) {
	if udp != "" {
		out = append(out, "sip:"+udp)
	}
	if tcp != "" && tcp != udp {
		out = append(out, "sip:"+tcp+";transport=tcp")
	}
	if tls != "" {
		out = append(out, "sips:"+tls)
	}
	slices.SortStableFunc(out, func(a, b string) int {
		here := func(uri string) int {
			_, at, _ := strings.Cut(uri, ":")
			at, _, _ = strings.Cut(at, ";")
			if config.Loopback(at) {
				return 1
			}
			return 0
		}
		return here(a) - here(b)
	})
	return out
}

// reached is the telephone address to show to people and other nodes, host:port: one that others reach, where there is one.
func (n *Node) reached() string {
	for _, uri := range n.Lines() {
		_, at, _ := strings.Cut(uri, ":")
		at, _, _ = strings.Cut(at, ";")
		return at
	}
	return ""
}
