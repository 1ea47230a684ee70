package hadoop

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// ResourceManager is where a ResourceManager's web services are.
type ResourceManager struct {
	ID     string // of an HA group, "" otherwise
	WebURL string // "http://host:port" or "https://host:port"
}

// ResourceManagers returns the ResourceManagers in the configured order: one,
// or those of yarn.resourcemanager.ha.rm-ids if HA is on. yarn.http.policy picks
// scheme and address. A wildcard, which is what the defaults say, is
// [ErrWildcardAddress] with a hint; Java takes the local host there. All
// problems are returned joined. Java: RMHAUtils.getRMHAWebappAddresses,
// WebAppUtils.getResolvedRMWebAppURLWithoutScheme.
func (c *Configuration) ResourceManagers() ([]ResourceManager, error) {
	web := rmWeb{scheme: "http", key: "yarn.resourcemanager.webapp.address", port: "8088"}
	if strings.EqualFold(trim(c.Get("yarn.http.policy")), "HTTPS_ONLY") {
		web = rmWeb{scheme: "https", key: "yarn.resourcemanager.webapp.https.address", port: "8090"}
	}
	if !c.Bool("yarn.resourcemanager.ha.enabled") {
		hint := fmt.Sprintf("set yarn.resourcemanager.hostname or %s in yarn-site.xml", web.key)
		if len(c.dirs) > 0 {
			hint += "; the configuration was read from " + strings.Join(c.dirs, ", ")
		}
		address, err := c.address(web.key, web.port, hint)
		if err != nil {
			return nil, err
		}
		return []ResourceManager{{WebURL: web.scheme + "://" + address}}, nil
	}
	const list = "yarn.resourcemanager.ha.rm-ids"
	ids := c.Strings(list)
	if len(ids) == 0 {
		return nil, &PropertyError{Key: list, Err: ErrNotSet, hint: "yarn.resourcemanager.ha.enabled is true: list the ids of the ResourceManagers in " + list}
	}
	var (
		rms  []ResourceManager
		errs []error
	)
	for _, id := range ids {
		address, err := c.haAddress(web, id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		rms = append(rms, ResourceManager{ID: id, WebURL: web.scheme + "://" + address})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return rms, nil
}

// rmWeb is the family of addresses that the policy picks.
type rmWeb struct{ scheme, key, port string }

// haAddress returns the web address of one of several ResourceManagers: its
// own, or the default port of its host.
func (c *Configuration) haAddress(web rmWeb, id string) (string, error) {
	key, hostKey := web.key+"."+id, "yarn.resourcemanager.hostname."+id
	hint := fmt.Sprintf("set %s or %s in yarn-site.xml", hostKey, key)
	address, err := c.address(key, web.port, hint)
	if !isUnset(err) {
		return address, err
	}
	host, err := c.value(hostKey)
	if isUnset(err) {
		return "", &PropertyError{Key: key, Err: fmt.Errorf("%w, and neither is %s", ErrNotSet, hostKey), hint: hint}
	}
	if err != nil {
		return "", err
	}
	host, _, err = splitAddress(host, web.port)
	if err == nil && isWildcard(host) {
		err = ErrWildcardAddress
	}
	if err != nil {
		return "", c.propertyError(hostKey, err, hint)
	}
	return net.JoinHostPort(host, web.port), nil
}
