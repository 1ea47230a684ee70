package zookeeper

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Config is what a zoo.cfg says of the servers of a quorum.
type Config struct {
	// Servers are in the order of the file.
	Servers []Server
	// DataDir is "" where none is named, DataLogDir where it is the same.
	DataDir, DataLogDir string
	// ClientPort is 0 where none is named; a server may name its own.
	ClientPort int
	// ClientAddress is the address that the client port is opened at, "" for all.
	ClientAddress string
	// Weighted tells that a majority is not one of heads (group.N and weight.N).
	Weighted bool
	// Warnings are for what works, but hardly as it is meant.
	Warnings []string
}

// Server is a line server.N.
type Server struct {
	ID                     int
	Host                   string
	PeerPort, ElectionPort int
	Observer               bool
	// ClientAddress and ClientPort stand behind a semicolon (ZooKeeper 3.5); "" and 0 where they don't.
	ClientAddress string
	ClientPort    int

	line int
}

// The ports that are meant where none is named. Java: FlinkZooKeeperQuorumPeer.
const (
	DefaultClientPort   = 2181
	defaultPeerPort     = 2888
	defaultElectionPort = 3888
)

// ParseConfig reads a zoo.cfg. All that is wrong with it is returned joined, each
// with file and line.
//
// Java: QuorumPeerConfig.parseProperties, QuorumPeer.QuorumServer, and
// FlinkZooKeeperQuorumPeer.setRequiredProperties for what may be missing; differs:
// what two servers of one file can't share is refused before they run.
func ParseConfig(content []byte, file string) (*Config, error) {
	p := &configParser{config: &Config{}, file: file, seen: map[string]int{}}
	p.lines(string(content))
	p.whole()
	return p.config, errors.Join(p.problems...)
}

type configParser struct {
	config   *Config
	file     string
	seen     map[string]int // line of a key
	problems []error
}

