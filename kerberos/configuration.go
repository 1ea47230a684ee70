package kerberos

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jcmturner/gokrb5/v8/config"
)

// DefaultConfigPath is where krb5.conf is if nobody says otherwise.
const DefaultConfigPath = "/etc/krb5.conf"

// maxIncludes bounds how deep files include each other.
const maxIncludes = 10

// Configuration is a krb5.conf.
type Configuration struct {
	// Path is where it was read, as it was given.
	Path string

	config *config.Config
	// defaultCache is default_ccache_name, which gokrb5 leaves out.
	defaultCache string
}

// Load reads a krb5.conf: a file, or several with colons between, as in
// KRB5_CONFIG; "" means DefaultConfigPath. Its include and includedir are
// followed. The error is ErrConfiguration.
func Load(path string) (*Configuration, error) {
	if path == "" {
		path = DefaultConfigPath
	}
	failed := func(cause error) error {
		e := &Error{Op: "read the Kerberos configuration " + path, Kind: ErrConfiguration, Cause: cause}
		if errors.Is(cause, fs.ErrNotExist) {
			e.Remedy = "set security.kerberos.krb5-conf.path or KRB5_CONFIG to the krb5.conf of the cluster's realm"
		}
		return e
	}
	var text strings.Builder
	for _, p := range filepath.SplitList(path) {
		if err := include(&text, p, 0); err != nil {
			return nil, failed(err)
		}
	}
	c, err := config.NewFromString(text.String())
	var unsupported config.UnsupportedDirective
	if err != nil && !errors.As(err, &unsupported) {
		return nil, failed(err)
	}
	return &Configuration{Path: path, config: c, defaultCache: defaultCacheName(text.String())}, nil
}

// Realm is default_realm, "" for none.
func (c *Configuration) Realm() string { return c.config.LibDefaults.DefaultRealm }

// includedName is what MIT Kerberos takes from an includedir.
var includedName = regexp.MustCompile(`^[A-Za-z0-9_-]+$|^[^.].*\.conf$`)

// include appends a file with all that it includes.
func include(to *strings.Builder, path string, depth int) error {
	if depth > maxIncludes {
		return fmt.Errorf("%s: files include each other more than %d times", path, maxIncludes)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(strings.NewReader(string(content)))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 2 && words[0] == "include":
			err = include(to, words[1], depth+1)
		case len(words) == 2 && words[0] == "includedir":
			err = includeDir(to, words[1], depth+1)
		default:
			to.WriteString(lines.Text() + "\n")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return lines.Err()
}

func includeDir(to *strings.Builder, dir string, depth int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || !includedName.MatchString(e.Name()) {
			continue
		}
		if err := include(to, filepath.Join(dir, e.Name()), depth); err != nil {
			return err
		}
	}
	return nil
}

// defaultCacheName finds default_ccache_name in [libdefaults].
func defaultCacheName(text string) string {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && section == "[libdefaults]" && strings.TrimSpace(key) == "default_ccache_name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
