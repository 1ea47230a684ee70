package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/yarnflink/yarnflink/flink/archive"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/internal/tlsconfig"
	"github.com/yarnflink/yarnflink/internal/zookeeper"
	"github.com/yarnflink/yarnflink/kerberos"
	"github.com/yarnflink/yarnflink/standalone"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// Exit codes.
const (
	exitDone        = 0
	exitOther       = 1
	exitUsage       = 2
	exitRefused     = 3
	exitNotAllowed  = 4
	exitUnreachable = 5
	exitDeployment  = 6
	exitJobFailed   = 7
	exitCancelled   = 8
	exitNotFound    = 9
	exitTimeout     = 124
	exitInterrupted = 130
	exitTerminated  = 143
)

// exitRow maps errors to a code. is holds the sentinels of errors.Is, match
// decides where a sentinel doesn't.
type exitRow struct {
	code    int
	meaning string
	is      []error
	match   func(error) bool
}

// exitTable is asked from top to bottom; the first row that fits an error gives
// the code. What ended the command counts before what it broke by that, and the
// outcome of a job or deployment before the reason that is wrapped in it.
var exitTable = []exitRow{
	{code: exitInterrupted, meaning: "interrupted", match: bySignal(os.Interrupt)},
	{code: exitTerminated, meaning: "terminated", match: bySignal(syscall.SIGTERM, syscall.SIGHUP)},
	{code: exitTimeout, meaning: "timeout", match: isA[*expiry]},
	{code: exitUsage, meaning: "wrong usage", is: []error{errUsage}},
	{code: exitJobFailed, meaning: "the job failed, or the program before it had one", is: []error{submit.ErrJobFailed, rest.ErrProgramFailed}},
	{code: exitCancelled, meaning: "the job was cancelled, or its application killed", is: []error{submit.ErrJobCancelled, submit.ErrApplicationKilled}},
	{code: exitDeployment, meaning: "the deployment failed", is: []error{submit.ErrDeploymentFailed, standalone.ErrIncomplete}},
	{code: exitRefused, meaning: "refused before anything started (configuration, validation)", is: []error{
		errRefused, submit.ErrInvalid, submit.ErrAmbiguous, standalone.ErrInvalid, tlsconfig.ErrConfiguration, httpclient.ErrUntrusted, httpclient.ErrScheme, httpclient.ErrHandshake,
		hadoop.ErrNoConfDir, hadoop.ErrNotSet, hadoop.ErrInvalidValue, hadoop.ErrExpansion, hadoop.ErrLocalDefaultFS, hadoop.ErrWildcardAddress, hadoop.ErrNoMount, hdfs.ErrNotDirectory, kerberos.ErrConfiguration}},
	{code: exitNotAllowed, meaning: "not allowed (Kerberos, permission, queue, quota)", is: []error{
		yarn.ErrForbidden, yarn.ErrUnauthorized, fs.ErrPermission, rest.ErrSubmitDisabled, rest.ErrForbidden, zookeeper.ErrNotAllowed, hdfs.ErrQuota, hdfs.ErrKerberosRequired, kerberos.ErrLogin, standalone.ErrNotAllowed, httpclient.ErrClientRefused, submit.ErrLocked}},
	{code: exitNotFound, meaning: "not found (application, job, session, file)", is: []error{
		submit.ErrSessionNotFound, archive.ErrNotFound, yarn.ErrApplicationNotFound, rest.ErrJobNotFound, rest.ErrJarNotFound, standalone.ErrNotRunning, fs.ErrNotExist}},
	{code: exitUnreachable, meaning: "cluster not reachable", is: []error{
		yarn.ErrUnreachable, hdfs.ErrUnreachable, hdfs.ErrTransfer, hdfs.ErrSafeMode, rest.ErrUnreachable, submit.ErrNoLeader, zookeeper.ErrUnreachable, kerberos.ErrUnreachable, standalone.ErrUnreachable, httpclient.ErrExpired, context.DeadlineExceeded}},
	{code: exitOther, meaning: "failed for another reason", match: func(error) bool { return true }},
}

// exitCode returns the code for what a command returned.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	for _, row := range exitTable {
		if row.fits(err) {
			return row.code
		}
	}
	return exitOther
}

func (r exitRow) fits(err error) bool {
	for _, sentinel := range r.is {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return r.match != nil && r.match(err)
}

func bySignal(signals ...os.Signal) func(error) bool {
	return func(err error) bool {
		var i *interruption
		return errors.As(err, &i) && slices.Contains(signals, i.signal)
	}
}

func isA[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// worst returns the error whose row stands first in the table, nil if all are nil.
func worst(errs []error) error {
	for _, row := range exitTable {
		for _, err := range errs {
			if err != nil && row.fits(err) {
				return err
			}
		}
	}
	return nil
}
