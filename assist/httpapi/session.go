package httpapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
)

// OIDC is a single sign-on.
type OIDC interface {
	// Start returns the address to send the browser to and what the browser keeps until it is back.
	Start(ctx context.Context) (url, kept string, err error)
	// Finish returns whom the provider vouches for.
	Finish(ctx context.Context, kept, state, code string) (access.Claims, error)
}

const (
	cookieName = "parley_session"
	oidcCookie = "parley_oidc"
	oidcPath   = "/api/session/oidc"
	oidcLife   = 10 * time.Minute
)

// sessionState is what pages learn of who uses them.
type sessionState struct {
	Person     *access.Person `json:"person" doc:"null when nobody is signed in"`
	CSRF       string         `json:"csrf" doc:"To be sent as X-CSRF-Token with every method but GET"`
	FirstStart bool           `json:"first_start" doc:"There is no admin yet: the one-time link in the server's terminal makes one"`
	OIDC       bool           `json:"oidc" doc:"Single sign-on is offered at GET /api/session/oidc"`
	Insecure   bool           `json:"insecure" doc:"Everything is open to this machine until the first admin exists"`
}

type sessionOutput struct {
	Cookie []http.Cookie `header:"Set-Cookie"`
	Body   sessionState
}

type signInInput struct {
	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"320"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type welcomeInput struct {
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"100" doc:"From the one-time link"`
		Login    string `json:"login,omitempty" maxLength:"100" doc:"Of the first admin; somebody invited has one"`
		Name     string `json:"name,omitempty" maxLength:"200"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type passwordInput struct {
	Body struct {
		Old string `json:"old" maxLength:"1024"`
		New string `json:"new" maxLength:"1024"`
	}
}

type redirectOutput struct {
	Status   int
	Location string        `header:"Location"`
	Cookie   []http.Cookie `header:"Set-Cookie"`
}

type callbackInput struct {
	Kept  string `cookie:"parley_oidc"`
	State string `query:"state" maxLength:"500"`
	Code  string `query:"code" maxLength:"4000"`
	Error string `query:"error" maxLength:"200"`
}

// reached is who asks and from where, put into the context before huma reads the request.
type reachedKey struct{}

type reached struct {
	source string
	tls    bool
}

func (a *API) registerSession(api huma.API) {
	tags := []string{"session"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary, Security: []map[string][]string{}}
	}
	huma.Register(api, op("get-session", http.MethodGet, "/api/session", "Who is signed in"), func(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
		return a.session(ctx)
	})
	huma.Register(api, op("sign-in", http.MethodPost, "/api/session", "Sign in"), func(ctx context.Context, in *signInInput) (*sessionOutput, error) {
		token, p, err := a.o.Access.SignIn(ctx, in.Body.Login, in.Body.Password, from(ctx).source)
		return a.signedIn(ctx, token, p, err)
	})
	huma.Register(api, op("welcome", http.MethodPost, "/api/session/first", "Use a one-time link: set a password and sign in"), func(ctx context.Context, in *welcomeInput) (*sessionOutput, error) {
		b := in.Body
		token, p, err := a.o.Access.Welcome(ctx, b.Token, b.Login, b.Name, b.Password, from(ctx).source)
		if errors.Is(err, access.ErrUnknown) {
			return nil, huma.Error410Gone("this link was used already, or it has expired: ask for another")
		}
		return a.signedIn(ctx, token, p, err)
	})
	huma.Register(api, op("sign-out", http.MethodDelete, "/api/session", "Sign out"), func(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
		if err := a.o.Access.SignOut(ctx, sessionOf(ctx), from(ctx).source); err != nil {
			return nil, a.failPeople(err)
		}
		return &sessionOutput{Cookie: []http.Cookie{a.cookie(ctx, cookieName, "", "/", -1)}}, nil
	})
	huma.Register(api, op("set-password", http.MethodPut, "/api/session/password", "Change the own password; other sessions end"), func(ctx context.Context, in *passwordInput) (*sessionOutput, error) {
		id := access.From(ctx)
		if id.Kind != access.Human {
			return nil, huma.Error403Forbidden("only a person has a password")
		}
		token, err := a.o.Access.SetPassword(ctx, id.Person.ID, in.Body.Old, in.Body.New, from(ctx).source)
		return a.signedIn(ctx, token, id.Person, err)
	})
	huma.Register(api, op("start-oidc", http.MethodGet, oidcPath, "Go to the single sign-on"), a.startOIDC)
	huma.Register(api, op("finish-oidc", http.MethodGet, oidcPath+"/callback", "Come back from the single sign-on"), a.finishOIDC)
}

func from(ctx context.Context) reached {
	r, _ := ctx.Value(reachedKey{}).(reached)
	return r
}

func (a *API) session(ctx context.Context) (*sessionOutput, error) {
	has, err := a.o.Access.HasAdmin(ctx)
	if err != nil {
		return nil, a.failPeople(err)
	}
	out := &sessionOutput{Body: sessionState{FirstStart: !has, OIDC: a.o.OIDC != nil}}
	switch id := access.From(ctx); id.Kind {
	case access.Human:
		out.Body.Person, out.Body.CSRF = &id.Person, access.CSRF(sessionOf(ctx))
	case access.Program:
		out.Body.Person = &id.Person
	case access.Local:
		out.Body.Insecure = true
	case access.Nobody:
	}
	return out, nil
}

func (a *API) signedIn(ctx context.Context, token string, p access.Person, err error) (*sessionOutput, error) {
	if err != nil {
		return nil, a.failPeople(err)
	}
	return &sessionOutput{
		Cookie: []http.Cookie{a.cookie(ctx, cookieName, token, "/", a.o.Access.Life())},
		Body:   sessionState{Person: &p, CSRF: access.CSRF(token), OIDC: a.o.OIDC != nil},
	}, nil
}

// cookie makes a cookie scripts cannot read and other sites' forms do not send; a negative life removes it.
func (a *API) cookie(ctx context.Context, name, value, path string, life time.Duration) http.Cookie {
	seconds := int(life.Seconds())
	if life < 0 {
		seconds = -1
	}
	return http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: from(ctx).tls || strings.HasPrefix(a.o.Public, "https://"),
	}
}

