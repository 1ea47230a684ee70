//go:build !linux

package main

import (
	"context"
	"errors"
)

func execute(context.Context, command) (usage, string, error) {
	return usage{}, "", errors.New("the benchmarks need Linux")
}
