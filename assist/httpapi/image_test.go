package httpapi_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestImageHealth asks as the container's health check does.
func TestImageHealth(t *testing.T) {
	t.Parallel()
	image, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`HEALTHCHECK (?:.*\\\n)?.*CMD (\[.*\])`).FindSubmatch(image)
	if found == nil {
		t.Fatal("the Dockerfile has no health check of the form CMD [...]")
	}
	var args []string
	if err := json.Unmarshal(found[1], &args); err != nil {
		t.Fatalf("health check %s: %v", found[1], err)
	}
	host, port, _ := strings.Cut(strings.TrimPrefix(newRig(t, nil).url, "http://"), ":")
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "127.0.0.1/8080", host+"/"+port)
	}
	if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil { //nolint:gosec // from the Dockerfile
		t.Errorf("%v: %v\n%s", args, err, out)
	}
}
