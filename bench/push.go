package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// push brings Flink's libraries into HDFS: Java's as `hdfs dfs -put`, without its script, ours as `dist push`.
func (b *bench) push(ctx context.Context, c client, label string) (usage, error) {
	return b.pushOver(ctx, c, label, "hdfs://"+b.mini.NameNodeRPC())
}

// pushWeb is push over WebHDFS.
func (b *bench) pushWeb(ctx context.Context, c client, label string) (usage, error) {
	return b.pushOver(ctx, c, label, "webhdfs://"+strings.TrimPrefix(b.mini.NameNodeWebURL(), "http://"))
}

// pushOver sends to a folder that is not there, and removes it afterwards.
func (b *bench) pushOver(ctx context.Context, c client, label, root string) (usage, error) {
	home, err := b.libraries(c)
	if err != nil {
		return usage{}, err
	}
	folder := b.servers.staging + "/push-" + label
	if _, err := b.mini.FS(ctx, "-mkdir", "-p", b.servers.staging); err != nil {
		return usage{}, err
	}
	send := c.flinkCommand("dist", "push", home, "--to", root+folder)
	if c.name == javaName {
		java := []string{filepath.Join(b.mini.JavaHome(), "bin", "java")}
		if krb5 := b.mini.Krb5Config(); krb5 != "" {
			java = append(java, "-Djava.security.krb5.conf="+krb5)
		}
		send = command{argv: append(java, "-cp", b.mini.HadoopClasspath(), "org.apache.hadoop.fs.FsShell",
			"-put", filepath.Join(b.mini.FlinkHome(""), "lib"), root+folder), env: c.env, dir: c.dir}
	}
	u, _, err := execute(ctx, send)
	if err != nil {
		return u, err
	}
	if u.Staged, err = b.servers.length(ctx, folder); err != nil {
		return u, err
	}
	if u.Staged < 100<<20 {
		return u, fmt.Errorf("%s has sent %d bytes of Flink's libraries", c.name, u.Staged)
	}
	return u, b.servers.remove(ctx, folder)
}

// libraries is a distribution of Flink's libraries only.
func (b *bench) libraries(c client) (string, error) {
	home := filepath.Join(c.dir, "libraries")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	err := os.Symlink(filepath.Join(b.mini.FlinkHome(""), "lib"), filepath.Join(home, "lib"))
	if os.IsExist(err) {
		err = nil
	}
	return home, err
}
