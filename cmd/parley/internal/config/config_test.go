package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func load(t *testing.T, text string) (*Config, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "parley.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(name)
}

func TestBadConfigurationsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"sip:\n  upd: ':5060'\n", "unknown key sip.upd; did you mean sip.udp"},
		{"rutes: []\n", "did you mean routes"},
		{"http:\n  addr: ':80'\n", "unknown key http.addr; there are listen, "},
		{"routes:\n  - name: a\n    match: a\n", "routes[0].match: a list is needed: [a]"},
		{"routes:\n  - name: a\n    lang: [en]\n", "unknown key routes[0].lang; did you mean routes[0].langs"},
		{"routes: []\n", "there is none"},
		{"routes:\n  - langs: [fr]\n", "name is missing"},
		{"routes:\n  - name: a\n    langs: [fr]\n", "neither en nor zh"},
		{"routes:\n  - name: a\n  - name: a\n", "used twice"},
		{"routes:\n  - name: a\n    hours: {zone: Mars/Base}\n", "Mars/Base"},
		{"routes:\n  - name: a\n    hours: {zone: UTC, open: ['Mon 9 to 5']}\n", "is not like"},
		{"http: {listen: '0.0.0.0:8080'}\n", "set http.token"},
		{"sip: {udp: '', tcp: ''}\n", "all empty"},
		{"security: {seal_records: true}\n", "security.seal_records: there is no key"},
		{"http: {cert: a.pem}\n", "http.cert and http.key belong together"},
		{"http: {cert: a.pem, key: b.pem, acme: {domains: [a.example], accept_terms: true}}\n", "one of http.cert and http.acme"},
		{"http: {acme: {domains: [a.example]}}\n", "http.acme.accept_terms"},
		{"http: {acme: {domains: [localhost], accept_terms: true}}\n", "http.acme.domains"},
		{"http: {acme: {domains: [a.example], accept_terms: true, directory: 'http://ca.example/dir'}}\n", "http.acme.directory"},
		{"http: {redirect: ':80'}\n", "http.redirect leads to TLS"},
		{"sip: {tls: ':5061'}\n", "sip.tls needs a certificate"},
		{"sip: {srtp: maybe}\n", "none of off"},
		{"sip: {rtp_source: any}\n", "none of strict"},
		{"sip: {trust: [{networks: [pbx]}]}\n", "sip.trust: \"pbx\" is not a network"},
		{"sip: {trust: [{main: [\"100\"]}]}\n", "needs networks or a registrar"},
		{"sip: {trust: [{registrar: \"sip:pbx\"}]}\n", "is no server of sip.register"},
		{"sip: {guard: {rate: -1}}\n", "sip.guard.rate: -1 is negative"},
		{"sip: {guard: {ban: 2h, longest: 1h}}\n", "sip.guard.longest"},
		{"sip: {udp: 'here'}\n", "not host:port"},
		{"sip: {allow: [all]}\n", "is not a network"},
		{"sip: {rtp_min: 20000}\n", "no range"},
		{"sip: {codecs: [G729]}\n", "none of"},
		{"asr: {engine: sphinx}\n", "none of whisper"},
		{"answer: {bar: 7}\n", "not within"},
		{"sip: {rtp_timeout: soon}\n", "wrong value"},
		{"access: {public: 'parley.example'}\n", "access.public"},
		{"access: {proxies: [me]}\n", "access.proxies"},
		{"access: {public: 'https://p.example', oidc: {issuer: 'https://id.example', client_id: a, roles: {x: [king]}}}\n", "no role"},
		{"access: {oidc: {issuer: 'https://id.example'}}\n", "needs client_id"},
		{"customers: {pop: 'javascript:alert({number})'}\n", "customers.pop"},
		{"customers: {countries: [China]}\n", "customers.countries"},
		{"customers: {lookup: {url: 'https://crm.example/{number}'}}\n", "customers.lookup.hosts"},
		{"webhooks: [{name: a, url: 'file:///etc/passwd', secret: 0123456789abcdef}]\n", "webhooks[0].url"},
		{"webhooks: [{name: a, url: 'https://a.example', secret: short}]\n", "webhooks[0].secret"},
		{"webhooks: [{name: a, url: 'https://a.example', secret: 0123456789abcdef, events: [all]}]\n", "webhooks[0].events"},
		{"desk: {queues: [{name: a}, {name: a}]}\n", "desk.queues[1].name"},
		{"desk: {queues: [{name: a, nobody: vanish}]}\n", "desk.queues[0].nobody"},
		{"desk: {queues: [{name: a, target: 80}]}\n", "desk.queues[0].target"},
		{"desk: {queues: [{name: a, hours: {open: [always]}}]}\n", "desk.queues[0].hours"},
		{"desk: {call_back: {trunk: x}}\n", "desk.call_back.trunk"},
		{"desk: {call_back: {key: \"0\"}}\n", "desk.call_back.key"},
		{"web_calls: {ice: ['http://x']}\n", "web_calls.ice[0]"},
		{"web_calls: {ice: ['turn:t.example:3478']}\n", "web_calls.turn.secret"},
		{"web_calls: {turn: {life: 1s}}\n", "web_calls.turn.life"},
		{"sip: {rtp_timeout: '15'}\n", "wrong value: a time needs its unit"},
		{"routes: [{name: a, longest: 600}]\n", "a time needs its unit"},
		{"routes: [{name: a}, {name: b, match: [a]}]\n", "routes[1].match: \"a\" is answered by routes[0] already"},
		{"turn: {end_max: -2s}\n", "turn.end_max: -2s is negative"},
		{"limits: {calls: -3}\n", "limits.calls: -3 is negative"},
		{"routes: [{name: a}, {name: b, longest: -1h}]\n", "routes[1].longest: -1h0m0s is negative"},
		{"sip: {allow: ['10.0.0.0/33']}\n", "is not a network"},
		{"sip: {allow: ['10.0.0.1']}\n", "is not a network"},
		{"sip: {allow: ['']}\n", "is not a network"},
		{"sip: {rtp_min: 70000, rtp_max: 70010}\n", "no range"},
		{"sip: telephone\n", "wrong value"},
		{"sip: {udp: [5060]}\n", "wrong value"},
		{"log: {level: loud}\n", "none of debug"},
		{"just words\n", "not YAML"},
		{"- a\n- b\n", "not YAML"},
		{"\x00\x01\x02", "not YAML"},
		{"routes:\n\t- name: a\n", "not YAML"},
		{"http: {listen: '127.0.0.1:1'}\nhttp: {listen: '127.0.0.1:2'}\n", "not YAML"},
		{"sip:\nlog: {level: info}\n", "sip has no value"},
		{"sip:\n  udp:\n", "sip.udp has no value"},
		{"a: [", "not YAML"},
		{"database: {url: 'mysql://u:hunter2@db.example/parley'}\n", "database.url"},
		{"database: {url: 'postgres://u:hunter2@db.example'}\n", "database.url"},
		{"database: {url: 'postgres://u:hunter2@[::db.example/parley'}\n", "database.url"},
		{"database: {url: 'parley:hunter2@db.example/parley'}\n", "database.url"},
	} {
		_, err := load(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q\n got %v\nwant %s", c.text, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is shown: %v", err)
		}
	}
}

