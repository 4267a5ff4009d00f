package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/parley-voice/parley/nlu/nearest"
)

// Load reads and validates the file at name; "" gives the defaults. Every problem is in the error, each with its key.
func Load(name string) (*Config, error) {
	c := Default()
	if name != "" {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		if err := c.parse(data); err != nil {
			return nil, fmt.Errorf("configuration %s: %w", name, err)
		}
	}
	if err := c.unset(); err != nil {
		return nil, fmt.Errorf("configuration %s: %w", orWord(name, "(defaults)"), err)
	}
	c.fill()
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("configuration %s: %w", orWord(name, "(defaults)"), err)
	}
	return c, nil
}

func (c *Config) parse(data []byte) error {
	var tree map[string]any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return fmt.Errorf("not YAML: %w", err)
	}
	if len(tree) == 0 { // nothing but comments
		return nil
	}
	if err := errors.Join(unknown(tree, reflect.TypeFor[Config](), "")...); err != nil {
		return err
	}
	if _, ok := tree["routes"]; ok {
		c.Routes = nil
	}
	if err := yaml.Unmarshal(data, c); err != nil {
		if strings.Contains(err.Error(), "time.Duration") || strings.Contains(err.Error(), " duration ") {
			return fmt.Errorf("wrong value: a time needs its unit, such as 15s, 2m or 1h30m: %w", err)
		}
		return fmt.Errorf("wrong value: %w", err)
	}
	return nil
}

// unknown finds the keys of tree that t does not have, and those without a value.
func unknown(tree map[string]any, t reflect.Type, at string) []error {
	fields := map[string]reflect.Type{}
	var names []string
	for f := range t.Fields() {
		name := f.Tag.Get("yaml")
		fields[name] = f.Type
		names = append(names, name)
	}
	var errs []error
	for key, value := range tree {
		ft, ok := fields[key]
		if !ok {
			err := fmt.Errorf("unknown key %s%s", at, key)
			if meant := nearest.To(key, names); meant != "" {
				err = fmt.Errorf("%w; did you mean %s%s?", err, at, meant)
			} else {
				err = fmt.Errorf("%w; there are %s", err, strings.Join(names, ", "))
			}
			errs = append(errs, err)
			continue
		}
		if value == nil { // it would undo the defaults
			errs = append(errs, fmt.Errorf("%s%s has no value; give it one or remove the line", at, key))
			continue
		}
		errs = append(errs, unknownIn(value, ft, at+key)...)
	}
	return errs
}

// unknownIn finds the keys within a value that t does not have, and says where a list is missing.
func unknownIn(value any, t reflect.Type, at string) []error {
	switch v := value.(type) {
	case map[string]any:
		if t.Kind() == reflect.Struct {
			return unknown(v, t, at+".")
		}
	case []any:
		if t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct {
			return nil
		}
		var errs []error
		for i, item := range v {
			if m, ok := item.(map[string]any); ok {
				errs = append(errs, unknown(m, t.Elem(), fmt.Sprintf("%s[%d].", at, i))...)
			}
		}
		return errs
	default:
		if t.Kind() == reflect.Slice {
			return []error{fmt.Errorf("%s: a list is needed: [%v]", at, v)}
		}
	}
	return nil
}

// fill completes routes with what follows from the rest.
func (c *Config) fill() {
	for i := range c.Routes {
		r := &c.Routes[i]
		if len(r.Match) == 0 {
			r.Match = []string{r.Name}
		}
		r.Base = orWord(r.Base, r.Name)
		if len(r.Langs) == 0 {
			r.Langs = []string{"en"}
		}
		if r.Record == nil {
			yes := true
			r.Record = &yes
		}
		if r.Packs == nil {
			r.Packs = c.Desk.Packs
		}
		r.Voices = withDefaults(r.Voices, voices())
		r.Greeting = withDefaults(r.Greeting, greetings())
		r.fillNotice()
	}
	c.fillBusiness()
	for name, value := range c.Traces.Headers {
		c.Traces.Headers[name] = fromEnv(value)
	}
	c.Database.URL, c.Events.URL, c.HTTP.Token = fromEnv(c.Database.URL), fromEnv(c.Events.URL), fromEnv(c.HTTP.Token)
	c.Access.OIDC.Secret = fromEnv(c.Access.OIDC.Secret)
	c.Customers.CodeKey = fromEnv(c.Customers.CodeKey)
	for i := range c.Customers.Sites {
		c.Customers.Sites[i].Key = fromEnv(c.Customers.Sites[i].Key)
	}
	c.ASR.Key, c.TTS.Key, c.LLM.Key = fromEnv(c.ASR.Key), fromEnv(c.TTS.Key), fromEnv(c.LLM.Key)
}

func withDefaults(m, defaults map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, defaults)
	maps.Copy(out, m)
	return out
}

func fromEnv(s string) string {
	if name, ok := strings.CutPrefix(s, "$"); ok {
		return os.Getenv(name)
	}
	return s
}

// unset refuses what names a variable that is not set where going on without would do something else: work on an empty record
// in the data folder, or tell that no token was given.
func (c *Config) unset() error {
	values := map[string]string{"database.url": c.Database.URL, "events.url": c.Events.URL}
	if !Loopback(c.HTTP.Listen) {
		values["http.token"] = c.HTTP.Token
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if v := values[key]; strings.HasPrefix(v, "$") && fromEnv(v) == "" {
			errs = append(errs, fmt.Errorf("%s: the variable %s is not set; the service has it from its environment (/etc/parley/environment), and so must commands", key, v))
		}
	}
	return errors.Join(errs...)
}

