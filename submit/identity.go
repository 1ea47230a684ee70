package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

// Identity is who one is to a cluster, by what, and for how long. The JSON keys
// are stable.
type Identity struct {
	// User is whom applications run as; RealUser is who acts for him, "" for himself.
	User     string `json:"user"`
	RealUser string `json:"realUser,omitempty"`
	// Principal is the one of Kerberos, "" where nothing is proved.
	Principal string `json:"principal,omitempty"`
	// Source is what proves it: "keytab /etc/alice.keytab".
	Source string `json:"source,omitempty"`
	// TicketEnd is the end of the ticket, RenewableUntil how long it can be renewed;
	// Lasting tells that a new one is got when it ends.
	TicketEnd      time.Time `json:"ticketEnd,omitzero"`
	RenewableUntil time.Time `json:"renewableUntil,omitzero"`
	Lasting        bool      `json:"lasting"`
	// Authentication is hadoop.security.authentication: "kerberos" or "simple".
	Authentication string `json:"authentication"`
	// RPCProtection is hadoop.rpc.protection, DataProtection
	// dfs.data.transfer.protection; Encrypted is dfs.encrypt.data.transfer.
	RPCProtection  string `json:"rpcProtection,omitempty"`
	DataProtection string `json:"dataProtection,omitempty"`
	Encrypted      bool   `json:"dataEncrypted"`
	// WebOpen tells that the ResourceManager answers who proves nothing.
	WebOpen bool `json:"webOpen"`
	// Token is the delegation token of the default file system that an application
	// would get now; nil without Kerberos.
	Token *TokenLife `json:"token,omitempty"`
	// TokenProblem is why the file system gives none.
	TokenProblem string `json:"tokenProblem,omitempty"`
}

// TokenLife says of a delegation token what is not secret.
type TokenLife struct {
	FileSystem string    `json:"fileSystem"`
	Service    string    `json:"service"`
	Owner      string    `json:"owner"`
	Renewer    string    `json:"renewer"`
	End        time.Time `json:"end"`
}

// Identity asks the cluster who one is to it. With Kerberos a delegation token is
// got for that, and made useless again.
func (c *Client) Identity(ctx context.Context) (*Identity, error) {
	h := c.options.Hadoop
	if h == nil {
		return nil, ErrNoHadoop
	}
	id := &Identity{User: c.options.User, RealUser: c.options.RealUser, Authentication: strings.ToLower(h.Get("hadoop.security.authentication"))}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		id.WebOpen, err = c.webOpen(ctx)
		return err
	})
	login := c.options.Login
	if login == nil {
		return id, group.Wait()
	}
	times := login.Times()
	id.Principal, id.Source = login.Principal().String(), login.Source()
	id.TicketEnd, id.RenewableUntil, id.Lasting = times.End, times.RenewUntil, times.Lasting
	id.RPCProtection, id.DataProtection = h.Get("hadoop.rpc.protection"), h.Get("dfs.data.transfer.protection")
	id.Encrypted = h.Bool("dfs.encrypt.data.transfer")
	group.Go(func() (err error) {
		id.Token, err = c.tokenLife(ctx)
		if errors.Is(err, fs.ErrPermission) {
			id.TokenProblem, err = err.Error(), nil
		}
		return err
	})
	return id, group.Wait()
}

// webOpen asks the ResourceManager without proving anything.
func (c *Client) webOpen(ctx context.Context) (bool, error) {
	options, err := c.resourceManagerOptions()
	if err != nil {
		return false, err
	}
	options.Login = nil
	stranger, err := yarn.NewClient(options)
	if err != nil {
		return false, err
	}
	switch _, err = stranger.Info(ctx); {
	case errors.Is(err, yarn.ErrUnauthorized), errors.Is(err, yarn.ErrForbidden):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

func (c *Client) tokenLife(ctx context.Context) (*TokenLife, error) {
	root, err := c.root("")
	if err != nil {
		return nil, err
	}
	renewer, err := c.tokenRenewer()
	if err != nil {
		return nil, err
	}
	token, err := hdfs.DelegationToken(ctx, c.fileSystemOptions(root), renewer)
	if err != nil {
		return nil, err
	}
	defer c.cancelToken(ctx, tokenSource{root, token})
	times, err := token.Times()
	if err != nil {
		return nil, fmt.Errorf("read the delegation token of %s: %w", root, err)
	}
	return &TokenLife{FileSystem: root, Service: token.Service, Owner: times.Owner, Renewer: times.Renewer, End: times.End}, nil
}
