package cli

import (
	"cmp"
	"strings"

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
// keytab of Flink's configuration or the ticket cache is for. HADOOP_USER_NAME
// counts only where nothing is proved. The KDC is not asked.
//
// Java: UserGroupInformation.getLoginUser, HadoopModule.install.
func (e *Env) identify(c *flink.Configuration, h *hadoop.Configuration) (identity, error) {
	if !asksForKerberos(h) {
		user, realUser, err := e.hadoopUser()
		who := identity{user: user, realUser: realUser}
		if err == nil && h == nil && c.Text(flink.KerberosKeytab) != "" {
			who.login, _, err = e.kerberosLogin(c) // for a proxy before a JobManager, if there is one
		}
		return who, err
	}
	login, conf, err := e.kerberosLogin(c)
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

func (e *Env) kerberosLogin(c *flink.Configuration) (*kerberos.Login, *kerberos.Configuration, error) {
	conf, err := kerberos.Load(cmp.Or(c.Text(flink.KerberosKRB5Conf), e.getenv("KRB5_CONFIG")))
	if err != nil {
		return nil, nil, err
	}
	keytab, principal := c.Text(flink.KerberosKeytab), c.Text(flink.KerberosPrincipal)
	var login *kerberos.Login
	switch {
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
