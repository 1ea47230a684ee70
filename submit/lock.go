package submit

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

// ErrLocked: a session's REST is locked, and its key is not to be had.
var ErrLocked = errors.New("the session is locked")

// stagedLock is the owner's half in an application's folder, for his other machines.
const stagedLock = ".yarnflink-rest-client.pem"

// makeLock makes the keys of a launch that is to be locked.
func (l *launch) makeLock() error {
	if !l.plan.Locked {
		return nil
	}
	keys, err := newLockKeys(l.id, time.Now())
	if err != nil {
		return err
	}
	opened, err := openLock(keys.client)
	if err != nil {
		return err
	}
	l.keys, l.plan = keys, l.plan.withLock(keys)
	l.client.remember(l.id, opened)
	return nil
}

// keepLock puts the owner's half into the application's folder and the local one.
// That the latter fails costs a look into HDFS each time, and nothing else.
func (l *launch) keepLock(ctx context.Context, dfs hdfs.FileSystem) error {
	if l.keys == nil {
		return nil
	}
	path := pathOf(l.folder) + "/" + stagedLock
	err := repeat(ctx, dfs, "upload", stagedLock, func() error {
		_, err := dfs.Create(ctx, path, bytes.NewReader(l.keys.client), hdfs.CreateOptions{
			Permission: privateMode, Size: int64(len(l.keys.client)), Replication: l.plan.replication,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("stage %s: %w", stagedLock, err)
	}
	identity, err := l.client.identity()
	if err != nil {
		return err
	}
	record := lockRecord{ApplicationID: l.id, User: l.client.options.User, ResourceManager: identity, Created: time.Now().UTC()}
	if err := l.client.lockFolder().keep(record, l.keys.client); err != nil {
		l.client.options.Logger.Warn("the session's key is kept in its staging folder only", "error", err)
	}
	return nil
}

func (c *Client) lockFolder() lockFolder { return lockFolder{c.options.LockFolder} }

// forgetLock removes the local half of a session that has ended.
func (c *Client) forgetLock(id yarn.ApplicationID) {
	if err := c.lockFolder().forget(id); err != nil {
		c.options.Logger.Warn("the key of a session that has ended is left", "error", err)
	}
}

func (c *Client) remember(id yarn.ApplicationID, opened *tls.Config) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.locks[id] = opened
}

// secure has the clients of a base address use what opens its session; nil is
// what all others use.
func (c *Client) secure(base string, opened *tls.Config) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.secured[base] == opened {
		return
	}
	c.secured[base] = opened
	for k := range c.jms {
		if k.base == base {
			delete(c.jms, k)
		}
	}
}

// isLocked tells whether an application says that its REST is locked.
func isLocked(r yarn.ApplicationReport) bool { return slices.Contains(r.Tags, LockTag) }

// lockOf finds what opens an application's REST: its key on this machine, else in
// its folder. nil means that it is not locked.
func (c *Client) lockOf(ctx context.Context, r yarn.ApplicationReport) (*tls.Config, error) {
	c.mu.Lock()
	opened := c.locks[r.ID]
	c.mu.Unlock()
	if opened != nil {
		return opened, nil
	}
	key, err := c.lockFolder().read(r.ID)
	from := c.lockFolder().of(r.ID)
	if errors.Is(err, fs.ErrNotExist) {
		if !isLocked(r) {
			return nil, nil
		}
		key, from, err = c.stagedLock(ctx, r)
	}
	if err == nil {
		opened, err = openLock(key)
	}
	if err != nil {
		return nil, lockError(r, from, err)
	}
	c.remember(r.ID, opened)
	return opened, nil
}

// lockError is ErrLocked where the key is not there, or not for us; an HDFS that is
// out of reach is just that.
func lockError(r yarn.ApplicationReport, from string, err error) error {
	missing := errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
	err = fmt.Errorf("the key of %s, which is locked, in %s: %w", r.ID, from, err)
	if !missing {
		return err
	}
	return withHint(fmt.Errorf("%w: %w", ErrLocked, err), fmt.Sprintf("only its owner, %s, may use it, by the key in his configuration folder or in the session's staging folder (yarn.staging-directory, where it was started with one)", r.User))
}

// stagedLock reads the owner's half from an application's folder.
func (c *Client) stagedLock(ctx context.Context, r yarn.ApplicationReport) (key []byte, folder string, err error) {
	if folder, err = c.folderOf(r); err != nil {
		return nil, "its staging folder", err
	}
	dfs, err := c.fileSystem(ctx, folder)
	if err != nil {
		return nil, folder, err
	}
	content, err := dfs.Open(ctx, pathOf(folder)+"/"+stagedLock)
	if err != nil {
		return nil, folder, err
	}
	defer content.Close()
	key, err = io.ReadAll(io.LimitReader(content, maxLock))
	return key, folder, err
}

// restURL is the JobManager's address as it registered it, "" before that. conf,
// the application's own configuration, says whether it is https; nil asks this
// machine's. A locked one is opened; ErrLocked says that it can't be.
func (c *Client) restURL(ctx context.Context, r yarn.ApplicationReport, conf *flink.Configuration) (string, error) {
	if conf == nil {
		conf = c.options.Flink
	}
	return c.addressOf(ctx, r, flink.RESTScheme(conf))
}

// restURL is that of what was launched. What an earlier start has made is not locked
// because this one is to be.
func (l *launch) restURL(ctx context.Context, r yarn.ApplicationReport) (string, error) {
	conf := l.plan.configuration
	if l.plan.Locked && !isLocked(r) {
		conf = nil
	}
	return l.client.restURL(ctx, r, conf)
}

// movedURL is restURL of a JobManager that was at base before.
func (c *Client) movedURL(ctx context.Context, r yarn.ApplicationReport, base string) (string, error) {
	scheme, _, _ := strings.Cut(base, "://")
	return c.addressOf(ctx, r, scheme)
}

func (c *Client) addressOf(ctx context.Context, r yarn.ApplicationReport, scheme string) (string, error) {
	if r.AMRPCAddress == "" {
		return "", nil
	}
	opened, err := c.lockOf(ctx, r)
	if err != nil {
		return "", err
	}
	if opened != nil {
		scheme = "https"
	}
	base := scheme + "://" + r.AMRPCAddress
	c.secure(base, opened)
	return base, nil
}
