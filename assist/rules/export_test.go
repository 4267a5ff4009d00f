package rules

import (
	"bytes"
	"regexp"
)

// Value is what a variable of s stands at, also a defined one.
func (s *Session) Value(name string) any {
	v, _ := frame{s: s, rest: -1}.ResolveName(name)
	return v
}

// Eager are the built-in escalation rules without their second look: each fires whenever the rest of its condition holds.
func Eager() (*Set, error) {
	raw := regexp.MustCompile(`(?m)^    (until|once_per_call|cooldown|wait):.*\n`).ReplaceAll(bytes.Clone(escalationYAML), nil)
	raw = regexp.MustCompile(` && \(!case\.known \|\| score\.case >= [-\d.]+\)`).ReplaceAll(raw, nil)
	return Compile(raw)
}
