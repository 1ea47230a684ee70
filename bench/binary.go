package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// maxBinary is the most bytes the binary may have.
const maxBinary = 24_000_000

// binaryFacts are what the binary costs before it runs.
type binaryFacts struct {
	Bytes  int64
	Static bool // it asks for no dynamic loader
}

// missingBinaryError says that there is nothing to measure.
type missingBinaryError struct{ err error }

func (e *missingBinaryError) Error() string { return fmt.Sprintf("find the binary: %v", e.err) }
func (e *missingBinaryError) Unwrap() error { return e.err }

// Hint says how to get it.
func (e *missingBinaryError) Hint() string { return "run `make build`, or name one with -binary" }

func inspectBinary(path string) (binaryFacts, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return binaryFacts{}, &missingBinaryError{err}
	}
	if err != nil {
		return binaryFacts{}, fmt.Errorf("inspect the binary: %w", err)
	}
	file, err := elf.Open(path)
	if err != nil {
		return binaryFacts{}, fmt.Errorf("inspect %s: %w", path, err)
	}
	defer file.Close()
	interpreted := slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	return binaryFacts{Bytes: info.Size(), Static: !interpreted}, nil
}
