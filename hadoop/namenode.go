package hadoop

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Ports of NameNodes where the configuration has none, Hadoop 3.
const (
	nameNodePort      = "8020"
	nameNodeHTTPPort  = "9870"
	nameNodeHTTPSPort = "9871"
)

// NameNode is one NameNode of an authority. Addresses are host:port.
type NameNode struct {
	ID          string // of an HA pair, "" otherwise
	RPCAddress  string
	HTTPAddress string // for WebHDFS; "" if dfs.http.policy is HTTPS_ONLY
	// HTTPSAddress is "" unless dfs.http.policy is HTTPS_ONLY or HTTP_AND_HTTPS.
	HTTPSAddress string
}

// DefaultFS returns fs.defaultFS. The error is [ErrLocalDefaultFS], with a
// hint, if that is the local file system. Other schemes than hdfs are the
// caller's business. Java: FileSystem.getDefaultUri.
func (c *Configuration) DefaultFS() (*url.URL, error) {
	const key = "fs.defaultFS"
	hint := "set fs.defaultFS in core-site.xml to hdfs://HOST:PORT or hdfs://NAMESERVICE"
	if len(c.dirs) > 0 {
		hint += "; the configuration was read from " + strings.Join(c.dirs, ", ")
	}
	value, err := c.value(key)
	if err != nil {
		return nil, err
	}
	// Spellings of Hadoop before 0.20 that Java still takes.
	if value == "local" {
		value = "file:///"
	} else if value != "" && !strings.Contains(value, "/") {
		value = "hdfs://" + value
	}
	u, err := url.Parse(value)
	switch {
	case err != nil:
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, c.propertyError(key, fmt.Errorf("%w: %w", ErrInvalidValue, err), hint)
	case u.Scheme == "":
		return nil, c.propertyError(key, fmt.Errorf("%w: no scheme in it", ErrInvalidValue), hint)
	case u.Scheme == "file":
		return nil, c.propertyError(key, ErrLocalDefaultFS, hint)
	case u.Host == "" && (u.Scheme == "hdfs" || strings.HasSuffix(u.Scheme, "webhdfs")):
		return nil, c.propertyError(key, fmt.Errorf("%w: no host in it", ErrInvalidValue), hint)
	}
	return u, nil
}

// Nameservice returns the logical name in the authority of an hdfs URI, and
// whether it is one, that is, stands for several NameNodes. Delegation tokens
// of such a file system have the service "ha-hdfs:" and this name, and never a
// port. Java: HAUtilClient.isLogicalUri.
func (c *Configuration) Nameservice(authority string) (string, bool) {
	host, _, _ := strings.Cut(hostPort(authority), ":")
	if host == "" {
		return "", false
	}
	if _, ok := c.Raw("dfs.client.failover.proxy.provider." + host); ok {
		return host, true
	}
	return host, len(c.Strings("dfs.ha.namenodes."+host)) > 0
}

// hostPort removes the user from an authority.
func hostPort(authority string) string {
	return authority[strings.LastIndexByte(authority, '@')+1:]
}

// NameNodes returns the NameNodes of the authority of an hdfs or webhdfs URI:
// those of an HA nameservice in the configured order, or the one of a
// nameservice or host. "" stands for the authority of fs.defaultFS. Web addresses
// are the configured ones where there are some, else the default port of the
// NameNode's host.
func (c *Configuration) NameNodes(authority string) ([]NameNode, error) {
	if authority == "" {
		u, err := c.DefaultFS()
		if err != nil {
			return nil, err
		}
		if u.Scheme != "hdfs" && u.Scheme != "webhdfs" && u.Scheme != "swebhdfs" {
			return nil, c.propertyError("fs.defaultFS", fmt.Errorf("%w: not an hdfs file system", ErrInvalidValue), "")
		}
		authority = u.Host
	}
	authority = hostPort(authority)
	if nameservice, ok := c.Nameservice(authority); ok {
		if nameservice != authority {
			return nil, &PropertyError{
				Key: "dfs.ha.namenodes." + nameservice, Origin: c.Origin("dfs.ha.namenodes." + nameservice),
				Err:  fmt.Errorf("%w: %s is a nameservice, so hdfs://%s must not have a port", ErrInvalidValue, nameservice, authority),
				hint: "write hdfs://" + nameservice,
			}
		}
		return c.haNameNodes(nameservice)
	}
	rpc := authority
	suffix := c.suffixOf(authority)
	if key := "dfs.namenode.rpc-address." + authority; c.Origin(key) != "" {
		configured, err := c.address(key, nameNodePort, "set it to HOST:PORT in hdfs-site.xml")
		if err != nil {
			return nil, err
		}
		rpc, suffix = configured, "."+authority
	}
	host, port, err := splitAddress(rpc, nameNodePort)
	if err == nil && isWildcard(host) {
		err = ErrWildcardAddress
	}
	if err != nil {
		return nil, fmt.Errorf("NameNode %q: %w", authority, err)
	}
	n, err := c.nameNode("", net.JoinHostPort(host, port), suffix)
	if err != nil {
		return nil, err
	}
	return []NameNode{n}, nil
}

