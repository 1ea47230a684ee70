package kerberos

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
)

// Login is an identity with what proves it. It is safe for concurrent use. The
// ticket of a keytab or password is got anew, or renewed, as it is needed; that of
// a ticket cache is not, and its end is the login's.
type Login struct {
	principal Principal
	source    string
	client    *client.Client

	mu    sync.Mutex
	times Times
}

// Times tell how long a login lasts.
type Times struct {
	// End is the end of the ticket; zero if there is none yet.
	End time.Time
	// RenewUntil is how long it can be renewed; zero for one that can't.
	RenewUntil time.Time
	// Lasting tells that a new ticket is got when this one ends: from a keytab or
	// a password.
	Lasting bool
}

// FromKeytab is a login with a keytab's key of a principal; "" means the keytab's
// only one. The KDC is asked when a ticket is needed, or by Check. The error is an
// *Error, ErrConfiguration.
func FromKeytab(c *Configuration, path, principal string) (*Login, error) {
	op := "log in from the keytab " + path
	kt, err := keytab.Load(path)
	if err != nil {
		e := &Error{Op: op, Kind: ErrConfiguration, Cause: err}
		if os.IsPermission(err) {
			e.Remedy = "make the keytab readable for this user, and for nobody else"
		}
		return nil, e
	}
	p, err := keytabPrincipal(kt, principal, c.Realm())
	if err != nil {
		return nil, &Error{Op: op, Kind: ErrConfiguration, Cause: err, Remedy: "security.kerberos.login.principal names the principal; `klist -kt " + path + "` shows those of the keytab"}
	}
	cl := client.NewWithKeytab(p.Name, p.Realm, kt, c.config, client.DisablePAFXFAST(true))
	return &Login{principal: p, source: "keytab " + path, client: cl, times: Times{Lasting: true}}, nil
}

// keytabPrincipal finds the one that is wanted among those of a keytab.
func keytabPrincipal(kt *keytab.Keytab, wanted, realm string) (Principal, error) {
	var all []string
	for _, e := range kt.Entries {
		all = append(all, e.Principal.String())
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if wanted == "" {
		if len(all) != 1 {
			return Principal{}, fmt.Errorf("it has %d principals, and none was named: %s", len(all), strings.Join(all, ", "))
		}
		wanted = all[0]
	}
	p, err := ParsePrincipal(wanted, realm)
	if err != nil {
		return Principal{}, err
	}
	if !slices.Contains(all, p.String()) {
		return Principal{}, fmt.Errorf("it has no key for %s, only for: %s", p, strings.Join(all, ", "))
	}
	return p, nil
}

// FromPassword is a login with a password, like FromKeytab.
func FromPassword(c *Configuration, principal, password string) (*Login, error) {
	p, err := ParsePrincipal(principal, c.Realm())
	if err != nil {
		return nil, &Error{Op: "log in as " + principal, Kind: ErrConfiguration, Cause: err}
	}
	cl := client.NewWithPassword(p.Name, p.Realm, password, c.config, client.DisablePAFXFAST(true))
	return &Login{principal: p, source: "password", client: cl, times: Times{Lasting: true}}, nil
}

// Check gets a first ticket where that takes a key or a password, so that what is
// wrong is told before work and not in its midst, and Times are known. Errors are
// *Error: ErrLogin, ErrUnreachable.
func (l *Login) Check(ctx context.Context) error {
	if !l.Times().Lasting {
		return nil // the cache was looked at
	}
	op := "log in as " + l.principal.String() + " from the " + l.source
	return await(ctx, op, func() error {
		request, err := messages.NewASReqForTGT(l.principal.Realm, l.client.Config, l.client.Credentials.CName())
		if err != nil {
			return err
		}
		reply, err := l.client.ASExchange(l.principal.Realm, request, 0)
		if err != nil {
			return err
		}
		part := reply.DecryptedEncPart
		l.mu.Lock()
		defer l.mu.Unlock()
		l.times = Times{End: part.EndTime, RenewUntil: part.RenewTill, Lasting: true}
		return nil
	})
}

// await does what can't be interrupted, and stops waiting for it when ctx ends.
// gokrb5 gives a KDC 5 s.
func await(ctx context.Context, op string, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		if err != nil {
			return explain(op, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
}

// Principal is who one is.
func (l *Login) Principal() Principal { return l.principal }

// Source says from what: "keytab /etc/alice.keytab", "ticket cache /tmp/krb5cc_0",
// "password".
func (l *Login) Source() string { return l.source }

// Times tell how long it lasts, as known from the ticket cache or from Check.
func (l *Login) Times() Times {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.times
}

// Client is gokrb5's, for libraries that build upon it.
func (l *Login) Client() *client.Client { return l.client }

// Close forgets the keys and ends the renewal.
func (l *Login) Close() { l.client.Destroy() }
