package sshclient

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/kevinburke/ssh_config"
)

// Defaults of what nothing sets.
const (
	defaultPort           = "22"
	defaultConnectTimeout = 30 * time.Second
	defaultAliveInterval  = 15 * time.Second
	defaultAliveCount     = 3
)

// settings are how one host is reached.
type settings struct {
	alias          string // as the host was named
	hostName, port string
	user           string
	identityFiles  []string // named ones
	identitiesOnly bool
	agent          string // socket, "" for none
	jump           []string
	knownHosts     []string // the first gets new hosts
	acceptNew      bool
	connectTimeout time.Duration
	aliveInterval  time.Duration // 0: none
	aliveCount     int
}

func (s settings) address() string { return net.JoinHostPort(s.hostName, s.port) }

// option is a key of ssh's configuration with its value and where it stands.
type option struct{ key, value, origin string }

// The keys that are read, in lower case. Of those without a use here it matters
// only that they don't change whom one talks to.
var (
	knownKeys = map[string]bool{
		"hostname": true, "user": true, "port": true, "identityfile": true, "identitiesonly": true, "identityagent": true,
		"proxyjump": true, "stricthostkeychecking": true, "userknownhostsfile": true, "globalknownhostsfile": true,
		"connecttimeout": true, "serveraliveinterval": true, "serveralivecountmax": true,
	}
	idleKeys = map[string]bool{
		"batchmode": true, "loglevel": true, "passwordauthentication": true, "pubkeyauthentication": true, "forwardagent": true,
		"tcpkeepalive": true, "compression": true, "controlmaster": true, "controlpath": true, "controlpersist": true,
		"checkhostip": true, "visualhostkey": true, "addkeystoagent": true, "requesttty": true, "forwardx11": true,
		"preferredauthentications": true, "kbdinteractiveauthentication": true, "gssapiauthentication": true,
	}
)

// parseArgs reads the words of ssh's command line as Flink's scripts pass them
// on: split at blanks, without quotes.
func parseArgs(text, origin string) ([]option, error) {
	var options []option
	words := strings.Fields(text)
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if len(word) < 2 || word[0] != '-' || !strings.ContainsRune("pilo", rune(word[1])) {
			return nil, &OptionError{Option: word, Origin: origin, Reason: "not understood",
				Advice: "of ssh's options -p, -i, -l and -o KEY=VALUE are; anything else belongs into ssh's configuration file"}
		}
		value := word[2:]
		if value == "" {
			if len(words) == 0 {
				return nil, &OptionError{Option: word, Origin: origin, Reason: "its value is missing"}
			}
			value, words = words[0], words[1:]
		}
		key := map[byte]string{'p': "port", 'i': "identityfile", 'l': "user"}[word[1]]
		if word[1] == 'o' {
			var found bool
			if key, value, found = strings.Cut(value, "="); !found {
				return nil, &OptionError{Option: "-o " + key, Origin: origin, Reason: "KEY=VALUE is expected"}
			}
			key = strings.ToLower(strings.TrimSpace(key))
		}
		if !knownKeys[key] && !idleKeys[key] {
			return nil, &OptionError{Option: "-o " + key, Origin: origin, Reason: "not understood",
				Advice: "take it out, or see that it has no influence on how the host is reached"}
		}
		options = append(options, option{key, strings.TrimSpace(value), origin})
	}
	return options, nil
}

// files are the configuration files, the user's first.
type files struct {
	configs []*ssh_config.Config
	names   []string
}

func readConfigs(paths ...string) (files, error) {
	var f files
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || path == "" {
			continue
		}
		var config *ssh_config.Config
		if err == nil {
			config, err = ssh_config.DecodeBytes(content)
		}
		if err != nil {
			return f, &OptionError{Option: "the file", Origin: path, Reason: err.Error(), Advice: "ssh's configuration is read but for \"Match exec\""}
		}
		f.configs, f.names = append(f.configs, config), append(f.names, path)
	}
	return f, nil
}

