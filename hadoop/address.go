package hadoop

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// splitAddress parses "host", "host:port" and "[v6]:port", also with a scheme
// before it. The port is defaultPort if there is none.
// Java: NetUtils.createSocketAddr.
func splitAddress(address, defaultPort string) (host, port string, err error) {
	address = trim(address)
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address, _, _ = strings.Cut(rest, "/")
	}
	host, port = address, defaultPort
	switch {
	case strings.HasPrefix(address, "[") && strings.HasSuffix(address, "]"):
		host = address[1 : len(address)-1]
	case strings.HasPrefix(address, "[") || strings.Count(address, ":") == 1:
		if host, port, err = net.SplitHostPort(address); err != nil {
			return "", "", fmt.Errorf("%w: not host:port", ErrInvalidValue)
		}
	}
	if host == "" || strings.ContainsAny(host, " \t\r\n/@?#,[]") {
		return "", "", fmt.Errorf("%w: no host name in it", ErrInvalidValue)
	}
	if strings.Contains(host, ":") && net.ParseIP(strings.SplitN(host, "%", 2)[0]) == nil {
		return "", "", fmt.Errorf("%w: not host:port", ErrInvalidValue)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", fmt.Errorf("%w: port %q is not a number from 1 to 65535", ErrInvalidValue, port)
	}
	return host, port, nil
}

// isWildcard tells whether host means every interface of a server.
func isWildcard(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsUnspecified()
}

// address returns the host:port that a property says.
func (c *Configuration) address(key, defaultPort, hint string) (string, error) {
	value, err := c.value(key)
	if err != nil {
		return "", err
	}
	host, port, err := splitAddress(value, defaultPort)
	if err != nil {
		return "", c.propertyError(canonical(key), err, hint)
	}
	if isWildcard(host) {
		return "", c.propertyError(canonical(key), ErrWildcardAddress, hint)
	}
	return net.JoinHostPort(host, port), nil
}

// isUnset tells whether err says only that a property has no value.
func isUnset(err error) bool { return errors.Is(err, ErrNotSet) }
