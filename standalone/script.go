package standalone

import (
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

//go:embed remote/*.sh
var remoteScripts embed.FS

// script is the text that a host's bash gets on its standard input: variables,
// the functions, and the script itself. Nothing of it stands in a command line.
type script struct{ variables strings.Builder }

// set gives a variable a text.
func (s *script) set(name, value string) { fmt.Fprintf(&s.variables, "%s=%s\n", name, quote(value)) }

// export sets a variable that processes get too.
func (s *script) export(name, value string) {
	fmt.Fprintf(&s.variables, "export %s=%s\n", name, quote(value))
}

// list gives a variable a list of texts.
func (s *script) list(name string, values []string) {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	fmt.Fprintf(&s.variables, "%s=(%s)\n", name, strings.Join(quoted, " "))
}

// text is the whole for one of the scripts. The braces make bash read all of it
// before it begins, for the input may be read from by what it runs.
func (s *script) text(name string) (string, error) {
	functions, err := remoteScripts.ReadFile("remote/functions.sh")
	if err != nil {
		return "", err
	}
	body, err := remoteScripts.ReadFile("remote/" + name)
	if err != nil {
		return "", err
	}
	return "{\n" + s.variables.String() + string(functions) + string(body) + "exit 0\n}\n", nil
}

// quote makes one word of a text for bash, whatever is in it.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// answer is a line "@KEY VALUE" of a script's output.
type answer struct{ key, value string }

func parseAnswer(line string) (answer, bool) {
	rest, ok := strings.CutPrefix(line, "@")
	if !ok {
		return answer{}, false
	}
	words := strings.SplitN(rest, " ", 2)
	a := answer{key: words[0]}
	if len(words) == 2 {
		a.value = words[1]
	}
	return a, true
}

// parseAnswers reads the whole output of a script that ends with "done". What the
// host complains of is a *HostError.
func parseAnswers(output string) ([]answer, error) {
	var answers []answer
	for line := range strings.Lines(output) {
		a, ok := parseAnswer(strings.TrimSuffix(line, "\n"))
		if !ok {
			continue
		}
		switch a.key {
		case "failed":
			kind, text, _ := strings.Cut(a.value, " ")
			return answers, &HostError{Kind: kind, Text: text, Advice: adviceFor[kind]}
		case "done":
			return answers, nil
		}
		answers = append(answers, a)
	}
	return answers, fmt.Errorf("the host's bash ended before its work was done: %q", lastLine(output))
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndex(text, "\n")+1:]
}

var errAnswer = errors.New("unexpected answer of the host")

func decode(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errAnswer, err)
	}
	return string(b), nil
}

// process is one that a host has told of.
type process struct {
	pid        int
	seconds    int64 // it runs, -1 unknown
	distJar    string
	resourceID string // "" unknown
	logFile    string
	properties []Property // of its command line, those of the memory model included
	web        string     // where a JobManager listens by its log, "" unknown
}

// parseProcess reads what report_process says.
func parseProcess(text string) (process, error) {
	words := strings.Split(text, " ")
	if len(words) < 6 {
		return process{}, fmt.Errorf("%w: %q", errAnswer, text)
	}
	p := process{seconds: -1, distJar: dash(words[2]), resourceID: dash(words[3])}
	var err error
	if p.pid, err = strconv.Atoi(words[0]); err != nil {
		return process{}, fmt.Errorf("%w: %q", errAnswer, text)
	}
	if n, err := strconv.ParseInt(words[1], 10, 64); err == nil {
		p.seconds = n
	}
	if len(words) > 6 {
		p.web = dash(words[6])
	}
	if p.logFile, err = decode(words[4]); err != nil {
		return process{}, err
	}
	properties, err := decode(words[5])
	if err != nil {
		return process{}, err
	}
	for one := range strings.SplitSeq(properties, "\x00") {
		if key, value, found := strings.Cut(one, "="); found {
			p.properties = append(p.properties, Property{key, value})
		}
	}
	return p, nil
}

func dash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}
