package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRewrite(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"documented line of Flink", "session -n 4 -jm 4096 -tm 8192 -s 2 -nm FlinkOnYarnSession -d -st",
			"session --container=4 --jobManagerMemory=4096 --taskManagerMemory=8192 --slots=2 --name=FlinkOnYarnSession --detached --streaming --"},
		{"units", "session -jm 1024m -tm 4g -d", "session --jobManagerMemory=1024m --taskManagerMemory=4g --detached --"},
		{"long with =", "session --jobManagerMemory=1024 -d", "session --jobManagerMemory=1024 --detached --"},
		{"long with blank", "session --jobManagerMemory 1024 -d", "session --jobManagerMemory=1024 --detached --"},
		{"long with one dash", "session -jobManagerMemory 1024 -d", "session --jobManagerMemory=1024 --detached --"},
		{"long with one dash and =", "session -jobManagerMemory=1024 -d", "session --jobManagerMemory=1024 --detached --"},
		{"unique prefix", "session --detach --jobM 1g", "session --detached --jobManagerMemory=1g --"},
		{"unique prefix with one dash", "session -detach", "session --detached --"},
		{"prefix unique among Flink's own", "session --na x -d", "session --name=x --detached --"},
		{"letters together", "session -dh", "session --detached --help --"},
		{"number at its letter", "run -p4 a.jar", "run --parallelism=4 -- a.jar"},
		{"choice at its letter", "version -ojson", "version --output=json --"},
		{"-D together", "session -Dk=v -d", "session --D=k=v --detached --"},
		{"-D apart", "session -D k=v -d", "session --D=k=v --detached --"},
		{"-D with = in the value", "session -D env.java.opts=-Dx=y -d", "session --D=env.java.opts=-Dx=y --detached --"},
		{"-D without value", "session -Dk -d", "session --D=k --detached --"},
		{"-D swallows", "run -D k next.jar a.jar", "run --D=k=next.jar -- a.jar"},
		{"-D swallows no option", "session -D k -d", "session --D=k --detached --"},
		{"-D together swallows nothing", "run -Dk a.jar b", "run --D=k -- a.jar b"},
		{"-yD apart", "run -yD k=v a.jar", "run --yD=k=v -- a.jar"},
		{"-yD together", "run -yDk=v a.jar", "run --yD=k=v -- a.jar"},
		{"y options", "run -yid application_1_0001 -yjm 1g -ytm 2g -ys 2 -ynm n -yqu q -yst -yd a.jar",
			"run --yarnapplicationId=application_1_0001 --yarnjobManagerMemory=1g --yarntaskManagerMemory=2g --yarnslots=2 --yarnname=n --yarnqueue=q --yarnstreaming --yarndetached -- a.jar"},
		{"repeated list", "session -t a -t b -d", "session --ship=a --ship=b --detached --"},
		{"repeated value that agrees", "session -jm 1g -jm 1g -d", "session --jobManagerMemory=1g --jobManagerMemory=1g --detached --"},
		{"-n of run", "run -n -s hdfs:///sp a.jar", "run --allowNonRestoredState --fromSavepoint=hdfs:///sp -- a.jar"},
		{"after the jar", "run -d a.jar -d --output x -- -D k=v -jm1024", "run --detached -- a.jar -d --output x -- -D k=v -jm1024"},
		{"after --", "run -d -- a.jar -d", "run --detached -- a.jar -d"},
		{"-j and arguments", "run -j a.jar x -d", "run --jarfile=a.jar -- x -d"},
		{"options before the command", "-o json --timeout 30s kill application_1_0001", "kill --output=json --timeout=30s -- application_1_0001"},
		{"options behind words", "kill application_1_0001 -o json", "kill --output=json -- application_1_0001"},
		{"optional value", "session --dry-run -d", "session --dry-run=offline --detached --"},
		{"optional value given", "session --dry-run=cluster -d", "session --dry-run=cluster --detached --"},
		{"swallowed word", "cancel -s hdfs:///sp job", "cancel --withSavepoint=hdfs:///sp -- job"},
		{"swallowed job", "cancel -s job", "cancel --withSavepoint=job --"},
		{"nothing to swallow", "cancel -s -v job", "cancel --withSavepoint --verbose -- job"},
		{"negative value", "run -c -1 a.jar", "run --class=-1 -- a.jar"},
		{"several ids", "kill application_1_0001 application_1_0002", "kill -- application_1_0001 application_1_0002"},
		{"version", "-v", "--version --"},
		{"verbose", "kill -v application_1_0001", "kill --verbose -- application_1_0001"},
		{"empty word for the program", "run a.jar ''", "run -- a.jar ''"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line, err := rewrite(strings.Fields(tt.line))
			if err != nil {
				t.Fatalf("rewrite: %v", err)
			}
			want := strings.ReplaceAll(tt.want, "--dry-run=offline", "--dry-run")
			if diff := cmp.Diff(strings.Fields(want), line.argv()); diff != "" {
				t.Errorf("argv (-want +got):\n%s", diff)
			}
		})
	}
}

