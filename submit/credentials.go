package submit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
)

// tokenSource is a file system whose token an application gets.
type tokenSource struct {
	root  string // "hdfs://host:port"
	token hadoop.Token
}

// getCredentials gets the delegation tokens that the application's containers
// need, on a cluster with Kerberos; elsewhere there are none. Each application has
// its own: the ResourceManager makes them useless when it ends.
//
// Java: YarnClusterDescriptor.setTokensFor, HadoopFSDelegationTokenProvider;
// differs: the ResourceManager may renew them, so that they last for seven days and
// not for one.
func (l *launch) getCredentials(ctx context.Context) (hadoop.Credentials, error) {
	c := l.client
	if c.options.Login == nil {
		return nil, nil
	}
	roots, err := c.tokenRoots(l.plan)
	if err != nil {
		return nil, err
	}
	renewer, err := c.tokenRenewer()
	if err != nil {
		return nil, err
	}
	credentials := hadoop.Credentials{}
	for _, root := range roots {
		token, err := hdfs.DelegationToken(ctx, c.fileSystemOptions(root), renewer)
		if err != nil {
			return nil, err
		}
		l.tokens = append(l.tokens, tokenSource{root, token})
		credentials[token.Service] = token
		if err := l.note(root, token); err != nil {
			return nil, err
		}
	}
	return credentials, nil
}

// credentialsWarning is how long credentials should last at least.
const credentialsWarning = 24 * time.Hour

// note remembers until when the application can be used, and warns where that is
// soon.
func (l *launch) note(root string, token hadoop.Token) error {
	times, err := token.Times()
	if err != nil {
		return fmt.Errorf("read the delegation token of %s: %w", root, err)
	}
	if l.credentialsEnd.IsZero() || times.End.Before(l.credentialsEnd) {
		l.credentialsEnd = times.End
	}
	if left := time.Until(times.End); left < credentialsWarning {
		l.client.options.Logger.Warn(fmt.Sprintf("the application's token of %s ends in %s, at %s: no container can be started after that (dfs.namenode.delegation.token.max-lifetime)",
			root, left.Round(time.Second), times.End.Local().Format(time.DateTime)))
	}
	return nil
}

// tokenRoots are the file systems that an application needs tokens of: where it is
// staged, the default one, and those that the user names.
func (c *Client) tokenRoots(p *Plan) ([]string, error) {
	addresses := []string{"", p.StagingBase}
	if v, _, _ := p.configuration.Effective(flink.KerberosAccessFileSystems); v.String() != "" {
		addresses = append(addresses, strings.FieldsFunc(v.String(), func(r rune) bool { return r == ',' || r == ';' || r == ' ' })...)
	}
	for _, r := range p.Resources {
		if r.Class == Remote {
			addresses = append(addresses, r.Source)
		}
	}
	var roots []string
	for _, a := range addresses {
		root, err := c.root(a)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	return roots, nil
}

// tokenRenewer is the principal of the ResourceManager.
//
// Java: YarnClientUtils.getRmPrincipal.
func (c *Client) tokenRenewer() (string, error) {
	principal := c.options.Hadoop.Get("yarn.resourcemanager.principal")
	if principal == "" {
		return "", withHint(errors.New("yarn.resourcemanager.principal is not set, so that nobody could renew the application's tokens"),
			"take the configuration from the cluster (HADOOP_CONF_DIR)")
	}
	managers, err := c.options.Hadoop.ResourceManagers()
	if err != nil {
		return "", fmt.Errorf("find the ResourceManager: %w", err)
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(managers[0].WebURL, "http://"), "https://"))
	if err != nil {
		return "", fmt.Errorf("find the ResourceManager: %w", err)
	}
	return strings.Replace(principal, "_HOST", strings.ToLower(host), 1), nil
}

// cancelTokens makes the tokens of a start that came to nothing useless. They end
// by themselves where that fails.
func (l *launch) cancelTokens(ctx context.Context) {
	for _, s := range l.tokens {
		l.client.cancelToken(ctx, s)
	}
	l.tokens = nil
}

func (c *Client) cancelToken(ctx context.Context, s tokenSource) {
	if err := hdfs.CancelDelegationToken(ctx, c.fileSystemOptions(s.root), s.token); err != nil {
		c.options.Logger.Debug("cancel a delegation token", "of", s.token, "error", err)
	}
}
