package submit

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// readUnseen finds the local files that the program is told of and that the
// cluster will not see.
func (f *Facts) readUnseen(job JobSpec) {
	add := func(what, word string) {
		if word != "" && f.isUnseen(word) {
			f.Unseen = append(f.Unseen, strings.TrimSpace(what+" "+word))
		}
	}
	if job.Python != nil {
		for _, n := range job.Python.named() {
			add(n[0], n[1])
		}
	}
	for _, word := range job.Args {
		if _, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(word, "-") {
			word = value
		}
		add("", word)
	}
}

// isUnseen tells whether the word names a file or folder of this machine that is
// not shipped. Arguments of other kinds are no such names, nor is the root.
func (f *Facts) isUnseen(word string) bool {
	name := localPath(word)
	if isRemote(word) || filepath.Clean(name) == string(filepath.Separator) {
		return false
	}
	if !filepath.IsAbs(name) {
		key := path.Clean(filepath.ToSlash(name))
		shipped := func(file flink.File) bool {
			return file.Key == key || strings.HasPrefix(file.Key, key+"/") || strings.HasPrefix(key, file.Key+"/")
		}
		if key == "." || slices.ContainsFunc(f.Ship, shipped) || slices.ContainsFunc(f.Archives, shipped) {
			return false
		}
	}
	_, err := os.Stat(name)
	return err == nil
}
