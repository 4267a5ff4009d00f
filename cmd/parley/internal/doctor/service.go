package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// units are the folders of systemd's units, the one that counts first.
var units = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

// service is Parley as a unit of systemd runs it. A field is "" where the unit says nothing.
type service struct {
	unit, user, home, models, config, variables string
	groups                                      string // that the unit gives beside those of the account, with blanks between
}

// installed reads the unit in folders with what was changed in files beside it; nil when there is none.
func installed(folders []string) *service {
	var s service
	for _, dir := range folders {
		text, err := os.ReadFile(filepath.Join(dir, "parley.service"))
		if err == nil {
			s.unit = filepath.Join(dir, "parley.service")
			s.read(string(text))
			break
		}
	}
	if s.unit == "" {
		return nil
	}
	for _, dir := range slices.Backward(folders) {
		changes, _ := filepath.Glob(filepath.Join(dir, "parley.service.d", "*.conf")) // sorted, as systemd reads them
		for _, file := range changes {
			if text, err := os.ReadFile(file); err == nil {
				s.read(string(text))
			}
		}
	}
	return &s
}

// read takes over what the text of a unit says.
func (s *service) read(text string) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		words := strings.Fields(value)
		switch key {
		case "User":
			s.user = value
		case "Group", "SupplementaryGroups":
			s.groups = strings.TrimSpace(s.groups + " " + value)
		case "Environment":
			for _, w := range words {
				name, v, _ := strings.Cut(strings.Trim(w, `"'`), "=")
				switch name {
				case "PARLEY_HOME":
					s.home = v
				case "PARLEY_MODELS":
					s.models = v
				}
			}
		case "EnvironmentFile":
			s.variables = strings.TrimPrefix(value, "-")
		case "ExecStart":
			for i, w := range words {
				if file, ok := strings.CutPrefix(w, "--config="); ok {
					s.config = file
				} else if w == "--config" && i+1 < len(words) {
					s.config = words[i+1]
				}
			}
		}
	}
}

// inherit sets what the service's file of variables sets and this process lacks, so that its configuration is read as the
// service reads it. A file that is not there sets nothing.
func (s *service) inherit(getenv func(string) string, setenv func(key, value string) error) error {
	text, err := os.ReadFile(s.variables)
	if s.variables == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the service's variables: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(name, "#") || getenv(name) != "" {
			continue
		}
		if err := setenv(name, strings.Trim(value, `"'`)); err != nil {
			return fmt.Errorf("read the service's variables: %w", err)
		}
	}
	return nil
}

// id is the account the service runs as.
func (s *service) id() (uid uint32, err error) {
	if s.user == "" {
		return 0, nil
	}
	u, err := user.Lookup(s.user)
	if err != nil {
		return 0, fmt.Errorf("the account of %s: %w", s.unit, err)
	}
	n, err := strconv.ParseUint(u.Uid, 10, 32)
	return uint32(n), err
}

// choose tells which data, weights and configuration are looked at, and points env there: those that were named, else those
// of the service where one is installed and its folder may be looked into.
func choose(env *cli.Env, s *service, getenv func(string) string) Check {
	c := Check{Name: "looks at", State: OK}
	whose := "this account"
	switch {
	case s == nil || s.home == "" || getenv("PARLEY_HOME") != "":
	case !readable(s.home):
		c.State, c.Fix = Advice, "run it as root, or as "+s.user+", to look at the service"
		whose += ", and not of the service of " + s.unit
	default:
		whose, env.Home = "the service of "+s.unit, s.home
		if s.models != "" && getenv("PARLEY_MODELS") == "" {
			env.Models = s.models
		}
		if env.Config == "" {
			env.Config = s.config
		}
	}
	conf := env.Config
	if conf == "" {
		conf = "the defaults"
	}
	c.Detail = fmt.Sprintf("data %s, weights %s, configuration %s, of %s", env.Home, env.Models, conf, whose)
	return c
}

// readable reports whether this process can look into dir, or would make it.
func readable(dir string) bool {
	_, err := os.ReadDir(dir)
	return err == nil || os.IsNotExist(err)
}

