package flink

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// HostsFile is a conf/masters or conf/workers: a host a line, with comments. It
// keeps the text, so that what is not changed is written as it was read.
type HostsFile struct {
	lines []string // without line ends
}

// HostLine is a host that a line names.
type HostLine struct {
	Host string
	// WebUIPort follows the host of a master after a colon; 0 where there is none.
	WebUIPort int
}

// hostInHierarchy is what the scripts take of a line like /rack1/host.
var hostInHierarchy = regexp.MustCompile(`^.*/([0-9a-zA-Z.-]+)$`)

// ParseHostsFile reads the text of a file. Nothing in it is an error; see [HostsFile.Hosts].
func ParseHostsFile(content []byte) *HostsFile {
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	text = strings.TrimSuffix(text, "\n")
	f := &HostsFile{}
	if text != "" {
		f.lines = strings.Split(text, "\n")
	}
	return f
}

// Hosts returns the hosts in the order of the file; one that stands in several
// lines is meant as often. A line that can't be read is an error with its number.
//
// Java: config.sh, extractHostName, readMasters and readWorkers; differs: a
// second word in a line, which the scripts drop, is an error, and so is a port
// that is none. An IPv6 address may stand in brackets.
func (f *HostsFile) Hosts() ([]HostLine, error) {
	var hosts []HostLine
	for i, line := range f.lines {
		h, err := hostOf(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if h.Host != "" {
			hosts = append(hosts, h)
		}
	}
	return hosts, nil
}

func hostOf(line string) (HostLine, error) {
	text, _, _ := strings.Cut(line, "#")
	text = strings.TrimSpace(text)
	if m := hostInHierarchy.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if text == "" {
		return HostLine{}, nil
	}
	if strings.ContainsAny(text, " \t") {
		return HostLine{}, fmt.Errorf("%q is more than one host", text)
	}
	host, port := text, ""
	if strings.HasPrefix(text, "[") || strings.Count(text, ":") == 1 {
		var err error
		if strings.HasSuffix(text, "]") {
			host = strings.Trim(text, "[]")
		} else if host, port, err = net.SplitHostPort(text); err != nil {
			return HostLine{}, fmt.Errorf("%q: host or host:port is expected", text)
		}
	}
	h := HostLine{Host: host}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return HostLine{}, fmt.Errorf("%q: %q is no port", text, port)
		}
		h.WebUIPort = int(n)
	}
	if strings.ContainsAny(host, "'\"\\$`;&|<>(){}*?!/@=,") || strings.HasPrefix(host, "-") || host == "" {
		return HostLine{}, fmt.Errorf("%q is no name of a host", host)
	}
	return h, nil
}

// Add adds a line for the host behind the last one that names a host, so that a
// comment at the end stays there.
func (f *HostsFile) Add(h HostLine) {
	at := len(f.lines)
	for i := len(f.lines) - 1; i >= 0; i-- {
		if one, err := hostOf(f.lines[i]); err == nil && one.Host != "" {
			at = i + 1
			break
		}
	}
	f.lines = slices.Insert(f.lines, at, h.String())
}

// Remove takes out the last line that names the host, with its port if h has one,
// and with the comment in that line; it says whether there was one.
func (f *HostsFile) Remove(h HostLine) bool {
	for i := len(f.lines) - 1; i >= 0; i-- {
		if one, err := hostOf(f.lines[i]); err == nil && one.Host == h.Host && (h.WebUIPort == 0 || one.WebUIPort == h.WebUIPort) {
			f.lines = slices.Delete(f.lines, i, i+1)
			return true
		}
	}
	return false
}

// Content is the text of the file.
func (f *HostsFile) Content() []byte {
	if len(f.lines) == 0 {
		return nil
	}
	return []byte(strings.Join(f.lines, "\n") + "\n")
}

// String is the host as a line has it.
func (h HostLine) String() string {
	if h.WebUIPort == 0 {
		return h.Host
	}
	return net.JoinHostPort(h.Host, strconv.Itoa(h.WebUIPort))
}
