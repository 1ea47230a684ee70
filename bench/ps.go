package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const crowd = 10_000

// ps asks a ResourceManager that this program plays, and that knows so many applications.
func (b *bench) ps(ctx context.Context, c client, _ string) (usage, error) {
	address, stop, err := b.crowded()
	if err != nil {
		return usage{}, err
	}
	defer stop()
	conf := filepath.Join(c.dir, "crowded")
	if err := writeHadoopConf(conf, "hdfs://"+b.mini.NameNodeRPC(), address); err != nil {
		return usage{}, err
	}
	line := c.flinkCommand("ps")
	line.env = append(slices.Clone(line.env), "HADOOP_CONF_DIR="+conf)
	u, out, err := execute(ctx, line)
	if err != nil {
		return u, err
	}
	if n := strings.Count(out, "application_"); n != crowd {
		err = fmt.Errorf("ps names %d applications, not %d", n, crowd)
	}
	return u, err
}

// writeHadoopConf writes a configuration that leads to a ResourceManager of our own.
func writeHadoopConf(dir, defaultFS, resourceManager string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, property := range map[string][2]string{
		"core-site.xml": {"fs.defaultFS", defaultFS}, "yarn-site.xml": {"yarn.resourcemanager.webapp.address", resourceManager},
	} {
		content := fmt.Sprintf("<configuration><property><name>%s</name><value>%s</value></property></configuration>\n", property[0], property[1])
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// crowded serves the two answers that ps asks for.
func (b *bench) crowded() (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/info") {
			_, _ = io.WriteString(w, `{"clusterInfo":{"state":"STARTED","haState":"ACTIVE","resourceManagerVersion":"3.4.2"}}`)
			return
		}
		b.writeCrowd(w)
	})}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	stop = func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(b.log, "the played ResourceManager:", err)
		}
	}
	return listener.Addr().String(), stop, nil
}

// writeCrowd writes the applications one by one: a benchmark that kept them would begin its clients with a larger memory.
func (b *bench) writeCrowd(w io.Writer) {
	_, _ = io.WriteString(w, `{"apps":{"app":[`)
	for i := range crowd {
		separator := ","
		if i == 0 {
			separator = ""
		}
		fmt.Fprintf(w, `%s{"id":"application_1700000000000_%04d","user":%q,"name":"session-%d","queue":"root.default","state":"RUNNING",`+
			`"finalStatus":"UNDEFINED","progress":100.0,"applicationType":"Apache Flink","applicationTags":"","startedTime":%d,`+
			`"trackingUrl":"http://127.0.0.1:8088/proxy/","amRPCAddress":"127.0.0.1:8081","priority":0,"allocatedMB":1024,"allocatedVCores":1,"runningContainers":1}`,
			separator, i+1, b.servers.user, i, int64(1700000000000)+int64(i))
	}
	_, _ = io.WriteString(w, "]}}")
}