// rights looks for what the service cannot use because another account made it, such as root with a command of Parley.
// config, keys and named are the files of those names, "" for none, and the others that the configuration names.
func rights(s *service, home, config, keys string, named []string) Check {
	c := Check{Name: "rights", State: OK, Detail: "all is of the account " + s.user}
	uid, err := s.id()
	if err != nil {
		c.State, c.Detail, c.Fix = Missing, err.Error(), "make it: useradd --system --home-dir "+home+" "+s.user
		return c
	}
	if uid == 0 {
		return c
	}
	var foreign []string
	entries, _ := os.ReadDir(home)
	for _, name := range append([]string{""}, names(entries)...) {
		path := filepath.Join(home, name)
		if info, err := os.Lstat(path); err == nil && owner(info) != uid {
			foreign = append(foreign, path)
		}
	}
	if len(foreign) > 0 {
		c.State, c.Detail = Missing, fmt.Sprintf("%s: not of the account %s, which the service runs as", strings.Join(foreign, ", "), s.user)
		c.Fix = fmt.Sprintf("chown -R %s: %s; then run Parley's commands as that account: runuser -u %[1]s -- env PARLEY_HOME=%[2]s parley ...", s.user, home)
		return c
	}
	for _, file := range append([]string{config, keys}, named...) {
		if file == "" {
			continue
		}
		stops := s.barred(file, uid)
		if stops == "" {
			continue
		}
		c.State, c.Detail = Missing, file+" cannot be read by the account "+s.user
		switch {
		case file == keys:
			c.Fix = "chown " + s.user + ": " + keys + ", in a folder of that account, where rotation writes the next one"
		case stops != file:
			c.Detail += ", which may not enter " + stops
			c.Fix = "let it: chgrp " + s.user + " " + stops + " && chmod g+x " + stops + ", or put the file elsewhere"
		default:
			c.Fix = "chgrp " + s.user + " " + file + " && chmod 640 " + file
		}
		return c
	}
	return c
}

// reads are the files that the configuration names and the service reads, without its keys of recordings.
func reads(cfg *config.Config) []string {
	return append(cfg.Files(), cfg.HTTP.Cert, cfg.HTTP.Key, cfg.HTTP.ACME.CA, cfg.SIP.Cert, cfg.SIP.Key, cfg.SIP.CA)
}

func names(entries []os.DirEntry) (out []string) {
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func owner(info fs.FileInfo) uint32 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Uid
	}
	return 0
}

// barred returns what keeps the service's account from reading a file, by what the file and the folders above it say of themselves: one of
// those, or the file; "" when nothing does, or when the file is not there.
func (s *service) barred(path string, uid uint32) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		if at := s.barredAt(real, uid); at == real {
			return path
		} else if at != "" {
			return at
		}
	}
	return s.barredAt(path, uid)
}

func (s *service) barredAt(path string, uid uint32) string {
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if !s.allows(dir, uid, 0o1) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if !s.allows(path, uid, 0o4) {
		return path
	}
	return ""
}

// allows reports whether a file gives the service's account a right: 4 to read it, 1 to enter it.
func (s *service) allows(path string, uid uint32, right fs.FileMode) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	mode := info.Mode().Perm()
	if st.Uid == uid {
		return mode&(right<<6) != 0
	}
	if slices.Contains(s.groupIDs(uid), strconv.FormatUint(uint64(st.Gid), 10)) {
		return mode&(right<<3) != 0
	}
	return mode&right != 0
}

// groupIDs are the groups that an account has as the service.
func (s *service) groupIDs(uid uint32) (ids []string) {
	if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
		ids, _ = u.GroupIds()
	}
	for name := range strings.FieldsSeq(s.groups) {
		if g, err := user.LookupGroup(name); err == nil {
			ids = append(ids, g.Gid)
		} else if _, err := strconv.ParseUint(name, 10, 32); err == nil {
			ids = append(ids, name)
		}
	}
	return ids
}

// running is the process that has the data folder, 0 when none has: locks tells of all locks of the machine (/proc/locks).
func running(locks, home string) int {
	info, err := os.Stat(filepath.Join(home, "events", "lock"))
	if err != nil {
		return 0
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	text, err := os.ReadFile(locks)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) { // 1: FLOCK ADVISORY WRITE 6959 fe:00:5359886 0 EOF
		f := strings.Fields(line)
		if len(f) > 5 && f[1] == "FLOCK" && strings.HasSuffix(f[5], ":"+strconv.FormatUint(st.Ino, 10)) {
			pid, _ := strconv.Atoi(f[4])
			return pid
		}
	}
	return 0
}
