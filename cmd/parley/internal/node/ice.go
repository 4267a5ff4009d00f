package node

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/web/callpage"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline/webrtc"
)

// ownLife is how long this side's own credentials at a TURN server work: it asks for none while it runs.
const ownLife = 5 * 365 * 24 * time.Hour

// turnUser names the credentials of Parley in the logs of a TURN server.
const turnUser = "parley"

// ice are the STUN and TURN servers of the configuration, with credentials that work for life from now on where a secret is
// shared with the TURN servers.
func ice(c config.WebCalls, now time.Time, life time.Duration) []desk.ICEServer {
	out := []desk.ICEServer{}
	for _, url := range c.ICE {
		s := desk.ICEServer{URLs: []string{url}}
		switch {
		case !config.Relay(url):
		case c.TURN.Secret != "":
			s.Username, s.Credential = turnCredential(c.TURN.Secret, now.Add(life))
		default:
			s.Username, s.Credential = c.TURN.User, c.TURN.Password
		}
		out = append(out, s)
	}
	return out
}

// turnCredential makes a user name that ends at a time, and its password, as TURN servers with a shared secret know them.
// The hash is the one they use.
func turnCredential(secret string, end time.Time) (user, password string) {
	user = fmt.Sprintf("%d:%s", end.Unix(), turnUser)
	mac := hmac.New(sha1.New, []byte(secret))
	_, _ = mac.Write([]byte(user)) // never fails
	return user, base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// browserICE is for the browsers of agents and supervisors.
func (n *Node) browserICE() []desk.ICEServer {
	return ice(n.cfg.WebCalls, time.Now(), n.cfg.WebCalls.TURN.Life)
}

// pageICE is for those of callers.
func (n *Node) pageICE() []callpage.ICEServer {
	var out []callpage.ICEServer
	for _, s := range n.browserICE() {
		out = append(out, callpage.ICEServer(s))
	}
	return out
}

// ownICE is for this side.
func (n *Node) ownICE() []webrtc.ICEServer {
	var out []webrtc.ICEServer
	for _, s := range ice(n.cfg.WebCalls, time.Now(), ownLife) {
		out = append(out, webrtc.ICEServer(s))
	}
	return out
}
