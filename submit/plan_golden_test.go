package submit

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
)

// goldenCase is what the real Java client submitted, as the ResourceManager
// stored it.
type goldenCase struct {
	FlinkVersion     string            `json:"flink_version"`
	Args             string            `json:"client_args"`
	ApplicationID    string            `json:"application_id"`
	Name             string            `json:"name"`
	Queue            string            `json:"queue"`
	Type             string            `json:"type"`
	MaxAttempts      int               `json:"max_app_attempts"`
	ValidityInterval int64             `json:"attempt_failures_validity_interval"`
	KeepContainers   bool              `json:"keep_containers"`
	Tags             any               `json:"tags"`
	NodeLabel        *string           `json:"node_label"`
	MemoryMB         int64             `json:"memory_mb"`
	ACLs             map[string]string `json:"acls"`
	Commands         []string          `json:"commands"`
	Environment      map[string]string `json:"environment"`
	LocalResources   map[string]struct {
		URL  string `json:"url"`
		Size int64  `json:"size"`
		Type string `json:"type"`
	} `json:"local_resources"`
	FlinkConfig map[string]any `json:"flink_config"`
}

func TestPlanEqualsWhatTheJavaClientSubmitted(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*--*.json")
	if err != nil || len(files) != 13 {
		t.Fatalf("%d golden cases, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
			want := readGolden(t, name)
			session, facts := goldenInput(t, want)
			var spec Spec = session
			if strings.Contains(name, "--app-") {
				spec = goldenApplication(t, want, session, &facts)
			}
			_, got := plannedCase(t, spec, facts)
			got.Args = want.Args
			if diff := cmp.Diff(normalize(want), normalize(got)); diff != "" {
				t.Errorf("(-Java +ours)\n%s", diff)
			}
		})
	}
}

// plannedCase is a plan, and what it shows of itself, in the form of the golden cases.
func plannedCase(t *testing.T, spec Spec, facts Facts) (*Plan, goldenCase) {
	t.Helper()
	plan, err := NewPlan(spec, facts)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var got goldenCase
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	return plan, got
}

func readGolden(t *testing.T, name string) goldenCase {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var c goldenCase
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// goldenInput makes a case's spec and facts from its command line, its
// distribution's configuration file and the files it localized.
func goldenInput(t *testing.T, c goldenCase) (SessionSpec, Facts) {
	t.Helper()
	version, err := flink.ParseVersion(c.FlinkVersion)
	if err != nil {
		t.Fatal(err)
	}
	const home = "/opt/flink"
	d := &flink.Distribution{Home: home, ConfDir: home + "/conf", Version: version}
	f := Facts{
		User: "alice", StagingBase: "hdfs://127.0.0.1:9000/user/alice", YarnClasspath: []string{"/opt/hadoop/conf", "/opt/hadoop/lib/*"},
		Limits: Limits{
			MinimumMB: Figure{128, "min", "test"}, MaximumMB: Figure{65536, "max", "test"},
			MaximumVCores: Figure{32, "vcores", "test"}, Attempts: Figure{2, "am", "test"},
		},
	}
	conf := goldenConfiguration(t, c)
	provided := conf.IsSet(flink.ProvidedLibDirs)
	for _, key := range slices.Sorted(maps.Keys(c.LocalResources)) {
		r := c.LocalResources[key]
		local := flink.File{Path: home + "/" + key, Key: key, Size: r.Size}
		switch {
		case provided && strings.HasPrefix(key, "lib/"):
			f.ProvidedLib = append(f.ProvidedLib, flink.File{Key: key, Path: r.URL, Remote: true, Size: r.Size})
			if isDistJar(key) {
				d.DistJar = local
			}
		case isDistJar(key):
			local.Path = home + "/lib/" + key
			d.DistJar = local
		case strings.HasPrefix(key, "lib/"):
			d.Lib = append(d.Lib, local)
		case strings.HasPrefix(key, "plugins/"):
			d.Plugins = append(d.Plugins, local)
		case key == "log4j.properties":
			local.Path = home + "/conf/" + key
			d.LogConfig = &local
		case key == "config.yaml", key == "flink-conf.yaml":
		case r.Type == "ARCHIVE":
			f.Archives = append(f.Archives, flink.File{Key: key, Path: "/home/alice/" + key, Size: r.Size})
		default:
			f.Ship = append(f.Ship, flink.File{Key: key, Path: "/home/alice/" + key, Size: r.Size})
		}
	}
	return SessionSpec{Distribution: d, Configuration: conf}, f
}

// goldenApplication reads the program of a case: its options before the jar, and
// its arguments behind it.
func goldenApplication(t *testing.T, c goldenCase, cluster SessionSpec, f *Facts) ApplicationSpec {
	t.Helper()
	spec := ApplicationSpec{Cluster: cluster}
	words := goldenWords(c)
	for i := 1; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-c":
			i++
			spec.Job.EntryClass = words[i]
		case w == "-p":
			i++
			if _, err := fmt.Sscan(words[i], &spec.Job.Parallelism); err != nil {
				t.Fatal(err)
			}
		case strings.HasSuffix(w, ".jar"):
			spec.Job.Jar = w
			spec.Job.Args = words[i+1:]
			key := filepath.Base(w)
			f.UserJar = &flink.File{Key: key, Path: w, Size: c.LocalResources[key].Size}
			f.Ship = slices.DeleteFunc(f.Ship, func(s flink.File) bool { return s.Key == key })
			return spec
		}
	}
	t.Fatal("the case has no jar")
	return spec
}

