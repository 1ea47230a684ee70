package yarntest

// Dialect is a Hadoop release whose answers a Server imitates.
type Dialect int

// The dialects. They differ in the shapes of maps and empty lists, in status
// codes of server bugs, in prefixes of messages and in fields that a release
// doesn't have yet.
const (
	Hadoop34  Dialect = iota // 3.4.2
	Hadoop210                // 2.10.2
	Hadoop35                 // 3.5.0
)

func (d Dialect) version() string {
	switch d {
	case Hadoop210:
		return "2.10.2"
	case Hadoop35:
		return "3.5.0"
	}
	return "3.4.2"
}

// catchAll is the status of what the server did not expect.
func (d Dialect) catchAll() int {
	if d == Hadoop210 {
		return 500
	}
	return 503
}

// empty is how a list without elements is written: {"apps":null}.
func (d Dialect) empty() any {
	if d == Hadoop210 {
		return nil
	}
	return map[string]any{}
}
