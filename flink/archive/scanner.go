package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
)

const (
	// maxPath bounds the path of an entry. The longest one of Flink's has two ids and a few words.
	maxPath = 4 << 10
	// maxAnswer bounds an answer that is kept, as it stands in the file.
	maxAnswer = 64 << 20
	// maxScanned bounds what is read of a file.
	maxScanned = 4 << 30
)

// scan reads an archive, {"archive":[{"path":"…","json":"…"},…]}, and calls each
// for the entries that want asks for, until it says that it has enough. The other
// answers are passed over without being kept. What is wrong with the file itself
// is ErrDamaged; an error of r comes back as it is.
//
// encoding/json would hold each answer in memory to get past it.
func scan(r io.Reader, want func(path string) bool, each func(path string, answer []byte) (enough bool)) error {
	s := &scanner{bufio.NewReaderSize(&bounded{r, maxScanned}, 64<<10)}
	found := false
	err := s.object(func(key string) error {
		if key != "archive" {
			return s.skip()
		}
		found = true
		return s.array(func() error { return s.entry(want, each) })
	})
	switch {
	case errors.Is(err, errEnough):
		return nil
	case err == nil && !found:
		return damaged("it has no list of answers")
	}
	return err
}

var errEnough = errors.New("enough")

// bounded is a reader that fails when more comes than may.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, damaged("it is larger than %d bytes", int64(maxScanned))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

type scanner struct{ r *bufio.Reader }

// pair is an entry of an archive while it is read.
type pair struct {
	path             string
	answer           []byte // as it stands in the file
	hasPath, hasText bool
	tooLarge         bool
}

// entry reads one pair. The answer may stand before its path.
func (s *scanner) entry(want func(string) bool, each func(string, []byte) bool) error {
	var p pair
	err := s.object(func(key string) (err error) {
		switch {
		case key == "path":
			p.hasPath = true
			var raw []byte
			if raw, p.tooLarge, err = s.text(maxPath); err != nil || p.tooLarge {
				return cmp.Or(err, damaged("a path is longer than %d bytes", maxPath))
			}
			p.path, err = unquote(raw)
			return err
		case key == "json" && (!p.hasPath || want(p.path)):
			p.hasText = true
			p.answer, p.tooLarge, err = s.text(maxAnswer)
			return err
		}
		return s.skip()
	})
	switch {
	case err != nil:
		return err
	case !p.hasPath:
		return damaged("an answer has no path")
	case !want(p.path):
		return nil
	case p.tooLarge:
		return damaged("the answer of %s is larger than %d bytes", p.path, maxAnswer)
	case !p.hasText:
		return damaged("%s has no answer", p.path)
	}
	text, err := unquote(p.answer)
	if err == nil && each(p.path, []byte(text)) {
		err = errEnough
	}
	return err
}

func unquote(raw []byte) (string, error) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", &damage{"it has a text that is no JSON", err}
	}
	return text, nil
}

// next returns the next byte that is no white space.
func (s *scanner) next() (byte, error) {
	for {
		b, err := s.r.ReadByte()
		if err != nil {
			return 0, cutOff(err)
		}
		if b != ' ' && b != '\n' && b != '\t' && b != '\r' {
			return b, nil
		}
	}
}

// cutOff makes the end of the file an error of the file's.
func cutOff(err error) error {
	if err == io.EOF { //nolint:errorlint // a reader's own end only, not one that is wrapped
		return damaged("it ends in the middle")
	}
	return err
}

func (s *scanner) expect(want byte) error {
	got, err := s.next()
	if err == nil && got != want {
		err = unexpected(got)
	}
	return err
}

func unexpected(b byte) error { return damaged("it is no archive: unexpected %q", b) }

// object reads an object; member reads the value of a key.
func (s *scanner) object(member func(key string) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	return s.list('}', func() error {
		raw, tooLarge, err := s.text(maxPath)
		if err != nil {
			return err
		}
		key := "" // one too long is none of those that are looked for
		if !tooLarge {
			if key, err = unquote(raw); err != nil {
				return err
			}
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

func (s *scanner) array(element func() error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	return s.list(']', element)
}

// list reads what is separated by commas, up to the end.
func (s *scanner) list(end byte, element func() error) error {
	b, err := s.next()
	for first := true; ; first = false {
		switch {
		case err != nil:
			return err
		case b == end:
			return nil
		case first:
			if err := s.r.UnreadByte(); err != nil {
				return err
			}
		case b != ',':
			return unexpected(b)
		}
		if err := element(); err != nil {
			return err
		}
		b, err = s.next()
	}
}

// text reads a text and returns it as it stands, with its quotes. What is longer
// than keep is read, and not kept.
func (s *scanner) text(keep int) (raw []byte, tooLarge bool, err error) {
	if err := s.expect('"'); err != nil {
		return nil, false, err
	}
	if keep > 0 {
		raw = append(raw, '"')
	}
	escaped := false // an odd number of backslashes stands before what comes next
	for {
		chunk, err := s.r.ReadSlice('"')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, false, cutOff(err)
		}
		switch {
		case len(raw)+len(chunk) > keep:
			raw, tooLarge, keep = nil, true, 0
		default:
			raw = append(raw, chunk...)
		}
		body := bytes.TrimSuffix(chunk, []byte{'"'})
		slashes := len(body) - len(bytes.TrimRight(body, `\`))
		odd := slashes%2 == 1
		if slashes == len(body) {
			odd = odd != escaped
		}
		escaped = odd
		if err == nil {
			if !escaped {
				return raw, tooLarge, nil
			}
			escaped = false
		}
	}
}

// skip reads any value.
func (s *scanner) skip() error {
	for depth := 0; ; {
		b, err := s.next()
		if err != nil {
			return err
		}
		switch b {
		case '"':
			if err := s.r.UnreadByte(); err != nil {
				return err
			}
			if _, _, err := s.text(0); err != nil {
				return err
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ':':
			if depth > 0 {
				continue
			}
			return unexpected(b)
		default:
			if err := s.word(); err != nil {
				return err
			}
		}
		switch {
		case depth < 0:
			return unexpected(b)
		case depth == 0:
			return nil
		}
	}
}

// word reads the rest of a number, true, false or null.
func (s *scanner) word() error {
	for {
		b, err := s.r.ReadByte()
		if err != nil {
			return cutOff(err)
		}
		if bytes.IndexByte([]byte(" \t\r\n,]}"), b) >= 0 {
			return s.r.UnreadByte()
		}
	}
}
