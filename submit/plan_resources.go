package submit

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// localize decides what containers find in their working directory, and the
// class path with it.
//
// Java: YarnClusterDescriptor.startAppMaster (1.20), in its order of calls.
func (m *planner) localize() {
	d, p := m.spec.Distribution, m.plan
	r := &resources{keys: map[string]string{}, clash: func(key, first, second string) {
		m.problem(Problem{What: fmt.Sprintf("two files are called %s in the containers", key), Where: first + " and " + second, Do: "rename or leave out one"})
	}}
	r.keys[p.configKey] = "the configuration"

	provided := m.conf.IsSet(flink.ProvidedLibDirs)
	lib := m.facts.ProvidedLib
	if d.Remote {
		lib = d.Provided()
	}
	entries, dist := r.provided(lib)
	r.system = append(r.system, entries...)
	if i := slices.IndexFunc(lib, func(f flink.File) bool { return !f.Public }); i >= 0 {
		p.warn("not everybody may read %s: NodeManagers keep such libraries for each user (PRIVATE), and refuse them to Flink's own client, which calls them PUBLIC", lib[i].Path)
	}

	var ship []flink.File
	if !provided {
		ship = append(ship, d.Lib...)
	}
	if log := m.logConfig(); log != nil {
		ship = append(ship, *log)
	}
	ship = append(ship, m.facts.Ship...)
	r.system = append(r.system, r.files(ship, yarn.FileResource)...)
	if !provided {
		r.files(d.Plugins, yarn.FileResource)
	}
	r.files(m.facts.Archives, yarn.ArchiveResource)
	if m.job != nil {
		m.pythonJar(r)
		r.user = append(r.user, m.userJar(r)...)
	}
	usrlib := d.UsrLib
	if m.conf.IsSet(flink.ProvidedUsrLibDir) {
		usrlib = m.facts.ProvidedUsrLib
	}
	r.user = append(r.user, r.files(usrlib, yarn.FileResource)...)

	p.distKey = m.distribution(r, dist, provided)
	configuration := p.Resources
	shipped := len(r.list)
	m.credentials(r)
	m.lockFiles(r)
	// The configuration stands behind what is shipped, as Java has it.
	p.Resources = slices.Concat(r.list[:shipped], configuration, r.list[shipped:])
	p.classpath = classpath(m.inclusion(), r.system, r.user, p.distKey, p.configKey)
	m.checkKeys()
	m.checkPlugins()
}

// logConfig is the log configuration that is shipped, nil for none: the one
// that is named by the key which discovery sets, else the discovered one.
func (m *planner) logConfig() *flink.File {
	d := m.spec.Distribution
	switch {
	case m.facts.LogConfig != nil:
		return m.facts.LogConfig
	case d.LogConfig == nil:
		return nil
	}
	return d.LogConfig
}

// distribution adds flink-dist, unless it is among the provided libraries, and
// returns its key. yarn.flink-dist-jar names another than lib's.
func (m *planner) distribution(r *resources, provided *PlannedResource, expected bool) string {
	jar := m.spec.Distribution.DistJar
	if m.facts.DistJar != nil {
		jar = *m.facts.DistJar
	}
	switch {
	case provided != nil:
		return provided.Key
	case expected && len(m.facts.ProvidedLib) > 0:
		m.problem(Problem{What: "no flink-dist jar among the provided libraries", Where: m.where(flink.ProvidedLibDirs),
			Why: "lib, plugins and flink-dist are all taken from there", Do: "put it there too"})
		return ""
	}
	key := path.Base(jar.Path)
	r.add(PlannedResource{Key: key, Source: jar.Path, Size: jar.Size, Class: Cached, Type: yarn.FileResource})
	return key
}