func goldenWords(c goldenCase) []string {
	var words []string
	for _, w := range word.FindAllStringSubmatch(c.Args, -1) {
		words = append(words, w[1]+w[2])
	}
	return words
}

var word = regexp.MustCompile(`"([^"]*)"|(\S+)`)

// goldenConfiguration reads the options of the cases; the command line itself
// is internal/cli's business.
func goldenConfiguration(t *testing.T, c goldenCase) *flink.Configuration {
	t.Helper()
	conf := flink.NewConfiguration()
	text, err := os.ReadFile(fmt.Sprintf("testdata/golden/conf-%s.yaml", c.FlinkVersion))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			conf.Set(key, value, "the file")
		}
	}
	setWords(t, conf, goldenWords(c))
	return conf
}

// setWords sets what the options of a command line of Flink's client set.
func setWords(t *testing.T, conf *flink.Configuration, words []string) {
	t.Helper()
	keys := map[string]string{
		"-nm": "yarn.application.name", "-qu": "yarn.application.queue", "-at": "yarn.application.type", "-s": "taskmanager.numberOfTaskSlots",
		"-jm": "jobmanager.memory.process.size", "-tm": "taskmanager.memory.process.size",
	}
	for i := 1; i < len(words); i++ {
		switch option := words[i]; option {
		case "-d", "run", "run-application":
			continue
		case "-D":
			key, value, _ := strings.Cut(words[i+1], "=")
			conf.Set(key, value, "-D")
		case "-t":
			if strings.HasPrefix(words[i+1], "yarn-") {
				break
			}
			conf.SetList("yarn.ship-files", []string{words[i+1]}, "-t")
		case "-jm", "-tm":
			size, err := flink.ParseMemoryMB(words[i+1])
			if err != nil {
				t.Fatal(err)
			}
			conf.Set(keys[option], size.String(), flink.Origin(option))
		default:
			if property, ok := strings.CutPrefix(option, "-D"); ok {
				key, value, _ := strings.Cut(property, "=")
				conf.Set(key, value, "-D")
				continue
			}
			if strings.HasSuffix(option, ".jar") {
				return
			}
			if key := keys[option]; key != "" {
				conf.Set(key, words[i+1], flink.Origin(option))
			}
		}
		i++
	}
}

var (
	javaID     = "application_1700000000000_0001"
	anyTime    = regexp.MustCompile(`(modificationTime'?[:=] ?)\d+`)
	anyVisible = regexp.MustCompile(`(visibility'?[:=] ?'?)[A-Z]+`)
	configPath = regexp.MustCompile(`(/application_0_0000/)application_0_0000-?(config\.yaml|flink-conf\.yaml)[^/',]*?\.tmp`)
	configSize = regexp.MustCompile(`((?:config\.yaml|flink-conf\.yaml)'?, ?'?size'?[:=] ?)\d+`)
)

// normalize takes away what may differ: ids, times, visibility, paths below the
// staging folder, the order of ship files, the size of the configuration file,
// the writing of numbers, and what the ResourceManager added or rounded.
func normalize(c goldenCase) goldenCase {
	text := func(s string) string {
		s = strings.ReplaceAll(s, javaID, "application_0_0000")
		s = anyTime.ReplaceAllString(s, "${1}0")
		s = anyVisible.ReplaceAllString(s, "${1}X")
		s = configPath.ReplaceAllString(s, "${1}${2}")
		return configSize.ReplaceAllString(s, "${1}0")
	}
	c.ApplicationID = text(c.ApplicationID)
	env := map[string]string{}
	for k, v := range c.Environment {
		if k == "APP_SUBMIT_TIME_ENV" || k == "APPLICATION_WEB_PROXY_BASE" {
			continue
		}
		v = text(v)
		if k == envShipFiles {
			parts := strings.Split(v, ";")
			slices.Sort(parts)
			v = strings.Join(parts, "\n")
		}
		env[k] = v
	}
	c.Environment = env
	for k, r := range c.LocalResources {
		r.URL = text(r.URL)
		if strings.HasSuffix(k, ".yaml") {
			r.Size = 0
		}
		c.LocalResources[k] = r
	}
	conf := map[string]any{}
	for k, v := range c.FlinkConfig {
		if s, ok := v.(string); ok {
			s = text(s)
			if size, err := flink.ParseMemorySize(s); err == nil && strings.Contains(k, "memory") {
				s = size.String()
			}
			v = s
		}
		conf[k] = v
	}
	c.FlinkConfig = conf
	c.MemoryMB = (c.MemoryMB + 127) / 128 * 128
	if list, ok := c.Tags.([]any); ok {
		var tags []string
		for _, t := range list {
			tags = append(tags, fmt.Sprint(t))
		}
		c.Tags = "[" + strings.Join(tags, ", ") + "]"
	}
	return c
}
