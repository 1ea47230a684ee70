package submit

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	// manifestPrefix begins the names of an application's manifests: ".manifest",
	// and ".manifest-2" … where hashes became known later.
	manifestPrefix  = ".manifest"
	manifestVersion = 1
	maxManifestSize = 4 << 20
	hashLength      = 64 // hex digits of a sha256
)

// manifest says which entries of the cache an application uses, and which
// ResourceManager can tell whether it lives. It is written once, before its
// writer looks at the cache, and never changed.
type manifest struct {
	Version         int                     `json:"version"`
	ApplicationID   yarn.ApplicationID      `json:"applicationId"`
	User            string                  `json:"user"`
	ResourceManager resourceManagerIdentity `json:"resourceManager"`
	Created         time.Time               `json:"created"`
	Hashes          []string                `json:"hashes"`
}

// resourceManagerIdentity tells one ResourceManager, or pair of them, from another.
type resourceManagerIdentity struct {
	// ClusterID is yarn.resourcemanager.cluster-id, "" where it is not set.
	ClusterID string `json:"clusterId,omitempty"`
	// ClusterTimestamp is the one of the application's id: the start of the
	// ResourceManager that gave it, in milliseconds since 1970.
	ClusterTimestamp int64 `json:"clusterTimestamp"`
	// Addresses are the base URLs of its web addresses.
	Addresses []string `json:"addresses"`
}

// same tells whether both are surely one: a name or an address in common. The
// timestamp changes with each start and is no part of it.
func (r resourceManagerIdentity) same(other resourceManagerIdentity) bool {
	if r.ClusterID != "" && other.ClusterID != "" {
		return r.ClusterID == other.ClusterID
	}
	return slices.ContainsFunc(r.Addresses, func(a string) bool { return slices.Contains(other.Addresses, a) })
}

// identity is the one of the ResourceManager that this client talks to.
func (c *Client) identity() (resourceManagerIdentity, error) {
	if c.options.Hadoop == nil {
		return resourceManagerIdentity{}, ErrNoHadoop
	}
	list, err := c.options.Hadoop.ResourceManagers()
	if err != nil {
		return resourceManagerIdentity{}, err
	}
	identity := resourceManagerIdentity{ClusterID: strings.TrimSpace(c.options.Hadoop.Get("yarn.resourcemanager.cluster-id"))}
	for _, rm := range list {
		identity.Addresses = append(identity.Addresses, rm.WebURL)
	}
	return identity, nil
}

// manifest is the one of an application that this client is about to start; its
// hashes are not known yet.
func (c *Client) manifest(id yarn.ApplicationID) (manifest, error) {
	identity, err := c.identity()
	if err != nil {
		return manifest{}, err
	}
	identity.ClusterTimestamp = id.ClusterTimestamp
	return manifest{Version: manifestVersion, ApplicationID: id, User: c.options.User, ResourceManager: identity, Created: time.Now().UTC()}, nil
}

func (m manifest) encode() ([]byte, error) {
	if m.Hashes == nil {
		m.Hashes = []string{}
	}
	return json.Marshal(m)
}

// decodeManifest refuses what it does not fully understand: a hash that is
// passed over would be a file that is taken from an application.
func decodeManifest(content []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(content, &m); err != nil {
		return manifest{}, fmt.Errorf("manifest: %w", err)
	}
	if m.Version != manifestVersion {
		return manifest{}, fmt.Errorf("manifest of version %d, want %d", m.Version, manifestVersion)
	}
	if m.ApplicationID.IsZero() {
		return manifest{}, errors.New("manifest names no application")
	}
	for _, h := range m.Hashes {
		if !isHash(h) {
			return manifest{}, fmt.Errorf("manifest with the hash %q", h)
		}
	}
	return m, nil
}

// isHash tells whether s is a sha256 as it names an entry.
func isHash(s string) bool {
	if len(s) != hashLength || strings.ToLower(s) != s {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil
}

// writeManifest writes one of an application's manifests. When it returns
// without error, whoever lists the folder from now on finds it.
func writeManifest(ctx context.Context, dfs hdfs.FileSystem, to string, m manifest, mode fs.FileMode) (hdfs.FileStatus, error) {
	content, err := m.encode()
	if err != nil {
		return hdfs.FileStatus{}, err
	}
	var status hdfs.FileStatus
	again := false
	err = repeat(ctx, dfs, "write the manifest", to, func() error {
		if again {
			// What is there is our own, of an attempt whose answer was lost; nobody
			// was told of it yet, so it may go once more.
			if err := dfs.RemoveAll(ctx, to); err != nil {
				return err
			}
		}
		again = true
		status, err = dfs.Create(ctx, to, bytes.NewReader(content), hdfs.CreateOptions{Permission: mode, Size: int64(len(content))})
		return err
	})
	if err != nil {
		return hdfs.FileStatus{}, fmt.Errorf("write the manifest %s: %w", to, err)
	}
	return status, nil
}

// readManifest reads a manifest; its error is fs.ErrNotExist where it is gone.
func readManifest(ctx context.Context, dfs hdfs.FileSystem, name string) (manifest, error) {
	content, err := readSmall(ctx, dfs, name, maxManifestSize)
	if err != nil {
		return manifest{}, fmt.Errorf("read %s: %w", name, err)
	}
	m, err := decodeManifest(content)
	if err != nil {
		return manifest{}, fmt.Errorf("read %s: %w", name, err)
	}
	return m, nil
}

var errTooLong = errors.New("the file is longer than it can be")

// readSmall reads a whole file that has at most limit bytes, again where the
// connection breaks.
func readSmall(ctx context.Context, dfs hdfs.FileSystem, name string, limit int64) (content []byte, err error) {
	err = repeat(ctx, dfs, "read", name, func() error { content, err = readOnce(ctx, dfs, name, limit); return err })
	return content, err
}

func readOnce(ctx context.Context, dfs hdfs.FileSystem, name string, limit int64) ([]byte, error) {
	r, err := dfs.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = errTooLong
	}
	return content, errors.Join(err, r.Close())
}

// isManifest tells whether a file in an application's folder is a manifest.
func isManifest(name string) bool {
	base := path.Base(name)
	return base == manifestPrefix || strings.HasPrefix(base, manifestPrefix+"-")
}
