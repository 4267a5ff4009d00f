// Package config is what an operator can set: one YAML file, every key with its meaning and default beside it in this
// file. It is read and validated once, before anything is started; a key that does not exist is an error that names the
// nearest one that does. docs/configuration.md is made from it (go generate ./cmd/parley/internal/config).
package config

import "time"

// Config is the whole configuration. The doc tags are the reference; Default holds the defaults.
type Config struct {
	SIP          SIP          `yaml:"sip" doc:"The telephone side."`
	HTTP         HTTP         `yaml:"http" doc:"The API and the pages."`
	Access       Access       `yaml:"access" doc:"How people sign in."`
	WebCalls     WebCalls     `yaml:"web_calls" doc:"Calls from a browser, on the page /call."`
	Desk         Desk         `yaml:"desk" doc:"Where people take calls."`
	Trunks       []Trunk      `yaml:"trunks" doc:"Ways out to the telephone network. Nothing is ever dialled but the numbers of desk.phones, and those of callers who asked to be called back (desk.call_back), and only on prefixes a trunk allows."`
	Routes       []Route      `yaml:"routes" doc:"Who answers what: the first route whose match fits the dialled user takes the call. Without routes Parley answers the two sample lines, bank and shop."`
	ASR          ASR          `yaml:"asr" doc:"Speech recognition."`
	TTS          TTS          `yaml:"tts" doc:"Speech output."`
	LLM          LLM          `yaml:"llm" doc:"A language model that may phrase what the knowledge says. Without one nothing is missing."`
	Knowledge    Knowledge    `yaml:"knowledge" doc:"Where knowledge comes from."`
	Answer       Answer       `yaml:"answer" doc:"When an answer is good enough."`
	Turn         Turn         `yaml:"turn" doc:"Turn taking. The defaults suit telephone speech."`
	Customers    Customers    `yaml:"customers" doc:"Who calls, and what else is known of them."`
	Tickets      Tickets      `yaml:"tickets" doc:"Follow-ups of calls."`
	Webhooks     []Webhook    `yaml:"webhooks" doc:"Programs that are told what happens: signed, in order, kept until they took it."`
	Compensation Compensation `yaml:"compensation" doc:"What agents may offer to make good."`
	Retention    Retention    `yaml:"retention" doc:"How many days what calls leave behind is kept. Forgotten in the background, oldest first."`
	Security     Security     `yaml:"security" doc:"Encryption of recordings and of the record."`
	Traces       Traces       `yaml:"traces" doc:"OpenTelemetry traces of calls."`
	Insights     Insights     `yaml:"insights" doc:"What calls are about."`
	Quality      Quality      `yaml:"quality" doc:"How calls are judged."`
	Limits       Limits       `yaml:"limits" doc:"How much this node takes on."`
	Events       Events       `yaml:"events" doc:"The stream of call events."`
	Database     Database     `yaml:"database" doc:"Where calls, people, customers, tickets, scores and knowledge are kept."`
	Log          Log          `yaml:"log" doc:"Logging, to standard error."`
}

// SIP configures signalling and media.
type SIP struct {
	UDP            string            `yaml:"udp" doc:"Address for SIP over UDP, host:port; port 0 takes a free one; empty turns UDP off."`
	TCP            string            `yaml:"tcp" doc:"Address for SIP over TCP; empty turns TCP off."`
	TLS            string            `yaml:"tls" doc:"Address for SIP over TLS, such as :5061; empty turns TLS off."`
	Cert           string            `yaml:"cert" doc:"PEM file with the certificate for sip.tls, read again when it changes. Empty: that of http."`
	Key            string            `yaml:"key" doc:"PEM file with its key."`
	CA             string            `yaml:"ca" doc:"PEM file with the roots that the other side of a call placed over TLS must have; empty: those of this machine."`
	SRTP           string            `yaml:"srtp" doc:"Encrypted sound (SRTP with keys in SDP): off, optional (when the other side offers it) or required (calls without it get 488). The keys are as secret as the signalling: use it over TLS."`
	Advertise      string            `yaml:"advertise" doc:"Address written into SDP and Contact, for a node behind NAT. Empty: the address bound."`
	RTPMin         int               `yaml:"rtp_min" doc:"Lowest UDP port for RTP; 0 with rtp_max 0 lets the system choose."`
	RTPMax         int               `yaml:"rtp_max" doc:"Highest UDP port for RTP."`
	Allow          []string          `yaml:"allow" doc:"Networks calls are accepted from (CIDR). Needed, or users, to listen on anything but loopback; others are dropped in silence."`
	Users          map[string]string `yaml:"users" doc:"Digest user to password for callers; empty asks nobody."`
	Realm          string            `yaml:"realm" doc:"Digest realm."`
	Codecs         []string          `yaml:"codecs" doc:"Codecs in order of preference: opus, G722, PCMU, PCMA."`
	SessionExpires time.Duration     `yaml:"session_expires" doc:"Session timer offered (RFC 4028)."`
	RTPTimeout     time.Duration     `yaml:"rtp_timeout" doc:"A call whose RTP stops for this long is ended; not while on hold."`
	RTPSource      string            `yaml:"rtp_source" doc:"Whose sound is heard: strict (the address that was agreed on, or that of the signalling) or learn (another one too after five packets, for carriers that send from elsewhere)."`
	Guard          Guard             `yaml:"guard" doc:"What strangers may do. Networks of sip.allow, registrars, hosts that Parley dials and this machine are no strangers: they are never slowed down or banned."`
	Register       []Register        `yaml:"register" doc:"PBXs and trunks to register with."`
	Trust          []Trust           `yaml:"trust" doc:"Trunks whose word about a call is taken, each by its networks or its registrar. Of all others only From tells who calls."`
}