// Every option is understood in every spelling, by every command that has it.
func TestRewriteEverySpelling(t *testing.T) {
	samples := map[kind]string{
		text: "word", number: "3", memoryMB: "1g", property: "k=v", path: "/p", address: "file:///p", duration: "1s", application: "application_1_0001",
	}
	for _, c := range commandTable {
		for _, o := range optionsOf(c.name) {
			value := samples[o.kind]
			if o.kind == choice {
				value = o.choices[0]
			}
			var forms [][]string
			for _, name := range append(prefixed("-", o.short), "--"+o.long, "-"+o.long) {
				switch o.arity {
				case flag:
					forms = append(forms, []string{name})
				case swallowing:
					forms = append(forms, []string{name}, []string{name, value}, []string{"--" + o.long + "=" + value})
				case optional:
					forms = append(forms, []string{name}, []string{"--" + o.long + "=" + value})
				default:
					forms = append(forms, []string{name, value}, []string{"--" + o.long + "=" + value})
				}
			}
			for _, form := range forms {
				line, err := rewrite(append(append([]string{c.name}, form...), "-h"))
				if err != nil {
					t.Errorf("%s %v: %v", c.name, form, err)
					continue
				}
				if line.given[0].option != o {
					t.Errorf("%s %v is taken for --%s", c.name, form, line.given[0].option.long)
				}
			}
		}
	}
}

func prefixed(prefix string, words []string) []string {
	all := make([]string, 0, len(words)+2)
	for _, w := range words {
		all = append(all, prefix+w)
	}
	return all
}

func TestOptionTable(t *testing.T) {
	for _, command := range append([]string{cmdRoot}, allCommands...) {
		seen := map[string]string{}
		for _, o := range optionsOf(command) {
			for _, name := range append(slices.Clone(o.short), o.long) {
				if other, ok := seen[name]; ok && other != o.long {
					t.Errorf("%q: %q means both --%s and --%s", command, name, other, o.long)
				}
				seen[name] = o.long
			}
			switch {
			case o.help == "":
				t.Errorf("--%s has no help", o.long)
			case o.effect != applies && o.why == "":
				t.Errorf("--%s is not done, and nothing says why", o.long)
			case (o.arity == flag) != (o.arg == ""):
				t.Errorf("--%s: arity and argument disagree", o.long)
			case (o.kind == choice) != (len(o.choices) > 0):
				t.Errorf("--%s: kind and choices disagree", o.long)
			}
		}
	}
	if len(allCommands) != len(commandTable) {
		t.Errorf("allCommands has %d of the table's %d commands", len(allCommands), len(commandTable))
	}
}

func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		"session -n 4 -jm 4096 -tm 8192 -s 2 -nm FlinkOnYarnSession -d -st", "run -c x a.jar -D k=v", "run -j a.jar -d", "-o json run --dry-run a.jar",
		"session -jm1024", "session -dh", "run -yDk=v -- a.jar", "kill x", "-", "--", "--=", "-=", "run -D= a", "session --", "run -p4é x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, " ")
		line, err := rewrite(args)
		if err != nil {
			if code := exitCode(err); code != exitUsage {
				t.Fatalf("exit code %d for %v", code, err)
			}
			return
		}
		// Words, those of a program above all, are handed on as they came.
		n := len(line.positional)
		if n > len(args) {
			t.Fatalf("%q became %d words", args, n)
		}
		if c := findCommand(line.command); c != nil && c.program && !slices.Equal(line.positional, args[len(args)-n:]) {
			t.Fatalf("%q: the program's words became %q", args, line.positional)
		}
		again, err := rewrite(line.argv())
		if err != nil {
			t.Fatalf("%q is not understood again: %v", line.argv(), err)
		}
		if diff := cmp.Diff(line.argv(), again.argv()); diff != "" {
			t.Fatalf("not stable (-once +twice):\n%s", diff)
		}
	})
}
