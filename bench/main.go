package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are the command line.
type options struct {
	rounds int
	only   []string // names of works; empty: all
	output string   // file that gets the report too
	binary string
	strict bool
}

// errTargetMissed ends a strict run.
var errTargetMissed = errors.New("a target was missed")

// run executes one command line and returns the exit code: 0, 2 for a wrong command line, 1 for every other failure.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	report, err := measure(ctx, o, getenv, stderr)
	if err == nil {
		err = publish(report, o, stdout)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "bench:", err)
	var advice interface{ Hint() string }
	if errors.As(err, &advice) {
		fmt.Fprintln(stderr, advice.Hint())
	}
	return 1
}

// parseOptions reads the command line. It has said on stderr what is wrong when it returns an error.
func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	var only string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "n", 5, "how often each client does each work")
	flags.StringVar(&only, "only", "", "the works to measure, separated by commas: "+strings.Join(workNames(), ", ")+" (default: all)")
	flags.StringVar(&o.output, "o", "", "`file` that gets the report too")
	flags.StringVar(&o.binary, "binary", filepath.Join("bin", "yarnflink"), "the `binary` to measure, as make build writes it")
	flags.BoolVar(&o.strict, "strict", false, "exit with code 1 when a target is missed")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	err := o.check(only, flags.Args())
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
	}
	return o, err
}

func (o *options) check(only string, rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	if o.rounds < 1 {
		return fmt.Errorf("-n %d: want at least 1", o.rounds)
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	for _, name := range o.only {
		if _, ok := findWork(name); !ok {
			return fmt.Errorf("-only %s: want some of %s", name, strings.Join(workNames(), ", "))
		}
	}
	return nil
}

// measure brings up what is needed, measures, and takes everything down again, whatever happens.
func measure(ctx context.Context, o options, getenv func(string) string, log io.Writer) (r report, err error) {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return r, fmt.Errorf("find the binary: %w", err)
	}
	facts, err := inspectBinary(binary)
	if err != nil {
		return r, err
	}
	load := readLoad()
	scratch, err := os.MkdirTemp("", "yarnflink-bench-")
	if err != nil {
		return r, fmt.Errorf("make a folder for the run: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	mini, takeDown, err := openCluster(ctx, getenv, filepath.Join(scratch, "cluster"), log)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, afterwards(ctx, takeDown)) }()

	b, err := newBench(mini, binary, scratch, o, log)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, afterwards(ctx, b.sweep)) }()

	started := time.Now()
	results, err := b.measureAll(ctx)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return r, err
	}
	fmt.Fprintf(log, "measured in %s\n", time.Since(started).Round(time.Second))
	machine, err := describeMachine(ctx, mini, binary, load)
	if err != nil {
		return r, err
	}
	return report{Machine: machine, Rounds: o.rounds, LeastRSS: ownPeak(), Results: results, Binary: facts}, nil
}

// afterwards runs what must also happen when ctx has ended, in bounded time.
func afterwards(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	return f(ctx)
}

// publish writes the report, and says whether a strict run may be content with it.
func publish(r report, o options, stdout io.Writer) error {
	text := r.markdown()
	if _, err := io.WriteString(stdout, text); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if o.output != "" {
		if err := os.WriteFile(o.output, []byte(text), 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if o.strict && r.missed() {
		return errTargetMissed
	}
	return nil
}
