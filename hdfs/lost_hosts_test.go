package hdfs_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

// A NameNode goes on naming a DataNode that is gone: the second attempt asks for another one. When it knows none but those that
// failed, they count again.
func TestLostDataNode(t *testing.T) {
	s := hdfstest.NewServer(t)
	s.SetLostDataNode("127.0.0.2:1")
	fsys := openWeb(t, s.Address, "alice", time.Second)
	create := func(name string) error {
		_, err := fsys.Create(t.Context(), "/tmp/"+name, strings.NewReader("content"), hdfs.CreateOptions{})
		return err
	}
	if err := create("a"); !errors.Is(err, hdfs.ErrUnreachable) || !hdfs.Retriable(err) {
		t.Fatalf("error %v, want one of a DataNode that is not reached", err)
	}
	if err := create("a"); err != nil {
		t.Fatal(err)
	}
	s.Faults.Add(faults.Fault{Match: "PUT /webhdfs/v1/tmp/*?namenoderpcaddress=" + hdfstest.RPCAddress, Mode: faults.Hang})
	if err := create("b"); !errors.Is(err, hdfs.ErrTransfer) {
		t.Fatalf("error %v, want that of a cut transfer", err)
	}
	s.SetLostDataNode("")
	if err := create("b"); err != nil {
		t.Fatal(err)
	}
}

// A reader's DataNode counts, too.
func TestLostDataNodeOfReader(t *testing.T) {
	s := hdfstest.NewServer(t)
	fsys := openWeb(t, s.Address, "alice", time.Second)
	if _, err := fsys.Create(t.Context(), "/tmp/a", strings.NewReader("content"), hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	s.SetLostDataNode("127.0.0.2:1")
	if _, err := fsys.Open(t.Context(), "/tmp/a"); !errors.Is(err, hdfs.ErrUnreachable) {
		t.Fatalf("error %v, want one of a DataNode that is not reached", err)
	}
	r, err := fsys.Open(t.Context(), "/tmp/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if content, err := io.ReadAll(r); err != nil || string(content) != "content" {
		t.Errorf("read %q, %v", content, err)
	}
}
