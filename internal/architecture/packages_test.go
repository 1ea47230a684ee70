package architecture_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// testsBelow is the level below which everything is open to every test.
const testsBelow = 4

// realCluster is the exception: tests at any level talk to real servers through it.
const realCluster = "internal/minicluster"

// levels maps each name of DESIGN.md's package table to its level.
type levels map[string]int

var (
	tableRow  = regexp.MustCompile(`(?m)^\| *([0-9]+) *\|([^|]*)\|.*\|$`)
	tableName = regexp.MustCompile("`([^`]+)`")
)

func parseLevels(design string) levels {
	table := levels{}
	for _, row := range tableRow.FindAllStringSubmatch(design, -1) {
		level, _ := strconv.Atoi(row[1])
		for _, name := range tableName.FindAllStringSubmatch(row[2], -1) {
			table[name[1]] = level
		}
	}
	return table
}

// row finds the name of the table that a package belongs to: its own, or that of a folder above without Go files of its own.
func (l levels) row(pkg string, packages []string) (string, bool) {
	for name := pkg; name != "."; name = path.Dir(name) {
		if _, ok := l[name]; ok && (name == pkg || !slices.Contains(packages, name)) {
			return name, true
		}
	}
	return "", false
}

// importProblem says why a file of package from must not import package to; "" if it may.
func importProblem(from string, fromLevel int, to string, toLevel int, test bool) string {
	if !test {
		if toLevel < fromLevel {
			return ""
		}
		return fmt.Sprintf("%s (level %d) imports %s (level %d): imports point to lower levels only", from, fromLevel, to, toLevel)
	}
	open := max(fromLevel, testsBelow)
	if from == to || toLevel < open || to == realCluster || strings.HasPrefix(to, realCluster+"/") {
		return ""
	}
	return fmt.Sprintf("the tests of %s import %s (level %d): they may import what lies below level %d, and %s", from, to, toLevel, open, realCluster)
}

// design reads the table, and lists the packages.
func design(t *testing.T, files []sourceFile) (table levels, packages []string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	if table = parseLevels(string(content)); len(table) == 0 {
		t.Fatal("DESIGN.md has no package table")
	}
	for _, f := range files {
		if !slices.Contains(packages, f.pkg()) {
			packages = append(packages, f.pkg())
		}
	}
	return table, packages
}

func TestDesignListsEveryPackage(t *testing.T) {
	table, packages := design(t, goFiles(t))
	used := map[string]bool{}
	for _, pkg := range packages {
		name, ok := table.row(pkg, packages)
		if !ok {
			t.Errorf("package %q has no row in DESIGN.md's package table", pkg)
		}
		used[name] = true
	}
	for name := range table {
		if !used[name] {
			t.Errorf("DESIGN.md's package table lists %s, where no Go package is", name)
		}
	}
}

func TestImportsPointDownwards(t *testing.T) {
	files := goFiles(t)
	table, packages := design(t, files)
	for _, f := range files {
		from, ok := table.row(f.pkg(), packages)
		if !ok {
			continue // TestDesignListsEveryPackage names it
		}
		for _, to := range f.internalImports() {
			name, ok := table.row(to, packages)
			if !ok {
				continue
			}
			if problem := importProblem(f.pkg(), table[from], to, table[name], f.isTest()); problem != "" {
				t.Errorf("%s: %s", f.path, problem)
			}
		}
	}
}

// Fakes and suites import testing; a program that imports them would carry its flags.
func TestOnlyTestsImportTestSupport(t *testing.T) {
	files := goFiles(t)
	support := map[string]bool{}
	for _, f := range files {
		if !f.isTest() && slices.Contains(f.imports, "testing") {
			support[f.pkg()] = true
		}
	}
	for _, f := range files {
		if f.isTest() || support[f.pkg()] {
			continue
		}
		for _, to := range f.internalImports() {
			if support[to] {
				t.Errorf("%s imports %s, which is for tests", f.path, to)
			}
		}
	}
}

func TestParseLevels(t *testing.T) {
	table := parseLevels("| level | package | sentence |\n| --- | --- | --- |\n| 2 | `a/b`, `c` | not `d` |\n| 0 | `e` | text |\n")
	want := levels{"a/b": 2, "c": 2, "e": 0}
	if fmt.Sprint(table) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", table, want)
	}
	packages := []string{"a/b", "c", "c/d", "e", "x/y"}
	for pkg, want := range map[string]string{"a/b": "a/b", "c/d": "", "e": "e", "x/y": ""} {
		if got, _ := table.row(pkg, packages); got != want {
			t.Errorf("row of %s: got %q, want %q", pkg, got, want)
		}
	}
	if got, _ := (levels{"x": 5}).row("x/y", packages); got != "x" {
		t.Errorf("row of x/y: got %q, want x, which has no Go files of its own", got)
	}
}

func TestImportProblem(t *testing.T) {
	tests := []struct {
		name              string
		from              string
		fromLevel         int
		to                string
		toLevel           int
		test, wantProblem bool
	}{
		{name: "down", from: "submit", fromLevel: 3, to: "yarn", toLevel: 1},
		{name: "same level", from: "yarn", fromLevel: 1, to: "hdfs", toLevel: 1, wantProblem: true},
		{name: "up", from: "yarn", fromLevel: 1, to: "submit", toLevel: 3, wantProblem: true},
		{name: "test up to a fake", from: "yarn", fromLevel: 1, to: "yarn/yarntest", toLevel: 2, test: true},
		{name: "test of itself", from: "internal/cli", fromLevel: 4, to: "internal/cli", toLevel: 4, test: true},
		{name: "test up to the commands", from: "yarn", fromLevel: 1, to: "internal/cli", toLevel: 4, test: true, wantProblem: true},
		{name: "test with real servers", from: "hdfs", fromLevel: 1, to: realCluster + "/clustertest", toLevel: 5, test: true},
		{name: "library with real servers", from: "hdfs", fromLevel: 1, to: realCluster, toLevel: 4, wantProblem: true},
		{name: "test of a program", from: "bench", fromLevel: 5, to: "internal/cli", toLevel: 4, test: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := importProblem(tt.from, tt.fromLevel, tt.to, tt.toLevel, tt.test)
			if (got != "") != tt.wantProblem {
				t.Errorf("got %q, want a problem: %v", got, tt.wantProblem)
			}
		})
	}
}
