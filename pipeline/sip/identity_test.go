package sip

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// TestWhoCalls reads who calls, and whom they called first, from what trunks say that are believed and from what others say.
func TestWhoCalls(t *testing.T) {
	t.Parallel()
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	all := Trust{Networks: local, Main: []string{"+44700"}, Withheld: true, Diverted: true}
	shy := Trust{Networks: local, Main: []string{"+44700"}}
	elsewhere := Trust{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Withheld: true, Diverted: true}
	const (
		hidden = "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=ft"
		main   = "From: <sip:+44700@trunk.example>;tag=ft"
		own    = "From: \"Ann\" <sip:+44123@trunk.example>;tag=ft"
		pai    = "P-Asserted-Identity: \"Ann, at home\" <sip:+44555@trunk.example;user=phone>"
	)
	for _, tt := range []struct {
		name    string
		trust   Trust
		headers []string
		want    Invite // From, FromName, Withheld, Diversion
	}{
		{"an asserted number", all, []string{hidden, pai}, Invite{From: "+44555", FromName: "Ann, at home"}},
		{"of the main number", all, []string{main, pai}, Invite{From: "+44555", FromName: "Ann, at home"}},
		{"of a number of its own", all, []string{own, pai}, Invite{From: "+44123", FromName: "Ann"}},
		{"of a stranger", elsewhere, []string{hidden, pai, "Diversion: <sip:200@a>"}, Invite{From: "anonymous", FromName: "Anonymous"}},
		{"a telephone number", all, []string{hidden, "P-Asserted-Identity: <sip:gateway@trunk.example>, <tel:+44-20-7946;ext=1>"}, Invite{From: "+44207946"}},
		{"a name alone", all, []string{main, "P-Asserted-Identity: <sip:ann@trunk.example>"}, Invite{From: "ann"}},
		{"to be kept private", shy, []string{hidden, pai, "Privacy: id"}, Invite{From: "anonymous"}},
		{"private but known", all, []string{hidden, pai, "Privacy: user; id"}, Invite{From: "anonymous", Withheld: "+44555"}},
		{"private from a stranger", elsewhere, []string{hidden, pai, "Privacy: id"}, Invite{From: "anonymous"}},
		{"private with a name left in From", all, []string{"From: \"Ann Lee\" <sip:anonymous@anonymous.invalid>;tag=ft", "Privacy: id"}, Invite{From: "anonymous"}},
		{"a name asserted without a number", all, []string{hidden, "P-Asserted-Identity: \"Ann Lee\" <sip:Restricted@trunk.example>", "Privacy: id"}, Invite{From: "anonymous"}},
		{"the older header, a name without a number", all, []string{hidden, "Remote-Party-ID: \"Bo\" <sip:unknown@a>;privacy=full"}, Invite{From: "anonymous", FromName: "Anonymous"}},
		{"private in From", all, []string{own, "Privacy: id;critical"}, Invite{From: "anonymous", Withheld: "+44123"}},
		{"private in From of a stranger", elsewhere, []string{own, "Privacy: user"}, Invite{From: "anonymous"}},
		{"not private", all, []string{hidden, pai, "Privacy: none"}, Invite{From: "+44555", FromName: "Ann, at home"}},
		{"only headers on the way", all, []string{hidden, pai, "Privacy: header;session"}, Invite{From: "+44555", FromName: "Ann, at home"}},
		{"the older header", all, []string{hidden, "Remote-Party-ID: <sip:+44999@a>;party=called, \"Bo\" <sip:+44666@a>;party=calling;screen=yes;privacy=off"}, Invite{From: "+44666", FromName: "Bo"}},
		{"the older header, private", all, []string{hidden, "Remote-Party-ID: \"Bo\" <sip:+44666@a>;party=calling;screen=yes;privacy=full"}, Invite{From: "anonymous", Withheld: "+44666"}},
		{"the older header, without its name", all, []string{hidden, "Remote-Party-ID: \"Bo\" <sip:+44666@a>;privacy=name"}, Invite{From: "+44666"}},
		{"the older header, unchecked", all, []string{hidden, "Remote-Party-ID: <sip:+44666@a>;screen=no"}, Invite{From: "anonymous", FromName: "Anonymous"}},
		{"an Asterisk that knows no number", elsewhere, []string{"From: <sip:asterisk@trunk.example>;tag=ft"}, Invite{From: "anonymous"}},
		{"a word of a gateway's own", elsewhere, []string{"From: <sip:Withheld@trunk.example>;tag=ft"}, Invite{From: "anonymous"}},
		{"nothing asserted", all, []string{main}, Invite{From: "+44700"}},
		{"a telephone number in From", all, []string{"From: <tel:+44-123>;tag=ft"}, Invite{From: "+44123"}},
		{"a number in a withheld From", elsewhere, []string{"From: <sip:+44123@anonymous.invalid>;tag=ft"}, Invite{From: "anonymous"}},
		{"nonsense", all, []string{hidden, "P-Asserted-Identity: \"<", "Privacy: ;;,", "Diversion: <", "Remote-Party-ID: <sip:>"}, Invite{From: "anonymous", FromName: "Anonymous"}},
		{"diverted twice", all, []string{own, "Diversion: <sip:300@a>;reason=no-answer, <tel:+44-200>;reason=unconditional"}, Invite{From: "+44123", FromName: "Ann", Diversion: "+44200"}},
		{"a history", all, []string{own, "History-Info: <sip:+44200@a?Reason=SIP%3Bcause%3D302>;index=1, <sip:+44300@a;cause=302>;index=1.1"}, Invite{From: "+44123", FromName: "Ann", Diversion: "+44200"}},
		{"a history of nothing", all, []string{own, "History-Info: <sip:+44200@a>;index=1"}, Invite{From: "+44123", FromName: "Ann"}},
		{"diverted, not asked for", shy, []string{own, "Diversion: <sip:300@a>"}, Invite{From: "+44123", FromName: "Ann"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := make(chan Invite, 1)
			s := serve(t, Config{Trust: []Trust{tt.trust}}, answerer{admit: func(i Invite) Verdict { got <- i; return Verdict{} }})
			p := newPhone(t, s)
			p.send(p.message("INVITE", tt.headers, p.sdp("")))
			if status, msg := p.final(within); status != 486 {
				t.Fatalf("INVITE: %d\n%s", status, msg)
			}
			p.ack()
			i := <-got
			if i.From != tt.want.From || i.FromName != tt.want.FromName || i.Withheld != tt.want.Withheld || i.Diversion != tt.want.Diversion {
				t.Errorf("from %q %q withheld %q diversion %q, want %+v", i.From, i.FromName, i.Withheld, i.Diversion, tt.want)
			}
		})
	}
}

