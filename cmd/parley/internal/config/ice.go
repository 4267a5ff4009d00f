package config

import (
	"fmt"
	"strings"
	"time"
)

// Relay reports whether an address of web_calls.ice is that of a TURN server.
func Relay(url string) bool {
	scheme, _, _ := strings.Cut(url, ":")
	return scheme == "turn" || scheme == "turns"
}

func (c *Config) validateICE() []error {
	var errs []error
	t := c.WebCalls.TURN
	for i, url := range c.WebCalls.ICE {
		scheme, rest, _ := strings.Cut(url, ":")
		switch {
		case rest == "" || !Relay(url) && scheme != "stun" && scheme != "stuns":
			errs = append(errs, fmt.Errorf("web_calls.ice[%d]: %q is no server such as stun:stun.example:3478", i, url))
		case Relay(url) && t.Secret == "" && (t.User == "" || t.Password == ""):
			errs = append(errs, fmt.Errorf("web_calls.ice[%d]: %s needs web_calls.turn.secret, or web_calls.turn.user and .password", i, url))
		}
	}
	if t.Life < time.Minute {
		errs = append(errs, fmt.Errorf("web_calls.turn.life: %s is too short for a call", t.Life))
	}
	return errs
}
