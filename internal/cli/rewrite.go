package cli

import (
	"fmt"
	"slices"
	"strings"
)

// given is an option as it was given, in its place of the command line.
type given struct {
	option *option
	value  string
}

// commandLine is argv, understood.
type commandLine struct {
	command    string
	given      []given
	positional []string
}

// argv writes the command line in the one form that cobra and pflag cannot
// misread: the command, long options with "=", "--", the rest untouched.
func (l commandLine) argv() []string {
	var argv []string
	if l.command != cmdRoot {
		argv = append(argv, l.command)
	}
	for _, g := range l.given {
		if g.option.arity == flag || g.option.mayLackValue() && g.value == "" {
			argv = append(argv, "--"+g.option.long)
		} else {
			argv = append(argv, "--"+g.option.long+"="+g.value)
		}
	}
	return append(append(argv, "--"), l.positional...)
}

// has tells whether the option with that long name was given, with value if that is not "".
func (l commandLine) has(long, value string) bool {
	return slices.ContainsFunc(l.given, func(g given) bool {
		return g.option.long == long && (value == "" || strings.EqualFold(g.value, value))
	})
}

// rewrite understands args (without the program's name) by the table of options.
// Options may stand before the command if every command knows them. For a
// command that runs a jar, everything from the first word that is no option on
// is returned untouched. On errors, of which it reports all, what was understood
// is returned as well.
//
// Java: org.apache.commons.cli.DefaultParser; differs: an unknown option is an
// error, but behind -py or -pym, where it starts the program's arguments, and "-jm1024" is one rather than "-j m1024".
func rewrite(args []string) (commandLine, error) {
	s := &scanner{args: args, rows: optionsOf(cmdRoot)}
	s.scan(true)
	if len(s.line.positional) > 0 {
		name := s.line.positional[0]
		s.line.positional = nil
		c := findCommand(name)
		if c == nil {
			s.scan(false) // for -o json, which says how to print the error
			return s.line, unknownCommand(name)
		}
		s.line.command = name
		s.rows = optionsOf(name)
		s.scan(c.program)
		s.checkCount(c)
	}
	s.checkRepeated()
	return s.line, problems(errUsage, s.errs)
}

// scanner walks over args.
type scanner struct {
	args []string
	rows []*option
	line commandLine
	errs []error
}

func (s *scanner) fail(err error) { s.errs = append(s.errs, err) }

// next takes the next argument.
func (s *scanner) next() string {
	arg := s.args[0]
	s.args = s.args[1:]
	return arg
}

// scan takes options and words. With stop it ends behind the first word, which
// before the command is the command; for a program the rest is the program's.
func (s *scanner) scan(stop bool) {
	jarGiven := func() bool { return s.line.has("jarfile", "") }
	for len(s.args) > 0 {
		arg := s.next()
		switch {
		case arg == "--":
			s.line.positional = append(s.line.positional, s.args...)
			s.args = nil
		case !strings.HasPrefix(arg, "-") || arg == "-":
			s.line.positional = append(s.line.positional, arg)
			if s.line.command == cmdRoot && stop {
				return
			}
			if stop || jarGiven() {
				s.line.positional = append(s.line.positional, s.args...)
				s.args = nil
			}
		default:
			s.option(arg)
		}
	}
}

// unknown refuses an option that is not in the table. Where a Python program is
// named there is no jar before which options end: its arguments start here.
func (s *scanner) unknown(arg string) {
	if s.line.isPython() {
		s.line.positional = append(s.line.positional, append([]string{arg}, s.args...)...)
		s.args = nil
		return
	}
	s.fail(s.unknownOption(arg))
}

// option understands one argument that starts with a dash.
func (s *scanner) option(arg string) {
	if long, ok := strings.CutPrefix(arg, "--"); ok {
		s.long(arg, long)
		return
	}
	word := arg[1:]
	if o := s.byShort(word); o != nil {
		s.take(o, arg, nil)
		return
	}
	name, value, assigned := strings.Cut(word, "=")
	if o := s.byLong(name); o != nil {
		s.takeAssigned(o, arg, value, assigned)
		return
	}
	if o, rest := s.byPropertyPrefix(word); o != nil {
		s.take(o, "-"+o.short[0], &rest)
		return
	}
	if matches := s.byLongPrefix(name); len(matches) == 1 {
		s.takeAssigned(matches[0], arg, value, assigned)
		return
	}
	if s.letters(word) {
		return
	}
	s.unknown(arg)
}

func (s *scanner) long(arg, word string) {
	name, value, assigned := strings.Cut(word, "=")
	if o := s.byLong(name); o != nil {
		s.takeAssigned(o, arg, value, assigned)
		return
	}
	switch matches := s.byLongPrefix(name); len(matches) {
	case 0:
		s.unknown(arg)
	case 1:
		s.takeAssigned(matches[0], arg, value, assigned)
	default:
		var names []string
		for _, o := range matches {
			names = append(names, "--"+o.long)
		}
		s.fail(usagef("%s: several options start so: %s", arg, strings.Join(names, ", ")))
	}
}

