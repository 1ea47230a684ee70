package kerberos

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcmturner/gokrb5/v8/spnego"
)

const (
	// authCookie is Hadoop's, which stands for the exchange once it is made.
	authCookie  = "hadoop.auth"
	httpService = "HTTP/"
)

// Transport signs requests: with a ticket for HTTP/<host of the URL>, sent without
// waiting to be asked, and from then on with the cookie that the server gives for
// it. A server that the KDC does not know is asked unsigned. A cookie that is
// refused is thrown away, and the request made again, unless its body can't be
// sent twice. It is safe for concurrent use.
//
// Java: AuthenticatedURL, KerberosAuthenticator; differs: no request is spent on
// the server's 401.
type Transport struct {
	// Login must be set.
	Login *Login
	// Next makes the exchanges; nil means http.DefaultTransport.
	Next http.RoundTripper
	// WhenAsked sends a ticket only to who asks for it, by the answer 401: for
	// servers that need not be the cluster's own, since whoever gets a ticket can
	// show it to others on the same host.
	WhenAsked bool

	mu      sync.Mutex
	cookies map[string]*http.Cookie // by scheme and host:port
}

// Signer returns what makes a transport sign for the login; nil for a nil Login.
func (l *Login) Signer() func(next http.RoundTripper) http.RoundTripper {
	if l == nil {
		return nil
	}
	return func(next http.RoundTripper) http.RoundTripper { return &Transport{Login: l, Next: next} }
}

// SignerWhenAsked is Signer for Transport.WhenAsked.
func (l *Login) SignerWhenAsked() func(next http.RoundTripper) http.RoundTripper {
	if l == nil {
		return nil
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return &Transport{Login: l, Next: next, WhenAsked: true}
	}
}

// RoundTrip signs and makes one exchange. A ticket that is not to be had is an
// *Error, and nothing was done for the request.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if cookie := t.cookie(r.URL); cookie != nil || t.WhenAsked {
		first := r.Clone(r.Context())
		if cookie != nil {
			first.AddCookie(cookie)
		}
		res, err := t.next().RoundTrip(first)
		if err != nil || res.StatusCode != http.StatusUnauthorized {
			return res, err
		}
		t.keep(r.URL, nil)
		again, ok := repeated(r)
		if !ok || cookie == nil && !asksForTicket(res) {
			return res, nil
		}
		r = again
		res.Body.Close()
	}
	signed, err := t.sign(r)
	if unknown := unknownService(err); unknown != nil {
		return t.unsigned(r, unknown)
	}
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	res, err := t.next().RoundTrip(signed)
	if err == nil {
		for _, cookie := range res.Cookies() {
			if cookie.Name == authCookie && cookie.Value != "" {
				t.keep(r.URL, cookie)
			}
		}
	}
	return res, err
}

func asksForTicket(res *http.Response) bool {
	return slices.ContainsFunc(res.Header.Values("WWW-Authenticate"), func(challenge string) bool {
		scheme, _, _ := strings.Cut(challenge, " ")
		return strings.EqualFold(scheme, "Negotiate")
	})
}

// repeated is a request that was sent, to be sent again; ok is false where its
// body is used up.
func repeated(r *http.Request) (again *http.Request, ok bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, true
	}
	if r.GetBody == nil {
		return nil, false
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, false
	}
	again = r.Clone(r.Context())
	again.Body = body
	return again, true
}

// sign is the request with a ticket. A short name stands for the full one where
// the KDC does not know it.
//
// Java: PrincipalName of the JDK, for NT-SRV-HST.
func (t *Transport) sign(r *http.Request) (*http.Request, error) {
	host := strings.ToLower(r.URL.Hostname())
	signed, err := t.signFor(r, host)
	if unknownService(err) == nil || strings.Contains(host, ".") {
		return signed, err
	}
	full, lookup := net.DefaultResolver.LookupCNAME(r.Context(), host)
	full = strings.ToLower(strings.TrimSuffix(full, "."))
	if lookup != nil || !strings.HasPrefix(full, host+".") {
		return nil, err
	}
	return t.signFor(r, full)
}

func (t *Transport) signFor(r *http.Request, host string) (*http.Request, error) {
	signed := r.Clone(r.Context())
	op := "get a ticket of " + t.Login.principal.String() + " for " + httpService + host
	err := await(r.Context(), op, func() error { return spnego.SetSPNEGOHeader(t.Login.client, signed, httpService+host) })
	return signed, err
}

// unsigned is for servers that have no principal, because they ask for none; one
// that does gets the blame.
func (t *Transport) unsigned(r *http.Request, unknown *Error) (*http.Response, error) {
	res, err := t.next().RoundTrip(r)
	if err == nil && res.StatusCode == http.StatusUnauthorized {
		res.Body.Close()
		return nil, unknown
	}
	return res, err
}

func (t *Transport) next() http.RoundTripper {
	if t.Next == nil {
		return http.DefaultTransport
	}
	return t.Next
}

func (t *Transport) cookie(u *url.URL) *http.Cookie {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.cookies[u.Scheme+"://"+u.Host]
	if c == nil || (!c.Expires.IsZero() && time.Now().After(c.Expires)) {
		return nil
	}
	return &http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}
}

// keep remembers a server's cookie; nil forgets it. Cookies of one server are
// nobody else's business.
func (t *Transport) keep(u *url.URL, c *http.Cookie) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cookies == nil {
		t.cookies = map[string]*http.Cookie{}
	}
	t.cookies[u.Scheme+"://"+u.Host] = c
}
