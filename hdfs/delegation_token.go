package hdfs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/yarnflink/yarnflink/hadoop"
)

const (
	tokenKind = "HDFS_DELEGATION_TOKEN"
	// haService begins the services of nameservices, before the scheme. Java: HdfsConstants.HA_DT_SERVICE_PREFIX.
	haService = "ha-"
)

// DelegationToken gets a delegation token of the file system that o names, for
// containers that act as o.User; o.Login has to be set. renewer is who may renew
// it, the principal of the ResourceManager; "" lets it end unrenewed, after a day
// as clusters are set up. It goes over WebHDFS.
//
// Java: DistributedFileSystem.getDelegationToken.
func DelegationToken(ctx context.Context, o Options, renewer string) (hadoop.Token, error) {
	const op = "get a delegation token from"
	u, web, err := webOf(ctx, &o)
	if err != nil {
		return hadoop.Token{}, err
	}
	defer web.close()
	var answer struct {
		Token *struct{ URLString string }
	}
	c := web.newCall(op, "/", http.MethodGet, "GETDELEGATIONTOKEN", "renewer", renewer)
	if err := web.do(ctx, c, &answer); err != nil {
		return hadoop.Token{}, err
	}
	if answer.Token == nil || answer.Token.URLString == "" {
		return hadoop.Token{}, &operationError{op: op, path: u.String(), cause: errors.New("it has none: its security is off")}
	}
	token, err := hadoop.ParseToken(answer.Token.URLString)
	if err != nil {
		return hadoop.Token{}, &operationError{op: op, path: u.String(), cause: err}
	}
	// The NameNode gives one for WebHDFS, and names its RPC address. What it vouches
	// for is the identifier.
	if u.Scheme == "hdfs" {
		token.Kind = tokenKind
	}
	if token.Service, err = tokenService(ctx, o.Configuration, u); err != nil {
		return hadoop.Token{}, &operationError{op: op, path: u.String(), cause: err}
	}
	return token, nil
}

// CancelDelegationToken makes a token useless, for a submission that came to
// nothing. A token that is not known any more is an error of the NameNode's.
func CancelDelegationToken(ctx context.Context, o Options, t hadoop.Token) error {
	_, web, err := webOf(ctx, &o)
	if err != nil {
		return err
	}
	defer web.close()
	return web.do(ctx, web.newCall("cancel a delegation token of", "/", http.MethodPut, "CANCELDELEGATIONTOKEN", "token", t.Encode()), nil)
}

// webOf is WebHDFS of the file system that o names.
func webOf(ctx context.Context, o *Options) (*url.URL, *webTransport, error) {
	if _, err := resolve(ctx, o); err != nil {
		return nil, nil, fmt.Errorf("open file system: %w", err)
	}
	u, err := fileSystemURL(o)
	if err != nil {
		return nil, nil, fmt.Errorf("open file system: %w", err)
	}
	t, err := webTarget(*o)
	if err != nil {
		return nil, nil, fmt.Errorf("open file system: %w", err)
	}
	return u, newWebTransport(*o, t), nil
}

// tokenService is the name under which Hadoop's clients look for the token of a
// file system, those of the ResourceManager that renews it included.
//
// Java: SecurityUtil.buildTokenService, HAUtilClient.buildTokenServiceForLogicalUri.
func tokenService(ctx context.Context, c *hadoop.Configuration, u *url.URL) (string, error) {
	if _, logical := c.Nameservice(u.Host); logical {
		return haService + u.Scheme + ":" + u.Host, nil
	}
	address, err := serverAddress(c, u)
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if strings.EqualFold(c.Get("hadoop.security.token.service.use_ip"), "false") {
		return net.JoinHostPort(strings.ToLower(host), port), nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(ips[0].Unmap().String(), port), nil
}

// serverAddress is the host:port that a client of an address talks to.
func serverAddress(c *hadoop.Configuration, u *url.URL) (string, error) {
	if u.Scheme == "hdfs" {
		addresses, err := rpcAddresses(c, u.Host)
		if err != nil {
			return "", err
		}
		return addresses[0], nil
	}
	bases, err := webAddresses(c, u)
	if err != nil {
		return "", err
	}
	base, err := url.Parse(bases[0])
	if err != nil {
		return "", err
	}
	return base.Host, nil
}