// Register is one registration.
type Register struct {
	Server   string        `yaml:"server" doc:"Registrar, as sip:host or sip:host:port."`
	User     string        `yaml:"user" doc:"User, also the address of record."`
	AuthUser string        `yaml:"auth_user" doc:"Name that goes with the password, where it is another one (authentication ID); empty: user."`
	Password string        `yaml:"password" doc:"Digest password."`
	Expires  time.Duration `yaml:"expires" doc:"Life of the registration; refreshed at half of it."`
}

// HTTP configures the API.
type HTTP struct {
	Listen string `yaml:"listen" doc:"Address of the API and the pages; port 0 takes a free one."`
	Token  string `yaml:"token" doc:"Bearer token; $NAME reads it from the environment. Needed to listen on anything but loopback."`

	Cert     string        `yaml:"cert" doc:"PEM file with a certificate and its chain: everything is then served over TLS. Read again when it changes."`
	Key      string        `yaml:"key" doc:"PEM file with its key."`
	ACME     ACME          `yaml:"acme" doc:"A certificate from an authority that speaks ACME, such as Let's Encrypt, in place of files. It must reach port 443 here, or port 80 as http.redirect."`
	Redirect string        `yaml:"redirect" doc:"Address of a plain port that leads browsers to TLS, such as :80; empty: none."`
	HSTS     time.Duration `yaml:"hsts" doc:"How long browsers that came over TLS shall use nothing else; 0s does not tell them."`
	Rates    Rates         `yaml:"rates" doc:"How often one address, and one account, may ask in a minute; a quarter of it may come at once. What is more gets 429 and the time to wait. This machine is not bounded."`
}

// WebCalls configures calls from a browser.
type WebCalls struct {
	Off       bool     `yaml:"off" doc:"Offer no calls from the browser."`
	UDP       string   `yaml:"udp" doc:"Address all their sound goes through, such as :8189; empty takes a port for each call."`
	Advertise []string `yaml:"advertise" doc:"Public IP addresses of a node behind NAT."`
	ICE       []string `yaml:"ice" doc:"STUN and TURN servers for browsers, as stun:host:port or turn:host:port?transport=udp. A turn: one needs turn.secret, or turn.user and turn.password."`
	TURN      TURN     `yaml:"turn" doc:"Credentials of the TURN servers."`
	Origins   []string `yaml:"origins" doc:"Other sites that may embed the page or call, such as https://shop.example."`
	Calls     int      `yaml:"calls" doc:"Calls from browsers at once."`
	NoContact bool     `yaml:"no_contact" doc:"Do not ask callers on the page for their name and a number or address to reach them at. Both are optional there."`
}

// TURN configures the credentials of TURN servers.
type TURN struct {
	Secret   string        `yaml:"secret" doc:"Secret shared with the servers (coturn: static-auth-secret): each browser gets credentials that end by themselves. $NAME reads it from the environment."`
	Life     time.Duration `yaml:"life" doc:"How long such credentials work."`
	User     string        `yaml:"user" doc:"User, where there is no shared secret. Everybody who opens the page can read it."`
	Password string        `yaml:"password" doc:"Its password; $NAME reads it from the environment."`
}