func (a *API) startOIDC(ctx context.Context, _ *struct{}) (*redirectOutput, error) {
	if a.o.OIDC == nil {
		return nil, huma.Error404NotFound("no single sign-on is set up")
	}
	url, kept, err := a.o.OIDC.Start(ctx)
	if err != nil {
		a.log.Warn("single sign-on cannot be reached", "err", err)
		return nil, huma.Error503ServiceUnavailable("the single sign-on cannot be reached")
	}
	return &redirectOutput{Status: http.StatusFound, Location: url, Cookie: []http.Cookie{a.cookie(ctx, oidcCookie, kept, oidcPath, oidcLife)}}, nil
}

// finishOIDC ends at a page in every case, since a browser is looking.
func (a *API) finishOIDC(ctx context.Context, in *callbackInput) (*redirectOutput, error) {
	if a.o.OIDC == nil {
		return nil, huma.Error404NotFound("no single sign-on is set up")
	}
	out := &redirectOutput{Status: http.StatusFound, Location: "/signin?failed=oidc", Cookie: []http.Cookie{a.cookie(ctx, oidcCookie, "", oidcPath, -1)}}
	if in.Error != "" || in.Code == "" {
		return out, nil
	}
	claims, err := a.o.OIDC.Finish(ctx, in.Kept, in.State, in.Code)
	if err != nil {
		a.log.Warn("single sign-on failed", "err", err)
		return out, nil
	}
	token, _, err := a.o.Access.SignInWith(ctx, claims, from(ctx).source)
	if err != nil {
		a.log.Warn("single sign-on refused", "err", err)
		if errors.Is(err, access.ErrDisabled) {
			out.Location = "/signin?failed=disabled"
		}
		return out, nil
	}
	out.Location = "/"
	out.Cookie = append(out.Cookie, a.cookie(ctx, cookieName, token, "/", a.o.Access.Life()))
	return out, nil
}

// failPeople turns an error of package access into the answer for it.
func (a *API) failPeople(err error) error {
	var wait *access.TooMany
	switch {
	case errors.As(err, &wait):
		seconds := strconv.Itoa(int(math.Ceil(wait.Wait.Seconds())))
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests("too many tries: wait "+seconds+" seconds"), http.Header{"Retry-After": {seconds}})
	case errors.Is(err, access.ErrDisabled):
		return huma.Error403Forbidden("this account is disabled: an admin can enable it again")
	case errors.Is(err, access.ErrSelf):
		return conflict(ProblemYourself, "nobody disables or removes themselves: ask another admin")
	case errors.Is(err, access.ErrRefused):
		return huma.Error401Unauthorized("login or password is wrong")
	case errors.Is(err, access.ErrUnknown):
		return huma.Error404NotFound("there is no such person")
	case errors.Is(err, access.ErrTaken):
		return conflict(ProblemTaken, "this login is taken")
	case errors.Is(err, access.ErrLastAdmin):
		return conflict(ProblemLastAdmin, "this is the last admin: make another one first")
	case errors.Is(err, access.ErrInvalid):
		return invalid(err, access.ErrInvalid)
	}
	return a.fail(err)
}
