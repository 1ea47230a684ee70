// Package cli is the command line: it turns argv into a spec, calls one library
// function and prints.
//
// Every command line goes the same way. The table in option_table.go knows every
// option, Flink's spellings included; rewrite.go turns argv into long options by
// it, so that pflag never sees "-jm"; a command's constructor, one file each,
// turns them into that command's options and calls its run function; Run maps
// the error that comes back to an exit code by the table in exit_codes.go. Help,
// completion and docs/cli.md are made from the same two tables.
//
// stdout carries results only; everything else goes to stderr.
package cli

//go:generate go run ./gendocs ../../docs/cli.md
