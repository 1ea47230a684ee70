package yarn

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/yarnflink/yarnflink/internal/httpclient"
)

// maxMessage bounds, in bytes, how much of a server's text gets into an error.
const maxMessage = 4 << 10

// maxPage bounds, in bytes, how much of a page is read for people.
const maxPage = 256 << 10

// answer is what a ResourceManager said.
type answer struct {
	addr   string
	status int
	header http.Header
	body   []byte
}

// isJSON goes by the declared type: an empty body has none.
func (a answer) isJSON() bool {
	t, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json"))
}

// decode reads the body into v.
func (a answer) decode(op string, v any) error {
	if nesting(a.body) > maxNesting {
		return answerError(op, a.addr, errors.New("nested too deeply"))
	}
	if err := httpclient.CheckObjects(a.body, maxObjects); err != nil {
		return answerError(op, a.addr, err)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		return answerError(op, a.addr, err)
	}
	return nil
}

// maxNesting is far beyond any queue hierarchy. The lenient types read what they
// hold once a level, so depth costs time.
const maxNesting = 200

// maxObjects is how many objects and arrays an answer may have: thirty for each of
// ten thousand nodes.
const maxObjects = 300_000

// nesting returns how deep the objects and arrays of a JSON document go.
func nesting(doc []byte) int {
	depth, deepest, inString := 0, 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// standby tells why an answer shows that its server is not the active
// ResourceManager, or a gateway before none; nil when it is an answer proper.
//
// Java: RMWebAppFilter, which redirects while it knows where to, sends Refresh
// without a Location while nobody is active, and gives up with a 200 of text.
func (a answer) standby(op string) error {
	switch {
	case a.status >= 300 && a.status < 400:
		if to := a.header.Get("Location"); to != "" {
			return fmt.Errorf("%s is not active and redirects to %s", a.addr, clip(to, 200))
		}
		return fmt.Errorf("%s is not active: %s", a.addr, a.text())
	case a.status == http.StatusOK && len(a.body) > 0 && !a.isJSON():
		return fmt.Errorf("%s is not active: %s", a.addr, a.text())
	}
	remote := a.remoteError(op)
	if remote.Exception == "StandbyException" || a.status >= 500 && remote.Exception == "" {
		return remote
	}
	return nil
}

// arrived tells whether a server that gave a standby's answer may still have
// done what it was asked: a gateway may have lost the answer.
func (a answer) arrived() bool { return a.status >= 500 && a.remoteError("").Exception == "" }

// remoteError describes an answer that is not a success.
func (a answer) remoteError(op string) *RemoteError {
	e := &RemoteError{Op: op, Addr: a.addr, Status: a.status}
	e.Challenge, _, _ = strings.Cut(a.header.Get("WWW-Authenticate"), " ")
	var doc struct {
		RemoteException object[struct {
			Exception word `json:"exception"`
			Message   word `json:"message"`
		}]
	}
	// The declared type is wrong both ways: plain text as JSON, and this as text.
	if json.Unmarshal(a.body, &doc) == nil && doc.RemoteException.value.Exception != "" {
		e.Exception = string(doc.RemoteException.value.Exception)
		e.Message = plain(string(doc.RemoteException.value.Message))
		return e
	}
	e.Message = a.text()
	return e
}

// text returns the body for people.
func (a answer) text() string {
	s := string(a.body[:min(len(a.body), maxPage)])
	if strings.Contains(a.header.Get("Content-Type"), "html") || looksLikeHTML.MatchString(s) {
		s = stripHTML(s)
	}
	var doc struct {
		Message word `json:"message"`
	}
	// The error page of newer Jettys is JSON.
	if json.Unmarshal(a.body, &doc) == nil && doc.Message != "" {
		s = string(doc.Message)
	}
	return plain(s)
}

// plain takes Java's prefix and line noise from a message.
func plain(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "?"))
	return clip(javaPrefix.ReplaceAllString(s, ""), maxMessage)
}

var (
	looksLikeHTML = regexp.MustCompile(`(?i)^\s*<(!doctype html|html)`)
	htmlUnseen    = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)\s*>|<!--.*?-->`)
	htmlTag       = regexp.MustCompile(`(?s)<[^>]*>`)
	stackFrame    = regexp.MustCompile(`\n\s+at [^\n]*`)
	javaPrefix    = regexp.MustCompile(`^(java\.lang\.(Runtime)?Exception: )+`)
	blanks        = regexp.MustCompile(`\s+`)
)

// stripHTML returns the text of an error page on one line.
func stripHTML(page string) string {
	page = htmlUnseen.ReplaceAllString(page, " ")
	page = stackFrame.ReplaceAllString(page, "")
	page = htmlTag.ReplaceAllString(page, " ")
	return strings.TrimSpace(blanks.ReplaceAllString(html.UnescapeString(page), " "))
}

// answerError is about what a server answered with a success.
func answerError(op, addr string, err error) error {
	return fmt.Errorf("%s: answer of %s: %w", op, addr, err)
}
