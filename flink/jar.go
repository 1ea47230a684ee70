package flink

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"strings"
)

// maxManifestSection bounds what is read of a manifest; the main section
// stands first and has some dozen lines.
const maxManifestSection = 1 << 20

// Jar is an open jar file. It may be used by several goroutines; close it.
type Jar struct {
	zip     *zip.ReadCloser
	path    string
	entries map[string]*zip.File
}

// OpenJar reads the jar's directory. A file that is no zip archive is an error.
func OpenJar(path string) (*Jar, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("open jar %s: %w", path, bare(err))
	}
	j := &Jar{zip: z, path: path, entries: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		j.entries[f.Name] = f
	}
	return j, nil
}

// Close closes the file.
func (j *Jar) Close() error { return j.zip.Close() }

// HasClass says whether the jar itself holds the class of this binary name,
// "a.b.C" or "a.b.C$D". Jars inside the jar are not looked into.
func (j *Jar) HasClass(name string) bool {
	return name != "" && j.entries[strings.ReplaceAll(name, ".", "/")+".class"] != nil
}

// MainClass is the entry class that the manifest names: its program-class,
// else its Main-Class; "" where there is no manifest or it names neither.
//
// Java: PackagedProgram.getEntryPointClassNameFromJar.
func (j *Jar) MainClass() (string, error) {
	attributes, err := j.Manifest()
	if err != nil {
		return "", err
	}
	if c := attributes["program-class"]; c != "" {
		return c, nil
	}
	return attributes["main-class"], nil
}

// Manifest returns the main attributes with their names in lower case, for
// names have no case; empty where the jar has no manifest.
func (j *Jar) Manifest() (map[string]string, error) {
	file := j.entries["META-INF/MANIFEST.MF"]
	for name, f := range j.entries {
		if file == nil && strings.EqualFold(name, "META-INF/MANIFEST.MF") {
			file = f
		}
	}
	if file == nil {
		return map[string]string{}, nil
	}
	r, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("read the manifest of %s: %w", j.path, err)
	}
	defer r.Close()
	attributes, err := mainAttributes(io.LimitReader(r, maxManifestSection))
	if err != nil {
		return nil, fmt.Errorf("read the manifest of %s: %w", j.path, err)
	}
	return attributes, nil
}

// mainAttributes reads lines up to the first empty one. A line that begins
// with a blank continues the one before: lines end after 72 bytes.
func mainAttributes(r io.Reader) (map[string]string, error) {
	attributes := map[string]string{}
	last := ""
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxManifestSection)
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			break
		}
		if more, ok := strings.CutPrefix(line, " "); ok && last != "" {
			attributes[last] += more
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		last = strings.ToLower(name)
		attributes[last] = strings.TrimPrefix(value, " ")
	}
	for name, value := range attributes {
		attributes[name] = javaTrim(value)
	}
	return attributes, lines.Err()
}