// options returns what the files say of a host, in the order that they count.
func (f files) options(alias string) ([]option, error) {
	var options []option
	for i, config := range f.configs {
		if command, err := config.Get(alias, "ProxyCommand"); err == nil && command != "" && !strings.EqualFold(command, "none") {
			return nil, &OptionError{Option: "ProxyCommand for " + alias, Origin: f.names[i], Reason: "not understood", Advice: "use ProxyJump"}
		}
		for key := range knownKeys {
			values, err := config.GetAll(alias, key)
			if err != nil {
				return nil, &OptionError{Option: key + " for " + alias, Origin: f.names[i], Reason: err.Error()}
			}
			for _, value := range values {
				options = append(options, option{key, value, f.names[i]})
			}
		}
	}
	return options, nil
}

// resolve makes settings of options: the first value of a key counts, but all identity
// files do.
func (o Options) resolve(alias string, options []option) (settings, error) {
	s := settings{
		alias: alias, agent: o.AgentSocket, aliveCount: defaultAliveCount, aliveInterval: defaultAliveInterval,
		connectTimeout: cmp.Or(o.ConnectTimeout, defaultConnectTimeout),
	}
	s.knownHosts = []string{filepath.Join(o.Home, ".ssh", "known_hosts"), filepath.Join(o.Home, ".ssh", "known_hosts2")}
	global := []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
	seen := map[string]bool{}
	for _, one := range options {
		if seen[one.key] && one.key != "identityfile" || idleKeys[one.key] {
			continue
		}
		seen[one.key] = true
		if one.key == "globalknownhostsfile" {
			global = strings.Fields(one.value)
			continue
		}
		if err := s.take(one); err != nil {
			return s, err
		}
	}
	s.hostName = cmp.Or(s.hostName, alias)
	s.hostName = strings.ReplaceAll(strings.ReplaceAll(s.hostName, "%h", alias), "%%", "%")
	s.port, s.user = cmp.Or(s.port, defaultPort), cmp.Or(s.user, o.User)
	s.knownHosts = append(s.knownHosts, global...)
	for _, list := range [][]string{s.identityFiles, s.knownHosts} {
		for i := range list {
			list[i] = s.expand(list[i], o)
		}
	}
	s.agent = s.expand(s.agent, o)
	return s, nil
}

// take sets what one option says.
func (s *settings) take(o option) (err error) {
	switch o.key {
	case "hostname":
		s.hostName = o.value
	case "user":
		s.user = o.value
	case "port":
		s.port = o.value
		if n, bad := strconv.ParseUint(o.value, 10, 16); bad != nil || n == 0 {
			err = errors.New("not a port")
		}
	case "identityfile":
		if o.value != "none" {
			s.identityFiles = append(s.identityFiles, o.value)
		}
	case "identitiesonly":
		s.identitiesOnly = strings.EqualFold(o.value, "yes")
	case "identityagent":
		if o.value != "SSH_AUTH_SOCK" {
			s.agent = o.value
		}
		if o.value == "none" {
			s.agent = ""
		}
	case "proxyjump":
		if !strings.EqualFold(o.value, "none") {
			s.jump = strings.Split(o.value, ",")
		}
	case "stricthostkeychecking":
		s.acceptNew, err = acceptsNew(o.value)
	case "userknownhostsfile":
		s.knownHosts = strings.Fields(o.value)
	case "connecttimeout":
		s.connectTimeout, err = seconds(o.value)
	case "serveraliveinterval":
		s.aliveInterval, err = seconds(o.value)
	case "serveralivecountmax":
		s.aliveCount, err = strconv.Atoi(o.value)
	}
	if err != nil {
		return &OptionError{Option: o.key + " " + o.value, Origin: o.origin, Reason: err.Error()}
	}
	return nil
}

// acceptsNew reads StrictHostKeyChecking. "no" is taken for accept-new: a host
// whose key has changed is never trusted here.
func acceptsNew(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "accept-new", "no", "off":
		return true, nil
	case "yes", "ask", "on":
		return false, nil
	}
	return false, errors.New("one of yes, accept-new and no is expected")
}

// seconds reads a time as ssh writes it: seconds, or a number with a unit; "none" is 0.
func seconds(value string) (time.Duration, error) {
	if value == "none" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second, nil
	}
	d, err := time.ParseDuration(strings.ToLower(value))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no time", value)
	}
	return d, nil
}

// expand replaces ~ and the tokens that ssh knows in file names.
func (s *settings) expand(path string, o Options) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = filepath.Join(o.Home, rest)
	}
	return strings.NewReplacer("%%", "%", "%d", o.Home, "%h", s.hostName, "%n", s.alias, "%p", s.port, "%r", s.user, "%u", o.User).Replace(path)
}
