package hdfs

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hadoop"
)

func TestResolve(t *testing.T) {
	ha := map[string]string{
		"fs.defaultFS": "hdfs://ns", "dfs.nameservices": "ns", "dfs.ha.namenodes.ns": "a,b",
		"dfs.client.failover.proxy.provider.ns": "x",
		"dfs.namenode.rpc-address.ns.a":         "one:8020", "dfs.namenode.rpc-address.ns.b": "two:8020",
		"dfs.namenode.http-address.ns.a": "0.0.0.0:9870", "dfs.namenode.http-address.ns.b": "two:1234",
	}
	secure := map[string]string{"fs.defaultFS": "hdfs://nn:8020", "dfs.http.policy": "HTTPS_ONLY", "dfs.namenode.https-address": "nn:9871"}
	mounts := map[string]string{"fs.defaultFS": "viewfs://cluster", "fs.viewfs.mounttable.cluster.link./user": "hdfs://nn:8020/user"}
	for _, tt := range []struct {
		name      string
		props     map[string]string
		uri       string
		transport Transport
		want      target
		wantErr   string
	}{
		{"one NameNode", map[string]string{"fs.defaultFS": "hdfs://nn"}, "", "", target{RPC, "hdfs://nn", []string{"nn:8020"}}, ""},
		{"pair over RPC", ha, "", "", target{RPC, "hdfs://ns", []string{"one:8020", "two:8020"}}, ""},
		{"pair over WebHDFS", ha, "hdfs://ns/a/b", WebHDFS, target{WebHDFS, "hdfs://ns", []string{"http://one:9870", "http://two:1234"}}, ""},
		{"pair by webhdfs URI", ha, "webhdfs://ns", "", target{WebHDFS, "webhdfs://ns", []string{"http://one:9870", "http://two:1234"}}, ""},
		{"webhdfs", nil, "webhdfs://gateway:14000", "", target{WebHDFS, "webhdfs://gateway:14000", []string{"http://gateway:14000"}}, ""},
		{"webhdfs without port", nil, "webhdfs://nn", "", target{WebHDFS, "webhdfs://nn", []string{"http://nn:9870"}}, ""},
		{"swebhdfs without port", nil, "swebhdfs://nn", "", target{WebHDFS, "swebhdfs://nn", []string{"https://nn:9871"}}, ""},
		{"https only", secure, "", WebHDFS, target{WebHDFS, "hdfs://nn:8020", []string{"https://nn:9871"}}, ""},
		{"mount table", mounts, "viewfs://cluster/user/alice", "", target{RPC, "hdfs://nn:8020", []string{"nn:8020"}}, ""},
		{"no file system", nil, "", "", target{}, "fs.defaultFS"},
		{"another file system", nil, "s3://bucket", "", target{}, "is not HDFS"},
		{"webhdfs by RPC", nil, "webhdfs://nn", RPC, target{}, "native RPC"},
		{"unknown transport", map[string]string{"fs.defaultFS": "hdfs://nn"}, "", "pigeon", target{}, "pigeon"},
		{"no host", nil, "webhdfs:///a", "", target{}, "names no NameNode"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{Configuration: hadoop.NewConfiguration(tt.props), URI: tt.uri, User: "alice", Transport: tt.transport}
			got, err := resolve(context.Background(), &o)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want one with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(target{})); diff != "" {
				t.Errorf("target (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	conf := hadoop.NewConfiguration(map[string]string{"fs.defaultFS": "hdfs://nn"})
	secure := conf.With(map[string]string{"hadoop.security.authentication": "Kerberos"})
	if _, err := New(context.Background(), Options{Configuration: conf}); err == nil {
		t.Error("no user was taken")
	}
	if _, err := New(context.Background(), Options{User: "alice"}); err == nil {
		t.Error("no configuration was taken")
	}
	_, err := New(context.Background(), Options{Configuration: secure, User: "alice"})
	var hinter interface{ Hint() string }
	if !errors.Is(err, ErrKerberosRequired) || !errors.As(err, &hinter) || hinter.Hint() == "" {
		t.Errorf("error %v, want ErrKerberosRequired with a hint", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := New(ctx, Options{Configuration: conf, User: "alice"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestLayout(t *testing.T) {
	conf := hadoop.NewConfiguration(map[string]string{"fs.defaultFS": "hdfs://nn", "dfs.replication": "2", "dfs.blocksize": "64m"})
	f := newFileSystem(Options{Configuration: conf}, target{}, nil)
	for _, tt := range []struct {
		name string
		o    CreateOptions
		size int64
		want fileLayout
	}{
		{"empty", CreateOptions{}, 0, fileLayout{0o644, 2, mib}},
		{"small", CreateOptions{}, 1, fileLayout{0o644, 2, mib}},
		{"rounded up", CreateOptions{}, 126*mib + 1, fileLayout{0o644, 2, 127 * mib}},
		{"largest of one block", CreateOptions{}, maxBlockSize, fileLayout{0o644, 2, maxBlockSize}},
		{"larger", CreateOptions{}, maxBlockSize + 1, fileLayout{0o644, 2, 64 * mib}},
		{"unknown", CreateOptions{}, -1, fileLayout{0o644, 2, 64 * mib}},
		{"all given", CreateOptions{Permission: 0o600, Replication: 5, BlockSize: 4 * mib}, 100 * mib, fileLayout{0o600, 5, 4 * mib}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := f.layout(tt.o, tt.size); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}
