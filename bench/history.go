package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
)

// archivedJobs is how many jobs have ended.
const archivedJobs = 1000

// history lists the jobs that have ended: ours reads their archives in HDFS, Java's is a history server from its start until it
// shows all of them.
func (b *bench) history(ctx context.Context, c client, label string) (usage, error) {
	if err := b.archive(ctx); err != nil {
		return usage{}, fmt.Errorf("make %d archives: %w", archivedJobs, err)
	}
	if c.name == javaName {
		return b.historyServer(ctx, c, label)
	}
	u, out, err := execute(ctx, c.flinkCommand("history", "list", "--archive-dir", b.archives(), "-o", "json"))
	if err != nil {
		return u, err
	}
	var rows []struct {
		State rest.JobState `json:"state"`
	}
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != archivedJobs || rows[0].State != rest.Finished {
		return u, fmt.Errorf("history list names %d jobs (%v), want %d", len(rows), err, archivedJobs)
	}
	return u, nil
}

// archives is the folder of archives, which goes with the run's own folder.
func (b *bench) archives() string {
	return "hdfs://" + b.mini.NameNodeRPC() + b.servers.staging + "/archives"
}

// historyServer starts one by Flink's own script. The time counts until it shows all jobs.
func (b *bench) historyServer(ctx context.Context, c client, label string) (u usage, err error) {
	dir := filepath.Join(c.dir, "history-"+label)
	port, err := freePort()
	if err != nil {
		return u, err
	}
	conf := filepath.Join(dir, "conf")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return u, err
	}
	err = copyConfiguration(filepath.Join(b.mini.FlinkHome(""), "conf"), conf, map[string]string{
		"historyserver.archive.fs.dir": b.archives(), "historyserver.web.port": strconv.Itoa(port), "env.pid.dir": dir, "historyserver.web.tmpdir": filepath.Join(dir, "web"),
	})
	if err != nil {
		return u, fmt.Errorf("copy Flink's configuration: %w", err)
	}
	script := command{
		argv: []string{filepath.Join(b.mini.FlinkHome(""), "bin", "historyserver.sh"), "start"}, dir: dir,
		env: environment(c.env, map[string]string{"FLINK_HOME": b.mini.FlinkHome(""), "FLINK_CONF_DIR": conf, "FLINK_LOG_DIR": dir, "JAVA_HOME": b.mini.JavaHome(),
			"HADOOP_CLASSPATH": b.mini.HadoopClasspath(), "USER": b.mini.User()}),
	}
	started := time.Now()
	if u, _, err = execute(ctx, script); err != nil {
		return u, err
	}
	err = awaitHistory(ctx, port)
	u.Wall = time.Since(started)
	script.argv = []string{script.argv[0], "stop"}
	return u, errors.Join(err, afterwards(ctx, func(ctx context.Context) error {
		_, _, err := execute(ctx, script)
		return err
	}))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func awaitHistory(ctx context.Context, port int) error {
	client, err := rest.NewClient(rest.Options{BaseURL: "http://127.0.0.1:" + strconv.Itoa(port), RetryFor: -1})
	if err != nil {
		return err
	}
	for {
		if jobs, err := client.Jobs(ctx); err == nil && len(jobs) == archivedJobs {
			return nil
		}
		if err := pause(ctx, pollInterval); err != nil {
			return fmt.Errorf("wait for the history server: %w", err)
		}
	}
}

// archive runs a job that is archived, and copies its archive under other ids. Done once, it stays done.
func (b *bench) archive(ctx context.Context) error {
	if b.archived {
		return nil
	}
	if b.mini.Krb5Config() != "" {
		return errors.New("history is measured on a cluster without Kerberos")
	}
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: b.mini.HadoopConfDir()})
	if err != nil {
		return err
	}
	dfs, err := hdfs.New(ctx, hdfs.Options{Configuration: conf, User: b.mini.User()})
	if err != nil {
		return err
	}
	defer dfs.Close()
	id, archive, err := b.realArchive(ctx, dfs)
	if err != nil {
		return err
	}
	folder := b.servers.staging + "/archives"
	if err := dfs.MkdirAll(ctx, folder, 0o755); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for range archivedJobs {
		other := rest.NewJobID().String()
		copied := bytes.ReplaceAll(archive, []byte(id), []byte(other))
		group.Go(func() error {
			_, err := dfs.Create(ctx, folder+"/"+other, bytes.NewReader(copied), hdfs.CreateOptions{Size: int64(len(copied))})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	b.archived = true
	return nil
}

// realArchive is what a JobManager leaves of WordCount. It writes it when its application has ended already.
func (b *bench) realArchive(ctx context.Context, dfs hdfs.FileSystem) (id string, content []byte, err error) {
	folder := b.servers.staging + "/archive"
	run := b.clients[1].flinkCommand("run", "-m", "yarn-cluster", "-yjm", "1024", "-ytm", "1024", "-ynm", b.prefix+"archived",
		"-yD", "jobmanager.archive.fs.dir=hdfs://"+b.mini.NameNodeRPC()+folder, "-c", wordCount, b.jar)
	if _, _, err := execute(ctx, run); err != nil {
		return "", nil, err
	}
	for {
		list, err := dfs.List(ctx, folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", nil, err
		}
		if len(list) == 1 && list[0].Length > 0 {
			r, err := dfs.Open(ctx, list[0].Path)
			if err != nil {
				return "", nil, err
			}
			defer r.Close()
			content, err = io.ReadAll(r)
			if err == nil && bytes.HasSuffix(content, []byte("]}")) {
				return strings.TrimPrefix(list[0].Path, folder+"/"), content, nil
			}
		}
		if err := pause(ctx, pollInterval); err != nil {
			return "", nil, fmt.Errorf("wait for the archive: %w", err)
		}
	}
}
