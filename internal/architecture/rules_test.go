package architecture_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	maxFileLines     = 500
	maxFunctionLines = 80
)

// vagueNames say nothing about what is inside.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "types", "misc", "shared", "base"}

// talking maps the standard packages to what of them a library leaves to its caller; an empty list is all of it.
var talking = map[string][]string{
	"fmt": {"Print", "Printf", "Println"},
	"log": {},
	"os":  {"Exit", "Getenv", "LookupEnv", "Environ", "Stdin", "Stdout", "Stderr"},
}

// talk lists where a file prints, exits, reads the environment, or does something by being imported.
func talk(f sourceFile) []string {
	names := map[string]string{} // name in this file -> import path
	for i, spec := range f.syntax.Imports {
		importPath := f.imports[i]
		if _, ok := talking[importPath]; !ok {
			continue
		}
		name := importPath
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = importPath
	}
	var found []string
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				found = append(found, f.at(n)+": func init")
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			importPath, ok := names[x.Name]
			if members := talking[importPath]; ok && (len(members) == 0 || slices.Contains(members, n.Sel.Name)) {
				found = append(found, f.at(n)+": "+importPath+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

func TestLibrariesDoNotTalk(t *testing.T) {
	files := goFiles(t)
	table, packages := design(t, files)
	for _, f := range files {
		name, ok := table.row(f.pkg(), packages)
		if !ok || table[name] >= testsBelow || f.isTest() {
			continue
		}
		for _, problem := range talk(f) {
			t.Errorf("%s: a library returns its results, and gets what it needs by parameters", problem)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.lines > maxFileLines {
			t.Errorf("%s has %d lines, more than %d: split it by what it is about", f.path, f.lines, maxFileLines)
		}
		if f.isTest() {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && functionLines(f, fn) > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, more than %d", f.at(fn), fn.Name.Name, functionLines(f, fn), maxFunctionLines)
			}
		}
	}
}

func functionLines(f sourceFile, fn *ast.FuncDecl) int {
	return f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
}

func TestNames(t *testing.T) {
	for _, f := range goFiles(t) {
		if problem := nameProblem(f.path); problem != "" {
			t.Error(problem)
		}
	}
}

// nameProblem looks at the folders of a path and at the file's name without platform and _test.
func nameProblem(file string) string {
	parts := strings.Split(strings.TrimSuffix(file, ".go"), "/")
	last := len(parts) - 1
	parts[last], _, _ = strings.Cut(parts[last], "_")
	for _, part := range parts {
		if slices.Contains(vagueNames, part) {
			return fmt.Sprintf("%s: %s names nothing; name it after its main type or verb", file, part)
		}
	}
	return ""
}

func TestTalk(t *testing.T) {
	const source = `package p

import (
	"fmt"
	"log"
	"log/slog"
	system "os"
)

func init() {}

func f() {
	fmt.Println()
	_ = fmt.Sprint()
	log.Print()
	slog.Info("")
	_ = system.Getenv
	_, _ = system.Open("")
}
`
	want := []string{"p.go:10: func init", "p.go:13: fmt.Println", "p.go:15: log.Print", "p.go:17: os.Getenv"}
	if diff := cmp.Diff(want, talk(parse(t, "p.go", []byte(source)))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestNameProblem(t *testing.T) {
	for file, want := range map[string]bool{
		"yarn/submit.go": false, "yarn/helpers_test.go": true, "internal/util/x.go": true,
		"hdfs/database.go": false, "hdfs/types.go": true, "flink/utilization.go": false,
	} {
		if got := nameProblem(file); (got != "") != want {
			t.Errorf("%s: got %q, want a problem: %v", path.Clean(file), got, want)
		}
	}
}
