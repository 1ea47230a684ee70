package minicluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// Distributions are the cached folders a cluster runs from.
type Distributions struct {
	HadoopLib   string            `json:"hadoop_lib"`   // folder of Hadoop's jars with all they need
	FlinkHomes  map[string]string `json:"flink_homes"`  // by Flink version
	ExampleJars map[string]string `json:"example_jars"` // the streaming examples, by Flink version
	JavaHomes   map[string]string `json:"java_homes"`   // for the containers of the Flink versions that need another Java, by Flink version
}

func newDistributions() Distributions {
	return Distributions{FlinkHomes: map[string]string{}, ExampleJars: map[string]string{}, JavaHomes: map[string]string{}}
}

// withFlink returns the distributions with the Flink versions of others added; where both have one, others' counts.
func (d Distributions) withFlink(others Distributions) Distributions {
	merged := newDistributions()
	merged.HadoopLib = d.HadoopLib
	for _, from := range []Distributions{d, others} {
		maps.Copy(merged.FlinkHomes, from.FlinkHomes)
		maps.Copy(merged.ExampleJars, from.ExampleJars)
		maps.Copy(merged.JavaHomes, from.JavaHomes)
	}
	return merged
}

// Assemble makes sure that the distributions of o are in the cache and whole, and downloads those that are not: Hadoop and
// Flink's examples with Maven, Flink and a Java 11 for old Flink versions with pip. A cached folder is only ever renamed into place when it is complete, and a lock
// file keeps two assemblers of one distribution apart. When ctx ends the download is stopped and leaves nothing to trip over.
func Assemble(ctx context.Context, o Options) (Distributions, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Distributions{}, err
	}
	d := newDistributions()
	hadoop, err := o.cached(ctx, "hadoop-"+o.HadoopVersion, o.assembleHadoop)
	if err != nil {
		return Distributions{}, err
	}
	d.HadoopLib = filepath.Join(hadoop, "lib")
	for _, version := range o.FlinkVersions {
		if err := o.assembleFlinkFor(ctx, version, d); err != nil {
			return Distributions{}, err
		}
	}
	return d, nil
}

// assembleFlinkFor adds a Flink version to d, and the Java it needs.
func (o Options) assembleFlinkFor(ctx context.Context, version string, d Distributions) error {
	dir, err := o.cached(ctx, "flink-"+version, func(ctx context.Context, dir string) error {
		return o.assembleFlink(ctx, version, dir)
	})
	if err != nil {
		return err
	}
	release := flinkReleaseOf(version)
	d.FlinkHomes[version] = filepath.Join(dir, "home")
	d.ExampleJars[version] = filepath.Join(dir, "examples", release.examplesJarName())
	if !release.java11 {
		return nil
	}
	java, err := o.cached(ctx, java11Name, o.assembleJava11)
	if err != nil {
		return err
	}
	d.JavaHomes[version] = filepath.Join(java, "home")
	return nil
}

// isAssembled reports whether nothing has to be downloaded.
func (o Options) isAssembled() bool {
	names := []string{"hadoop-" + o.HadoopVersion}
	for _, version := range o.FlinkVersions {
		names = append(names, "flink-"+version)
		if flinkReleaseOf(version).java11 {
			names = append(names, java11Name)
		}
	}
	for _, name := range names {
		if checkManifest(filepath.Join(o.CacheDir, name), false) != nil {
			return false
		}
	}
	return true
}

// cached returns the folder name of the cache, after assembling it if it is missing or differs from its manifest.
func (o Options) cached(ctx context.Context, name string, assemble func(ctx context.Context, dir string) error) (string, error) {
	final := filepath.Join(o.CacheDir, name)
	if checkManifest(final, o.VerifyHashes) == nil {
		return final, nil
	}
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return "", fmt.Errorf("create the cache: %w", err)
	}
	waiting := func() { o.logf("%s: waiting for another process that assembles it", name) }
	lock, err := acquireLock(ctx, filepath.Join(o.CacheDir, "."+name+".lock"), waiting)
	if err != nil {
		return "", err
	}
	defer lock.release()

	switch err := checkManifest(final, o.VerifyHashes); {
	case err == nil: // by the one that held the lock
		return final, nil
	case !errors.Is(err, fs.ErrNotExist):
		o.logf("%s: the cached copy is damaged and made again: %v", name, err)
	}
	if err := o.assembleAt(ctx, final, assemble); err != nil {
		return "", fmt.Errorf("assemble %s: %w", name, err)
	}
	return final, nil
}

const partialSuffix = ".partial-"

// removeStale deletes what killed assemblers of final left.
func removeStale(final string) error {
	stale, err := filepath.Glob(final + partialSuffix + "*")
	for _, dir := range stale {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// assembleAt calls assemble on a folder beside final and renames it to final. The caller holds the lock of final.
func (o Options) assembleAt(ctx context.Context, final string, assemble func(ctx context.Context, dir string) error) error {
	started := time.Now()
	if err := removeStale(final); err != nil {
		return err
	}
	// A name of its own: the Maven of a killed assembler may still write into the folder it was given.
	partial, err := os.MkdirTemp(filepath.Dir(final), filepath.Base(final)+partialSuffix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	if err := os.Chmod(partial, 0o755); err != nil {
		return err
	}
	if err := assemble(ctx, partial); err != nil {
		return err
	}
	if err := writeManifest(partial); err != nil {
		return err
	}
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	if err := os.Rename(partial, final); err != nil {
		return err
	}
	o.logf("%s: ready after %.1f s", filepath.Base(final), time.Since(started).Seconds())
	return nil
}
