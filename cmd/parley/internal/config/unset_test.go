package config

import (
	"strings"
	"testing"
)

// TestUnsetVariables refuses a configuration whose database is named by a variable that is not set: a command beside a service
// would otherwise look at, or erase in, an empty record of its own and tell that all is well.
func TestUnsetVariables(t *testing.T) {
	t.Parallel()
	for text, key := range map[string]string{
		"database: {url: $PARLEY_NOT_SET}\n":                            "database.url",
		"events: {url: $PARLEY_NOT_SET}\n":                              "events.url",
		"http: {listen: \"203.0.113.1:443\", token: $PARLEY_NOT_SET}\n": "http.token",
		"http: {token: $PARLEY_NOT_SET}\nlog: {level: info}\n":          "",
	} {
		_, err := load(t, text)
		if key == "" && err != nil || key != "" && (err == nil || !strings.Contains(err.Error(), key+": the variable $PARLEY_NOT_SET is not set")) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
