package rest

import "strings"

// carriers are the Java exceptions that only carry another one, whose text
// they begin with.
var carriers = []string{
	"java.util.concurrent.CompletionException: ",
	"java.util.concurrent.ExecutionException: ",
	"org.apache.flink.runtime.rest.handler.RestHandlerException: ",
	"org.apache.flink.runtime.rest.NotFoundException: ",
}

// RootCause returns the line of a Java stack trace that tells people what went
// wrong: the deepest "Caused by", or the first line where there is none,
// without the exceptions that only carry another. Causes of suppressed
// exceptions don't count. "" for a text without any.
func RootCause(trace string) string {
	cause := ""
	for line := range strings.SplitSeq(trace, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if deeper, ok := strings.CutPrefix(line, "Caused by: "); ok {
			cause = deeper
			continue
		}
		if cause == "" && !isFrame(line) {
			cause = line
		}
	}
	return stripCarriers(strings.TrimSpace(cause))
}

// isFrame says whether the line belongs to a trace but names no exception.
func isFrame(line string) bool {
	return strings.TrimSpace(line) == "" || line[0] == '\t' ||
		line == "<Exception on server side:" || line == "End of exception on server side>" ||
		strings.HasPrefix(line, "    at ")
}

func stripCarriers(s string) string {
	for {
		before := s
		for _, c := range carriers {
			s = strings.TrimPrefix(s, c)
		}
		if s == before {
			return s
		}
	}
}
