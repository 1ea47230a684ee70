package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// attachment is a command that stays with a session.
type attachment struct {
	env           *Env
	client        *submit.Client
	configuration *flink.Configuration
	session       *submit.Session
	// stops tells that an interruption stops the session: the command has started
	// it, or was told to.
	stops bool

	signals  <-chan os.Signal
	giveBack func() // the signals, to what ends commands
	last     submit.SessionStatus
}

// namedSession reads ID|NAME.
func namedSession(word, origin string) submit.Target {
	if _, err := yarn.ParseApplicationID(word); err == nil {
		return submit.Target{ApplicationID: word, Origin: origin}
	}
	return submit.Target{Name: word, Origin: origin}
}

func attachSession(ctx context.Context, env *Env, o *sessionOptions) error {
	for _, s := range o.Settings {
		if s.Origin != "-D" && s.Key != flink.ExecutionAttached.Key {
			env.out.note(string(s.Origin) + " " + whyStarted)
		}
	}
	client, configuration, err := env.clusterClient(ctx, o.globalOptions, o.Settings)
	if err != nil {
		return err
	}
	defer client.Close()
	finding, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	session, err := client.FindSession(finding, namedSession(o.Attach, "the command line"))
	if err != nil {
		return withCause(finding, err)
	}
	if o.Detached || o.DryRun != notDry {
		report, err := client.FindApplication(finding, submit.Target{ApplicationID: session.ApplicationID.String()})
		if err != nil {
			return withCause(finding, err)
		}
		return env.showStatus(finding, client, report)
	}
	cancel()
	a := &attachment{env: env, client: client, configuration: configuration, session: session, stops: o.StopOnExit}
	return a.follow(ctx)
}

func stopSession(ctx context.Context, env *Env, o *sessionOptions) error {
	client, configuration, err := env.clusterClient(ctx, o.globalOptions, o.Settings)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	report, err := client.FindApplication(ctx, namedSession(o.Stop, "the command line"))
	if err != nil {
		return withCause(ctx, err)
	}
	if o.DryRun != notDry {
		return env.showStatus(ctx, client, report)
	}
	env.out.progress.show(submit.Progress{Message: fmt.Sprintf("stopping %s (%s)", report.ID, report.Name)})
	result, err := client.Stop(ctx, report.ID)
	if err != nil {
		return withCause(ctx, err)
	}
	for _, w := range result.Warnings {
		env.out.warn(w)
	}
	env.forgetSession(configuration, report.ID)
	return env.out.result(result, func(w io.Writer) { printStopped(w, result) })
}

func printStopped(w io.Writer, r *submit.StopResult) {
	fmt.Fprintf(w, "%s is %s (%s); its staging folder is removed.\n", r.ApplicationID, r.State, cmp.Or(r.FinalStatus, yarn.StatusUndefined))
}

// follow stays with the session until it ends or is let go.
func (a *attachment) follow(ctx context.Context) error {
	a.signals, a.giveBack = a.env.signals.take()
	defer a.giveBack()
	a.last = submit.SessionStatus{ApplicationID: *a.session.ApplicationID, Name: a.session.Name, RestURL: a.session.RestURL}
	watching, leave := context.WithCancel(ctx)
	defer leave()
	states, ended := a.watch(watching)
	a.announce()
	input := a.env.input(watching)
	for {
		select {
		case s := <-states:
			if err := a.show(s); err != nil {
				return err
			}
		case err := <-ended:
			if ctx.Err() != nil {
				return a.let(ctx, context.Cause(ctx))
			}
			return a.ended(ctx, err)
		case <-ctx.Done():
			return a.let(ctx, context.Cause(ctx))
		case s := <-a.signals:
			return a.let(ctx, &interruption{s})
		case t := <-input:
			done, err := a.typed(ctx, t)
			if done {
				return err
			}
		}
	}
}

// watch follows the session; states has every change before ended has the end.
func (a *attachment) watch(ctx context.Context) (<-chan submit.SessionStatus, <-chan error) {
	states, ended := make(chan submit.SessionStatus), make(chan error, 1)
	go func() {
		ended <- a.client.Watch(ctx, a.session, func(s submit.SessionStatus) {
			select {
			case states <- s:
			case <-ctx.Done():
			}
		})
	}()
	return states, ended
}

// keys are what ends the command besides signals.
func (a *attachment) keys() string {
	if a.env.isTerminal(a.env.Stdin) {
		return "Ctrl-C, SIGTERM or Ctrl-D"
	}
	return "Ctrl-C or SIGTERM"
}

func (a *attachment) announce() {
	what := a.keys() + " detaches, and leaves it running"
	if a.stops {
		what = a.keys() + " stops it in order, a second Ctrl-C kills it"
	}
	a.env.out.note(fmt.Sprintf("attached to %s; %s; the commands are help, stop and detach", a.session, what))
}

const attachedHelp = `stop, quit   stop the session in order: its jobs are cancelled, its data removed
detach       leave the session running, and end this command
help         print this
`

// typed answers a line of input; done tells that the command is over.
func (a *attachment) typed(ctx context.Context, t typed) (done bool, err error) {
	switch strings.ToLower(t.line) {
	case "stop", "quit":
		return true, a.stop(ctx, nil)
	case "detach":
		return true, a.detach(nil)
	case "help":
		fmt.Fprint(a.env.out.stderr, attachedHelp)
	case "":
		// The end is Ctrl-D where somebody types; else it only means that no more
		// commands come, as under nohup, systemd and cron.
		if errors.Is(t.end, io.EOF) && a.env.isTerminal(a.env.Stdin) {
			return true, a.let(ctx, nil)
		}
	default:
		a.env.out.note(fmt.Sprintf("unknown command %q; the commands are:", t.line))
		fmt.Fprint(a.env.out.stderr, attachedHelp)
	}
	return false, nil
}

