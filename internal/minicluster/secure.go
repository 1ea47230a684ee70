package minicluster

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/kerberos"
)

// secureHost is the host in the addresses and principals of a secure cluster: tickets are for names, not for numbers.
const secureHost = "localhost"

// hdfsUser is the superuser of a secure cluster's HDFS, which may act for everybody. On others it is whoever started it.
const hdfsUser = "hdfs"

// SecureUsers are those of a secure cluster who have a keytab, apart from its superuser.
var SecureUsers = []string{"alice", "bob"}

// keytabs are the principals that each keytab of a secure cluster holds, by its name.
func keytabs() map[string][]string {
	all := map[string][]string{hdfsUser: {hdfsUser}}
	for _, service := range []string{"nn", "dn", "rm", "nm", "HTTP"} {
		all[service] = []string{service + "/" + secureHost}
	}
	for _, user := range SecureUsers {
		all[user] = []string{user}
	}
	return all
}

func kdcOf(ctx context.Context, dir string, s state) (*kdc.KDC, error) {
	return kdc.New(ctx, kdc.Options{Dir: kdcDir(dir), Port: s.Ports.KDC, TicketLife: s.TicketLife, RenewableLife: s.RenewableLife})
}

// prepareSecure makes what a secure cluster's configuration names: the KDC with its principals, the keytabs, and the secret that
// cookies are signed with.
func prepareSecure(ctx context.Context, dir string, s state) error {
	k, err := kdcOf(ctx, dir, s)
	if err != nil {
		return err
	}
	for name, principals := range keytabs() {
		if err := k.AddToKeytab(ctx, name, principals...); err != nil {
			return err
		}
	}
	return os.WriteFile(cookieSecretPath(dir), []byte(rand.Text()), 0o600)
}

// kdcCommand is the KDC as a daemon.
func kdcCommand(dir string, s state) (*exec.Cmd, error) {
	k, err := kdcOf(context.Background(), dir, s)
	if err != nil {
		return nil, err
	}
	return k.Command(daemonEnv(dir, s))
}

// secure changes the configuration of a cluster into that of a secure one.
func secure(dir string, files map[string]properties) {
	for _, props := range files {
		for key, value := range props {
			if value == loopback || strings.Contains(value, loopback+":") {
				props[key] = strings.ReplaceAll(value, loopback, secureHost)
			}
		}
	}
	maps.Copy(files["core-site.xml"], secureCore(dir))
	maps.Copy(files["hdfs-site.xml"], secureHDFS(dir))
	maps.Copy(files["yarn-site.xml"], secureYARN(dir))
	// Nobody but the owner of an application and the administrator may end it.
	maps.Copy(files["capacity-scheduler.xml"], properties{
		"yarn.scheduler.capacity.root.acl_administer_queue":    " ",
		"yarn.scheduler.capacity.root.acl_submit_applications": "*",
	})
}

func secureCore(dir string) properties {
	p := properties{
		"hadoop.security.authentication":                      "kerberos",
		"hadoop.security.authorization":                       "true",
		"hadoop.security.auth_to_local":                       authToLocal(),
		"hadoop.http.filter.initializers":                     "org.apache.hadoop.security.AuthenticationFilterInitializer",
		"hadoop.http.authentication.type":                     "kerberos",
		"hadoop.http.authentication.simple.anonymous.allowed": "false",
		"hadoop.http.authentication.signature.secret.file":    cookieSecretPath(dir),
		"hadoop.http.authentication.kerberos.principal":       principal("HTTP"),
		"hadoop.http.authentication.kerberos.keytab":          keytabPath(dir, "HTTP"),
		"hadoop.user.group.static.mapping.overrides":          "hdfs=supergroup;yarn=hadoop;" + strings.Join(ownGroups(), ";"),
		"hadoop.proxyuser." + hdfsUser + ".hosts":             "*",
		"hadoop.proxyuser." + hdfsUser + ".groups":            "*",
	}
	return p
}

func ownGroups() []string {
	var groups []string
	for _, user := range SecureUsers {
		groups = append(groups, user+"="+user)
	}
	return groups
}

// authToLocal maps the daemons to the users hdfs and yarn, and everybody else to the first part of his name.
func authToLocal() string {
	var rules []string
	for _, r := range []struct{ service, user string }{{"nn", hdfsUser}, {"dn", hdfsUser}, {"rm", "yarn"}, {"nm", "yarn"}} {
		rules = append(rules, fmt.Sprintf("RULE:[2:$1@$0](%s@.*)s/.*/%s/", r.service, r.user))
	}
	return strings.Join(append(rules, "DEFAULT"), "\n")
}

