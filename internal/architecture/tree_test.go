package architecture_test

import (
	"bytes"
	"path"
	"regexp"
	"strings"
	"testing"
)

// machineText matches what belongs to one machine or one network: checkouts, root's home, package registries. A character in
// brackets keeps each pattern from matching itself.
var machineText = regexp.MustCompile(`/(wor[k]|roo[t]|far[m])/|repo1?[.]mave[n]|pyp[i][.]org|pythonhoste[d][.]org|proxy[.]golan[g]|su[m][.]golang`)

func TestTreeNamesNoMachine(t *testing.T) {
	walk(t, func(name string, content []byte) {
		if path.Base(name) == "go.sum" || bytes.IndexByte(content, 0) >= 0 {
			return
		}
		for i, line := range strings.Split(string(content), "\n") {
			if found := machineText.FindString(line); found != "" {
				t.Errorf("%s:%d: holds %q, which belongs to one machine", name, i+1, found)
			}
		}
	})
}

func TestMachineText(t *testing.T) {
	for text, want := range map[string]bool{
		"/wor" + "k/main":             true,
		"see /roo" + "t/.cache":       true,
		"https://pyp" + "i.org/x":     true,
		"repo.mave" + "n.apache.org":  true,
		"$HOME/.cache, /opt/flink":    false,
		"org.apache.maven, framework": false,
	} {
		if got := machineText.MatchString(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