// TestUnreadableConfigurations names the file and what is wrong with it.
func TestUnreadableConfigurations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop.yaml")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(dir, "locked.yaml")
	if err := os.WriteFile(locked, nil, 0o000); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, loop, filepath.Join(dir, "none.yaml"), locked} {
		if name == locked && os.Geteuid() == 0 {
			continue // root may read it
		}
		if _, err := Load(name); err == nil || !strings.Contains(err.Error(), "read configuration") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := load(t, "# nothing but a comment\n"); err != nil || len(c.Routes) == 0 {
		t.Errorf("an empty file is not the defaults: %v", err)
	}
}

func TestDatabase(t *testing.T) {
	const file, other = "postgres://u:p@db.example:5432/parley", "postgresql:///parley?host=/run/postgresql"
	t.Setenv("PARLEY_TEST_URL", file)
	c, err := load(t, "database: {url: $PARLEY_TEST_URL}\n")
	if err != nil || c.Database.URL != file {
		t.Errorf("%q, %v", c.Database.URL, err)
	}
	if err := c.Use(other); err != nil || c.Database.URL != file {
		t.Errorf("the environment overrules the file: %v", err)
	}
	if err := Default().Use("nonsense"); err == nil {
		t.Error("nonsense was taken for a database")
	}
	if c = Default(); c.Use(other) != nil || c.Database.URL != other || c.Use("") != nil {
		t.Error("the database of the environment is not used")
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := load(t, "routes:\n  - name: help\n    match: ['8*']\n    langs: [zh, en]\n    greeting: {zh: ''}\n    notice: {zh: ''}\n")
	if err != nil {
		t.Fatal(err)
	}
	r, ok := c.Find("8001")
	if !ok || r.Base != "help" || !*r.Record || r.Voices["zh"] == "" || r.Notice["zh"] != "" || r.Notice["en"] == "" || r.Greeting["zh"] != "" || r.Greeting["en"] == "" {
		t.Fatalf("route %+v", r)
	}
	if _, ok := c.Find("bank"); ok {
		t.Fatal("sample route left beside the given ones")
	}
	if c.SIP.RTPTimeout != 15*time.Second {
		t.Fatal("default lost")
	}
}

func TestHours(t *testing.T) {
	t.Parallel()
	h := Hours{Zone: "Europe/London", Open: []string{"Mon-Fri 09:00-17:30", "Sat 22:00-02:00"}}
	for at, want := range map[string]bool{
		"2026-03-27T17:29:00Z": true,  // Friday, winter time
		"2026-03-30T08:15:00Z": true,  // Monday, summer time has begun: 09:15
		"2026-03-27T08:15:00Z": false, // Friday 08:15
		"2026-03-28T23:00:00Z": true,  // Saturday night
		"2026-03-29T00:30:00Z": true,  // still Saturday's span
		"2026-03-29T12:00:00Z": false,
	} {
		at0, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.At(at0); got != want {
			t.Errorf("%s open %v, want %v", at, got, want)
		}
	}
	if !(Hours{}).At(time.Now()) {
		t.Error("no hours should be always")
	}
}

func TestReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.FromSlash("../../../../docs/configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != Reference() {
		t.Error("docs/configuration.md differs from the code: run go generate ./cmd/parley/internal/config")
	}
}

// TestEventsKept: what was said is not in the stream of events for longer than it may be kept.
func TestEventsKept(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, events, want int // days
	}{{365, 90, 3}, {1, 90, 1}, {0, 0, 3}, {0, 2, 2}, {2, 1, 1}} {
		c := Default()
		c.Retention.Text, c.Retention.Events = tc.text, tc.events
		if got := c.EventsKept(); got != time.Duration(tc.want)*24*time.Hour {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}