func (s *scanner) takeAssigned(o *option, arg, value string, assigned bool) {
	if !assigned {
		s.take(o, arg, nil)
		return
	}
	s.take(o, strings.TrimSuffix(arg, "="+value), &value)
}

// take records o, written as spelled, with its value if that stood in the same
// argument, else with the next argument where it needs one.
func (s *scanner) take(o *option, spelled string, value *string) {
	switch {
	case o.arity == flag && value != nil:
		s.fail(usagef("%s takes no value, but %q was given", spelled, *value))
		return
	case o.arity == flag || o.arity == optional && value == nil, o.arity == swallowing && value == nil && !s.wordFollows():
		s.line.given = append(s.line.given, given{option: o})
		return
	case value == nil:
		if len(s.args) == 0 || s.isKnown(s.args[0]) {
			s.fail(usagef("%s needs a value: %s %s", spelled, spelled, o.arg))
			return
		}
		next := s.next()
		if o.kind == property && !strings.Contains(next, "=") && s.wordFollows() {
			next += "=" + s.next() // -D key value
		}
		value = &next
	}
	if err := o.check(*value); err != nil {
		s.fail(usagef("%s %s: %w", spelled, *value, err))
		return
	}
	s.line.given = append(s.line.given, given{option: o, value: *value})
}

// wordFollows tells whether the next argument is no option.
func (s *scanner) wordFollows() bool {
	return len(s.args) > 0 && !strings.HasPrefix(s.args[0], "-")
}

// isKnown tells whether arg is an option of this command, so that it cannot be
// meant as a value: "-D -d" lacks one. "-1" is a value.
func (s *scanner) isKnown(arg string) bool {
	word := strings.TrimLeft(arg, "-")
	if word == arg || word == "" {
		return false
	}
	name, _, _ := strings.Cut(word, "=")
	property, _ := s.byPropertyPrefix(word)
	return s.byShort(word) != nil || s.byLong(name) != nil || property != nil && !strings.HasPrefix(arg, "--")
}

// letters understands one-letter options in one argument: -dh, -p4.
func (s *scanner) letters(word string) bool {
	var found []given
	for i, r := range word {
		o := s.byShort(string(r))
		if o == nil {
			return false
		}
		rest := word[i+len(string(r)):]
		switch {
		case o.arity == flag:
			found = append(found, given{option: o})
		case rest != "" && o.joined(rest):
			s.line.given = append(append(s.line.given, found...), given{o, rest})
			return true
		default:
			return false
		}
	}
	s.line.given = append(s.line.given, found...)
	return true
}

func (s *scanner) byShort(word string) *option {
	for _, o := range s.rows {
		if slices.Contains(o.short, word) {
			return o
		}
	}
	return nil
}

func (s *scanner) byLong(name string) *option {
	for _, o := range s.rows {
		if o.long == name {
			return o
		}
	}
	return nil
}

// byLongPrefix returns the options whose long name starts with prefix. A prefix
// that was unique among Flink's own options stays so beside ours.
func (s *scanner) byLongPrefix(prefix string) []*option {
	var all, flinks []*option
	for _, o := range s.rows {
		if prefix != "" && strings.HasPrefix(o.long, prefix) {
			all = append(all, o)
			if o.versions != "" {
				flinks = append(flinks, o)
			}
		}
	}
	if len(flinks) == 1 {
		return flinks
	}
	return all
}

// byPropertyPrefix finds the option of -Dkey=value and -yDkey=value.
func (s *scanner) byPropertyPrefix(word string) (*option, string) {
	for _, o := range s.rows {
		if o.kind != property {
			continue
		}
		if rest, ok := strings.CutPrefix(word, o.short[0]); ok && rest != "" {
			return o, rest
		}
	}
	return nil, ""
}

// checkRepeated refuses a second, different value. Flink's client would take the
// first one, most others the last one.
func (s *scanner) checkRepeated() {
	seen := map[*option]string{}
	for _, g := range s.line.given {
		if g.option.arity != single {
			continue
		}
		if first, ok := seen[g.option]; ok && first != g.value {
			s.fail(usagef("%s is given twice, as %s and as %s", g.option.spelling(), first, g.value))
		}
		seen[g.option] = g.value
	}
}

func (s *scanner) checkCount(c *commandSpec) {
	n := len(s.line.positional)
	if len(s.errs) > 0 || s.line.has("help", "") {
		return // a word may belong to an option that isn't known
	}
	switch {
	case c.program && n == 0 && !s.line.has("jarfile", "") && !s.line.isPython():
		s.fail(usagef("%s needs a jar: yarnflink %s", c.name, c.usage))
	case !c.program && n < c.least:
		s.fail(usagef("%s needs %s: yarnflink %s", c.name, c.operand, c.usage))
	case c.most >= 0 && n > c.most:
		s.fail(s.extra(c))
	}
}

func noUse(command string, words []string) error {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = fmt.Sprintf("%q", word)
	}
	return usagef("%s has no use for %s", command, strings.Join(quoted, " "))
}

// extra names the words that a command has no use for.
func (s *scanner) extra(c *commandSpec) error {
	rest := s.line.positional[c.most:]
	return noUse(c.name, rest)
}
