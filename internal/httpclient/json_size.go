package httpclient

import "fmt"

// CheckObjects refuses a JSON document that has more than most objects and arrays:
// ErrBodyTooLarge. Two bytes of one become hundreds in memory when they are
// decoded, so that a bound on bytes alone keeps a server from little. What is no
// JSON is not noticed.
func CheckObjects(document []byte, most int) error {
	objects, inString := 0, false
	for i := 0; i < len(document); i++ {
		switch c := document[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == '{' || c == '['):
			objects++
		}
	}
	if objects > most {
		return fmt.Errorf("%w: %d objects, at most %d", ErrBodyTooLarge, objects, most)
	}
	return nil
}