// TestTrustOfARegistrar believes the hosts of a registrar.
func TestTrustOfARegistrar(t *testing.T) {
	t.Parallel()
	addr := registrarAt(t, func() string { return "" })
	s := serve(t, Config{Trust: []Trust{{Registrar: "sip:" + addr}}, Registrations: []Registration{{Server: "sip:" + addr, User: "100", Password: "pw"}}}, nil)
	registered(t, s)
	if s.trust(netip.MustParseAddr("127.0.0.1")) == nil || s.trust(netip.MustParseAddr("127.0.0.2")) != nil {
		t.Error("the registrar is not believed, or another host is")
	}
}

// TestListed splits lists of headers.
func TestListed(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"": nil, " a , b": {"a", "b"}, `"x, \", y" <sip:a,b@c>, d`: {`"x, \", y" <sip:a,b@c>`, "d"}, `<sip:a"b@c>,d`: {`<sip:a"b@c>`, "d"}, `"\`: {`"\`},
	} {
		if got := listed(in); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func FuzzParty(f *testing.F) {
	for _, s := range []string{`"Ann, at home" <sip:+44555@a;user=phone>;privacy=full`, "tel:+44-20;ext=1", "<sip:>", `"\`, "sip:%zz@a;index=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		user, name, _ := party(value)
		if breaks(user) || breaks(name) {
			t.Errorf("%q is read as %q %q", value, user, name)
		}
		req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", Host: "a"})
		for _, n := range []string{"P-Asserted-Identity", "Remote-Party-ID", "Diversion", "History-Info", "Privacy"} {
			req.AppendHeader(sip.NewHeader(n, value))
		}
		(&Trust{}).asserted(req, withholds(req))
		firstCalled(req)
	})
}
