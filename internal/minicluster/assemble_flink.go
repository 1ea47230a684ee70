package minicluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The parts map where the Python packages keep a part of the distribution to where FLINK_HOME has it.
var (
	sdistParts = map[string]string{"deps/lib": "lib", "deps/opt": "opt", "deps/plugins": "plugins", "deps/bin": "bin", "LICENSE": "LICENSE", "NOTICE": "NOTICE"}
	wheelParts = map[string]string{"pyflink/bin": "bin", "pyflink/conf": "conf"}
	// Of the releases that have no more than the wheel.
	oneWheelParts = map[string]string{
		"pyflink/bin": "bin", "pyflink/conf": "conf", "pyflink/lib": "lib", "pyflink/opt": "opt", "pyflink/plugins": "plugins",
	}
)

// assembleFlink makes dir/home a FLINK_HOME of the version and puts the example jobs into dir/examples.
//
// The Python packages hold the whole distribution in two halves: the source distribution apache-flink-libraries has the jars,
// the wheel apache-flink the scripts and the configuration. Before 1.13 the wheel has everything.
func (o Options) assembleFlink(ctx context.Context, version, dir string) error {
	o.logf("flink-%s: downloading about 240 MB of Python packages with pip", version)
	release := flinkReleaseOf(version)
	packages := filepath.Join(dir, "packages")
	if err := os.Mkdir(packages, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(packages)
	if err := release.download(ctx, version, packages); err != nil {
		return err
	}
	home := filepath.Join(dir, "home")
	if err := release.unpack(packages, home); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(home, "log"), 0o755); err != nil { // the scripts expect it
		return err
	}
	// The manifest of the folder must not list what goes away.
	if err := os.RemoveAll(packages); err != nil {
		return err
	}
	return release.downloadExamples(ctx, filepath.Join(dir, "examples"))
}

// download puts the packages of the version into the folder packages.
func (f flinkRelease) download(ctx context.Context, version, packages string) error {
	if err := pipDownload(ctx, packages, "--only-binary=:all:", "--python-version="+f.wheelPython, "apache-flink=="+version); err != nil || f.oneWheel {
		return err
	}
	return pipDownload(ctx, packages, "--no-binary=:all:", "apache-flink-libraries=="+version)
}

// pipDownload puts packages without those they need into dir.
func pipDownload(ctx context.Context, dir string, args ...string) error {
	download := []string{"-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", dir}
	return runTool(ctx, dir, "python3", append(download, args...)...)
}

// unpack lays the packages over one another at home.
func (f flinkRelease) unpack(packages, home string) error {
	fromWheel := oneWheelParts
	if !f.oneWheel {
		fromWheel = wheelParts
		sdist, err := one(packages, "*.tar.gz")
		if err != nil {
			return err
		}
		if err := untarParts(sdist, home, sdistParts); err != nil {
			return fmt.Errorf("unpack %s: %w", filepath.Base(sdist), err)
		}
	}
	wheel, err := one(packages, "*.whl")
	if err != nil {
		return err
	}
	if err := unzipParts(wheel, home, fromWheel); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(wheel), err)
	}
	for _, needed := range []string{"lib/flink-dist*.jar", "bin/flink", "conf/log4j.properties"} {
		if _, err := one(home, needed); err != nil {
			return err
		}
	}
	return nil
}

func one(dir, pattern string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%d files match %s, want 1", len(found), pattern)
	}
	return found[0], nil
}

// target maps the name of an archive's member to its path below FLINK_HOME; ok is false for members that are not wanted.
func target(member string, parts map[string]string) (path string, ok bool) {
	for from, to := range parts {
		if member == from {
			return to, true
		}
		if rest, below := strings.CutPrefix(member, from+"/"); below && rest != "" {
			return to + "/" + rest, true
		}
	}
	return "", false
}

// writeMember stores one archive member below home. Scripts get the run bit whatever the archive says, for the wheels of
// some versions lack it.
func writeMember(home, path string, mode fs.FileMode, content io.Reader) error {
	if !filepath.IsLocal(path) {
		return fmt.Errorf("member %q leads out of the archive", path)
	}
	perm := fs.FileMode(0o644)
	if mode&0o111 != 0 || strings.HasSuffix(path, ".sh") || strings.HasPrefix(path, "bin/") && !strings.Contains(filepath.Base(path), ".") {
		perm = 0o755
	}
	full := filepath.Join(home, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(full, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

func (f flinkRelease) downloadExamples(ctx context.Context, dir string) error {
	artifact := "org.apache.flink:" + f.examplesArtifact + ":" + f.examplesVersion
	err := runTool(ctx, filepath.Dir(dir), "mvn", "-B", "-q", mavenCopy, "-Dartifact="+artifact, "-DoutputDirectory="+dir)
	if err != nil {
		return err
	}
	_, err = one(dir, f.examplesJarName())
	return err
}
