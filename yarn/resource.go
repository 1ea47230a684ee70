package yarn

import "fmt"

// Resource is an amount of what containers are made of.
//
// Java: org.apache.hadoop.yarn.api.records.Resource.
type Resource struct {
	MemoryMB int64 // MiB
	VCores   int
}

// String returns "<memory:1024, vCores:1>", as Hadoop's own messages do.
func (r Resource) String() string {
	return fmt.Sprintf("<memory:%d, vCores:%d>", r.MemoryMB, r.VCores)
}

// IsZero tells whether r is no resource at all, which stands for "unknown"
// where a server does not say.
func (r Resource) IsZero() bool { return r == Resource{} }

// resourceJSON is a resource as the server writes it.
type resourceJSON struct {
	Memory number `json:"memory"`
	VCores number `json:"vCores"`
}

func (r resourceJSON) resource() Resource {
	return Resource{MemoryMB: int64(r.Memory), VCores: r.VCores.int()}
}

// LocalResource is a file that NodeManagers fetch for a container.
//
// Java: org.apache.hadoop.yarn.api.records.LocalResource.
type LocalResource struct {
	// URL is absolute, with scheme and authority; blanks are written %20.
	URL string
	// Size is in bytes. NodeManagers show it and do not check it.
	Size int64
	// Timestamp is the file's modification time in milliseconds since 1970. A
	// NodeManager refuses a file whose time differs by a millisecond.
	Timestamp int64
	// Type is empty for FileResource.
	Type LocalResourceType
	// Visibility is empty for VisibilityApplication.
	Visibility Visibility
}

// LocalResourceType says what a NodeManager does with a fetched file.
type LocalResourceType string

// The types that can be asked for over REST.
const (
	FileResource    LocalResourceType = "FILE"
	ArchiveResource LocalResourceType = "ARCHIVE" // unpacked into a folder named by its key
)

// Visibility says with whom a NodeManager shares a fetched file.
type Visibility string

// The visibilities.
const (
	VisibilityPublic      Visibility = "PUBLIC"      // all users; the file must be readable by everyone
	VisibilityPrivate     Visibility = "PRIVATE"     // all applications of the user
	VisibilityApplication Visibility = "APPLICATION" // this application only
)
