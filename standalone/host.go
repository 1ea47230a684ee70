package standalone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/internal/sshclient"
)

// loginShell is what other hosts run: bash with the user's profile, which must
// neither eat the script nor be part of a command line with something secret.
const loginShell = `/bin/sh -c 'exec 3<&0; exec /bin/bash -l -c "exec /bin/bash -s <&3 3<&-" </dev/null'`

// host is one machine of a cluster.
type host struct {
	name    string
	cluster *Cluster
	once    sync.Once
	facts   *hostFacts
	err     error
}

func (c *Cluster) host(name string) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[name]
	if h == nil {
		h = &host{name: name, cluster: c}
		c.hosts[name] = h
	}
	return h
}

// acquire waits until the host may be worked on.
func (h *host) acquire(ctx context.Context) (release func(), err error) {
	select {
	case h.cluster.slots <- struct{}{}:
		return func() { <-h.cluster.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// run runs a script to its end and returns what it answers.
func (h *host) run(ctx context.Context, name string, s *script) ([]answer, error) {
	release, err := h.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	text, err := s.text(name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := h.stream(ctx, strings.NewReader(text), &out); err != nil {
		return nil, err
	}
	return parseAnswers(out.String())
}

// stream runs bash on the host with that input. After an error out must not be
// looked at.
func (h *host) stream(ctx context.Context, in io.Reader, out io.Writer) error {
	if !isLocal(h.name) {
		return h.cluster.ssh.Run(ctx, h.name, sshclient.Command{Line: loginShell, Stdin: in, Stdout: out})
	}
	cmd := exec.CommandContext(ctx, "/bin/bash", "-s")
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &stderr
	cmd.WaitDelay = time.Second // for an input that stays open
	ownGroup(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return fmt.Errorf("run bash: %w: %s", err, lastLine(stderr.String()))
	}
	return nil
}

// lingering returns a context that ends some time after ctx: what has begun on a
// host is waited for, so that it is known.
func lingering(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(d, func() { cancel(context.Cause(ctx)) })
	})
	return longer, func() { stop(); cancel(nil) }
}