// Route says how dialled users are answered.
type Route struct {
	Name     string            `yaml:"name" doc:"Name of the route, shown with its calls."`
	Match    []string          `yaml:"match" doc:"Dialled users; * and ? stand for any characters and any one. Default: the name."`
	Base     string            `yaml:"base" doc:"Knowledge base the answers come from. Default: the name."`
	Langs    []string          `yaml:"langs" doc:"Languages spoken, en or zh, the one to start in first. Others are not recognised."`
	Voices   map[string]string `yaml:"voices" doc:"Voice by language, such as en: kokoro:af_heart."`
	Greeting map[string]string `yaml:"greeting" doc:"First sentence by language. Default: that of somebody who wants to help; an empty text removes it."`
	Notice   map[string]string `yaml:"notice" doc:"Said after the greeting when the call is recorded; an empty text removes it."`
	Record   *bool             `yaml:"record" doc:"Keep a recording. Default true."`
	OptOut   string            `yaml:"opt_out" doc:"Key with which callers refuse to be recorded, until they have said something: 1-9, * or #. The notice tells them; what was recorded is removed. Empty: none."`
	OptedOut map[string]string `yaml:"opted_out" doc:"Said to who has pressed it, by language."`
	Transfer string            `yaml:"transfer" doc:"Where a person is reached, a SIP URI: the caller is sent there (REFER) or, where their network transfers no calls and for callers of the web page, the telephone of desk.phones with that number is rung and talks through Parley; empty: at the desk, by whoever is ready there."`
	Queue    string            `yaml:"queue" doc:"Queue of the desk that callers of this route wait in. Default: the name."`
	Hours    Hours             `yaml:"hours" doc:"When a person is there. Empty: always."`
	Closed   map[string]string `yaml:"closed" doc:"Said out of hours to a caller who asks for a person, by language."`
	Packs    []string          `yaml:"packs" doc:"Rules, cards and checklists for the agents of this route's calls, beside the rules for escalation, which every call has: bank, ecommerce, government, manufacturing, or what files of desk.rules say with pack:. Default: desk.packs."`
	Hot      []string          `yaml:"hot" doc:"Names and products callers say."`
	Longest  time.Duration     `yaml:"longest" doc:"Longest call."`
}

// Desk configures how callers and agents meet.
type Desk struct {
	Ring     time.Duration `yaml:"ring" doc:"How long a call rings at an agent before it goes on to another; who does not answer is set away."`
	Grace    time.Duration `yaml:"grace" doc:"How long an agent who was cut off may come back before the caller goes to somebody else."`
	Patience time.Duration `yaml:"patience" doc:"How long a caller waits for a person before the bot goes on."`
	WrapUp   time.Duration `yaml:"wrap_up" doc:"How long an agent may write a call down before they are ready again; what they have written is kept. 0: as long as they like."`
	Wait     bool          `yaml:"wait" doc:"Let callers wait even when nobody is at work."`
	Queues   []Queue       `yaml:"queues" doc:"Queues that are not treated as the rest. A queue begins to exist by being named in a route."`
	CallBack CallBack      `yaml:"call_back" doc:"Calls to callers who asked for it with a key, while they waited or because nobody was there (desk.queues[].nobody). Without a trunk, or where it does not allow their number, a ticket is opened and a person rings."`
	Phones   []Phone       `yaml:"phones" doc:"Telephones that agents can send calls to."`
	Rules    []string      `yaml:"rules" doc:"Rule files of your own (docs/rules.md), for all calls or, with pack:, for those of routes that name it. They are followed while calls go on: a file with a mistake is refused whole, and the rules that were good last stay."`
	Packs    []string      `yaml:"packs" doc:"Packs (routes[].packs) of the routes that name none."`
}

// CallBack configures calls back to waiting callers, on the number the network delivered.
type CallBack struct {
	Trunk  string        `yaml:"trunk" doc:"Trunk that is dialled on; empty: none."`
	Tries  int           `yaml:"tries" doc:"How often somebody is called at most."`
	Every  time.Duration `yaml:"every" doc:"Time between two tries."`
	Keep   time.Duration `yaml:"keep" doc:"A wish older than this is given up."`
	AtOnce int           `yaml:"at_once" doc:"Calls back at the same time."`
	Key    string        `yaml:"key" doc:"Key with which callers ask for it: 1 to 9, * or #; 0 asks for a person."`
}

// Phone is a telephone that agents can send calls to.
type Phone struct {
	Name   string `yaml:"name" doc:"Short name."`
	Title  string `yaml:"title" doc:"What agents read."`
	Number string `yaml:"number" doc:"Number, as +442079460000."`
	Trunk  string `yaml:"trunk" doc:"Trunk that is dialled on."`
}

