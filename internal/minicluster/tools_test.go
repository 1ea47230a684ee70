package minicluster

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseJavaSettings(t *testing.T) {
	tests := []struct {
		name, out, home string
		major           int
	}{
		{"17", "Property settings:\n    java.home = /usr/lib/jvm/java-17\n    java.specification.version = 17\n", "/usr/lib/jvm/java-17", 17},
		{"8", "    java.home = /opt/jdk 8/jre\n    java.specification.version = 1.8\n", "/opt/jdk 8/jre", 8},
		{"something else", "command not found", "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if home, major := parseJavaSettings(test.out); home != test.home || major != test.major {
				t.Errorf("got %q, %d, want %q, %d", home, major, test.home, test.major)
			}
		})
	}
}

func TestPrerequisitesNamesAllMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	tests := []struct {
		name     string
		download bool
		packages []string
	}{
		{"all is cached", false, []string{"openjdk-17-jdk-headless"}},
		{"to be downloaded", true, []string{"openjdk-17-jdk-headless", "maven", "python3", "python3-pip"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := checkPrerequisites(t.Context(), "", test.download)
			var missing *MissingToolsError
			if !errors.As(err, &missing) {
				t.Fatalf("error %v, want a *MissingToolsError", err)
			}
			if diff := cmp.Diff(test.packages, missing.Packages); diff != "" {
				t.Errorf("packages (-want +got):\n%s", diff)
			}
			if !strings.Contains(missing.Hint(), "apt-get install "+strings.Join(test.packages, " ")) {
				t.Errorf("hint %q does not say how to get them", missing.Hint())
			}
		})
	}
}

func TestRunTool(t *testing.T) {
	if err := runTool(t.Context(), "", "sh", "-c", "echo no such artifact; exit 3"); err == nil || !contains(err, "exit status 3: no such artifact") {
		t.Errorf("failing tool: %v, want its status and words", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	// The inner shell keeps the output open: without the end of the whole group the call would last as long as it.
	if err := runTool(ctx, "", "sh", "-c", "sh -c 'sleep 600'; true"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("tool at the deadline: %v, want the deadline", err)
	}
}

func TestTail(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{{"short\n", 10, "short"}, {"first\nsecond\nthird", 9, "third"}, {"abcdef", 3, "def"}} {
		if got := tail(test.in, test.n); got != test.want {
			t.Errorf("tail(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}
