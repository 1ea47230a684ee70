// Package architecture_test holds the repository against its own rules: the package table of DESIGN.md, and what
// CONTRIBUTING.md asks of every file.
package architecture_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is the top of the repository, seen from this package.
const root = "../.."

// modulePrefix begins the import paths of this module's packages.
const modulePrefix = "github.com/yarnflink/yarnflink/"

// sourceFile is a Go file of the module, whatever platform it is for.
type sourceFile struct {
	path    string // slash-separated, from the root
	lines   int
	syntax  *ast.File
	fset    *token.FileSet
	imports []string
}

// pkg is the folder of the file's package, "" for the root.
func (f sourceFile) pkg() string { return strings.TrimPrefix(path.Dir(f.path), ".") }

func (f sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// at is the position of a node as file:line.
func (f sourceFile) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(n.Pos()).Line)
}

// internalImports are the packages of this module that the file imports, as folders.
func (f sourceFile) internalImports() []string {
	var dirs []string
	for _, i := range f.imports {
		if dir, ok := strings.CutPrefix(i, modulePrefix); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// goFiles parses all Go files of the module.
func goFiles(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	walk(t, func(name string, content []byte) {
		if path.Ext(name) == ".go" && !strings.Contains(name, "testdata/") {
			files = append(files, parse(t, name, content))
		}
	})
	return files
}

func parse(t *testing.T, name string, content []byte) sourceFile {
	t.Helper()
	f := sourceFile{path: name, lines: bytes.Count(content, []byte("\n")), fset: token.NewFileSet()}
	var err error
	if f.syntax, err = parser.ParseFile(f.fset, name, content, parser.SkipObjectResolution); err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.syntax.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		f.imports = append(f.imports, importPath)
	}
	return f
}

// walk calls visit for every file of the repository but those that are built or belong to git. It reads files the way the go
// command's cache of test results can see, so that a changed file runs the tests again.
func walk(t *testing.T, visit func(name string, content []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case entry.IsDir() && (name == ".git" || name == "bin" || name == "dist"):
			return fs.SkipDir
		case !entry.Type().IsRegular(), name == ".git": // a file in a worktree
			return nil
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		visit(name, content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
