package config

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Retention configures how long what calls leave behind is kept.
type Retention struct {
	Audio  int `yaml:"audio" doc:"Days recordings are kept; 0 = for ever. A hold (parley hold) keeps them longer."`
	Text   int `yaml:"text" doc:"Days everything said and written about a call is kept, and who called; a line for the figures stays. 0 = for ever."`
	Events int `yaml:"events" doc:"Days the single events of a call are kept (reasons behind answers, partial steps); they go with the text at the latest. 0 = for ever."`
}

// EventsKept is how long events stay in the stream: never longer than what was said, or single events, may be kept.
func (c *Config) EventsKept() time.Duration {
	keep := c.Events.Keep
	for _, days := range []int{c.Retention.Text, c.Retention.Events} {
		if d := time.Duration(days) * 24 * time.Hour; d > 0 && (d < keep || keep == 0) {
			keep = d
		}
	}
	return keep
}

// Security configures what is sealed.
type Security struct {
	KeyFile     string   `yaml:"key_file" doc:"File with the keys that recordings and the record are sealed with (parley keys new FILE), for its owner only. Keep it apart from the data folder and from backups. Empty, without key_command: recordings are not encrypted."`
	KeyCommand  []string `yaml:"key_command" doc:"Program and arguments that print the keys instead, such as a client of your key management."`
	Vault       bool     `yaml:"vault" doc:"With a key, keep what is masked (never card numbers, passwords, codes and numbers that may be such) sealed beside the recording, for admins who give a reason. false: what is masked is gone."`
	SealRecords bool     `yaml:"seal_records" doc:"With a key, also seal what the database and the event store hold of what people said and who they are, so that they, their backups and their disk are of no use without the key; see docs/security.md for the columns. Rows that are there are sealed, or with false opened again, in the background. Looking for a text in calls or customers then opens them one by one, which takes longer."`
}

// Traces configures tracing.
type Traces struct {
	URL     string            `yaml:"url" doc:"Where traces of calls are sent (OTLP over HTTP), such as http://127.0.0.1:4318/v1/traces; empty: nowhere. They hold times and states, no words and no numbers; the ID of a trace is that of the call without its dashes."`
	Headers map[string]string `yaml:"headers" doc:"Sent with them, such as an authorization; $NAME reads a value from the environment."`
}

// validate reports what does not fit together.
func (s Security) validate() []error {
	if s.SealRecords && s.KeyFile == "" && len(s.KeyCommand) == 0 {
		return []error{errors.New("security.seal_records: there is no key: set security.key_file or security.key_command")} //nolint:err113 // told to people
	}
	return nil
}

func (c *Config) validateTraces() []error {
	if c.Traces.URL == "" {
		return nil
	}
	if u, err := url.Parse(c.Traces.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return []error{fmt.Errorf("traces.url: %q is no address such as http://127.0.0.1:4318/v1/traces", c.Traces.URL)}
	}
	return nil
}

// fillNotice completes what is said about the recording. A notice of the configuration's own has to name the key itself.
func (r *Route) fillNotice() {
	all := notices()
	if r.OptOut != "" {
		for lang, more := range optOutNotices() {
			all[lang] += fmt.Sprintf(more, r.OptOut)
		}
	}
	r.Notice = withDefaults(r.Notice, all)
	r.OptedOut = withDefaults(r.OptedOut, optedOut())
}

// Files are the files the configuration names.
func (c *Config) Files() []string {
	var out []string
	for _, f := range append([]string{c.Tickets.Forms, c.Answer.Intents, c.Compensation.Policy}, c.Desk.Rules...) {
		if f != "" {
			out = append(out, f)
		}
	}
	return out
}
