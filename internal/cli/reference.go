package cli

import (
	"fmt"
	"strings"
)

// Reference renders docs/cli.md: every command, option and exit code, from the
// tables that the program runs by.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Command line\n\nThis page is made by `go generate ./internal/cli`.\n\n" +
		"Options are Flink's own, in Flink's spelling: `-jm 4096`, `--jobManagerMemory 4096`, `-Dk=v`, `-D k=v`. " +
		"An unknown option is an error. *Flink* says which releases of Flink's clients have an option; those without are ours.\n")
	for i := range commandTable {
		c := &commandTable[i]
		fmt.Fprintf(&b, "\n## yarnflink %s\n\n%s.\n\n```\nyarnflink %s\n```\n", c.name, strings.ToUpper(c.short[:1])+c.short[1:], c.usage)
		if c.long != "" {
			fmt.Fprintf(&b, "\n%s\n", c.long)
		}
		referenceOptions(&b, ownOptions(c.name))
		if len(c.examples) > 0 {
			fmt.Fprintf(&b, "\n```\n%s\n```\n", strings.Join(c.examples, "\n"))
		}
	}
	b.WriteString("\n## Options of all commands\n")
	referenceOptions(&b, sharedOptions())
	b.WriteString("\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n")
	for _, row := range exitRows("") {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	return b.String()
}

func referenceOptions(b *strings.Builder, rows []*option) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n| option | does | sets | Flink |\n| --- | --- | --- | --- |\n")
	cell := strings.NewReplacer("|", "\\|")
	for _, o := range rows {
		does := o.help
		switch {
		case o.effect == ignored:
			does = o.why
		case o.arity == repeatable:
			does += "; may be repeated"
		}
		key := ""
		if o.key != "" {
			key = "`" + o.key + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", cell.Replace(o.usage()), cell.Replace(does), key, o.versions)
	}
}
