package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func newHelpCommand(env *Env) *cobra.Command {
	return newCommand(cmdHelp, func(_ context.Context, line commandLine) error {
		name := cmdRoot
		if len(line.positional) > 0 {
			if name = line.positional[0]; findCommand(name) == nil {
				return unknownCommand(name)
			}
		}
		_, err := io.WriteString(env.Stdout, helpText(name))
		return err
	})
}

// helpText renders help on a command, or on all.
func helpText(command string) string {
	var b strings.Builder
	c := findCommand(command)
	if c == nil {
		b.WriteString("Runs Apache Flink on Hadoop YARN, without a JVM.\n\nUsage:\n  yarnflink COMMAND [OPTION…] [ARGUMENT…]\n\nCommands:\n")
		var rows [][]string
		for i := range commandTable {
			rows = append(rows, []string{"  " + commandTable[i].name, commandTable[i].short})
		}
		table(&b, rows)
		writeOptions(&b, "Options of all commands", sharedOptions())
		b.WriteString("\nExit codes:\n")
		table(&b, exitRows("  "))
		b.WriteString("\nSee also: yarnflink help COMMAND\n")
		return b.String()
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  yarnflink %s\n", strings.ToUpper(c.short[:1])+c.short[1:], c.usage)
	if c.long != "" {
		fmt.Fprintf(&b, "\n%s\n", c.long)
	}
	writeOptions(&b, "Options", ownOptions(command))
	writeOptions(&b, "Options of all commands", sharedOptions())
	if len(c.examples) > 0 {
		fmt.Fprintf(&b, "\nExamples:\n  %s\n", strings.Join(c.examples, "\n  "))
	}
	return b.String()
}

// ownOptions are the rows of a command that not every command has, without those
// that are taken for a cluster that it does not start.
func ownOptions(command string) []*option {
	var rows []*option
	for _, o := range optionsOf(command) {
		if !o.shared() && !(o.effect == starting && o.idle(command)) {
			rows = append(rows, o)
		}
	}
	return rows
}

func sharedOptions() []*option {
	var rows []*option
	for i := range optionTable {
		if o := &optionTable[i]; o.shared() {
			rows = append(rows, o)
		}
	}
	return rows
}

func (o *option) shared() bool { return len(o.commands) == 0 || len(o.commands) == len(allCommands) }

func writeOptions(w io.Writer, title string, rows []*option) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	var lines [][]string
	for _, o := range rows {
		lines = append(lines, []string{"  " + o.usage(), o.describe()})
	}
	table(w, lines)
}

// usage writes all spellings and the value: "-jm, --jobManagerMemory SIZE".
func (o *option) usage() string {
	var names []string
	for _, short := range o.short {
		names = append(names, "-"+short)
	}
	if len(o.long) > len(o.spelling())-1 || len(o.short) == 0 {
		names = append(names, "--"+o.long)
	}
	s := strings.Join(names, ", ")
	switch o.arity {
	case optional:
		s += "[=" + o.arg + "]"
	case swallowing:
		s += " [" + o.arg + "]"
	case single, repeatable:
		s += " " + o.arg
	}
	return s
}

// describe is the help with the key and what else the table says.
func (o *option) describe() string {
	s := o.help
	if o.arity == repeatable {
		s += "; may be repeated"
	}
	if o.key != "" && (o.effect == applies || o.effect == starting) {
		s += " [" + o.key + "]"
	}
	return s
}

// exitRows are the exit codes with their meaning, in the order of the codes.
func exitRows(indent string) [][]string {
	rows := [][]string{{indent + fmt.Sprint(exitDone), "done"}}
	for code := 1; code <= exitTerminated; code++ {
		for _, row := range exitTable {
			if row.code == code {
				rows = append(rows, []string{indent + fmt.Sprint(code), row.meaning})
			}
		}
	}
	return rows
}