func (p *configParser) problem(line int, format string, args ...any) {
	where := p.file
	if line > 0 {
		where += ":" + strconv.Itoa(line)
	}
	p.problems = append(p.problems, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

func (p *configParser) lines(content string) {
	number, began, joined := 0, 0, ""
	for line := range strings.Lines(content) {
		number++
		line = strings.TrimSpace(line)
		if joined == "" {
			began = number
			if line == "" || line[0] == '#' || line[0] == '!' {
				continue
			}
		}
		if strings.HasSuffix(line, `\`) {
			joined += strings.TrimSuffix(line, `\`)
			continue
		}
		p.property(began, joined+line)
		joined = ""
	}
	if joined != "" {
		p.property(began, joined)
	}
}

// property reads "KEY=VALUE", in any of the ways of a Java properties file.
func (p *configParser) property(line int, text string) {
	end := strings.IndexAny(text, "=: \t")
	if end < 0 {
		end = len(text)
	}
	key, value := text[:end], strings.TrimSpace(text[end:])
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimSpace(value[1:])
	}
	if before, ok := p.seen[key]; ok {
		p.problem(line, "%s stands in line %d already", key, before)
	}
	p.seen[key] = line
	if value == "" {
		p.problem(line, "%s has no value", key)
		return
	}
	c := p.config
	switch {
	case strings.HasPrefix(key, "server."):
		p.server(line, strings.TrimPrefix(key, "server."), value)
	case key == "dataDir":
		c.DataDir = value
	case key == "dataLogDir":
		c.DataLogDir = value
	case key == "clientPort":
		c.ClientPort = p.port(line, key, value)
	case key == "clientPortAddress":
		c.ClientAddress = strings.Trim(value, "[]")
		p.host(line, "clientPortAddress: ", c.ClientAddress)
	case key == "dynamicConfigFile":
		p.problem(line, "the servers stand in %s: write them here, as server.N lines", value)
	case strings.HasPrefix(key, "group.") || strings.HasPrefix(key, "weight."):
		c.Weighted = true
	case slices.Contains([]string{"tickTime", "initLimit", "syncLimit", "connectToLearnerMasterLimit", "maxClientCnxns"}, key):
		if n, err := strconv.Atoi(value); err != nil || n < 0 {
			p.problem(line, "%s is %q, and no number", key, value)
		}
	}
}

// host refuses what is no name of a host, and would be something else to ssh or a shell.
func (p *configParser) host(line int, what, name string) {
	if name == "" || strings.ContainsAny(name, " \t'\"\\$`&|<>(){}[]*?!/@=,#") || strings.HasPrefix(name, "-") {
		p.problem(line, "%s%q is no name of a host", what, name)
	}
}

func (p *configParser) port(line int, what, value string) int {
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n == 0 {
		p.problem(line, "%s is %q, and no port", what, value)
	}
	return int(n)
}

// server reads HOST[:PORT[:PORT[:ROLE]]][;[ADDRESS:]PORT].
func (p *configParser) server(line int, id, value string) {
	s := Server{PeerPort: defaultPeerPort, ElectionPort: defaultElectionPort, line: line}
	n, err := strconv.ParseUint(id, 10, 31)
	if err != nil || n == 0 {
		p.problem(line, "server.%s: the id of a server is a number from 1 on", id)
		return
	}
	s.ID = int(n)
	address, client, hasClient := strings.Cut(value, ";")
	if strings.Contains(address, "|") {
		p.problem(line, "server.%d: several addresses of one server are not understood", s.ID)
		return
	}
	host, words, _ := strings.Cut(address, ":")
	if strings.HasPrefix(address, "[") {
		var ok bool
		if host, words, ok = strings.Cut(address[1:], "]"); !ok {
			p.problem(line, "server.%d: %q has no end of its address", s.ID, address)
			return
		}
		words = strings.TrimPrefix(words, ":")
	}
	s.Host = strings.TrimSpace(host)
	p.host(line, "server."+id+": ", s.Host)
	p.serverPorts(&s, strings.Split(words, ":"), hasClient)
	if hasClient {
		p.serverClient(&s, strings.TrimSpace(client))
	}
	p.config.Servers = append(p.config.Servers, s)
}

func (p *configParser) serverPorts(s *Server, words []string, hasClient bool) {
	if words[0] == "" {
		words = nil
	}
	if hasClient && len(words) < 2 {
		p.problem(s.line, "server.%d: with a client port behind a semicolon the two other ports have to be named", s.ID)
	}
	for i, word := range words {
		word = strings.TrimSpace(word)
		switch {
		case i == 0:
			s.PeerPort = p.port(s.line, fmt.Sprintf("server.%d: the port of the peer", s.ID), word)
		case i == 1:
			s.ElectionPort = p.port(s.line, fmt.Sprintf("server.%d: the port of elections", s.ID), word)
		case i == 2 && (strings.EqualFold(word, "participant") || strings.EqualFold(word, "observer")):
			s.Observer = strings.EqualFold(word, "observer")
		case i == 2:
			p.problem(s.line, "server.%d: %q is neither participant nor observer", s.ID, word)
		default:
			p.problem(s.line, "server.%d: HOST:PORT:PORT[:ROLE] is expected before %q", s.ID, word)
		}
	}
	if s.PeerPort == s.ElectionPort && s.PeerPort != 0 {
		p.problem(s.line, "server.%d: its two ports are both %d", s.ID, s.PeerPort)
	}
}

func (p *configParser) serverClient(s *Server, client string) {
	port := client
	if i := strings.LastIndexByte(client, ':'); i >= 0 {
		s.ClientAddress, port = strings.Trim(client[:i], "[]"), client[i+1:]
		p.host(s.line, fmt.Sprintf("server.%d: ", s.ID), s.ClientAddress)
	}
	s.ClientPort = p.port(s.line, fmt.Sprintf("server.%d: the client port", s.ID), port)
}

// whole checks what single lines don't tell.
func (p *configParser) whole() {
	c := p.config
	if len(c.Servers) == 0 && len(p.problems) == 0 {
		p.problem(0, "no line names a server: server.1=HOST:2888:3888")
	}
	participants := 0
	for i, s := range c.Servers {
		if !s.Observer {
			participants++
		}
		if s.ClientPort != 0 && c.ClientPort != 0 && s.ClientPort != c.ClientPort {
			p.problem(s.line, "server.%d: the client port %d is not clientPort, %d", s.ID, s.ClientPort, c.ClientPort)
		}
		if j := slices.IndexFunc(c.Servers[:i], func(o Server) bool { return o.Host == s.Host }); j >= 0 {
			p.problem(s.line, "server.%d is on %s as is server.%d: two servers can't share the dataDir of one file", s.ID, s.Host, c.Servers[j].ID)
		}
	}
	if len(c.Servers) > 0 && participants == 0 {
		p.problem(0, "all servers are observers: none can lead")
	}
	if c.DataDir == "" {
		c.Warnings = append(c.Warnings, p.file+": no dataDir: each start gets a new one in java.io.tmpdir, and what ZooKeeper knew is lost")
	}
	if participants == 2 {
		c.Warnings = append(c.Warnings, p.file+": of two servers none may fail; three are one more that may")
	}
}

// Of is the server with an id, nil where there is none.
func (c *Config) Of(id int) *Server {
	if i := slices.IndexFunc(c.Servers, func(s Server) bool { return s.ID == id }); i >= 0 {
		return &c.Servers[i]
	}
	return nil
}

// Majority is how many servers have to run for the quorum to serve, 0 where it is
// not a matter of their number.
func (c *Config) Majority() int {
	if c.Weighted {
		return 0
	}
	n := 0
	for _, s := range c.Servers {
		if !s.Observer {
			n++
		}
	}
	return n/2 + 1
}

// ClientAddressOf is where clients find a server of the quorum, host:port: at the
// address that its client port is opened at, else at its host's.
func (c *Config) ClientAddressOf(s Server) string {
	address := cmp.Or(s.ClientAddress, c.ClientAddress)
	if ip := net.ParseIP(address); address == "" || ip != nil && ip.IsUnspecified() {
		address = s.Host
	}
	return net.JoinHostPort(address, strconv.Itoa(cmp.Or(s.ClientPort, c.ClientPort, DefaultClientPort)))
}
