package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/kerberos"
)

// identity is who the cluster takes the caller for.
type identity struct {
	user     string // whom he acts as
	realUser string // who he is, where that is another
	login    *kerberos.Login
}

// asksForKerberos tells whether Hadoop's configuration does.
func asksForKerberos(h *hadoop.Configuration) bool {
	return h != nil && strings.EqualFold(h.Get("hadoop.security.authentication"), "kerberos")
}

// identify says who the caller is: where the cluster asks for Kerberos, whom the
// password, the keytab of Flink's configuration or the ticket cache is for.
// HADOOP_USER_NAME counts only where nothing is proved. The KDC is not asked.
//
// Java: UserGroupInformation.getLoginUser, HadoopModule.install.
func (e *Env) identify(ctx context.Context, g globalOptions, c *flink.Configuration, h *hadoop.Configuration) (identity, error) {
	if !asksForKerberos(h) {
		user, realUser, err := e.hadoopUser()
		who := identity{user: user, realUser: realUser}
		if err == nil && h == nil && (g.Principal != "" || c.Text(flink.KerberosKeytab) != "") {
			who.login, _, err = e.kerberosLogin(ctx, g, c) // for a proxy before a JobManager, if there is one
		}
		return who, err
	}
	login, conf, err := e.kerberosLogin(ctx, g, c)
	if err != nil {
		return identity{}, err
	}
	user, err := kerberos.ShortName(h.Get("hadoop.security.auth_to_local"), login.Principal(), conf.Realm())
	if err != nil {
		return identity{}, refuse(err)
	}
	who := identity{user: user, login: login}
	if proxied := strings.TrimSpace(e.getenv("HADOOP_PROXY_USER")); proxied != "" && proxied != user {
		who.user, who.realUser = proxied, user
	}
	return who, nil
}

func (e *Env) kerberosLogin(ctx context.Context, g globalOptions, c *flink.Configuration) (*kerberos.Login, *kerberos.Configuration, error) {
	conf, err := kerberos.Load(cmp.Or(c.Text(flink.KerberosKRB5Conf), e.getenv("KRB5_CONFIG")))
	if err != nil {
		return nil, nil, err
	}
	keytab, principal := c.Text(flink.KerberosKeytab), c.Text(flink.KerberosPrincipal)
	var login *kerberos.Login
	switch {
	case g.Principal != "":
		login, err = e.passwordLogin(ctx, conf, g)
	case keytab != "":
		login, err = kerberos.FromKeytab(conf, e.abs(keytab), principal)
	case strings.EqualFold(c.Text(flink.KerberosUseTicketCache), "false"):
		err = refusedf("set security.kerberos.login.keytab and security.kerberos.login.principal, or allow the ticket cache",
			"the cluster asks for Kerberos, no keytab is set, and %s is false", flink.KerberosUseTicketCache.Key)
	default:
		login, err = kerberos.FromTicketCache(conf, e.getenv("KRB5CCNAME"))
	}
	return login, conf, err
}

// passwordLogin asks for a password, once; where no socket is to be opened none is
// needed.
func (e *Env) passwordLogin(ctx context.Context, conf *kerberos.Configuration, g globalOptions) (*kerberos.Login, error) {
	if e.asked != nil {
		return e.asked, nil
	}
	var password string
	if g.DryRun != dryOffline {
		var err error
		if password, err = e.askPassword(ctx, g.Principal); err != nil {
			return nil, err
		}
	}
	login, err := kerberos.FromPassword(conf, g.Principal, password)
	e.asked = login
	return login, err
}

// askPassword reads a password from the terminal, without showing it.
func (e *Env) askPassword(ctx context.Context, principal string) (string, error) {
	terminal, ok := e.Stdin.(*os.File)
	if !ok || !e.isTerminal(terminal) || !e.terminal() {
		return "", refusedf("use a keytab (security.kerberos.login.keytab), or kinit", "--principal asks for a password on the terminal, and there is none")
	}
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("ask for the password of %s: %w", principal, err)
	}
	fmt.Fprintf(e.Stderr, "Password for %s: ", principal)
	type answer struct {
		password []byte
		err      error
	}
	read := make(chan answer, 1)
	go func() {
		password, err := term.ReadPassword(fd)
		read <- answer{password, err}
	}()
	defer fmt.Fprintln(e.Stderr)
	select {
	case a := <-read:
		if a.err != nil {
			return "", fmt.Errorf("ask for the password of %s: %w", principal, a.err)
		}
		return string(a.password), nil
	case <-ctx.Done():
		_ = term.Restore(fd, before) // it shows again what is typed
		return "", context.Cause(ctx)
	}
}
