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
	here := func(uri string) bool { return config.Loopback(boundAt(uri)) }
	return slices.Concat(slices.DeleteFunc(slices.Clone(out), here), slices.DeleteFunc(out, func(uri string) bool { return !here(uri) }))
}

// boundAt is the address in a URI of lines, host:port.
func boundAt(uri string) string {
	_, at, _ := strings.Cut(uri, ":")
	at, _, _ = strings.Cut(at, ";")
	return at
}

// reached is the telephone address to show to people and other nodes, host:port: one that others reach, where there is one.
func (n *Node) reached() string {
	if all := n.Lines(); len(all) > 0 {
		return boundAt(all[0])
	}
	return ""
}
