//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// secureStep is an exchange of a start that is held while something happens to the login.
type secureStep struct {
	name  string
	at    func(*place) *faults.Injector
	match string // see stagingStep
	skip  int
	after bool
}

var secureSteps = []secureStep{
	{name: "cluster being looked at", at: (*place).yarn, match: "GET /ws/v1/cluster/info"},
	{name: "folder being made", at: (*place).files, match: "PUT {staging}/application_*?op=MKDIRS"},
	{name: "configuration being sent", at: (*place).files, match: "PUT {staging}/application_*/.tmp-*?op=CREATE", skip: 2},
	{name: "token being asked for", at: (*place).files, match: "GET /webhdfs/v1/?op=GETDELEGATIONTOKEN"},
	{name: "about to be submitted", at: (*place).yarn, match: "POST /ws/v1/cluster/apps"},
	{name: "submitted", at: (*place).yarn, match: "POST /ws/v1/cluster/apps", after: true},
	{name: "accepted", at: (*place).yarn, match: "GET /ws/v1/cluster/apps/application_*", skip: 1},
	{name: "running, not yet serving", at: (*place).flink, match: "GET /overview"},
}

// secureFaults is a cluster with Kerberos on which starts are broken, one after the other.
type secureFaults struct {
	*mainJob
	kdc  *kdc.KDC
	rows int
}

// loginFault is what happens to a login.
type loginFault struct {
	name   string
	keytab bool // else a ticket cache
	// do makes it happen, and returns what undoes it.
	do func(t *testing.T, f *secureFaults) (undo func())
	// answer is given to the exchange instead; do is nil then.
	answer *faults.Fault
	// interrupted is a Ctrl-C while the exchange is held; do is nil then.
	interrupted bool
}

// shortLife is the life of the tickets that end in the middle of a start.
const shortLife = 10 * time.Second

