package hadoop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func site(pairs ...string) string {
	var b strings.Builder
	b.WriteString("<configuration>")
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "<property><name>%s</name><value>%s</value></property>", pairs[i], pairs[i+1])
	}
	b.WriteString("</configuration>")
	return b.String()
}

func TestConfDirs(t *testing.T) {
	root := writeFiles(t, map[string]string{
		"a/core-site.xml": site(), "b/yarn-site.xml": site(), "file": "",
		"home/etc/hadoop/core-site.xml": site(), "home/conf/core-site.xml": site(),
		"old/conf/core-site.xml": site(),
	})
	in := func(names ...string) []string {
		for i, n := range names {
			names[i] = filepath.Join(root, n)
		}
		return names
	}
	p := func(name string) string { return filepath.Join(root, name) }
	list := func(names ...string) string { return strings.Join(in(names...), string(filepath.ListSeparator)) }
	tests := []struct {
		name string
		dir  string
		env  map[string]string
		want []string
		says []string // parts of the error
	}{
		{name: "option stands alone", dir: p("a"), env: map[string]string{"HADOOP_CONF_DIR": p("b")}, want: in("a")},
		{name: "both variables", env: map[string]string{"HADOOP_CONF_DIR": p("a"), "YARN_CONF_DIR": p("b"), "HADOOP_HOME": p("home")}, want: in("a", "b")},
		{name: "YARN_CONF_DIR alone", env: map[string]string{"YARN_CONF_DIR": p("b")}, want: in("b")},
		{name: "list", env: map[string]string{"HADOOP_CONF_DIR": list("a", "none", "b")}, want: in("a", "b")},
		{name: "empty is unset", env: map[string]string{"HADOOP_CONF_DIR": "", "HADOOP_HOME": p("home")}, want: in("home/etc/hadoop")},
		{name: "old layout", env: map[string]string{"HADOOP_HOME": p("old")}, want: in("old/conf")},
		{name: "option missing", dir: p("none"), says: []string{p("none")}},
		{name: "option is a file", dir: p("file"), says: []string{"is not a folder"}},
		{
			name: "a slip in HADOOP_CONF_DIR", says: []string{p("none") + " (HADOOP_CONF_DIR)"},
			env: map[string]string{"HADOOP_CONF_DIR": p("none"), "YARN_CONF_DIR": p("b"), "HADOOP_HOME": p("home")},
		},
		{name: "a slip in YARN_CONF_DIR", env: map[string]string{"HADOOP_CONF_DIR": p("a"), "YARN_CONF_DIR": p("none")}, want: in("a")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := LoadOptions{Dir: tt.dir, Getenv: lookup(tt.env)}
			if diff := cmp.Diff(tt.want, ConfDirs(opts)); diff != "" {
				t.Errorf("ConfDirs (-want +got):\n%s", diff)
			}
			_, err := Load(opts)
			if (err == nil) != (tt.says == nil) {
				t.Fatalf("Load: %v", err)
			}
			checkError(t, err, ErrNoConfDir, tt.says...)
		})
	}
}

// checkError checks an error's kind and words, and that it has a hint if it is
// about a folder. A nil error is fine if no words are wanted.
func checkError(t *testing.T, err, kind error, says ...string) {
	t.Helper()
	if len(says) == 0 && err == nil {
		return
	}
	if !errors.Is(err, kind) {
		t.Errorf("error %v is not %v", err, kind)
	}
	for _, s := range says {
		if err == nil || !strings.Contains(err.Error(), s) {
			t.Errorf("error %v does not say %q", err, s)
		}
	}
}

func TestLoadNothingFound(t *testing.T) {
	dir := writeFiles(t, map[string]string{"other.xml": site(), "resource-types.xml": site()})
	_, err := Load(LoadOptions{Dir: dir})
	checkError(t, err, ErrNoConfDir, dir, "core-site.xml")
	var hint interface{ Hint() string }
	if !errors.As(err, &hint) || !strings.Contains(hint.Hint(), "--hadoop-conf") {
		t.Errorf("no hint in %v", err)
	}
}

