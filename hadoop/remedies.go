package hadoop

// Remedies for what servers of a cluster refuse alike, ResourceManagers and
// NameNodes, as hints of errors have them.
const (
	RemedyKerberos = "the cluster asks for Kerberos: take its configuration, where hadoop.security.authentication says so, and log in with a keytab or kinit"
	// RemedyTicket is for a ticket that is not taken.
	RemedyTicket = "where it speaks of a clock skew, set this machine's clock and the server's by NTP; else the server's keytab is older than its key"
	// RemedyProxyUser is for who must not act for another.
	RemedyProxyUser = "one may act for another (HADOOP_PROXY_USER) where the cluster's hadoop.proxyuser.<who>.hosts and .groups or .users let him"
	// RemedyStaticUser is for a web side that takes everybody for one user.
	RemedyStaticUser = "its administrator has to add org.apache.hadoop.security.AuthenticationFilterInitializer to hadoop.http.filter.initializers " +
		"and set hadoop.http.authentication.type to kerberos"
)
