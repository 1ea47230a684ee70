package hdfs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

const (
	shortTimeout = 2 * time.Second
	realTimeout  = 8 * time.Second
	content      = 3 << 20
)

// faultCases are what can go wrong while a file is created. Whatever it is,
// either the file is there whole or nothing is.
var faultCases = []struct {
	name string
	// fault's Match holds DIR for the directory and DATANODE for what only requests to a DataNode have.
	fault faults.Fault
	// want is nil where the file must be there in the end.
	want      error
	retriable bool
}{
	{"upload cut at once", faults.Fault{Match: "PUT DIR/*?DATANODE", Mode: faults.Cut}, hdfs.ErrTransfer, true},
	{"upload cut in the middle", faults.Fault{Match: "PUT DIR/*?DATANODE", Mode: faults.Cut, AfterBytes: 1 << 20}, hdfs.ErrTransfer, true},
	{"upload's answer lost", faults.Fault{Match: "PUT DIR/*?DATANODE", Mode: faults.LoseAnswer}, hdfs.ErrTransfer, true},
	{"DataNode silent", faults.Fault{Match: "PUT DIR/*?DATANODE", Mode: faults.Hang}, hdfs.ErrTransfer, true},
	{"DataNode silent after the upload", faults.Fault{Match: "PUT DIR/*?DATANODE", Mode: faults.HangAfter}, hdfs.ErrTransfer, true},
	{"DataNode overloaded", faults.Fault{Match: "PUT DIR/*?DATANODE", Mode: faults.Answer, Code: 503, Body: "<html><body><h1>too busy</h1></body></html>"}, hdfs.ErrUnreachable, true},
	{"quota", faults.Fault{Match: "PUT DIR/*?DATANODE", Mode: faults.Answer, Code: 403, Body: remote("org.apache.hadoop.hdfs.protocol.DSQuotaExceededException", "The DiskSpace quota of /tmp is exceeded")}, hdfs.ErrQuota, false},
	{"safe mode", faults.Fault{Match: "PUT DIR/*?op=CREATE", Mode: faults.Answer, Code: 403, Body: remote("org.apache.hadoop.ipc.RetriableException", "org.apache.hadoop.hdfs.server.namenode.SafeModeException: Cannot create file")}, hdfs.ErrSafeMode, true},
	{"no DataNode", faults.Fault{Match: "PUT DIR/*?op=CREATE", Mode: faults.Answer, Code: 403, Body: remote("java.io.IOException", "File /tmp/x could only be written to 0 of the 1 minReplication nodes.")}, hdfs.ErrTransfer, true},
	{"rename's request lost", faults.Fault{Match: "PUT DIR/*?op=RENAME", Mode: faults.Cut}, hdfs.ErrUnreachable, true},
	{"rename's answer lost", faults.Fault{Match: "PUT DIR/*?op=RENAME", Mode: faults.LoseAnswer}, nil, false},
	{"rename's answer late", faults.Fault{Match: "PUT DIR/*?op=RENAME", Mode: faults.HangAfter}, nil, false},
	{"slow rename", faults.Fault{Match: "PUT DIR/*?op=RENAME", Mode: faults.Slow, Delay: 10 * time.Millisecond}, nil, false},
	{"Kerberos", faults.Fault{Match: "PUT DIR/*?op=CREATE", Mode: faults.Answer, Code: 401, Header: http.Header{"Www-Authenticate": {"Negotiate"}}}, hdfs.ErrKerberosRequired, false},
	{"not WebHDFS", faults.Fault{Match: "PUT DIR/*?op=CREATE", Mode: faults.Answer, Code: 200, Body: "<html>welcome</html>"}, errNone, false},
	{"DataNode of no name", faults.Fault{Match: "PUT DIR/*?op=CREATE", Mode: faults.Answer, Code: 200, Body: `{"Location":"file:///etc/passwd"}`}, errNone, false},
	{"DataNode out of reach", faults.Fault{Match: "PUT DIR/*?op=CREATE", Mode: faults.Answer, Code: 200, Body: `{"Location":"http://127.0.0.1:1/"}`}, hdfs.ErrUnreachable, true},
	{"late answer of the name", faults.Fault{Match: "GET DIR/file?op=GETFILESTATUS", Skip: 1, Mode: faults.Hang}, nil, false},
}

// errNone stands for an error that is none of the sentinels.
var errNone = errors.New("some error")

