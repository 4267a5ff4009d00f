package config

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

const top = "../../../../"

// composed is what these tests read of a compose file.
type composed struct {
	dir      string
	Services map[string]service `yaml:"services"`
	Volumes  map[string]any     `yaml:"volumes"`
}

type service struct {
	Build       string            `yaml:"build"`
	Image       string            `yaml:"image"`
	NetworkMode string            `yaml:"network_mode"`
	StopGrace   string            `yaml:"stop_grace_period"`
	DependsOn   map[string]any    `yaml:"depends_on"`
	Volumes     []string          `yaml:"volumes"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
}

func compose(t *testing.T, path string) composed {
	t.Helper()
	c := composed{dir: filepath.Dir(path)}
	data, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(data, &c)
	}
	if err != nil || len(c.Services) == 0 {
		t.Fatal(path, err)
	}
	return c
}

// mounts are the folders and files of the host by where a service sees them. They must be there, and volumes with a name must be
// made.
func (c composed) mounts(t *testing.T, name string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, v := range c.Services[name].Volumes {
		from, to, _ := strings.Cut(v, ":")
		to, _, _ = strings.Cut(to, ":")
		if !strings.HasPrefix(from, ".") {
			if _, ok := c.Volumes[from]; !ok {
				t.Errorf("%s: there is no volume %s", name, from)
			}
			continue
		}
		out[to] = filepath.Join(c.dir, from)
		if _, err := os.Stat(out[to]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	return out
}

// sees is the file of the host that a service sees at path.
func sees(t *testing.T, mounts map[string]string, path string) string {
	t.Helper()
	for to, from := range mounts {
		if rest, ok := strings.CutPrefix(path, to); ok && (rest == "" || rest[0] == '/') {
			return from + rest
		}
	}
	t.Fatalf("nothing is mounted at %s: %v", path, mounts)
	return ""
}

// TestComposed runs nothing, but follows what the compose files name: every folder, volume and service is there, Parley takes the
// configuration it is started with, has the time that its drain needs, and lies in the folder that the image has for it.
func TestComposed(t *testing.T) {
	t.Setenv("PARLEY_DATABASE_URL", "postgres://parley:hidden@db/parley")
	image := text(t, "Dockerfile")
	nodes := 0
	for _, path := range []string{"deploy/compose.yaml", "deploy/kamailio/compose.yaml"} {
		c := compose(t, top+path)
		for name, s := range c.Services {
			mounts := c.mounts(t, name)
			for other := range s.DependsOn {
				if _, ok := c.Services[other]; !ok {
					t.Errorf("%s waits for %s, which is no service", name, other)
				}
			}
			if s.Build == "" {
				if s.Image == "" || strings.HasSuffix(s.Image, ":latest") || !strings.Contains(s.Image, ":") {
					t.Errorf("%s: image %q of no version", name, s.Image)
				}
				continue
			}
			nodes++
			if _, err := os.Stat(filepath.Join(c.dir, s.Build, "Dockerfile")); err != nil {
				t.Error(name, err)
			}
			if len(s.Command) != 3 || s.Command[0] != "serve" || s.Command[1] != "--config" {
				t.Fatalf("%s is started with %q", name, s.Command)
			}
			cfg, err := Load(sees(t, mounts, s.Command[2]))
			if err != nil {
				t.Fatal(name, err)
			}
			if grace, err := time.ParseDuration(s.StopGrace); err != nil || grace < cfg.Limits.Drain+30*time.Second {
				t.Errorf("%s gets %q to end, its drain takes %s and some", name, s.StopGrace, cfg.Limits.Drain)
			}
			if !slices.ContainsFunc(s.Volumes, func(v string) bool {
				_, to, _ := strings.Cut(v, ":")
				return strings.Contains(image, "PARLEY_HOME="+to+" ")
			}) {
				t.Errorf("%s keeps its data in no volume: %v", name, s.Volumes)
			}
		}
	}
	if nodes != 3 {
		t.Errorf("%d nodes, want 3", nodes)
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(top + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWatchedWhereItListens has Prometheus ask where Parley listens, Grafana ask where Prometheus listens, and both read the files
// that are mounted.
func TestWatchedWhereItListens(t *testing.T) {
	c := compose(t, top+"deploy/compose.yaml")
	cfg, err := Load(sees(t, c.mounts(t, "parley"), c.Services["parley"].Command[2]))
	if err != nil {
		t.Fatal(err)
	}
	prometheus := c.mounts(t, "prometheus")
	var settings string
	for _, arg := range c.Services["prometheus"].Command {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--config.file":
			settings = sees(t, prometheus, value)
		case "--web.listen-address":
			if source := text(t, "deploy/monitoring/grafana-datasource.yml"); !strings.Contains(source, `"http://`+value+`"`) {
				t.Errorf("Prometheus listens at %s, Grafana asks %s", value, source)
			}
		}
	}
	var p struct {
		Rules   []string `yaml:"rule_files"`
		Scrapes []struct {
			Job    string                       `yaml:"job_name"`
			Static []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	data, err := os.ReadFile(settings)
	if err == nil {
		err = yaml.Unmarshal(data, &p)
	}
	if err != nil || len(p.Rules) != 1 || len(p.Scrapes) != 1 {
		t.Fatal(settings, err)
	}
	if rules, err := os.ReadFile(sees(t, prometheus, p.Rules[0])); err != nil || !strings.Contains(string(rules), `up{job="`+p.Scrapes[0].Job+`"}`) {
		t.Errorf("the rules watch another job than %s, %v", p.Scrapes[0].Job, err)
	}
	if got := p.Scrapes[0].Static[0].Targets; !slices.Equal(got, []string{cfg.HTTP.Listen}) {
		t.Errorf("Parley listens at %s, Prometheus asks %v", cfg.HTTP.Listen, got)
	}
	var boards struct {
		Providers []struct{ Options struct{ Path string } }
	}
	if err := yaml.Unmarshal([]byte(text(t, "deploy/monitoring/grafana-dashboards.yml")), &boards); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(sees(t, c.mounts(t, "grafana"), boards.Providers[0].Options.Path+"/parley.json")); err != nil {
		t.Error(err)
	}
}

// TestImageListensWhereItSays compares the image with the configuration that Parley has without a file: the health check asks where
// it listens, and ports are those that it takes.
func TestImageListensWhereItSays(t *testing.T) {
	image, c := text(t, "Dockerfile"), Default()
	host, port, err := net.SplitHostPort(c.HTTP.Listen)
	if err != nil || !strings.Contains(image, "/dev/tcp/"+host+"/"+port+" ") {
		t.Errorf("Parley listens at %s, the health check of the image asks elsewhere, %v", c.HTTP.Listen, err)
	}
	_, sip, err := net.SplitHostPort(c.SIP.UDP)
	if err != nil || !strings.Contains(image, "EXPOSE "+sip+"/udp "+sip+"/tcp "+port+"/tcp\n") {
		t.Errorf("the image does not expose %s and %s, %v", sip, port, err)
	}
}

var variable = regexp.MustCompile(`\bPARLEY_[A-Z_]+\b`)

// TestVariablesAreRead has every variable that the ways to run Parley set be one that the program reads, or that a configuration
// beside it names as $NAME.
func TestVariablesAreRead(t *testing.T) {
	read := map[string]bool{}
	err := filepath.WalkDir(top+"cmd/parley", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`Getenv\("(PARLEY_[A-Z_]+)"\)`).FindAllStringSubmatch(string(b), -1) {
			read[m[1]] = true
		}
		return err
	})
	if err != nil || !read["PARLEY_HOME"] || !read["PARLEY_DATABASE_URL"] {
		t.Fatal(read, err)
	}
	set := map[string][]string{
		"deploy/systemd/parley.service": variable.FindAllString(text(t, "deploy/systemd/parley.service"), -1),
		"deploy/debian/environment":     regexp.MustCompile(`(?m)^PARLEY_[A-Z_]+`).FindAllString(text(t, "deploy/debian/environment"), -1),
		"deploy/debian/postinstall.sh":  variable.FindAllString(text(t, "deploy/debian/postinstall.sh"), -1),
		"Dockerfile":                    variable.FindAllString(regexp.MustCompile(`(?m)^ENV PATH.*`).FindString(text(t, "Dockerfile")), -1),
	}
	for _, path := range []string{"deploy/compose.yaml", "deploy/kamailio/compose.yaml"} {
		set[path] = []string{}
		for _, s := range compose(t, top+path).Services {
			for name := range s.Environment {
				if strings.HasPrefix(name, "PARLEY_") {
					set[path] = append(set[path], name)
				}
			}
		}
	}
	docs := render(t, nil)
	named := fmt.Sprint(docs["ConfigMap"])
	for _, e := range at(t, docs["StatefulSet"][0], "spec", "template", "spec", "containers", 0, "env").([]any) {
		name := fmt.Sprint(at(t, e, "name"))
		if strings.HasPrefix(name, "PARLEY_") && !strings.Contains(named, "$"+name) {
			set["deploy/helm"] = append(set["deploy/helm"], name)
		}
	}
	for path, names := range set {
		if len(names) == 0 && path != "deploy/compose.yaml" && path != "deploy/helm" {
			t.Errorf("%s sets none: this test looks in the wrong place", path)
		}
		for _, n := range names {
			if !read[n] {
				t.Errorf("%s sets %s, which nobody reads", path, n)
			}
		}
	}
}