func TestLoadOrigins(t *testing.T) {
	a := writeFiles(t, map[string]string{
		"core-site.xml": `<configuration><include href="more/x.xml"/>
			<property><name>fs.default.name</name><value>hdfs://nn</value></property>
			<property><name>locked</name><value>1</value><final>true</final></property></configuration>`,
		"more/x.xml": site("from.include", "1"),
	})
	b := writeFiles(t, map[string]string{"core-site.xml": site("from.b", "1"), "yarn-site.xml": site("locked", "2", "y", "1")})
	c, err := Load(LoadOptions{
		Getenv:    lookup(map[string]string{"HADOOP_CONF_DIR": a, "YARN_CONF_DIR": b}),
		Overrides: map[string]string{"locked": "3", "dfs.block.size": "7", "dfs.blocksize": "8", "dfs.umaskmode": "077"},
	})
	if err != nil {
		t.Fatal(err)
	}
	type value struct{ Value, Origin string }
	want := map[string]value{
		"from.include":              {"1", filepath.Join(a, "more", "x.xml")},
		"from.b":                    {"", ""},
		"fs.defaultFS":              {"hdfs://nn", filepath.Join(a, "core-site.xml")},
		"y":                         {"1", filepath.Join(b, "yarn-site.xml")},
		"locked":                    {"3", OriginOverride},
		"dfs.blocksize":             {"8", OriginOverride},
		"fs.permissions.umask-mode": {"077", OriginOverride},
		"dfs.replication":           {"3", OriginDefault},
	}
	got := map[string]value{}
	for key := range want {
		got[key] = value{c.Get(key), c.Origin(key)}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{a, b}, c.Dirs()); diff != "" {
		t.Errorf("Dirs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{filepath.Join(a, "core-site.xml"), filepath.Join(b, "yarn-site.xml")}, c.Files()); diff != "" {
		t.Errorf("Files (-want +got):\n%s", diff)
	}
	if w := c.Warnings(); len(w) != 1 || !strings.Contains(w[0], "locked") || !strings.Contains(w[0], "final") {
		t.Errorf("Warnings = %q", w)
	}
	keys := c.Keys()
	if !slices.IsSorted(keys) || !slices.Contains(keys, "y") || slices.Contains(keys, "fs.default.name") {
		t.Errorf("Keys = %q", keys)
	}
}

func TestLoadWarnsOfShadowedValues(t *testing.T) {
	c, err := Load(LoadOptions{Dir: writeFiles(t, map[string]string{"core-site.xml": site("dfs.replication", "1", "dfs.blocksize", "134217728")})})
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Warnings(); len(w) != 1 || !strings.Contains(w[0], "dfs.replication") || !strings.Contains(w[0], "hdfs-site.xml") {
		t.Errorf("Warnings = %q", w)
	}
}

func TestLoadJoinsAllProblems(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"core-site.xml": "<configuration>\n<property>\n</configuration>",
		"hdfs-site.xml": "<configuration>\n<include href='a.xml'/>\n<include href='http://h/b.xml'/>\n<property></configuration>",
		"yarn-site.xml": site(),
	})
	_, err := Load(LoadOptions{Dir: dir})
	checkError(t, err, ErrRemoteInclude,
		filepath.Join(dir, "core-site.xml")+":3: XML syntax error", filepath.Join(dir, "hdfs-site.xml")+":2: include",
		filepath.Join(dir, "hdfs-site.xml")+":3: include", filepath.Join(dir, "hdfs-site.xml")+":4: XML")
	checkError(t, err, ErrIncludeNotFound, "a.xml")
	var p *ParseError
	if !errors.As(err, &p) || p.Line != 3 || p.File != filepath.Join(dir, "core-site.xml") {
		t.Errorf("ParseError = %+v", p)
	}
}

