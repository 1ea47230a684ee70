package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/yarnflink/yarnflink/standalone"
	"github.com/yarnflink/yarnflink/submit"
)

func (o *standaloneOptions) push(ctx context.Context, env *Env, c *standalone.Cluster) error {
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	pushed, err := c.Push(ctx, standalone.PushOptions{DryRun: o.DryRun != notDry, Delete: o.Delete, Progress: env.reportPush})
	if pushed == nil {
		return withCause(ctx, refuse(err))
	}
	warnOfPush(env.out, pushed)
	if printErr := env.out.result(pushed, func(w io.Writer) { printPushedHosts(w, pushed) }); printErr != nil {
		return printErr
	}
	return withCause(ctx, err)
}

// reportPush shows how far a push is: hosts take the place of files.
func (e *Env) reportPush(p standalone.PushProgress) {
	step := submit.Progress{Phase: submit.PhaseStage, Message: "sending", Done: p.Done}
	if p.Complete {
		step.Total = p.Total
	}
	for _, h := range p.Hosts {
		step.Files = append(step.Files, submit.FileProgress{Name: h.Host, Done: h.Done, Total: h.Total})
	}
	e.out.progress.show(step)
}

// namesShown is how many files a warning names.
const namesShown = 5

func warnOfPush(out *output, p *standalone.Pushed) {
	if len(p.Skipped) > 0 {
		out.warn("neither files nor folders, and not sent: " + someOf(p.Skipped))
	}
	if len(p.Exposed) > 0 {
		out.warn("the configuration holds secrets (" + someOf(p.Exposed) + "), and its file may be read by others, here and so on the hosts: chmod 600 it")
	}
	for _, h := range p.Hosts {
		if len(h.Loaded) > 0 {
			out.warn(fmt.Sprintf("%s has files that are not here, and Flink loads them there: %s; --delete removes them", h.Host, someOf(h.Loaded)))
		}
	}
}

// someOf names the first of many.
func someOf(names []string) string {
	if more := len(names) - namesShown; more > 0 {
		return strings.Join(names[:namesShown], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

func printPushedHosts(w io.Writer, p *standalone.Pushed) {
	rows := [][]string{{"HOST", "SENT", "SIZE", "REMOVED", "REMARK"}}
	if p.DryRun {
		rows[0][1], rows[0][3] = "TO SEND", "TO REMOVE"
	}
	for _, h := range p.Hosts {
		if h.Error != "" {
			rows = append(rows, []string{h.Host, "?", "", "", firstLine(h.Error)})
			continue
		}
		rows = append(rows, []string{h.Host, strconv.Itoa(len(h.Sent)), bytesText(h.Bytes), strconv.Itoa(len(h.Removed)), pushRemark(h, p.DryRun)})
	}
	table(w, rows)
	if !p.DryRun {
		return
	}
	for _, h := range p.Hosts {
		for _, list := range []struct {
			verb  string
			names []string
		}{{"send", h.Sent}, {"change permissions or time of", h.Changed}, {"remove", h.Removed}} {
			for _, name := range list.names {
				fmt.Fprintf(w, "%s: %s %s\n", h.Host, list.verb, name)
			}
		}
	}
}

func pushRemark(h standalone.PushedHost, dry bool) string {
	var remarks []string
	switch {
	case h.Same:
		remarks = append(remarks, "the same folder as here")
	case len(h.Sent)+len(h.Changed)+len(h.Removed) == 0:
		remarks = append(remarks, "as here already")
	case !dry:
		remarks = append(remarks, fmt.Sprintf("%.1f s", h.Seconds))
	}
	if n := len(h.Changed); n > 0 {
		remarks = append(remarks, fmt.Sprintf("permissions or time of %d files", n))
	}
	if h.Others > 0 {
		remarks = append(remarks, fmt.Sprintf("%d more files stay that are only there", h.Others))
	}
	return strings.Join(remarks, "; ")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
