package sip

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// verdict is what becomes of a message of RFC 4475 here, by UDP.
type verdict struct {
	name   string
	status int // of the answer; 0 = none
	why    string
}

// verdicts are those of all 49 messages, in the order of the RFC. A registrar is not part of this side, so a REGISTER that can be
// read gets 405.
func verdicts() []verdict {
	return []verdict{
		{"wsinv", 481, "3.1.1.1: odd but valid white space; it is read, and belongs to a call that is not there"}, {"intmeth", 405, "3.1.1.2: a valid method nobody knows"}, {"esc01", 200, "3.1.1.3: escapes"},
		{"escnull", 405, "3.1.1.4: REGISTER"}, {"esc02", 405, "3.1.1.5: RE%47IST%45R is not REGISTER"}, {"lwsdisp", 200, "3.1.1.6: no space before <"},
		{"longreq", 200, "3.1.1.7: long values"}, {"dblreq", 405, "3.1.1.8: REGISTER; what follows it in the datagram is left alone"}, {"semiuri", 200, "3.1.1.9: semicolon in the user"},
		{"transports", 200, "3.1.1.10: unknown transports in Via"}, {"mpart01", 405, "3.1.1.11: MESSAGE is not taken"}, {"unreason", 0, "3.1.1.12: a response to nobody"},
		{"noreason", 0, "3.1.1.13: a response to nobody"},
		{"badinv01", 400, "3.1.2.1: extra separators"}, {"clerr", 400, "3.1.2.2: more length than datagram"}, {"ncl", 400, "3.1.2.3: negative length"},
		{"scalar02", 400, "3.1.2.4: numbers too large"}, {"scalarlg", 0, "3.1.2.5: a response with such numbers is dropped"}, {"quotbal", 400, "3.1.2.6: open quote"},
		{"ltgtruri", 400, "3.1.2.7: <> around the Request-URI"}, {"lwsruri", 400, "3.1.2.8: space in the Request-URI"}, {"lwsstart", 400, "3.1.2.9: spaces in the start line"},
		{"trws", 400, "3.1.2.10: spaces after the start line"}, {"escruri", 200, "3.1.2.11: headers in the Request-URI may be ignored, and are"},
		{"baddate", 200, "3.1.2.12: a Date nobody needs may be ignored"}, {"regbadct", 405, "3.1.2.13: REGISTER"}, {"badaspec", 400, "3.1.2.14: spaces within <>"},
		{"baddn", 400, "3.1.2.15: a display name that is no token"}, {"badvers", 505, "3.1.2.16: SIP/7.0"}, {"mismatch01", 400, "3.1.2.17: method differs from CSeq"},
		{"mismatch02", 405, "3.1.2.18: the same with a method nobody knows"}, {"bigcode", 0, "3.1.2.19: a response that is none"},
		{"badbranch", 200, "3.2.1: a branch of the cookie alone"}, {"insuf", 400, "3.3.1: headers that must be there"}, {"unkscm", 416, "3.3.2: unknown scheme"},
		{"novelsc", 416, "3.3.3: a known scheme that is not for telephones"}, {"unksm2", 405, "3.3.4: REGISTER"}, {"bext01", 420, "3.3.5: unknown extensions required"},
		{"invut", 415, "3.3.6: unknown type of body"}, {"regaut01", 405, "3.3.7: REGISTER"}, {"multi01", 400, "3.3.8: single headers twice"},
		{"mcl01", 400, "3.3.9: two lengths"}, {"bcast", 0, "3.3.10: a response to somebody else"}, {"zeromf", 200, "3.3.11: the last hop may answer OPTIONS"},
		{"cparam01", 405, "3.3.12: REGISTER"}, {"cparam02", 405, "3.3.13: REGISTER"}, {"regescrt", 405, "3.3.14: REGISTER"},
		{"sdp01", 406, "3.3.15: no description is accepted in the answer"}, {"inv2543", 400, "3.4.1: an INVITE by RFC 2543 without a tag: such callers, of before 2002, are not served"},
	}
}

// torturePort is where most of the messages say they come from, so that answers by UDP go there.
const torturePort = 5060

// TestVerdicts sends each message of RFC 4475 by UDP to a server of its own and compares the answer.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Skipf("the source of the SIP library cannot be found: %v", err)
	}
	if n := len(strings.Fields(rfc4475)); n != len(verdicts()) {
		t.Fatalf("%d verdicts on %d messages", len(verdicts()), n)
	}
	for i, v := range verdicts() {
		files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "sip", "testdata", "torture", "*", v.name+".dat"))
		if len(files) != 1 {
			t.Skipf("the source of the SIP library comes without %s", v.name)
		}
		data, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0"}, answerer{call: echo})
			if got := byUDP(t, s, data, net.IPv4(127, 0, 45, byte(1+i)), v.status); got != v.status {
				t.Errorf("%s: %d, want %d", v.why, got, v.status)
			}
		})
	}
}

// byUDP sends data from a loopback address that no other test uses, and returns the status of the answer, 0 for none. It
// waits long for an answer that is wanted, briefly for one that is not.
func byUDP(t *testing.T, s *Server, data []byte, from net.IP, want int) int {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: from, Port: torturePort})
	if err != nil {
		t.Skipf("the port that the messages name cannot be had: %v", err)
	}
	defer func() { _ = c.Close() }()
	to, err := net.ResolveUDPAddr("udp", s.UDPAddr())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.WriteToUDP(data, to)
	buf := make([]byte, 64<<10)
	wait := 250 * time.Millisecond
	if want > 0 {
		wait = 5 * time.Second
	}
	_ = c.SetReadDeadline(time.Now().Add(wait))
	for {
		n, err := c.Read(buf)
		if err != nil {
			return 0
		}
		if code := finalCode(buf[:n]); code >= 200 && answers(data, buf[:n]) {
			return code
		}
	}
}

func finalCode(msg []byte) int {
	var code int
	if _, err := fmt.Sscanf(string(msg), "SIP/2.0 %d", &code); err != nil {
		return 0
	}
	return code
}

// answers tells whether an answer belongs to a message: earlier ones may be repeated meanwhile.
func answers(msg, res []byte) bool {
	for _, h := range [][2]string{{"call-id", "i"}, {"cseq", ""}} {
		if v := headerValue(res, h[0], ""); headerValue(msg, h[0], h[1]) != "" {
			return bytes.Contains(msg, []byte(v)) // a header may be there twice
		}
	}
	return true
}