// Trunk is a way out.
type Trunk struct {
	Name      string   `yaml:"name" doc:"Short name."`
	URI       string   `yaml:"uri" doc:"Where a number goes, such as sip:{number}@trunk.example."`
	User      string   `yaml:"user" doc:"Digest user."`
	Password  string   `yaml:"password" doc:"Digest password; $NAME reads it from the environment."`
	From      string   `yaml:"from" doc:"Number shown to the other end; with @ and a domain, as +442079460000@provider.example, where the provider wants its own domain in From."`
	Prefixes  []string `yaml:"prefixes" doc:"Prefixes that may be dialled, such as +4420. Empty: none."`
	Except    []string `yaml:"except" doc:"Longer prefixes that may not, such as premium rate numbers."`
	AtOnce    int      `yaml:"at_once" doc:"Calls at the same time; 0: 5."`
	PerMinute int      `yaml:"per_minute" doc:"Calls in any minute; 0: 10."`
	Minutes   int      `yaml:"minutes" doc:"Minutes of calls in any 24 hours; 0: 600."`
}

// Hours are opening hours.
type Hours struct {
	Zone string   `yaml:"zone" doc:"IANA time zone, such as Europe/London."`
	Open []string `yaml:"open" doc:"Spans such as 'Mon-Fri 09:00-17:30'."`
}

// ASR configures recognition.
type ASR struct {
	Engine  string `yaml:"engine" doc:"whisper (local weights) or openai (a compatible server)."`
	Model   string `yaml:"model" doc:"Weights as the catalogue names them, or the server's model name."`
	Threads int    `yaml:"threads" doc:"Threads for one utterance; 0 takes the cores, at most 4."`
	Workers int    `yaml:"workers" doc:"Utterances recognised at the same time, each then on one thread; one alone has them all."`
	Encoder string `yaml:"encoder" doc:"What computes whisper's encoder: auto (the quicker one on this processor), onnx (ONNX Runtime) or ggml (whisper.cpp)."`
	Isolate bool   `yaml:"isolate" doc:"Run whisper in a child process, so that a crash costs one utterance and no call."`
	URL     string `yaml:"url" doc:"Base URL of the server, with openai."`
	Key     string `yaml:"key" doc:"API key of the server; $NAME reads it from the environment."`
}

// TTS configures speech output.
type TTS struct {
	Engine  string `yaml:"engine" doc:"kokoro (local weights), espeak (the espeak-ng program) or openai (a compatible server)."`
	Threads int    `yaml:"threads" doc:"Threads for one clause; 0 takes the cores, at most 4."`
	Ahead   bool   `yaml:"ahead" doc:"Make the sound of approved answers before they are asked for, in the background."`
	CacheMB int    `yaml:"cache_mb" doc:"Size of the cache of spoken sentences on disk."`
	URL     string `yaml:"url" doc:"Base URL of the server, with openai."`
	Model   string `yaml:"model" doc:"The server's model name."`
	Key     string `yaml:"key" doc:"API key of the server; $NAME reads it from the environment."`
}

// LLM configures the optional language model.
type LLM struct {
	URL   string `yaml:"url" doc:"Base URL of an OpenAI-compatible server; empty: no language model."`
	Model string `yaml:"model" doc:"Model name."`
	Key   string `yaml:"key" doc:"API key; $NAME reads it from the environment."`
}

// Answer configures the answer engine.
type Answer struct {
	Intents string  `yaml:"intents" doc:"YAML file of intents; empty takes the built-in ones."`
	Bar     float64 `yaml:"bar" doc:"Probability above which an approved answer is given at once, 0..1; 0 takes the engine's own."`
}

// Turn configures turn taking; zero takes the default of the turn machine.
type Turn struct {
	Speculate time.Duration `yaml:"speculate" doc:"Silence before the reply is prepared."`
	EndSure   time.Duration `yaml:"end_sure" doc:"Silence that ends a turn whose reply is known."`
	EndLikely time.Duration `yaml:"end_likely" doc:"Silence that ends a turn that looks finished."`
	EndUnsure time.Duration `yaml:"end_unsure" doc:"Silence that ends a turn that does not look finished."`
	EndOpen   time.Duration `yaml:"end_open" doc:"Silence that ends a turn that surely is not finished."`
	EndMax    time.Duration `yaml:"end_max" doc:"Silence that ends any turn."`
	Cancel    time.Duration `yaml:"cancel" doc:"Speech over the bot that stops it."`
}