func secureHDFS(dir string) properties {
	return properties{
		"dfs.block.access.token.enable":                      "true",
		"dfs.namenode.kerberos.principal":                    principal("nn"),
		"dfs.namenode.keytab.file":                           keytabPath(dir, "nn"),
		"dfs.namenode.kerberos.internal.spnego.principal":    principal("HTTP"),
		"dfs.datanode.kerberos.principal":                    principal("dn"),
		"dfs.datanode.keytab.file":                           keytabPath(dir, "dn"),
		"dfs.web.authentication.kerberos.principal":          principal("HTTP"),
		"dfs.web.authentication.kerberos.keytab":             keytabPath(dir, "HTTP"),
		"dfs.journalnode.kerberos.principal":                 principal("nn"),
		"dfs.journalnode.keytab.file":                        keytabPath(dir, "nn"),
		"dfs.journalnode.kerberos.internal.spnego.principal": principal("HTTP"),
		"ignore.secure.ports.for.testing":                    "true", // its ports are not below 1024, for root alone
	}
}

func secureYARN(dir string) properties {
	return properties{
		"yarn.acl.enable":                                "true",
		"yarn.admin.acl":                                 hdfsUser + ",yarn",
		"yarn.resourcemanager.principal":                 principal("rm"),
		"yarn.resourcemanager.keytab":                    keytabPath(dir, "rm"),
		"yarn.resourcemanager.webapp.spnego-principal":   principal("HTTP"),
		"yarn.resourcemanager.webapp.spnego-keytab-file": keytabPath(dir, "HTTP"),
		"yarn.nodemanager.principal":                     principal("nm"),
		"yarn.nodemanager.keytab":                        keytabPath(dir, "nm"),
		"yarn.nodemanager.webapp.spnego-principal":       principal("HTTP"),
		"yarn.nodemanager.webapp.spnego-keytab-file":     keytabPath(dir, "HTTP"),
	}
}

func principal(service string) string { return service + "/" + secureHost + "@" + kdc.Realm }

func loginOf(dir, user string) (*kerberos.Login, error) {
	conf, err := kerberos.Load(krb5Path(dir))
	if err != nil {
		return nil, err
	}
	return kerberos.FromKeytab(conf, keytabPath(dir, user), user)
}

// signedBy makes a secure cluster's probes be its superuser's.
func signedBy(dir string, next http.RoundTripper) (http.RoundTripper, error) {
	login, err := loginOf(dir, hdfsUser)
	if err != nil {
		return nil, err
	}
	return &kerberos.Transport{Login: login, Next: next}, nil
}

// javaClient is what Hadoop's own clients need to be the superuser.
func (c *Cluster) javaClient() (args, env []string) {
	if !c.state.Secure {
		return nil, nil
	}
	return []string{"-Djava.security.krb5.conf=" + krb5Path(c.dir)}, []string{"KRB5CCNAME=" + ticketCachePath(c.dir)}
}

// Krb5Config is the krb5.conf of a secure cluster, "" for another one.
func (c *Cluster) Krb5Config() string {
	if !c.state.Secure {
		return ""
	}
	return krb5Path(c.dir)
}

// Login is that of a secure cluster's superuser, or of one of SecureUsers.
func (c *Cluster) Login(user string) (*kerberos.Login, error) { return loginOf(c.dir, user) }

// KDC is that of a secure cluster.
func (c *Cluster) KDC(ctx context.Context) (*kdc.KDC, error) { return kdcOf(ctx, c.dir, c.state) }

// TicketCache is the superuser's on a secure cluster, "" on another one.
func (c *Cluster) TicketCache() string {
	if !c.state.Secure {
		return ""
	}
	return ticketCachePath(c.dir)
}

// Keytab is that of the superuser or of one of SecureUsers.
func (c *Cluster) Keytab(user string) string { return keytabPath(c.dir, user) }

func ticketCachePath(dir string) string  { return filepath.Join(kdcDir(dir), "ticket-cache") }
func kdcDir(dir string) string           { return filepath.Join(dir, "kdc") }
func krb5Path(dir string) string         { return filepath.Join(kdcDir(dir), "krb5.conf") }
func keytabPath(dir, name string) string { return filepath.Join(kdcDir(dir), name+".keytab") }
func cookieSecretPath(dir string) string { return filepath.Join(kdcDir(dir), "cookie-secret") }
