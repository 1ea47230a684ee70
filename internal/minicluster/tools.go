package minicluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const minJava = 11

// MissingToolsError names every program that is needed and not there, or too old.
type MissingToolsError struct {
	Problems []string // "mvn: not found in PATH"
	Packages []string // Debian packages that hold them
}

func (e *MissingToolsError) Error() string {
	return "missing prerequisites: " + strings.Join(e.Problems, "; ")
}

// Hint says how to get what is missing.
func (e *MissingToolsError) Hint() string {
	return "on Debian or Ubuntu: apt-get install " + strings.Join(e.Packages, " ") + "; elsewhere: a JDK 11 or later, Apache Maven 3 and Python 3 with pip"
}

func (e *MissingToolsError) add(problem, pkg string) {
	e.Problems = append(e.Problems, problem)
	e.Packages = append(e.Packages, pkg)
}

// checkPrerequisites looks for Java, and for Maven and Python with pip if something is to be downloaded. It returns the Java
// home to use: javaHome, if not empty, else that of the java in PATH. The error is a *MissingToolsError that names all that is
// missing.
func checkPrerequisites(ctx context.Context, javaHome string, download bool) (string, error) {
	var missing MissingToolsError
	home, err := findJava(ctx, javaHome)
	if err != nil {
		missing.add("java: "+err.Error(), "openjdk-17-jdk-headless")
	}
	if download {
		missing.checkDownloaders(ctx)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if len(missing.Problems) > 0 {
		return "", &missing
	}
	return home, nil
}

func (e *MissingToolsError) checkDownloaders(ctx context.Context) {
	if _, err := exec.LookPath("mvn"); err != nil {
		e.add("mvn: not found in PATH", "maven")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		e.add("python3: not found in PATH", "python3")
		e.add("pip: needs python3", "python3-pip")
	} else if err := exec.CommandContext(ctx, "python3", "-m", "pip", "--version").Run(); err != nil {
		e.add("pip: python3 -m pip does not work", "python3-pip")
	}
}

func findJava(ctx context.Context, javaHome string) (string, error) {
	java := filepath.Join(javaHome, "bin", "java")
	if javaHome == "" {
		found, err := exec.LookPath("java")
		if err != nil {
			return "", errors.New("not found in PATH")
		}
		if java, err = filepath.EvalSymlinks(found); err != nil {
			return "", err
		}
	}
	// Asks the program itself for its home: the java in PATH may be a version manager's wrapper.
	out, err := exec.CommandContext(ctx, java, "-XshowSettings:properties", "-version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w", java, err)
	}
	home, major := parseJavaSettings(string(out))
	if major < minJava {
		return "", fmt.Errorf("%s is version %d, need %d or later", java, major, minJava)
	}
	return home, nil
}

var javaSetting = regexp.MustCompile(`(?m)^\s*(java\.home|java\.specification\.version) = (\S.*?)\s*$`)

func parseJavaSettings(out string) (home string, major int) {
	for _, m := range javaSetting.FindAllStringSubmatch(out, -1) {
		if m[1] == "java.home" {
			home = m[2]
			continue
		}
		major, _ = strconv.Atoi(strings.TrimPrefix(m[2], "1.")) // Java 8 says 1.8
	}
	return home, major
}

// runTool runs a program to its end; its output is part of the error if it fails.
func runTool(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	killTree(cmd)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("run %s: %w", name, ctx.Err())
		}
		return fmt.Errorf("run %s %s: %w: %s", name, strings.Join(args, " "), err, tail(out.String(), 2000))
	}
	return nil
}

// tail returns the last n bytes of s, cut at a line's start where there is one.
func tail(s string, n int) string {
	s = strings.TrimSpace(s)
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	if _, rest, cut := strings.Cut(s, "\n"); cut {
		return rest
	}
	return s
}