func (c *Config) validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for key, addr := range map[string]string{"sip.udp": c.SIP.UDP, "sip.tcp": c.SIP.TCP, "sip.tls": c.SIP.TLS, "http.listen": c.HTTP.Listen, "http.redirect": c.HTTP.Redirect} {
		if addr == "" && key != "http.listen" {
			continue
		}
		if _, _, err := net.SplitHostPort(addr); err != nil {
			bad("%s: %q is not host:port", key, addr)
		}
	}
	if c.SIP.UDP == "" && c.SIP.TCP == "" && c.SIP.TLS == "" {
		bad("sip.udp, sip.tcp and sip.tls are all empty: nobody could call; set one")
	}
	for _, a := range c.SIP.Allow {
		if _, err := netip.ParsePrefix(a); err != nil {
			bad("sip.allow: %q is not a network such as 10.0.0.0/8", a)
		}
	}
	if (c.SIP.RTPMin == 0) != (c.SIP.RTPMax == 0) || c.SIP.RTPMin > c.SIP.RTPMax || c.SIP.RTPMax > 65535 {
		bad("sip.rtp_min %d and sip.rtp_max %d are no range of ports", c.SIP.RTPMin, c.SIP.RTPMax)
	}
	if !Loopback(c.HTTP.Listen) && c.HTTP.Token == "" {
		bad("http.listen %s is open to others: set http.token", c.HTTP.Listen)
	}
	oneOf := func(key, v string, allowed ...string) {
		if !slices.Contains(allowed, v) {
			bad("%s: %q is none of %s", key, v, strings.Join(allowed, ", "))
		}
	}
	oneOf("asr.engine", c.ASR.Engine, "whisper", "openai")
	oneOf("asr.encoder", c.ASR.Encoder, "auto", "onnx", "ggml")
	oneOf("tts.engine", c.TTS.Engine, "kokoro", "espeak", "openai")
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf("log.format", c.Log.Format, "text", "json")
	for _, codec := range c.SIP.Codecs {
		oneOf("sip.codecs", codec, "opus", "G722", "PCMU", "PCMA")
	}
	if c.Answer.Bar < 0 || c.Answer.Bar > 1 {
		bad("answer.bar: %v is not within 0..1", c.Answer.Bar)
	}
	errs = append(errs, negative(reflect.ValueOf(*c), "")...)
	errs = append(errs, c.Database.validate())
	errs = append(errs, c.validateAccess()...)
	errs = append(errs, c.validateStreet()...)
	errs = append(errs, c.validateBusiness()...)
	errs = append(errs, c.validateTraces()...)
	errs = append(errs, c.Security.validate()...)
	errs = append(errs, c.validateInsights()...)
	errs = append(errs, c.validateQuality()...)
	errs = append(errs, c.validateKnowledge()...)
	errs = append(errs, c.validateRoutes()...)
	errs = append(errs, c.validateICE()...)
	errs = append(errs, c.validateQueues()...)
	return errors.Join(errs...)
}

func (c *Config) validateRoutes() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Routes) == 0 {
		bad("routes: there is none, so no call could be answered")
	}
	seen, taken := map[string]bool{}, map[string]int{}
	for i, r := range c.Routes {
		at := fmt.Sprintf("routes[%d]", i)
		if r.Name == "" {
			bad("%s.name is missing", at)
		}
		if seen[r.Name] {
			bad("%s.name: %q is used twice", at, r.Name)
		}
		seen[r.Name] = true
		for _, m := range r.Match {
			if _, err := path.Match(m, ""); err != nil {
				bad("%s.match: %q is no pattern", at, m)
			}
			if first, ok := taken[m]; ok && first != i {
				bad("%s.match: %q is answered by routes[%d] already", at, m, first)
			} else {
				taken[m] = i
			}
		}
		for _, l := range r.Langs {
			if l != "en" && l != "zh" {
				bad("%s.langs: %q is neither en nor zh", at, l)
			}
		}
		if r.OptOut != "" && (len(r.OptOut) != 1 || !strings.Contains("123456789*#", r.OptOut)) {
			bad("%s.opt_out: %q is none of the keys 1 to 9, * and #", at, r.OptOut)
		}
		if _, err := r.Hours.parse(); err != nil {
			bad("%s.hours: %w", at, err)
		}
	}
	return errs
}

// Loopback reports whether the host of addr is this machine only.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Packs are the packs of all routes, in order.
func (c *Config) Packs() []string {
	out := slices.Clone(c.Desk.Packs)
	for _, r := range c.Routes {
		out = append(out, r.Packs...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Find returns the route for a dialled user.
func (c *Config) Find(user string) (Route, bool) {
	for _, r := range c.Routes {
		for _, m := range r.Match {
			if ok, err := path.Match(m, user); err == nil && ok {
				return r, true
			}
		}
	}
	return Route{}, false
}

// Names tells whether a route answers a user of that name, not only everybody.
func (c *Config) Names(user string) bool {
	r, ok := c.Find(user)
	return ok && slices.ContainsFunc(r.Match, func(m string) bool {
		is, err := path.Match(m, user)
		return err == nil && is && strings.Trim(m, "*?") != ""
	})
}

func orWord(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
