package standalone

import (
	"cmp"
	"regexp"
	"strings"
)

var (
	// causedBy is the line of a cause in a Java stack trace; the last one is the deepest.
	causedBy = regexp.MustCompile(`^\s*Caused by: (.*)$`)
	// thrown is the first line of a stack trace: a class of an exception at the beginning of a line.
	thrown = regexp.MustCompile(`^(?:Exception in thread "[^"]*" )?((?:[\w$]+\.)+[\w$]*(?:Exception|Error)\b.*)$`)
	// complaint is what a JVM says that does not even start, or a log line of an error.
	complaint = regexp.MustCompile(`^(?:Error: |Error occurred |OpenJDK .*(?:warning|error)|Invalid |Unrecognized |Could not )|\b(?:ERROR|FATAL)\b`)
	// telling are the system's words, which say more than what is made of them.
	telling = regexp.MustCompile(`Address already in use|No space left on device|Permission denied|Cannot allocate memory|not enough space`)
)

// CauseInLog finds in the end of a Java process's log why it ended: the deepest
// cause of the last stack trace, else the last exception, else a line with the
// system's words, else the first line that complains; "" where nothing does.
func CauseInLog(log string) string {
	var exception, told, complained string
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case causedBy.MatchString(line):
			exception = causedBy.FindStringSubmatch(line)[1]
		case thrown.MatchString(line):
			exception = thrown.FindStringSubmatch(line)[1]
		case telling.MatchString(line):
			told = strings.TrimSpace(line)
		case complained == "" && complaint.MatchString(line):
			complained = strings.TrimSpace(line)
		}
	}
	return cmp.Or(exception, told, complained)
}
