package flink

// Options of the history server and of what it reads. Java: HistoryServerOptions,
// JobManagerOptions.
var (
	// JobManagerArchiveDir is the folder into which JobManagers write what is left of
	// jobs that have ended; nothing is written where it is not set.
	JobManagerArchiveDir = Option{Key: "jobmanager.archive.fs.dir"}
	// HistoryArchiveDirs are the folders that a history server reads, separated by commas.
	HistoryArchiveDirs = Option{Key: "historyserver.archive.fs.dir"}
	// HistoryWebAddress is the address that a history server listens at; all where it is not set.
	HistoryWebAddress = Option{Key: "historyserver.web.address"}
	// HistoryWebPort is its port, 0 for any.
	HistoryWebPort = Option{Key: "historyserver.web.port", Default: "8082"}
	// HistoryWebSSLEnabled has it speak https, together with RESTSSLEnabled.
	HistoryWebSSLEnabled = Option{Key: "historyserver.web.ssl.enabled", Default: "false"}
	// JavaOptsHistoryServer is for its JVM.
	JavaOptsHistoryServer = Option{Key: "env.java.opts.historyserver"}
	// DefaultScheme is the file system of paths without a scheme; this machine's where it is not set.
	DefaultScheme = Option{Key: "fs.default-scheme"}
)

// HistoryScheme is that of a history server's address, "http" or "https".
//
// Java: HistoryServerUtils.isSSLEnabled.
func HistoryScheme(c *Configuration) string {
	if secure, _, _ := c.Bool(HistoryWebSSLEnabled); secure {
		return RESTScheme(c)
	}
	return "http"
}
