package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/yarnflink/yarnflink/kerberos"
)

// Env is what a run gets from outside. Nothing of this package looks further.
type Env struct {
	// Args is argv, with the name that the program was called by.
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// LookupEnv is os.LookupEnv; nil is an empty environment.
	LookupEnv func(string) (string, bool)
	// User is the system's name of the user, "" if it is unknown; UID is the
	// number, -1 where the system has none.
	User string
	UID  int
	// Home is the user's home folder, Dir the folder that relative paths start from.
	Home, Dir string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Signals brings SIGINT, SIGTERM and SIGHUP; nil brings none.
	Signals <-chan os.Signal
	// Terminal tells whether a stream is one; nil asks the system.
	Terminal func(stream any) bool
	// Version is this program's.
	Version string

	out     *output         // made by Run, as is signals
	asked   *kerberos.Login // by a password; it is asked for once
	signals *signalRoute
	// lookEvery is how often --watch looks again; 0 is watchInterval.
	lookEvery time.Duration
}

// SystemEnv returns the process's own environment.
func SystemEnv(version string, signals <-chan os.Signal) Env {
	env := Env{
		Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		LookupEnv: os.LookupEnv, UID: os.Getuid(), Signals: signals, Version: version,
	}
	if u, err := user.Current(); err == nil {
		// Windows says DOMAIN\name.
		env.User = u.Username[strings.LastIndex(u.Username, `\`)+1:]
		env.Home = u.HomeDir
	}
	if dir, err := os.Getwd(); err == nil {
		env.Dir = dir
	}
	return env
}

func (e *Env) getenv(name string) string {
	value, _ := e.lookupEnv(name)
	return value
}

func (e *Env) lookupEnv(name string) (string, bool) {
	if e.LookupEnv == nil {
		return "", false
	}
	return e.LookupEnv(name)
}

func (e *Env) now() time.Time {
	if e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// abs makes a local path absolute; an address with a scheme stays.
func (e *Env) abs(path string) string {
	if path == "" || filepath.IsAbs(path) || strings.Contains(path, ":/") {
		return path
	}
	return filepath.Join(e.Dir, path)
}

// hadoopUser returns the user that the cluster is told, and who acts for him, ""
// where he does so himself.
//
// Java: UserGroupInformation.getLoginUser, with HADOOP_PROXY_USER.
func (e *Env) hadoopUser() (user, realUser string, err error) {
	user, err = e.loginUser()
	if proxied := strings.TrimSpace(e.getenv("HADOOP_PROXY_USER")); proxied != "" && proxied != user && err == nil {
		return proxied, user, nil
	}
	return user, "", err
}

// loginUser is who the caller is.
//
// Java: UserGroupInformation.HadoopLoginModule; the system property of the same
// name has no counterpart.
func (e *Env) loginUser() (string, error) {
	if name, ok := e.lookupEnv("HADOOP_USER_NAME"); ok {
		if strings.TrimSpace(name) == "" {
			return "", refusedf("name a user in it, or unset it", "HADOOP_USER_NAME is set, but empty")
		}
		return strings.TrimSpace(name), nil
	}
	if e.User == "" {
		return "", refusedf("set HADOOP_USER_NAME", "the system has no name for this user")
	}
	return e.User, nil
}

// terminal tells whether stderr is one.
func (e *Env) terminal() bool { return e.isTerminal(e.Stderr) }

// columns is the width of the terminal that stderr is.
func (e *Env) columns() int {
	const usual = 80
	f, ok := e.Stderr.(*os.File)
	if !ok {
		return usual
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return usual
	}
	return width
}

func (e *Env) isTerminal(stream any) bool {
	if e.Terminal != nil {
		return e.Terminal(stream)
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// logger returns the logger for libraries: debug with --verbose, else warnings.
func (e *Env) logger() *slog.Logger {
	level := slog.LevelWarn
	if e.out.verbose {
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level}
	if e.out.logJSON {
		return slog.New(slog.NewJSONHandler(e.out.stderr, options))
	}
	return slog.New(slog.NewTextHandler(e.out.stderr, options))
}

// bounded ends the context after d, with the flag as the cause; 0 is no bound.
func bounded(ctx context.Context, flag string, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, d, &expiry{flag: flag, after: d})
}
