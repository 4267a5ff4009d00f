package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/cmd/parley/internal/certs"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// soon is how long before its end a certificate is told of.
const soon = 14 * 24 * time.Hour

// secure looks at certificates, and whether what others can reach is protected. shared says that nodes share a database.
func secure(cfg *config.Config, shared bool, now time.Time) []Check {
	var all []Check
	for _, p := range []struct{ name, cert, key string }{{"certificate", cfg.HTTP.Cert, cfg.HTTP.Key}, {"certificate for SIP", cfg.SIP.Cert, cfg.SIP.Key}} {
		if p.cert != "" {
			all = append(all, certificate(p.name, p.cert, p.key, now))
		}
	}
	if c := cfg.HTTP; !config.Loopback(c.Listen) && !c.TLS() && !strings.HasPrefix(cfg.Access.Public, "https://") {
		all = append(all, Check{Name: "HTTPS", State: Advice, Detail: c.Listen + " is served without TLS: passwords cross the network as they are, and browsers refuse the microphone there",
			Fix: "set http.cert and http.key, or http.acme; behind a proxy that speaks TLS, set access.public to its https address"})
	}
	if s := cfg.SIP; s.SRTP == "required" {
		for _, a := range []string{s.UDP, s.TCP} {
			if a != "" && !config.Loopback(a) {
				all = append(all, Check{Name: "SRTP", State: Advice, Detail: "the keys of sound cross the network as they are in signalling on " + a,
					Fix: "take calls over sip.tls only"})
				break
			}
		}
	}
	if c := cfg.Events; c.URL != "" {
		e := Check{Name: "event server", State: OK, Detail: "what it keeps is sealed; the IDs of calls, kinds and times are not: its own encryption is its own setting"}
		if !cfg.Security.SealRecords || !shared {
			e.State, e.Detail = Advice, "what it keeps of calls is in the clear on its disk"
			e.Fix = "set security.seal_records and database.url for all nodes, or have it encrypt its store (cipher and key under jetstream in its configuration)"
		}
		all = append(all, e)
	}
	return all
}

// keyFile looks whether the keys of recordings and the record can be used, and are kept apart from what they seal.
func keyFile(ctx context.Context, file, home string) Check {
	c := Check{Name: "key file", State: OK, Detail: file}
	rel, err := filepath.Rel(home, file)
	if err == nil && filepath.IsLocal(rel) {
		c.State, c.Detail = Advice, file+" lies in the data folder: every backup holds the key of what is sealed in it"
		c.Fix = "move it elsewhere, change security.key_file, and remove the backups that hold it"
	}
	if _, err := seal.Load(ctx, file, nil); err != nil {
		c.State, c.Detail = Missing, err.Error()
		switch info, failed := os.Stat(file); {
		case failed == nil && info.Mode().Perm()&0o077 != 0:
			c.Fix = "chmod 600 " + file
		case errors.Is(err, fs.ErrPermission):
			c.Fix = "give the file, and the right to enter its folder, to the account that runs Parley (chown)"
		case failed == nil:
			c.Fix = "put the copy that you keep of it in its place"
		default:
			c.Fix = "bring it back from where you keep its copy; where nothing is sealed yet, parley keys new " + file + " makes one"
		}
	}
	return c
}

func certificate(name, cert, key string, now time.Time) Check {
	c := Check{Name: name, State: OK}
	p, err := certs.Files(cert, key, nil)
	if err != nil {
		c.State, c.Detail, c.Fix = Missing, err.Error(), "put a PEM certificate and its key there"
		return c
	}
	until := p.Until()
	c.Detail = fmt.Sprintf("%s until %s", strings.Join(p.Names(), ", "), until.Format(time.DateOnly))
	switch left := until.Sub(now); {
	case left <= 0:
		c.State, c.Detail, c.Fix = Missing, "it has expired on "+until.Format(time.DateOnly), "renew it; Parley reads the files again by itself"
	case left < soon:
		c.State, c.Fix = Advice, "renew it; Parley reads the files again by itself"
	}
	return c
}
