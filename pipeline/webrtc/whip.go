package webrtc

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/pipeline/call"
)

// Handler answers the calls of pages:
//
//	POST   /whip/{line}         an offer (application/sdp); 201 with Location and the answer
//	DELETE /whip/{line}/{call}  hangs up
//	OPTIONS on both             for pages of the allowed origins
//
// Refusals are application/problem+json: 400 for an offer that cannot be used, 403 for an origin that may not call, 429
// and 503 with Retry-After when too many calls run, and what Handler.Admit says. The query parameter lang is passed on.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/whip/{line}", s.serveLine)
	mux.HandleFunc("/whip/{line}/{call}", s.serveCall)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if s.allowOrigin(w, r) {
			mux.ServeHTTP(w, r)
		}
	})
}

// allowOrigin sets the headers for pages of other sites, and refuses those that may not call.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if u, err := url.Parse(origin); err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	if !slices.Contains(s.cfg.Origins, origin) {
		refuse(w, http.StatusForbidden, "pages of "+origin+" may not call here", 0)
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "Location, Retry-After")
	return true
}

func (s *Server) serveLine(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		s.post(w, r)
	case http.MethodOptions:
		preflight(w, "POST, OPTIONS")
	default:
		w.Header().Set("Allow", "POST, OPTIONS")
		refuse(w, http.StatusMethodNotAllowed, "post an offer to this address", 0)
	}
}

func (s *Server) serveCall(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodDelete:
		l := s.find(r.PathValue("call"))
		if l == nil || l.invite.Line != r.PathValue("line") {
			refuse(w, http.StatusNotFound, "there is no such call; it may be over", 0)
			return
		}
		l.end(call.Caller, "bye")
		w.WriteHeader(http.StatusOK)
	case http.MethodOptions:
		preflight(w, "DELETE, OPTIONS")
	default:
		w.Header().Set("Allow", "DELETE, OPTIONS")
		refuse(w, http.StatusMethodNotAllowed, "a call can only be hung up here, with DELETE", 0)
	}
}

func preflight(w http.ResponseWriter, methods string) {
	w.Header().Set("Access-Control-Allow-Methods", methods)
	w.Header().Set("Access-Control-Allow-Headers", "Content-Type, X-Parley-Customer, X-Parley-Contact, X-Parley-Name, X-Parley-Chat")
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) post(w http.ResponseWriter, r *http.Request) {
	h, running := s.begin()
	if !running {
		refuse(w, http.StatusServiceUnavailable, "calls are not taken at the moment", 10*time.Second)
		return
	}
	defer s.wg.Done()
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/sdp" {
		refuse(w, http.StatusUnsupportedMediaType, "send the offer as application/sdp", 0)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOffer))
	if err != nil {
		status := http.StatusBadRequest
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			status = http.StatusRequestEntityTooLarge
		}
		refuse(w, status, "the offer could not be read: "+err.Error(), 0)
		return
	}
	inv := Invite{ID: string(call.NewID()), Line: r.PathValue("line"), Lang: short(r.URL.Query().Get("lang"), 16), Origin: r.Header.Get("Origin"),
		Remote: s.cfg.Client(r), UserAgent: short(r.UserAgent(), 200), Languages: short(r.Header.Get("Accept-Language"), 100),
		Customer: short(r.Header.Get("X-Parley-Customer"), 4096), Contact: spelt(r.Header.Get("X-Parley-Contact"), 200), Name: spelt(r.Header.Get("X-Parley-Name"), 100),
		Chat: short(r.Header.Get("X-Parley-Chat"), 200)}
	leave, denied := s.caps.take(inv.Remote, time.Now())
	if denied != nil {
		refuse(w, denied.status, denied.reason, denied.retry)
		return
	}
	v := Verdict{}
	s.protect("admit", func() { v = h.Admit(inv) })
	if !v.Accept {
		leave()
		if v.Status == 0 {
			v.Status = http.StatusServiceUnavailable
		}
		refuse(w, v.Status, v.Reason, v.RetryAfter)
		return
	}
	if gone := v.Gone; gone != nil {
		free := leave
		leave = func() { free(); gone() }
	}
	s.answer(w, r, inv, string(body), h, leave)
}

// answer opens the call and tells the page where it is.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, inv Invite, offer string, h Handler, leave func()) {
	l, sdp, err := s.open(r.Context(), inv, offer, h, leave)
	if err != nil {
		if bad := (*offerError)(nil); errors.As(err, &bad) {
			refuse(w, http.StatusBadRequest, bad.why, 0)
			return
		}
		s.log.Warn("web call could not be opened", "err", err)
		refuse(w, http.StatusServiceUnavailable, "the call could not be opened", 10*time.Second)
		return
	}
	w.Header().Set("Content-Type", "application/sdp")
	w.Header().Set("Location", strings.TrimSuffix(r.URL.EscapedPath(), "/")+"/"+l.secret)
	w.WriteHeader(http.StatusCreated)
	if _, err := io.WriteString(w, sdp); err != nil {
		l.end(call.Caller, "cancelled")
	}
}

// spelt is a header that may be percent-encoded UTF-8, since a header has no other letters than those of ASCII. What is
// neither is taken as it stands; control characters are left out.
func spelt(s string, n int) string {
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
	return short(s, n)
}

func short(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// refuse answers with an error as RFC 9457 says.
func refuse(w http.ResponseWriter, status int, detail string, retry time.Duration) {
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(retry.Seconds()))))
	}
	if detail == "" {
		detail = http.StatusText(status)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail}) // the page is gone when it fails
}