// credentials adds krb5.conf and the keytab. They go to the application's own
// folder, and never into a cache.
func (m *planner) credentials(r *resources) {
	p := m.plan
	private := func(key string, f *flink.File) {
		r.add(PlannedResource{Key: key, Source: f.Path, Size: f.Size, Class: Private, Type: yarn.FileResource})
	}
	if f := m.facts.Krb5; f != nil {
		private(krb5Key, f)
	}
	keytab, principal := m.text(flink.KerberosKeytab), m.text(flink.KerberosPrincipal)
	if (keytab == "") != (principal == "") {
		m.problem(Problem{What: "only one of keytab and principal is set", Where: flink.KerberosKeytab.Key + ", " + flink.KerberosPrincipal.Key, Why: "Flink needs both or neither"})
		return
	}
	if keytab == "" {
		return
	}
	// With its realm: that of the containers' krb5.conf may be another.
	p.principal = cmp.Or(m.facts.Login, principal)
	p.keytabKey = m.text(flink.LocalizedKeytabPath)
	if p.keytabKey == "" {
		p.keytabKey = defaultKeytabKey
	}
	if f := m.facts.Keytab; f != nil && !strings.EqualFold(m.text(flink.ShipLocalKeytab), "false") {
		if !fs.ValidPath(p.keytabKey) {
			m.problem(Problem{What: fmt.Sprintf("the keytab can't be shipped as %q", p.keytabKey), Where: m.where(flink.LocalizedKeytabPath), Why: "it has to be below the containers' working directory"})
			return
		}
		private(p.keytabKey, f)
	}
}

func (m *planner) inclusion() userJarInclusion {
	mode := userJarInclusion(strings.ToUpper(m.text(flink.ClasspathIncludeUserJar)))
	switch mode {
	case includeOrder, includeFirst, includeLast, includeDisabled:
		return mode
	case "":
		return includeOrder
	}
	m.problem(Problem{What: fmt.Sprintf("%q does not say where user jars go", mode), Where: m.where(flink.ClasspathIncludeUserJar), Do: "use ORDER, FIRST, LAST or DISABLED"})
	return includeOrder
}

// checkPlugins refuses folders of plugins that Flink's processes would die of.
//
// Java: DirectoryBasedPluginFinder.createURLsForPluginFromFolder.
func (m *planner) checkPlugins() {
	hasJar, source := map[string]bool{}, map[string]string{}
	for _, r := range m.plan.Resources {
		rest, ok := strings.CutPrefix(r.Key, "plugins/")
		folder, file, below := strings.Cut(rest, "/")
		if !ok || !below {
			continue
		}
		source[folder] = r.Source
		hasJar[folder] = hasJar[folder] || strings.HasSuffix(file, ".jar") && !strings.Contains(file, "/")
	}
	for _, folder := range slices.Sorted(maps.Keys(hasJar)) {
		if !hasJar[folder] {
			m.problem(Problem{What: "no jar in the folder plugins/" + folder, Where: source[folder], Why: "Flink takes each folder there for a plugin, and ends where one has none",
				Do: "remove the folder, or put the plugin's jar there"})
		}
	}
}

// checkKeys refuses names that the JobManager could not hand on to TaskManagers,
// and files in whose place others need a folder.
func (m *planner) checkKeys() {
	version := m.plan.version
	if why := keyProblem(version, m.plan.StagingBase); why != "" {
		m.problem(Problem{What: fmt.Sprintf("the staging folder %q", m.plan.StagingBase), Where: m.where(flink.StagingDirectory), Why: why, Do: "name another folder"})
	}
	sources, refused := map[string]string{}, map[string]bool{}
	for _, r := range m.plan.Resources {
		sources[r.Key] = r.Source
		why := keyProblem(version, r.Key)
		if why == "" && r.Class == Remote {
			why = keyProblem(version, r.Source)
		}
		if why != "" && (r.Shipped || r.Key == m.plan.distKey) {
			m.problem(Problem{What: fmt.Sprintf("the file %q can't be shipped", r.Key), Where: r.Source, Why: why, Do: "rename it"})
		} else if dir := path.Dir(r.Key); dir != "." && !isShellWord(dir) && !refused[dir] {
			refused[dir] = true
			m.problem(Problem{What: fmt.Sprintf("the folder %q can't be shipped", dir), Where: r.Source,
				Why: "NodeManagers make folders by a shell command that does not quote their names", Do: "rename it, or ship an archive (" + flink.ShipArchives.Key + ")"})
		}
	}
	for _, r := range m.plan.Resources {
		for dir := path.Dir(r.Key); dir != "." && dir != "/"; dir = path.Dir(dir) {
			if file, ok := sources[dir]; ok {
				m.problem(Problem{What: dir + " is both a file and a folder in the containers", Where: file, Do: "rename or leave out one"})
			}
		}
	}
}