func remote(class, message string) string {
	return `{"RemoteException":{"exception":"` + class[strings.LastIndex(class, ".")+1:] + `","javaClassName":"` + class + `","message":"` + message + `"}}`
}

// runFaults tries all of them; start puts an injector before a WebHDFS and
// returns its address and the NameNode's RPC address. timeout is the inactivity
// that ends an operation: what hangs costs it, and a server that is merely slow
// must stay below it.
func runFaults(t *testing.T, timeout time.Duration, start func(*testing.T) (i *faults.Injector, address, rpc string)) {
	for _, tt := range faultCases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i, address, rpc := start(t)
			fsys := openWeb(t, address, "alice", timeout)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			dir := path.Join("/tmp", "faults-"+time.Now().Format("150405.000000000"))
			if err := fsys.MkdirAll(ctx, dir, 0o755); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := fsys.RemoveAll(ctx, dir); err != nil {
					t.Error(err)
				}
			}()
			tt.fault.Match = strings.NewReplacer("DIR", "/webhdfs/v1"+dir, "DATANODE", "namenoderpcaddress="+rpc).Replace(tt.fault.Match)
			i.Add(tt.fault)
			_, err := fsys.Create(ctx, dir+"/file", bytes.NewReader(make([]byte, content)), hdfs.CreateOptions{Size: content})
			if (err == nil) != (tt.want == nil) || (tt.want != nil && tt.want != errNone && !errors.Is(err, tt.want)) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if got := hdfs.Retriable(err); got != tt.retriable {
				t.Errorf("Retriable(%v) = %t, want %t", err, got, tt.retriable)
			}
			if err != nil && (!strings.HasPrefix(err.Error(), "create "+dir+"/file") || strings.Contains(err.Error(), "<")) {
				t.Errorf("error %q does not say what was created, or quotes markup", err)
			}
			list, err := fsys.List(ctx, dir)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != nil && len(list) != 0 {
				t.Errorf("left behind: %+v", list)
			}
			if tt.want == nil && (len(list) != 1 || list[0].Path != dir+"/file" || list[0].Length != content) {
				t.Errorf("there is %+v, want the file", list)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	runFaults(t, shortTimeout, func(t *testing.T) (*faults.Injector, string, string) {
		s := hdfstest.NewServer(t)
		return s.Faults, s.Address, hdfstest.RPCAddress
	})
}

func TestRealFaults(t *testing.T) {
	c := clustertest.ForTest(t)
	runFaults(t, realTimeout, func(t *testing.T) (*faults.Injector, string, string) {
		p := hdfstest.NewProxy(t, c.NameNodeWebURL())
		return p.Faults, p.Address, c.NameNodeRPC()
	})
}

func TestRedirectsOfOldNameNodes(t *testing.T) {
	s := hdfstest.NewServer(t)
	s.SetOld(true)
	fsys := openWeb(t, s.Address, "alice", 0)
	if _, err := fsys.Create(t.Context(), "/tmp/a b", strings.NewReader("content"), hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	r, err := fsys.Open(t.Context(), "/tmp/a b")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "content" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestReadFaults(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault faults.Fault
		want  error
	}{
		{"cut short", faults.Fault{Mode: faults.Answer, Code: 200, Header: http.Header{"Content-Length": {"7"}}, Body: "con"}, hdfs.ErrTransfer},
		{"ends short", faults.Fault{Mode: faults.Answer, Code: 200, Body: "con"}, io.ErrUnexpectedEOF},
		{"gone", faults.Fault{Mode: faults.Answer, Code: 404, Body: remote("java.io.FileNotFoundException", "File does not exist: /tmp/file")}, fs.ErrNotExist},
		{"silent", faults.Fault{Mode: faults.Hang}, hdfs.ErrUnreachable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := hdfstest.NewServer(t)
			fsys := openWeb(t, s.Address, "alice", 300*time.Millisecond)
			if _, err := fsys.Create(t.Context(), "/tmp/file", strings.NewReader("content"), hdfs.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			tt.fault.Match = "GET /webhdfs/v1/tmp/file?namenoderpcaddress=" + hdfstest.RPCAddress
			s.Faults.Add(tt.fault)
			r, err := fsys.Open(t.Context(), "/tmp/file")
			if err == nil {
				_, err = io.ReadAll(r)
				r.Close()
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}
