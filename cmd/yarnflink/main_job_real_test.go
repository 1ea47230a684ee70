//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	wordCountClass = "org.apache.flink.streaming.examples.wordcount.WordCount"
	endlessClass   = "org.apache.flink.streaming.examples.windowing.TopSpeedWindowing"
)

// mainJob is a place without proxies between the program and the cluster.
// The names of all its applications begin with place.name.
type mainJob struct{ *place }

func newMainJob(t *testing.T) *mainJob {
	t.Helper()
	m := &mainJob{newPlace(t)}
	m.env = append(m.env, "HADOOP_CONF_DIR="+m.cluster.HadoopConfDir())
	t.Cleanup(func() {
		for _, a := range m.named(t, "", yarn.LiveStates()...) {
			if _, err := m.rm.Kill(t.Context(), a.ID, "the test has ended"); err != nil && t.Context().Err() == nil {
				t.Error(err)
			}
		}
	})
	return m
}