// let ends the command as an interruption does; cause nil is the end of what is typed.
func (a *attachment) let(ctx context.Context, cause error) error {
	var i *interruption
	switch {
	case errors.As(cause, &i) && i.signal == syscall.SIGHUP:
		return a.detach(nil)
	case a.stops:
		return a.stop(ctx, cause)
	}
	return a.detach(cause)
}

// detach leaves the session running.
func (a *attachment) detach(cause error) error {
	id := a.session.ApplicationID
	hint := fmt.Sprintf("attach again with: yarnflink session attach %s; stop it with: yarnflink session stop %s", id, id)
	if err := a.result("detached", nil, func(w io.Writer) { fmt.Fprintf(w, "%s goes on; %s\n", a.session, hint) }); err != nil || cause == nil {
		return err
	}
	return &failure{err: fmt.Errorf("%w: %s goes on", cause, a.session), hint: hint}
}

// stop ends the session in order; a second signal kills it. cause is what asked
// for it, nil for a command.
func (a *attachment) stop(ctx context.Context, cause error) error {
	stopping, giveUp := context.WithCancelCause(context.WithoutCancel(ctx))
	defer giveUp(nil)
	a.env.out.note(fmt.Sprintf("stopping %s in order; Ctrl-C kills it", a.session))
	a.env.out.progress.show(submit.Progress{Message: "stopping " + a.session.ApplicationID.String()})
	type end struct {
		result *submit.StopResult
		err    error
	}
	done := make(chan end, 1)
	go func() {
		result, err := a.client.Stop(stopping, *a.session.ApplicationID)
		done <- end{result, err}
	}()
	for {
		select {
		case e := <-done:
			if e.err != nil {
				return &failure{err: errors.Join(cause, e.err), hint: cmp.Or(hintOf(e.err), "kill it with: yarnflink kill "+a.session.ApplicationID.String())}
			}
			return a.stopped(e.result, cause)
		case s := <-a.signals:
			if s == syscall.SIGHUP {
				continue // nobody looks any more; it ends all the same
			}
			giveUp(&interruption{s})
			<-done
			return a.kill(ctx, cmp.Or[error](cause, &interruption{s}))
		}
	}
}

func (a *attachment) stopped(r *submit.StopResult, cause error) error {
	for _, w := range r.Warnings {
		a.env.out.warn(w)
	}
	a.env.forgetSession(a.configuration, *a.session.ApplicationID)
	a.last.State, a.last.FinalStatus, a.last.Serving = r.State, r.FinalStatus, false
	if err := a.result("stopped", &r.StagingRemoved, func(w io.Writer) { printStopped(w, r) }); err != nil || cause == nil {
		return err
	}
	return fmt.Errorf("%w: %s is stopped", cause, a.session)
}

// kill ends the session at once; one more signal gives that up.
func (a *attachment) kill(ctx context.Context, cause error) error {
	id := *a.session.ApplicationID
	a.env.out.progress.line("killing " + id.String())
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx) // by the first signal
	}
	a.giveBack()
	results := a.client.Kill(ctx, []yarn.ApplicationID{id}, submit.KillOptions{})
	noteHighAvailability(a.env, results)
	if err := results[0].Err; err != nil {
		return &failure{err: errors.Join(cause, err), hint: cmp.Or(hintOf(err), "kill it with: yarnflink kill "+id.String())}
	}
	a.env.forgetSession(a.configuration, id)
	a.last.State, a.last.FinalStatus, a.last.Serving = results[0].State, results[0].FinalStatus, false
	if err := a.result("killed", results[0].StagingRemoved, func(w io.Writer) { printKilled(w, results) }); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s is killed", cause, a.session)
}

// ended tells how the session came to its end without this command; why is nil
// where somebody has stopped it.
func (a *attachment) ended(ctx context.Context, why error) error {
	if !a.last.State.IsFinal() {
		return &failure{err: fmt.Errorf("%s can't be followed any more: %w", a.session, why), hint: hintOf(why)}
	}
	a.env.forgetSession(a.configuration, *a.session.ApplicationID)
	var removed *bool
	if a.stops {
		// It was this command's, and so is what it has left.
		r, err := a.client.Stop(ctx, *a.session.ApplicationID)
		if err != nil {
			a.env.out.warn(err.Error())
		}
		if r != nil {
			removed = &r.StagingRemoved
		}
	}
	err := a.result("ended", removed, func(w io.Writer) {
		fmt.Fprintf(w, "%s is %s (%s).\n", a.session.ApplicationID, a.last.State, cmp.Or(a.last.FinalStatus, yarn.StatusUndefined))
	})
	return cmp.Or(why, err)
}

// attachedResult is the last line with -o json. The keys are stable.
type attachedResult struct {
	submit.SessionStatus
	// Outcome is stopped, killed, detached, or ended: by somebody else.
	Outcome string `json:"outcome"`
	// StagingRemoved is null where this command has not looked.
	StagingRemoved *bool `json:"stagingRemoved"`
}

func (a *attachment) result(outcome string, removed *bool, text func(io.Writer)) error {
	if a.env.out.json {
		return a.env.out.line(attachedResult{a.last, outcome, removed})
	}
	a.env.out.stderr.end()
	text(a.env.out.stdout)
	return nil
}

// show prints a change.
func (a *attachment) show(s submit.SessionStatus) error {
	moved := s.RestURL != a.last.RestURL
	a.last = s
	if a.env.out.json {
		return a.env.out.line(s)
	}
	if moved {
		a.env.out.progress.line(fmt.Sprintf("%s: its JobManager is at %s now", s.ApplicationID, s.RestURL))
	}
	a.env.out.progress.line(statusLine(s))
	return nil
}
