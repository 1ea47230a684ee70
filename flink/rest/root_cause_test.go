package rest

import (
	"strings"
	"testing"
)

func TestRootCause(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"only frames", "\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)", ""},
		{"a plain message", "Not found: /jars", "Not found: /jars"},
		{"one exception", "a.B: text\n\tat a.B.c(B.java:1)\n", "a.B: text"},
		{"no text", "java.lang.NullPointerException\n\tat a.B.c(B.java:1)\n", "java.lang.NullPointerException"},
		{
			"the deepest cause",
			"a.A: first\n\tat x(X.java:1)\nCaused by: a.B: second\n\t... 2 more\nCaused by: a.C: third\n\t... 3 more\n",
			"a.C: third",
		},
		{
			"the message goes on in further lines",
			"a.A: first\n\tat x(X.java:1)\nCaused by: a.B: second\nmore of it\n\t... 2 more\n",
			"a.B: second",
		},
		{
			"carriers are left out",
			"<Exception on server side:\njava.util.concurrent.CompletionException: org.apache.flink.runtime.rest.handler.RestHandlerException: Jar file /x does not exist\n\tat x(X.java:1)\n\nEnd of exception on server side>",
			"Jar file /x does not exist",
		},
		{
			"causes of suppressed exceptions don't count",
			"a.A: first\n\tat x(X.java:1)\n\tSuppressed: a.S: closing\n\t\tat y(Y.java:1)\n\tCaused by: a.T: socket\n\t\t... 1 more\nCaused by: a.B: second\n\t... 2 more\n",
			"a.B: second",
		},
		{"Windows line ends", "a.A: first\r\n\tat x(X.java:1)\r\nCaused by: a.B: second\r\n", "a.B: second"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := RootCause(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzRootCause(f *testing.F) {
	f.Add("a.A: first\n\tat x(X.java:1)\nCaused by: a.B: second\n\t... 2 more\n")
	f.Add("<Exception on server side:\nx\nEnd of exception on server side>")
	f.Add("\n\n\r\n\t")
	f.Fuzz(func(t *testing.T, trace string) {
		cause := RootCause(trace)
		if strings.Contains(cause, "\n") || !strings.Contains(trace, cause) {
			t.Errorf("%q has the root cause %q", trace, cause)
		}
	})
}