// Limits bounds the load.
type Limits struct {
	Calls int           `yaml:"calls" doc:"Calls at once; 0 measures what recognition and synthesis can carry. Others get 503 with Retry-After."`
	Wait  time.Duration `yaml:"wait" doc:"Longest time a caller may wait for recognition when every call speaks at once; sets the measured limit."`
	Drain time.Duration `yaml:"drain" doc:"How long running calls may go on after SIGTERM, while new ones get 503; then a sentence ends them. 0 ends them at once; a second signal does too."`
}

// Events configures the event stream.
type Events struct {
	URL  string        `yaml:"url" doc:"NATS server, or several of a cluster with commas between; $NAME reads it from the environment. Empty runs JetStream inside the process, without an open port."`
	Keep time.Duration `yaml:"keep" doc:"How long events are kept in the stream, but no longer than retention.text and retention.events say. Records are kept in the database."`
}

// Log configures logging.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn or error. What callers say is logged at debug only."`
	Format string `yaml:"format" doc:"text or json."`
}

// Default returns the configuration without a file: loopback only, the two sample lines.
func Default() *Config {
	return &Config{
		SIP: SIP{
			UDP: "127.0.0.1:5060", TCP: "127.0.0.1:5060", Realm: "parley",
			Codecs: []string{"G722", "opus", "PCMU", "PCMA"}, SessionExpires: 30 * time.Minute, RTPTimeout: 15 * time.Second,
			SRTP: "optional", RTPSource: "strict", Guard: guardDefaults(),
		},
		HTTP:      HTTP{Listen: "127.0.0.1:8080", HSTS: 180 * 24 * time.Hour, Rates: Rates{Requests: 3000, Account: 3000, SignIn: 30, Streams: 240, Uploads: 30}},
		WebCalls:  WebCalls{TURN: TURN{Life: 6 * time.Hour}},
		Access:    Access{Session: 12 * time.Hour, Idle: 2 * time.Hour},
		ASR:       ASR{Engine: "whisper", Model: "whisper-base", Workers: 2, Encoder: "auto", Isolate: true},
		TTS:       TTS{Engine: "kokoro", Ahead: true, CacheMB: 1024},
		Desk:      Desk{Ring: 20 * time.Second, Grace: 12 * time.Second, Patience: 5 * time.Minute, WrapUp: 10 * time.Minute, CallBack: CallBack{Tries: 3, Every: 10 * time.Minute, Keep: 24 * time.Hour, AtOnce: 1, Key: "1"}},
		Customers: Customers{Lookup: Lookup{Timeout: 800 * time.Millisecond}},
		Retention: Retention{Audio: 90, Text: 365, Events: 90}, Security: Security{Vault: true},
		Limits:    Limits{Wait: 2300 * time.Millisecond, Drain: 2 * time.Minute},
		Insights:  defaultInsights(),
		Quality:   defaultQuality(),
		Knowledge: Knowledge{Look: 30 * time.Second},
		Events:    Events{Keep: 72 * time.Hour},
		Log:       Log{Level: "info", Format: "text"},
		Routes:    samples(),
	}
}

// samples are the two lines of the demo.
func samples() []Route {
	return []Route{
		{
			Name: "bank", Match: []string{"bank"}, Base: "bank", Langs: []string{"en"}, Packs: []string{"bank"},
			Greeting: map[string]string{"en": "Northwind Bank, good day. How can I help you?"},
		},
		{
			Name: "shop", Match: []string{"shop"}, Base: "shop", Langs: []string{"zh"}, Packs: []string{"ecommerce"},
			Greeting: map[string]string{"zh": "您好，这里是客服中心，请问有什么可以帮您？"},
		},
	}
}

// greetings are the defaults of Route.Greeting.
func greetings() map[string]string {
	return map[string]string{"en": "Hello. How can I help you?", "zh": "您好，请问有什么可以帮您？"}
}

// notices are the defaults of Route.Notice.
func notices() map[string]string {
	return map[string]string{"en": "This call is recorded.", "zh": "本次通话将被录音。"}
}

// optOutNotices end the notice of a route with a key to refuse; %s is the key.
func optOutNotices() map[string]string {
	return map[string]string{"en": " If you do not want that, press %s now.", "zh": "如不同意录音，请按%s键。"}
}

// optedOut are the defaults of Route.OptedOut.
func optedOut() map[string]string {
	return map[string]string{"en": "This call is not recorded. How can I help you?", "zh": "本次通话不会录音。请问有什么可以帮您？"}
}

// voices are the defaults of Route.Voices.
func voices() map[string]string {
	return map[string]string{"en": "kokoro:af_heart", "zh": "kokoro:zf_xiaoxiao"}
}
