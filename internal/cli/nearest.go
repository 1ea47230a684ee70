package cli

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// unknownOption makes the error for an option that the command lacks: with what
// was most likely meant, or the commands that have it.
func (s *scanner) unknownOption(arg string) error {
	of := s.line.command
	if of == cmdRoot {
		of = "yarnflink"
	}
	err := usagef("unknown option %s of %s", arg, of)
	name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	// -jm1024 and -jm=1024: the option is known, only the blank is missing.
	best := ""
	for _, o := range s.rows {
		for _, short := range o.short {
			rest, ok := strings.CutPrefix(name, short)
			if ok && o.arity != flag && len(short) > len(best) && rest+value != "" && o.strict() && o.check(rest+value) == nil {
				best = short
				err.hint = "did you mean -" + short + " " + rest + value + "?"
			}
		}
	}
	if best != "" {
		return err
	}
	if near := nearest(name, s.spellings()); near != "" {
		err.hint = "did you mean " + near + "?"
	} else if commands := commandsWith(name); len(commands) > 0 {
		err.hint = "it is an option of " + strings.Join(commands, ", ")
	}
	if err.hint == "" {
		err.hint = "see: yarnflink help " + s.line.command
	}
	return err
}

func (s *scanner) spellings() []string {
	var all []string
	for _, o := range s.rows {
		for _, short := range o.short {
			all = append(all, "-"+short)
		}
		if len(o.long) > 1 {
			all = append(all, "--"+o.long)
		}
	}
	return all
}

// commandsWith returns the commands that know the option by name.
func commandsWith(name string) []string {
	var commands []string
	for i := range optionTable {
		o := &optionTable[i]
		if o.long != name && !slices.Contains(o.short, name) {
			continue
		}
		for _, c := range o.commands {
			if c != cmdRoot && !slices.Contains(commands, c) {
				commands = append(commands, c)
			}
		}
	}
	return commands
}

func unknownCommand(name string) error {
	var names []string
	for _, c := range commandTable {
		names = append(names, c.name)
	}
	err := usagef("unknown command %q", name)
	if near := nearest(name, names); near != "" {
		err.hint = "did you mean " + near + "?"
	} else {
		err.hint = "the commands are " + strings.Join(names, ", ")
	}
	return err
}

// checkAction refuses the word behind a command that is none of its actions.
func checkAction(command, word string, actions []string) error {
	if slices.Contains(actions, word) {
		return nil
	}
	hint := ""
	if near := nearest(word, actions); near != "" {
		hint = "did you mean " + command + " " + near + "?"
	}
	return usageWithHint(hint, "%s needs one of %s, not %q", command, strings.Join(actions, ", "), word)
}

// nearest returns the candidate that is spelled most like name, its dashes left
// aside, or "" if none is near.
func nearest(name string, candidates []string) string {
	best, distance := "", 1+max(1, len(name)/3)
	for _, candidate := range candidates {
		bare := strings.TrimLeft(candidate, "-")
		d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(bare))
		if d < distance && d < len(bare) {
			best, distance = candidate, d
		}
	}
	return best
}
