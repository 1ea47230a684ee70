package cli

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// Run runs one command line and returns the exit code. The first signal ends the
// command's context, and the command takes back what it has begun; at the second
// one Run returns at once.
func Run(ctx context.Context, env Env) int {
	args := env.arguments()
	if len(args) > 0 && strings.HasPrefix(args[0], "__complete") {
		return complete(ctx, &env, args[0] == "__complete", args[1:])
	}
	line, err := rewrite(args)
	env.out = newOutput(&env, line)
	if done, code := shortcut(&env, line, err); done {
		return code
	}
	if err != nil {
		return env.fail(err)
	}
	root := newRoot(&env)
	root.SetArgs(line.argv())

	env.signals = &signalRoute{}
	ctx, again, stop := watch(ctx, env.Signals, env.signals)
	defer stop()
	result := make(chan error, 1)
	go func() { result <- root.ExecuteContext(ctx) }()
	select {
	case err = <-result:
		return env.fail(withCause(ctx, err))
	case <-again:
		env.out.stderr.end()
		env.out.warn(leftBehind(line.command, env.out.progress.last()))
		return exitCode(context.Cause(ctx))
	}
}

// arguments returns argv without the program's name. Called by the name of one
// of Flink's scripts the program is that script.
func (e *Env) arguments() []string {
	if len(e.Args) == 0 {
		return nil
	}
	args := e.Args[1:]
	if e.asSession() && (len(args) == 0 || !strings.HasPrefix(args[0], "__complete")) {
		return append([]string{cmdSession}, args...)
	}
	return args
}

// shortcut answers what needs no command: help, the version, no command at all.
// Help and version are given for a command line with errors, too.
func shortcut(env *Env, line commandLine, err error) (done bool, code int) {
	switch {
	case line.has("help", ""):
		fmt.Fprint(env.Stdout, helpText(line.command))
		return true, exitDone
	case line.has("version", ""):
		return true, env.fail(printVersion(env))
	case err != nil || line.command != cmdRoot:
		return false, 0
	}
	fmt.Fprint(env.Stderr, helpText(cmdRoot))
	return true, env.fail(usagef("no command given"))
}

// fail prints err, if there is one, and returns its code.
func (e *Env) fail(err error) int {
	code := exitCode(err)
	e.out.stderr.end()
	if err != nil {
		e.out.failure(err, code)
	}
	return code
}

var applicationIDText = regexp.MustCompile(`application_\d+_\d+`)

// leftBehind says, at the second signal, what may be left of what was being done.
func leftBehind(command, doing string) string {
	s := "interrupted again: exiting at once, without taking back what was begun"
	if doing != "" {
		s += " (" + doing + ")"
	}
	if command == cmdCluster || command == cmdQuorum {
		return s + fmt.Sprintf("; processes may be left on the hosts, look with: yarnflink %s status, and end them with: yarnflink %[1]s stop", command)
	}
	if id := applicationIDText.FindString(doing); id != "" {
		return s + "; the application and its staging folder may be left, remove them with: yarnflink kill " + id
	}
	return s + "; an application and its staging folder may be left, look for it on the ResourceManager's web page and remove it with: yarnflink kill ID"
}

// newRoot assembles the commands. Their run functions are the real ones.
func newRoot(env *Env) *cobra.Command {
	root := &cobra.Command{
		Use:               "yarnflink",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.AddCommand(
		newSessionCommand(env, nil),
		newRunCommand(env, cmdRun, nil),
		newRunCommand(env, cmdRunApplication, nil),
		newListCommand(env, nil),
		newCancelCommand(env, nil),
		newStopCommand(env, nil),
		newSavepointCommand(env, nil),
		newCheckpointCommand(env, nil),
		newInfoCommand(env, nil),
		newRescaleCommand(env, nil),
		newPsCommand(env, nil),
		newStatusCommand(env, nil),
		newNodesCommand(env, nil),
		newQueuesCommand(env, nil),
		newKillCommand(env, nil),
		newDistCommand(env, nil),
		newGCCommand(env, nil),
		newAuthCommand(env, nil),
		newMemoryCommand(env, nil),
		newConfigCommand(env, nil),
		newClusterCommand(env, nil),
		newHistoryCommand(env, nil),
		newQuorumCommand(env, nil),
		newCompletionCommand(env),
		newVersionCommand(env),
	)
	help := newHelpCommand(env)
	root.SetHelpCommand(help)
	return root
}

// newCommand makes the cobra command of a row of the command table, with the
// flags of the option table. run gets them in the order they were given in.
func newCommand(name string, run func(ctx context.Context, line commandLine) error) *cobra.Command {
	spec := findCommand(name)
	line := &commandLine{command: name}
	cmd := &cobra.Command{
		Use:   spec.usage,
		Short: spec.short,
		Long:  spec.long,
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			line.positional = args
			return run(cmd.Context(), *line)
		},
	}
	for _, o := range optionsOf(name) {
		if o.long == "help" {
			continue // answered before cobra is asked
		}
		f := cmd.Flags().VarPF(&recorder{o, line}, o.long, "", o.help)
		switch o.arity {
		case flag:
			f.NoOptDefVal = "true"
		case optional, swallowing:
			f.NoOptDefVal = withoutValue
		}
	}
	return cmd
}

// withoutValue is what pflag hands over for an option with an optional value
// that was given without one.
const withoutValue = "-"

// recorder is the pflag.Value of every option: it keeps order and repetition.
type recorder struct {
	option *option
	line   *commandLine
}

// Set records one more use of the option.
func (r *recorder) Set(value string) error {
	if r.option.arity == flag || value == withoutValue && r.option.mayLackValue() {
		value = ""
	}
	r.line.given = append(r.line.given, given{r.option, value})
	return nil
}

func (r *recorder) String() string { return "" }

// Type is pflag's word for the value in its own help, which is not used.
func (r *recorder) Type() string { return r.option.arg }

// noticeIgnored prints a line for each option that has no effect.
func noticeIgnored(env *Env, line commandLine) {
	for _, g := range line.given {
		if g.option.idle(line.command) {
			env.out.note(g.option.spelling() + " " + g.option.why)
		}
	}
}

// notices are the lines for the options of an effect.
func (l commandLine) notices(e effect) []string {
	var lines []string
	for _, g := range l.given {
		if g.option.effect == e {
			lines = append(lines, g.option.spelling()+" "+g.option.why)
		}
	}
	return lines
}