func TestIncludes(t *testing.T) {
	include := func(href string) string { return `<configuration><include href="` + href + `"/></configuration>` }
	deep := map[string]string{"core-site.xml": include("f0.xml")}
	for i := range 20 {
		deep[fmt.Sprintf("f%d.xml", i)] = include(fmt.Sprintf("f%d.xml", i+1))
	}
	deep["f20.xml"] = site()
	wide := map[string]string{"core-site.xml": include("f0.xml"), "f12.xml": site()}
	for i := range 12 {
		next := fmt.Sprintf(`<include href="f%d.xml"/>`, i+1)
		wide[fmt.Sprintf("f%d.xml", i)] = "<configuration>" + next + next + "</configuration>"
	}
	tests := []struct {
		name  string
		files map[string]string
		err   error
	}{
		{"beside the including file", map[string]string{"core-site.xml": include("sub/a.xml"), "sub/a.xml": include("b.xml"), "sub/b.xml": site("k", "v")}, nil},
		{"configuration folder first", map[string]string{"core-site.xml": include("sub/a.xml"), "sub/a.xml": include("b.xml"), "sub/b.xml": site("k", "w"), "b.xml": site("k", "v")}, nil},
		{"itself", map[string]string{"core-site.xml": include("core-site.xml")}, ErrIncludeLoop},
		{"loop", map[string]string{"core-site.xml": include("a.xml"), "a.xml": include("core-site.xml")}, ErrIncludeLoop},
		{"too deep", deep, ErrIncludeLoop},
		{"too many", wide, ErrTooLarge},
		{"remote", map[string]string{"core-site.xml": include("https://h/a.xml")}, ErrRemoteInclude},
		{"file on another host", map[string]string{"core-site.xml": include("file://h/a.xml")}, ErrRemoteInclude},
		{"folder", map[string]string{"core-site.xml": include("sub"), "sub/a.xml": ""}, ErrNotRegular},
		{
			"remote has no fallback", map[string]string{"core-site.xml": `<configuration><include href="http://h/a.xml"><fallback/></include></configuration>`},
			ErrRemoteInclude,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Load(LoadOptions{Dir: writeFiles(t, tt.files)})
			if !errors.Is(err, tt.err) || (tt.err == nil && err != nil) {
				t.Fatalf("Load: %v, want %v", err, tt.err)
			}
			if err == nil && c.Get("k") != "v" {
				t.Errorf("k = %q", c.Get("k"))
			}
		})
	}
}

func TestIncludeFileURL(t *testing.T) {
	other := writeFiles(t, map[string]string{"a b.xml": site("k", "v")})
	href := "file://" + strings.ReplaceAll(filepath.ToSlash(other), " ", "%20") + "/a%20b.xml"
	dir := writeFiles(t, map[string]string{"core-site.xml": `<configuration><include href="` + href + `"/></configuration>`})
	c, err := Load(LoadOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Origin("k"); got != filepath.Join(other, "a b.xml") {
		t.Errorf("Origin = %q", got)
	}
}

func TestLoadFileKinds(t *testing.T) {
	tests := []struct {
		name string
		make func(path string) error
		err  error
	}{
		{"folder", func(p string) error { return os.Mkdir(p, 0o755) }, ErrNotRegular},
		{"link to nowhere", func(p string) error { return os.Symlink(p+".none", p) }, fs.ErrNotExist},
		{"too large", func(p string) error {
			if err := os.WriteFile(p, nil, 0o644); err != nil {
				return err
			}
			return os.Truncate(p, maxFileSize+1)
		}, ErrTooLarge},
		{"link to a file", func(p string) error {
			if err := os.WriteFile(p+".real", []byte(site()), 0o644); err != nil {
				return err
			}
			return os.Symlink(p+".real", p)
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := tt.make(filepath.Join(dir, "core-site.xml")); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(LoadOptions{Dir: dir}); !errors.Is(err, tt.err) || (tt.err == nil && err != nil) {
				t.Errorf("Load: %v, want %v", err, tt.err)
			}
		})
	}
}

func TestLatin1(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"core-site.xml": "<?xml version='1.0' encoding='ISO-8859-1'?><configuration><property name='a' value='" + strings.Repeat("\xfc", 9000) + "'/></configuration>",
	})
	c, err := Load(LoadOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if c.Get("a") != strings.Repeat("ü", 9000) {
		t.Errorf("a = %.20q", c.Get("a"))
	}
	dir = writeFiles(t, map[string]string{"core-site.xml": "<?xml version='1.0' encoding='UTF-16'?><configuration/>"})
	if _, err = Load(LoadOptions{Dir: dir}); err == nil || !strings.Contains(err.Error(), "UTF-16") {
		t.Errorf("Load: %v", err)
	}
}

