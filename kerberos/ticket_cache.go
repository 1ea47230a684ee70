package kerberos

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/types"
)

const grantingService = "krbtgt"

// FromTicketCache logs in with the tickets that kinit has put into a cache: name
// is as in KRB5CCNAME, a path or FILE:PATH or DIR:FOLDER; "" means krb5.conf's
// default_ccache_name, else the file that kinit would take. Errors are *Error:
// ErrConfiguration, and ErrLogin for a cache that is not there or has expired.
func FromTicketCache(c *Configuration, name string) (*Login, error) {
	path, err := c.cachePath(name)
	op := "log in from the ticket cache " + path
	if err != nil {
		return nil, err
	}
	cache, err := loadCache(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Op: op, Kind: ErrLogin, Why: "there is none", Remedy: "kinit, or use a keytab (security.kerberos.login.keytab)"}
	}
	if err != nil {
		return nil, &Error{Op: op, Kind: ErrConfiguration, Cause: err, Remedy: "make it anew with kinit"}
	}
	p := principalOf(cache.GetClientPrincipalName(), cache.GetClientRealm())
	ticket, ok := cache.GetEntry(types.PrincipalName{NameString: []string{grantingService, p.Realm}})
	if !ok {
		return nil, &Error{Op: op, Kind: ErrLogin, Why: "it has no ticket-granting ticket of " + p.Realm, Remedy: "kinit"}
	}
	if now := time.Now(); !ticket.EndTime.After(now) {
		why := fmt.Sprintf("the ticket of %s has expired at %s", p, ticket.EndTime.Local().Format(time.DateTime))
		remedy := "kinit, or use a keytab (security.kerberos.login.keytab)"
		return nil, &Error{Op: op, Kind: ErrLogin, Why: why, Remedy: remedy}
	}
	cl, err := client.NewFromCCache(cache, c.config, client.DisablePAFXFAST(true))
	if err != nil {
		return nil, &Error{Op: op, Kind: ErrConfiguration, Cause: err, Remedy: "make it anew with kinit"}
	}
	times := Times{End: ticket.EndTime}
	if ticket.RenewTill.After(ticket.EndTime) {
		times.RenewUntil = ticket.RenewTill
	}
	return &Login{principal: p, source: "ticket cache " + path, client: cl, times: times}, nil
}

// loadCache reads a cache of MIT's format. gokrb5 indexes the file without looking
// whether it is long enough.
func loadCache(path string) (cache *credentials.CCache, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil {
			cache, err = nil, errors.New("the file is damaged, or no ticket cache")
		}
	}()
	cache = new(credentials.CCache)
	if err := cache.Unmarshal(content); err != nil {
		return nil, err
	}
	return cache, nil
}

// cachePath finds the file of a cache. Only files can be read: the others belong
// to a daemon or the kernel.
func (c *Configuration) cachePath(name string) (string, error) {
	if name == "" {
		name = c.defaultCache
	}
	if name == "" {
		return filepath.Join(os.TempDir(), "krb5cc_"+strconv.Itoa(os.Getuid())), nil
	}
	name = strings.NewReplacer("%{uid}", strconv.Itoa(os.Getuid()), "%{euid}", strconv.Itoa(os.Geteuid()), "%{TEMP}", os.TempDir()).Replace(name)
	kind, rest, ok := strings.Cut(name, ":")
	if !ok || filepath.IsAbs(name) {
		return name, nil
	}
	switch kind {
	case "FILE":
		return rest, nil
	case "DIR":
		return primaryCache(rest)
	}
	return "", &Error{
		Op: "log in from the ticket cache " + name, Kind: ErrConfiguration, Why: "tickets of the kind " + kind + " can't be read from here",
		Remedy: "KRB5CCNAME=FILE:/tmp/krb5cc_yarnflink kinit, and the same KRB5CCNAME here; or use a keytab (security.kerberos.login.keytab)",
	}
}

// primaryCache is the current one of a DIR: collection: the file "primary" names
// it. DIR::FILE is that file.
func primaryCache(dir string) (string, error) {
	if file, ok := strings.CutPrefix(dir, ":"); ok {
		return file, nil
	}
	content, err := os.ReadFile(filepath.Join(dir, "primary"))
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Join(dir, "tkt"), nil
	}
	if err != nil {
		return "", &Error{Op: "log in from the ticket cache DIR:" + dir, Kind: ErrConfiguration, Cause: err}
	}
	return filepath.Join(dir, strings.TrimSpace(string(content))), nil
}
