package hdfs_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/httpclient"
)

func hostileFS(t *testing.T, address string, transport hdfs.Transport) hdfs.FileSystem {
	t.Helper()
	scheme := "webhdfs://"
	if transport == hdfs.RPC {
		scheme = "hdfs://"
	}
	f, err := hdfs.New(t.Context(), hdfs.Options{Configuration: hadoop.NewConfiguration(nil), URI: scheme + address, User: "alice", Transport: transport, Timeout: shortTimeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func serve(t *testing.T, handler http.Handler) (address string) {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// everyOperation does each thing that a file system can do.
func everyOperation(t *testing.T, f hdfs.FileSystem) map[string]func() error {
	ctx := t.Context()
	return map[string]func() error{
		"stat":   func() error { _, err := f.Stat(ctx, "/x"); return err },
		"list":   func() error { _, err := f.List(ctx, "/x"); return err },
		"walk":   func() error { _, err := f.Walk(ctx, "/x"); return err },
		"home":   func() error { _, err := f.HomeDirectory(ctx); return err },
		"rename": func() error { return f.Rename(ctx, "/x", "/y") },
		"open":   func() error { _, err := f.Open(ctx, "/x"); return err },
		"create": func() error {
			_, err := f.Create(ctx, "/new", strings.NewReader("content"), hdfs.CreateOptions{Size: 7})
			return err
		},
	}
}

// TestHostileNameNode: one that sends without end is left after so many bytes, whatever it sends, and an error stays short.
func TestHostileNameNode(t *testing.T) {
	for name, server := range map[string]*faults.Endless{
		"blanks":     {Repeat: " "},
		"objects":    {Begin: `{"FileStatuses":{"FileStatus":[`, Repeat: "{},"},
		"one text":   {Begin: `{"Path":"`, Repeat: "x"},
		"a location": {Begin: `{"Location":"http://127.0.0.1/`, Repeat: "x"},
		"depth":      {Repeat: "["},
		"a page":     {ContentType: "text/html", Begin: "<html>", Repeat: "<p>words"},
		"an error":   {Code: 403, Begin: `{"RemoteException":{"exception":"E","message":"`, Repeat: "why "},
		"a redirect": {Code: 307, Repeat: "elsewhere "},
	} {
		t.Run(name, func(t *testing.T) {
			f := hostileFS(t, serve(t, server), hdfs.WebHDFS)
			for op, do := range everyOperation(t, f) {
				if op == "walk" || op == "home" || op == "rename" {
					continue // which go the way of list and stat
				}
				var err error
				server.Sent.Store(0)
				used := faults.Allocated(func() { err = do() })
				if err == nil || len(fmt.Sprint(err)) > 10<<10 {
					t.Errorf("%s: an error of %d bytes", op, len(fmt.Sprint(err)))
				}
				// Buffers of connections on both sides may be full besides.
				if sent := server.Sent.Load(); sent > 80<<20 || used > 400<<20 {
					t.Errorf("%s: %d MB were taken, %d MB allocated: %.200v", op, sent>>20, used>>20, err)
				}
			}
		})
	}
}

// nameNode knows one file, /x of ten bytes, and names a DataNode for it.
func nameNode(dataNode string, seen func(*http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen(r)
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Query().Get("op") {
		case "OPEN", "CREATE":
			fmt.Fprintf(w, `{"Location":%q}`, dataNode+r.URL.Path+"?op="+r.URL.Query().Get("op"))
		case "GETFILESTATUS":
			if strings.HasSuffix(r.URL.Path, "/v1/") {
				fmt.Fprint(w, `{"FileStatus":{"type":"DIRECTORY","permission":"755","pathSuffix":""}}`)
				return
			}
			if !strings.HasSuffix(r.URL.Path, "/x") {
				w.WriteHeader(http.StatusNotFound)
				fmt.Fprint(w, `{"RemoteException":{"javaClassName":"java.io.FileNotFoundException","message":"not there"}}`)
				return
			}
			fmt.Fprint(w, `{"FileStatus":{"type":"FILE","length":10,"permission":"644","pathSuffix":""}}`)
		default:
			http.Error(w, "no", http.StatusBadRequest)
		}
	})
}

// TestHostileDataNode: what comes behind a file's end is not given on, and its errors stay short.
func TestHostileDataNode(t *testing.T) {
	for name, server := range map[string]*faults.Endless{
		"content":    {ContentType: "application/octet-stream", Repeat: "0123456789"},
		"an error":   {Code: 403, Begin: `{"RemoteException":{"exception":"E","message":"`, Repeat: "why "},
		"a redirect": {Code: 307, Repeat: "elsewhere "},
	} {
		t.Run(name, func(t *testing.T) {
			dataNode := httptest.NewServer(server)
			defer dataNode.Close()
			f := hostileFS(t, serve(t, nameNode(dataNode.URL, func(*http.Request) {})), hdfs.WebHDFS)
			used := faults.Allocated(func() {
				r, err := f.Open(t.Context(), "/x")
				var content []byte
				if err == nil {
					content, err = io.ReadAll(r)
					r.Close()
				}
				if err == nil || len(content) > 10 || len(err.Error()) > 10<<10 {
					t.Errorf("%d bytes, and %v", len(content), err)
				}
				if _, err = f.Create(t.Context(), "/new", strings.NewReader("content"), hdfs.CreateOptions{Size: 7}); name != "content" && err == nil {
					t.Error("it was taken for created")
				}
			})
			if server.Sent.Load() > 40<<20 || used > 100<<20 {
				t.Errorf("%d MB were taken, %d MB allocated", server.Sent.Load()>>20, used>>20)
			}
		})
	}
}

// TestHostileRedirects: a NameNode that redirects what has no redirect, or a DataNode that does, is not followed.
func TestHostileRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s was sent elsewhere", r.Method, r.URL)
	}))
	defer other.Close()
	elsewhere := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}
	f := hostileFS(t, serve(t, http.HandlerFunc(elsewhere)), hdfs.WebHDFS)
	for op, do := range everyOperation(t, f) {
		if op == "create" {
			continue // which has one, to whoever the NameNode says
		}
		if err := do(); err == nil {
			t.Errorf("%s: no error", op)
		}
	}
	dataNode := httptest.NewServer(http.HandlerFunc(elsewhere))
	defer dataNode.Close()
	f = hostileFS(t, serve(t, nameNode(dataNode.URL, func(*http.Request) {})), hdfs.WebHDFS)
	for _, op := range []string{"open", "create"} {
		if err := everyOperation(t, f)[op](); err == nil {
			t.Errorf("%s: no error", op)
		}
	}
}

// TestHostileRPC: an answer of absurd length is none, and no room is made for it.
func TestHostileRPC(t *testing.T) {
	for name, length := range map[string]uint32{"four gigabytes": 1<<32 - 1, "two": 1 << 31, "just too much": 128<<20 + 1} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						defer conn.Close()
						_, _ = conn.Write(binary.BigEndian.AppendUint32(nil, length))
						_, _ = io.Copy(io.Discard, conn)
					}()
				}
			}()
			f := hostileFS(t, l.Addr().String(), hdfs.RPC)
			var failed error
			used := faults.Allocated(func() { _, failed = f.Stat(t.Context(), "/x") })
			if !errors.Is(failed, httpclient.ErrBodyTooLarge) || used > 32<<20 {
				t.Errorf("%d MB allocated, and %v", used>>20, failed)
			}
		})
	}
}