// haNameNodes returns the NameNodes of a nameservice that have an RPC address;
// Java passes over the others too.
func (c *Configuration) haNameNodes(nameservice string) ([]NameNode, error) {
	list := "dfs.ha.namenodes." + nameservice
	var (
		nodes []NameNode
		errs  []error
	)
	for _, id := range c.Strings(list) {
		suffix := "." + nameservice + "." + id
		rpc, err := c.address("dfs.namenode.rpc-address"+suffix, nameNodePort, "set it to HOST:PORT in hdfs-site.xml")
		if isUnset(err) {
			continue
		}
		var n NameNode
		if err == nil {
			n, err = c.nameNode(id, rpc, suffix)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		nodes = append(nodes, n)
	}
	if len(nodes) == 0 && len(errs) == 0 {
		return nil, c.propertyError(list, fmt.Errorf("%w: no NameNode with an address", ErrNotSet), fmt.Sprintf(
			"set dfs.ha.namenodes.%s to the ids, and dfs.namenode.rpc-address.%s.ID for each, in hdfs-site.xml", nameservice, nameservice))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return nodes, nil
}

// suffixOf finds the NameNode whose RPC address is given, so that its web
// address can be found where a URI names one of an HA pair directly. It returns
// "" for the NameNode of fs.defaultFS, and for an unknown one a suffix that no
// property has.
func (c *Configuration) suffixOf(authority string) string {
	host, port, err := splitAddress(authority, nameNodePort)
	if err != nil {
		return "." + authority
	}
	address := net.JoinHostPort(host, port)
	for _, ns := range c.Strings("dfs.nameservices") {
		suffixes := []string{"." + ns}
		for _, id := range c.Strings("dfs.ha.namenodes." + ns) {
			suffixes = append(suffixes, "."+ns+"."+id)
		}
		for _, suffix := range suffixes {
			if a, err := c.address("dfs.namenode.rpc-address"+suffix, nameNodePort, ""); err == nil && strings.EqualFold(a, address) {
				return suffix
			}
		}
	}
	if u, err := c.DefaultFS(); err == nil && strings.EqualFold(u.Hostname(), host) {
		// Of hdfs:// the port is the NameNode's, too: another one is another NameNode.
		if u.Scheme != "hdfs" || cmp.Or(u.Port(), nameNodePort) == port {
			return ""
		}
	}
	return "." + authority
}

// nameNode adds the web addresses, those with the suffix, to an RPC address.
// Java: DFSUtil.getInfoServer.
func (c *Configuration) nameNode(id, rpc, suffix string) (NameNode, error) {
	n := NameNode{ID: id, RPCAddress: rpc}
	policy := strings.ToUpper(trim(c.Get("dfs.http.policy")))
	var errHTTP, errHTTPS error
	if policy != "HTTPS_ONLY" {
		n.HTTPAddress, errHTTP = c.webAddress("dfs.namenode.http-address"+suffix, rpc, nameNodeHTTPPort)
	}
	if policy == "HTTPS_ONLY" || policy == "HTTP_AND_HTTPS" {
		n.HTTPSAddress, errHTTPS = c.webAddress("dfs.namenode.https-address"+suffix, rpc, nameNodeHTTPSPort)
	}
	return n, errors.Join(errHTTP, errHTTPS)
}

// webAddress returns the address that key says, on the host of the RPC address
// where it is a wildcard or not set.
func (c *Configuration) webAddress(key, rpc, defaultPort string) (string, error) {
	rpcHost, _, err := net.SplitHostPort(rpc)
	if err != nil {
		return "", err
	}
	value, err := c.value(key)
	if isUnset(err) {
		return net.JoinHostPort(rpcHost, defaultPort), nil
	}
	if err != nil {
		return "", err
	}
	host, port, err := splitAddress(value, defaultPort)
	if err != nil {
		return "", c.propertyError(canonical(key), err, "set it to HOST:PORT in hdfs-site.xml")
	}
	if isWildcard(host) {
		host = rpcHost
	}
	return net.JoinHostPort(host, port), nil
}
