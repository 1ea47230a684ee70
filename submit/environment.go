package submit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// The variables that Flink's ApplicationMaster reads.
//
// Java: YarnConfigKeys (1.20).
const (
	envAppID         = "_APP_ID"
	envClientHome    = "_CLIENT_HOME_DIR"
	envShipFiles     = "_CLIENT_SHIP_FILES"
	envFlinkClass    = "_FLINK_CLASSPATH"
	envDistJar       = "_FLINK_DIST_JAR"
	envYarnFiles     = "_FLINK_YARN_FILES"
	envUser          = "HADOOP_USER_NAME"
	envLibDir        = "FLINK_LIB_DIR"
	envOptDir        = "FLINK_OPT_DIR"
	envClasspath     = "CLASSPATH"
	envRemoteKeytab  = "_REMOTE_KEYTAB_PATH"
	envLocalKeytab   = "_LOCAL_KEYTAB_PATH"
	envPrincipal     = "_KEYTAB_PRINCIPAL"
	envKrb5          = "_KRB5_PATH"
	krb5Key          = "krb5.conf"
	defaultKeytabKey = "krb5.keytab"
)

// environment returns the ApplicationMaster's environment. The user's own
// variables come first, so that none of them replaces one that Flink needs.
//
// Java: YarnClusterDescriptor.generateApplicationMasterEnv (1.20).
func (p *Plan) environment(id yarn.ApplicationID, staged map[string]yarn.LocalResource) map[string]string {
	env := map[string]string{}
	for k, v := range p.userEnvironment {
		env[k] = escapeExport(v)
	}
	env[envFlinkClass] = p.classpath
	env[envClasspath] = p.classpath + ":" + strings.Join(p.yarnClasspath, ":")
	if p.version.AtLeast(1, 16) {
		env[envLibDir] = "./lib"
	}
	if p.version.AtLeast(1, 13) {
		env[envOptDir] = "./opt"
	}
	env[envDistJar] = descriptor(p.version, p.distKey, staged[p.distKey])
	env[envAppID] = id.String()
	env[envClientHome] = p.StagingBase
	env[envYarnFiles] = p.Folder(id)
	env[envUser] = cmp.Or(p.login, p.User)
	var shipped []string
	for _, r := range p.Resources {
		if r.Shipped {
			shipped = append(shipped, descriptor(p.version, r.Key, staged[r.Key]))
		}
	}
	env[envShipFiles] = strings.Join(shipped, ";")
	if p.principal != "" {
		env[envPrincipal] = p.principal
		env[envLocalKeytab] = p.keytabKey
		if r, ok := staged[p.keytabKey]; ok {
			env[envRemoteKeytab] = r.URL
		}
	}
	if r, ok := staged[krb5Key]; ok {
		env[envKrb5] = r.URL
	}
	return env
}

// maxVariable is what Linux takes of one variable, its name and the end included.
//
// Linux: MAX_ARG_STRLEN, 32 pages of 4 KiB.
const maxVariable = 128 << 10

// longVariables are what no container could be started with. Flink hands on what
// it ships in one variable, so that it is the number of files that is limited.
func (p *Plan) longVariables(env map[string]string) []Problem {
	var problems []Problem
	for _, name := range slices.Sorted(maps.Keys(env)) {
		length := len(name) + len("=") + len(env[name]) + 1
		if length <= maxVariable {
			continue
		}
		problem := Problem{What: fmt.Sprintf("the environment variable %s has %d bytes", name, length), Why: fmt.Sprintf("Linux takes no more than %d", maxVariable), Do: "shorten it"}
		if name == envShipFiles {
			shipped := 0
			for _, r := range p.Resources {
				if r.Shipped {
					shipped++
				}
			}
			problem = Problem{What: fmt.Sprintf("%d files are too many for the containers", shipped),
				Why: fmt.Sprintf("Flink lists them in one environment variable, which has %d bytes then, and Linux takes no more than %d", length, maxVariable),
				Do:  "ship an archive (" + flink.ShipArchives.Key + ") instead of many files, and leave out plugins that are not needed"}
		}
		problems = append(problems, problem)
	}
	return problems
}

// checkVariables refuses what is too long wherever it will be staged.
func (m *planner) checkVariables() {
	id := yarn.ApplicationID{ClusterTimestamp: earliest}
	paths := map[string]yarn.LocalResource{}
	for _, s := range m.plan.Unstaged(id) {
		s.Resource.Timestamp = max(s.Resource.Timestamp, earliest)
		paths[s.Key] = s.Resource
	}
	m.problems = append(m.problems, m.plan.longVariables(m.plan.environment(id, paths))...)
}

// earliest is a time, in milliseconds, that has as many digits as those of today.
const earliest = 1_000_000_000_000

// escapeExport guards a value against the script in which the NodeManager
// writes export K="V" without escaping. Dollars stay: $VAR is expanded there,
// and configurations rely on it.
func escapeExport(v string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`").Replace(v)
}

// descriptor tells the ApplicationMaster what to localize for TaskManagers.
//
// Java: YarnLocalResourceDescriptor.toString; a line of JSON in single quotes
// since 1.19.
func descriptor(v flink.Version, key string, r yarn.LocalResource) string {
	if v.AtLeast(1, 19) {
		return fmt.Sprintf("{'resourceKey':'%s','path':'%s','size':%d,'modificationTime':%d,'visibility':'%s','resourceType':'%s'}",
			key, r.URL, r.Size, r.Timestamp, r.Visibility, r.Type)
	}
	return fmt.Sprintf("YarnLocalResourceDescriptor{key=%s, path=%s, size=%d, modificationTime=%d, visibility=%s, type=%s}",
		key, r.URL, r.Size, r.Timestamp, r.Visibility, r.Type)
}

// keyProblem says why a key can't be handed on to TaskManagers, "" where it can.
func keyProblem(v flink.Version, key string) string {
	for _, r := range key {
		if unicode.IsControl(r) || strings.ContainsRune("'\"`\\;$", r) {
			return fmt.Sprintf("the letter %q can't be handed on by Flink's descriptors", r)
		}
	}
	if !utf8.ValidString(key) {
		return "it is not UTF-8, which YARN can't transport"
	}
	if !v.AtLeast(1, 19) && strings.ContainsAny(key, " \t,}") {
		return "Flink before 1.19 can't hand on names with blanks, commas or braces"
	}
	return ""
}

// isShellWord tells whether a shell takes a name for one word that is itself, and
// a command does not take it for an option.
//
// Java: ContainerLaunch.UnixShellScriptBuilder.mkdir, up to Hadoop 3.4.
func isShellWord(name string) bool {
	return !strings.HasPrefix(name, "-") && !strings.HasPrefix(name, "~") && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("&|;<>()*?[]{}!#^$'\"\\`", r)
	})
}
