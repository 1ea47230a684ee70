package submit

import "testing"

func TestRootCause(t *testing.T) {
	for _, c := range []struct{ name, log, want string }{
		{"nothing", "2026-01-01 INFO all is well\n\tat a.b.C(D.java:1)\n", ""},
		{"an exception", "ERROR it broke\njava.lang.IllegalStateException: no more words\n\tat a.b.C(D.java:1)\n", "java.lang.IllegalStateException: no more words"},
		{"its innermost cause", "a.b.OuterException: x\n\tat a\nCaused by: c.d.MiddleException: y\n\t... 3 more\nCaused by: java.io.IOException: z: w\n\t... 4 more\nINFO bye\n", "java.io.IOException: z: w"},
		{"the last of several", "a.FirstException: 1\nCaused by: b.Inner: 2\nINFO later\na.SecondException: 3\n", "a.SecondException: 3"},
		{"without words", "java.lang.NullPointerException\n", "java.lang.NullPointerException"},
		{"of the JVM", "Error: Could not create the Java Virtual Machine.\n", "Error: Could not create the Java Virtual Machine."},
		{"of Python", pythonSaid("result: 1") + pythonSaid("Traceback (most recent call last):") + pythonSaid("  File \"a.py\", line 3") +
			pythonSaid("ValueError: no divisor") + pythonSaid("------ Python Process Exited ------") + "java.lang.RuntimeException: Python process exits with code: 1\n", "ValueError: no divisor"},
		{"of Java beside Python", pythonSaid("result: 1") + "java.lang.IllegalStateException: no more words\n", "java.lang.IllegalStateException: no more words"},
		{"a sentence about one", "INFO caught java.io.IOException: later\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := rootCause(c.log); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// pythonSaid is how a JobManager logs a line of a Python program.
func pythonSaid(line string) string {
	return "2026-01-01 00:00:00,000 INFO  org.apache.flink.client.python.PythonDriver                  [] - " + line + "\n"
}
