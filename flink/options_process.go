package flink

// Options of REST, security and processes. Java: RestOptions, WebOptions,
// ClientOptions, SecurityOptions, CoreOptions.
var (
	// RESTAddress is where clients reach the JobManager.
	RESTAddress = Option{Key: "rest.address", Aliases: []string{"jobmanager.rpc.address"}}
	// RESTPort is where clients reach the JobManager.
	RESTPort = Option{Key: "rest.port", Aliases: []string{"web.port"}, Default: "8081"}
	// RESTBindAddress is the address REST listens on.
	RESTBindAddress = Option{Key: "rest.bind-address", Aliases: []string{"web.address", "jobmanager.web.address"}}
	// RESTBindPort is the range of ports REST listens on; on YARN 0 unless set.
	RESTBindPort = Option{Key: "rest.bind-port", Aliases: []string{"rest.port", "web.port", "jobmanager.web.port"}, Default: "8081"}
	// RESTURLPrefix stands before every path of REST.
	RESTURLPrefix = Option{Key: "rest.url-prefix", Default: "/"}
	// RESTRetryMaxAttempts is how often a request is tried again.
	RESTRetryMaxAttempts = Option{Key: "rest.retry.max-attempts", Default: "20"}
	// RESTRetryDelay is the pause between tries.
	RESTRetryDelay = Option{Key: "rest.retry.delay", Default: "3 s"}
	// RESTAwaitLeaderTimeout bounds the wait for a JobManager.
	RESTAwaitLeaderTimeout = Option{Key: "rest.await-leader-timeout", Default: "30 s"}
	// WebSubmitEnable says whether jars may be uploaded.
	WebSubmitEnable = Option{Key: "web.submit.enable", Default: "true"}
	// ClientTimeout bounds one operation of a client.
	ClientTimeout = Option{Key: "client.timeout", Aliases: []string{"akka.client.timeout"}, Default: "60 s"}
	// RESTSSLEnabled makes REST speak https.
	RESTSSLEnabled = Option{Key: "security.ssl.rest.enabled", Default: "false"}
	// RESTSSLAuthentication makes REST ask clients for certificates.
	RESTSSLAuthentication = Option{Key: "security.ssl.rest.authentication-enabled", Default: "false"}
	// RESTKeystore is the file with the key of REST, or of its client.
	RESTKeystore = Option{Key: "security.ssl.rest.keystore", Aliases: []string{"security.ssl.keystore"}}
	// RESTKeystorePassword opens the keystore, RESTKeyPassword the key in it.
	RESTKeystorePassword = Option{Key: "security.ssl.rest.keystore-password", Aliases: []string{"security.ssl.keystore-password"}}
	RESTKeyPassword      = Option{Key: "security.ssl.rest.key-password", Aliases: []string{"security.ssl.key-password"}}
	// RESTKeystoreType is its format, by default Java's; Flink 1.17 has no such key.
	RESTKeystoreType = Option{Key: "security.ssl.rest.keystore-type"}
	// RESTTruststore is the file with the certificates to trust.
	RESTTruststore = Option{Key: "security.ssl.rest.truststore", Aliases: []string{"security.ssl.truststore"}}
	// RESTTruststorePassword opens the truststore.
	RESTTruststorePassword = Option{Key: "security.ssl.rest.truststore-password", Aliases: []string{"security.ssl.truststore-password"}}
	// RESTTruststoreType is its format, by default Java's; Flink 1.17 has no such key.
	RESTTruststoreType = Option{Key: "security.ssl.rest.truststore-type"}
	// RESTFingerprint lists SHA-1 sums, by one of which the other side's certificate is known.
	RESTFingerprint = Option{Key: "security.ssl.rest.cert.fingerprint"}
	// SSLProtocol and SSLAlgorithms are lists of Java's names, separated by commas; the algorithms' default was another one in older releases.
	SSLProtocol   = Option{Key: "security.ssl.protocol", Default: "TLSv1.2"}
	SSLAlgorithms = Option{Key: "security.ssl.algorithms"}
	// KerberosKeytab is a local file; it needs a principal.
	KerberosKeytab = Option{Key: "security.kerberos.login.keytab", Aliases: []string{"security.keytab"}}
	// KerberosPrincipal is the name in the keytab.
	KerberosPrincipal = Option{Key: "security.kerberos.login.principal", Aliases: []string{"security.principal"}}
	// KerberosUseTicketCache allows the user's own ticket.
	KerberosUseTicketCache = Option{Key: "security.kerberos.login.use-ticket-cache", Default: "true"}
	// KerberosKRB5Conf is a local file, shipped as krb5.conf.
	KerberosKRB5Conf = Option{Key: "security.kerberos.krb5-conf.path"}
	// KerberosLoginContexts is a comma-separated list of JAAS contexts.
	KerberosLoginContexts = Option{Key: "security.kerberos.login.contexts"}
	// KerberosAccessFileSystems is a list of further file systems to get tokens for.
	KerberosAccessFileSystems = Option{Key: "security.kerberos.access.hadoopFileSystems", Aliases: []string{"yarn.security.kerberos.additionalFileSystems"}}
	// DelegationTokensEnabled says whether tokens are fetched.
	DelegationTokensEnabled = Option{Key: "security.delegation.tokens.enabled", Aliases: []string{"security.kerberos.fetch.delegation-token"}, Default: "true"}
	// HadoopFSTokenProviderEnabled says whether tokens of file systems are fetched.
	HadoopFSTokenProviderEnabled = Option{Key: "security.delegation.token.provider.hadoopfs.enabled", Default: "true"}
	// HadoopFSTokenRenewer may renew the tokens; nobody by default.
	HadoopFSTokenRenewer = Option{Key: "security.kerberos.token.provider.hadoopfs.renewer"}
	// JavaHome is the JAVA_HOME of the containers (Flink 2).
	JavaHome = Option{Key: "env.java.home"}
	// JavaOptsAll is for every JVM.
	JavaOptsAll = Option{Key: "env.java.opts.all", Aliases: []string{"env.java.opts"}}
	// JavaOptsJobManager is for the JobManager's JVM.
	JavaOptsJobManager = Option{Key: "env.java.opts.jobmanager"}
	// JavaDefaultOptsAll stands before the user's options (Flink 1.19).
	JavaDefaultOptsAll = Option{Key: "env.java.default-opts.all"}
	// JavaDefaultOptsJobManager stands before the user's options (Flink 1.19).
	JavaDefaultOptsJobManager = Option{Key: "env.java.default-opts.jobmanager"}
	// LogLevel is the root level of the default logging configuration.
	LogLevel = Option{Key: "env.log.level"}
	// LogMax is how many old log files are kept.
	LogMax = Option{Key: "env.log.max"}
	// HadoopConfDir is used where the environment names none.
	HadoopConfDir = Option{Key: "env.hadoop.conf.dir"}
	// YARNConfDir is used where the environment names none.
	YARNConfDir = Option{Key: "env.yarn.conf.dir"}
)

// Prefixes of keys whose rest is a name of the user's choice; see
// [Configuration.WithPrefix].
const (
	// MasterEnvPrefix sets variables of the JobManager's environment.
	MasterEnvPrefix = "containerized.master.env."
	// TaskManagerEnvPrefix sets variables of the TaskManagers' environment.
	TaskManagerEnvPrefix = "containerized.taskmanager.env."
	// HadoopPrefix sets properties of the Hadoop configuration.
	HadoopPrefix = "flink.hadoop."
	// YARNPrefix sets properties of the YARN configuration; they keep "yarn."
	// before the rest.
	YARNPrefix = "flink.yarn."
)

// RESTScheme is that of JobManagers' addresses, "http" or "https", as a
// configuration says; "http" for nil.
func RESTScheme(c *Configuration) string {
	if c != nil {
		if secure, _, _ := c.Bool(RESTSSLEnabled); secure {
			return "https"
		}
	}
	return "http"
}
