package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/yarn"
)

// completeTimeout bounds the question for running applications: a shell waits.
const completeTimeout = 2 * time.Second

// complete answers a completion script of cobra: a line for each candidate, with
// its description behind a tab, then a directive. It always succeeds, for a
// shell has no place for errors. cobra's own answer would not know "-jm".
func complete(ctx context.Context, env *Env, described bool, args []string) int {
	if len(args) == 0 {
		args = []string{""}
	}
	words, current := args[:len(args)-1], args[len(args)-1]
	env.Stderr = io.Discard
	line, _ := rewrite(words) // a command line that is being written has errors
	env.out = newOutput(env, line)
	env.out.progress = &progress{}
	candidates, directive := candidates(ctx, env, line, words, current)
	for _, c := range candidates {
		if !strings.HasPrefix(c.text, current) {
			continue
		}
		if described && c.description != "" {
			fmt.Fprintf(env.Stdout, "%s\t%s\n", c.text, c.description)
		} else {
			fmt.Fprintln(env.Stdout, c.text)
		}
	}
	fmt.Fprintf(env.Stdout, ":%d\n", directive)
	return exitDone
}

// candidate is one way to go on.
type candidate struct{ text, description string }

func candidates(ctx context.Context, env *Env, line commandLine, words []string, current string) ([]candidate, cobra.ShellCompDirective) {
	const noFiles = cobra.ShellCompDirectiveNoFileComp
	if o := awaitsValue(line.command, words); o != nil {
		return valueCandidates(ctx, env, line, o)
	}
	c := findCommand(line.command)
	switch {
	case c != nil && c.program && len(line.positional) > 0:
		return nil, cobra.ShellCompDirectiveDefault // the program's arguments
	case strings.HasPrefix(current, "-"):
		return optionCandidates(line.command), noFiles
	case c == nil:
		return commandCandidates(), noFiles
	}
	switch c.name {
	case cmdRun, cmdRunApplication, cmdInfo:
		return nil, cobra.ShellCompDirectiveDefault
	case cmdKill:
		return applicationCandidates(ctx, env, line, byID), noFiles
	case cmdStatus:
		return applicationCandidates(ctx, env, line, byName), noFiles
	case cmdSession:
		if len(line.positional) == 0 {
			return []candidate{{"attach", "attach to a session"}, {"stop", "stop a session in order"}}, noFiles
		}
		return applicationCandidates(ctx, env, line, byName), noFiles
	case cmdCompletion:
		return texts(shells), noFiles
	case cmdHelp:
		return commandCandidates(), noFiles
	}
	return nil, noFiles
}

// awaitsValue returns the option whose value is being written.
func awaitsValue(command string, words []string) *option {
	if len(words) == 0 {
		return nil
	}
	last := words[len(words)-1]
	if !strings.HasPrefix(last, "-") || strings.Contains(last, "=") {
		return nil
	}
	for _, o := range optionsOf(command) {
		takes := o.arity == single || o.arity == repeatable
		if takes && (last == "--"+o.long || slices.Contains(o.short, last[1:])) {
			return o
		}
	}
	return nil
}

func valueCandidates(ctx context.Context, env *Env, line commandLine, o *option) ([]candidate, cobra.ShellCompDirective) {
	switch {
	case o.kind == choice:
		return texts(o.choices), cobra.ShellCompDirectiveNoFileComp
	case o.kind == application:
		return applicationCandidates(ctx, env, line, byID), cobra.ShellCompDirectiveNoFileComp
	case o.long == "session":
		return applicationCandidates(ctx, env, line, byName), cobra.ShellCompDirectiveNoFileComp
	case o.kind == path || o.long == "jarfile":
		return nil, cobra.ShellCompDirectiveDefault
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func optionCandidates(command string) []candidate {
	var all []candidate
	for _, o := range optionsOf(command) {
		if o.effect == ignored {
			continue
		}
		for _, short := range o.short {
			all = append(all, candidate{"-" + short, o.describe()})
		}
		if len(o.long) > 1 {
			all = append(all, candidate{"--" + o.long, o.describe()})
		}
	}
	return all
}

func commandCandidates() []candidate {
	var all []candidate
	for i := range commandTable {
		all = append(all, candidate{commandTable[i].name, commandTable[i].short})
	}
	return all
}

func byID(r yarn.ApplicationReport) candidate {
	return candidate{r.ID.String(), fmt.Sprintf("%s, %s", r.Name, r.State)}
}

func byName(r yarn.ApplicationReport) candidate {
	return candidate{r.Name, fmt.Sprintf("%s, %s", r.ID, r.State)}
}

// applicationCandidates asks the ResourceManager, for a short time, for the
// user's live applications.
func applicationCandidates(ctx context.Context, env *Env, line commandLine, as func(yarn.ApplicationReport) candidate) []candidate {
	ctx, cancel := context.WithTimeout(ctx, completeTimeout)
	defer cancel()
	g := line.globals(env)
	client, _, err := env.clusterClient(ctx, g, nil)
	if err != nil {
		return nil
	}
	defer client.Close()
	running, err := client.Sessions(ctx)
	if err != nil {
		return nil
	}
	var all []candidate
	for _, r := range running {
		all = append(all, as(r))
	}
	return all
}

func texts(words []string) []candidate {
	var all []candidate
	for _, w := range words {
		all = append(all, candidate{text: w})
	}
	return all
}