func loginFaults() []loginFault {
	admin := func(do, undo string) func(*testing.T, *secureFaults) func() {
		return func(t *testing.T, f *secureFaults) func() {
			run := func(script string) {
				if out, err := f.kdc.Admin(context.Background(), script+"\n"); err != nil {
					t.Errorf("%s: %v: %s", script, err, out)
				}
			}
			run(do)
			return func() { run(undo) }
		}
	}
	return []loginFault{
		{name: "the ticket ends", do: func(*testing.T, *secureFaults) func() {
			time.Sleep(shortLife + time.Second)
			return func() {}
		}},
		{name: "the KDC goes away", do: func(t *testing.T, f *secureFaults) func() {
			if err := f.cluster.StopDaemon(t.Context(), minicluster.KDC); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := f.cluster.StartDaemon(context.Background(), minicluster.KDC); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{name: "the principal is locked", keytab: true, do: admin("modprinc -allow_tix alice", "modprinc +allow_tix alice")},
		{name: "Ctrl-C", interrupted: true},
		{name: "the cookie is refused", answer: &faults.Fault{Code: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {"Negotiate"}}}},
		{name: "the server's clock is wrong", answer: &faults.Fault{Code: http.StatusForbidden, Times: -1,
			Body: "<title>Error 403</title><p>Error 403 GSSException: Failure unspecified at GSS-API level (Mechanism level: Clock skew too great (37))</p>"}},
	}
}

// Whatever happens to a login at any step of a start: it comes up, or ends soon with 4, 5, where the application found out 6, after a
// Ctrl-C 130, and what it has left is named.
func TestLongSecurityFaults(t *testing.T) {
	clustertest.Long(t)
	m := newMainJobOn(t, clustertest.Secure(t, minicluster.Options{}))
	server, err := m.cluster.KDC(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := &secureFaults{mainJob: m, kdc: server}
	var table strings.Builder
	count := 0
	for _, step := range secureSteps {
		for _, fault := range loginFaults() {
			if fault.answer != nil && (step.after || step.match == "GET /overview") {
				continue // nothing is answered instead there, or not by a server with Kerberos
			}
			t.Run(step.name+", "+fault.name, func(t *testing.T) {
				o := f.try(t, step, fault)
				fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", step.name, fault.name, o.ended, o.left)
				count++
			})
		}
	}
	writePage(t, "security-faults.md", fmt.Sprintf(`# What happens to a login, and what comes of it

This page is written by `+"`make test-long`"+`: %d faults at %d steps of `+"`yarnflink session -d`"+` over WebHDFS, on a real cluster with Kerberos.
Each row holds the start at its step until the fault has happened. Then was seen: the start came up, or ended with 4, 5, where the
application found out 6, after a Ctrl-C 130, and all that it left is named by what it said.

| step | what happens | the start | left |
| --- | --- | --- | --- |
%s`, count, len(secureSteps), table.String()))
}

// try holds a start at a step, has something happen to its login, and looks at what comes of it.
func (f *secureFaults) try(t *testing.T, step secureStep, fault loginFault) outcome {
	row := *f.place
	f.rows++
	row.Faulty, row.name = clustertest.NewFaulty(t, f.cluster), fmt.Sprintf("%s-%d", f.name, f.rows)
	row.settings = append(slices.Clone(f.settings), "-D", "yarn.application.name="+row.name)
	variables := []string{"HADOOP_CONF_DIR=" + row.ConfDir(t)}
	if fault.keytab {
		variables = append(variables, "KRB5CCNAME=/no/such/cache")
		row.settings = append(append(row.settings, f.byKeytab("alice")...), "-D", "security.kerberos.krb5-conf.path="+f.cluster.Krb5Config())
	} else {
		cache := filepath.Join(t.TempDir(), "tickets")
		life := "1h"
		if fault.name == "the ticket ends" {
			life = fmt.Sprintf("%ds", int(shortLife.Seconds()))
		}
		if err := f.kdc.Login(t.Context(), "alice", "alice", cache, "-l", life); err != nil {
			t.Fatal(err)
		}
		variables = append(variables, "KRB5CCNAME="+cache)
	}
	row.env = append(slices.Clone(f.env), variables...)
	hold := faults.Fault{Match: strings.ReplaceAll(step.match, "{staging}", "/webhdfs/v1"+row.base+"/.flink"), Skip: step.skip, Mode: faults.Hang}
	if step.after {
		hold.Mode = faults.HangAfter
	}
	if a := fault.answer; a != nil {
		hold.Mode, hold.Code, hold.Header, hold.Body, hold.Times = faults.Answer, a.Code, a.Header, a.Body, a.Times
	}
	hit := step.at(&row).Add(hold)
	r := row.session(t)
	r.reach(t, hit.C)
	undo, codes := func() {}, []int{0, 4, 5, 6}
	switch {
	case fault.do != nil:
		undo = sync.OnceFunc(fault.do(t, f))
		t.Cleanup(undo)
		hit.Release()
	case fault.interrupted:
		r.signal(t, syscall.SIGINT)
		codes = []int{130}
	}
	o := outcome{ended: r.endsAs(t, codes)}
	undo()
	if strings.Contains(fault.name, "clock") {
		for _, w := range []string{"Clock skew too great", "NTP"} {
			if !strings.Contains(r.stderr.String(), w) {
				t.Errorf("no %q in: %s", w, r.stderr.String())
			}
		}
	}
	o.left = f.leftBy(t, &row, r)
	return o
}

// leftBy removes what a row has left, and wants it to have been named, or to be the session that came up.
func (f *secureFaults) leftBy(t *testing.T, row *place, r *process) string {
	t.Helper()
	text := r.stdout.String() + r.stderr.String()
	var left []string
	live, err := f.rm.Applications(context.Background(), yarn.Filter{Name: row.name, States: yarn.LiveStates()})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range live {
		if !strings.Contains(text, a.ID.String()) {
			t.Errorf("nobody was told of %s", a.ID)
		}
		left = append(left, "application")
		if _, err := f.rm.Kill(context.Background(), a.ID, "the row is done"); err != nil {
			t.Error(err)
		}
	}
	folders, err := f.dfs.List(context.Background(), f.base+"/.flink")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, folder := range folders {
		name := path.Base(folder.Path)
		if name == "cache" {
			continue
		}
		if !strings.Contains(text, name) {
			t.Errorf("nobody was told of %s", folder.Path)
		}
		left = append(left, "folder")
		if err := f.dfs.RemoveAll(context.Background(), folder.Path); err != nil {
			t.Error(err)
		}
	}
	switch {
	case r.cmd.ProcessState.ExitCode() == 0 && slices.Equal(left, []string{"application", "folder"}):
		return "the session"
	case len(left) == 0:
		return "nothing"
	}
	if !strings.Contains(text, "left behind") {
		t.Errorf("%v is left, and not said to be:\n%s", left, text)
	}
	return "told of: " + strings.Join(left, ", ")
}