func TestWithLeavesTheOriginalAlone(t *testing.T) {
	c := NewConfiguration(map[string]string{"a": "1"})
	d := c.With(map[string]string{"a": "2", "b": "3"})
	if c.Get("a") != "1" || c.Get("b") != "" || d.Get("a") != "2" || d.Get("b") != "3" {
		t.Errorf("c: %q %q, d: %q %q", c.Get("a"), c.Get("b"), d.Get("a"), d.Get("b"))
	}
}

func TestValueErrors(t *testing.T) {
	c := NewConfiguration(map[string]string{"n": "abc", "ssl.password": "geheim", "a": "${b}", "b": "${a}"})
	_, err := c.Int("n")
	checkError(t, err, ErrInvalidValue, `n = "abc" (override): invalid value`)
	_, err = c.Int("none")
	checkError(t, err, ErrNotSet, "none: not set")
	_, err = c.Size("a")
	checkError(t, err, ErrExpansion, "a (override)")
	if got := c.Get("a"); got != "${b}" {
		t.Errorf("Get of what does not end = %q", got)
	}
	_, err = c.Int("ssl.password")
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("error shows the secret: %v", err)
	}
	if c = c.With(map[string]string{"dfs.client.use.datanode.hostname": "x", "hadoop.security.token.service.use_ip": "x"}); c.Bool("dfs.client.use.datanode.hostname") || !c.Bool("hadoop.security.token.service.use_ip") {
		t.Error("Bool does not fall back to the default")
	}
}

func TestExpandIsBounded(t *testing.T) {
	c := NewConfiguration(map[string]string{"a": strings.Repeat("x", 1<<20), "b": strings.Repeat("${a}", 10)})
	_, _, err := c.Resolve("b")
	checkError(t, err, ErrExpansion, "grows")
}

func TestDefaultsTable(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Defaults() {
		if seen[d.Key] || canonical(d.Key) != d.Key || d.Value == "" {
			t.Errorf("default %+v is repeated, deprecated or empty", d)
		}
		seen[d.Key] = true
	}
	for old, name := range deprecated {
		if canonical(name) != name {
			t.Errorf("%s leads to %s, which is deprecated too", old, name)
		}
	}
}

func TestIsSecretKey(t *testing.T) {
	for key, want := range map[string]bool{
		"ssl.client.truststore.password": true, "fs.s3a.secret.key": true, "fs.s3a.bucket.b.session.token": true,
		"fs.azure.account.key.x.blob": true, "dfs.adls.oauth2.refresh.token": true, "fs.adl.oauth2.credential": true,
		"ssl.server.keystore.keypassword": true, "fs.s3a.access.key": false, "fs.defaultFS": false,
		"hadoop.security.token.service.use_ip": false, "yarn.resourcemanager.principal": false,
	} {
		if got := IsSecretKey(key); got != want {
			t.Errorf("IsSecretKey(%q) = %t", key, got)
		}
	}
}
