package hdfstest

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	readBit    = 4
	writeBit   = 2
	executeBit = 1

	accessControl = "org.apache.hadoop.security.AccessControlException"
	alreadyExists = "org.apache.hadoop.fs.FileAlreadyExistsException"
	notDirectory  = "org.apache.hadoop.fs.ParentNotDirectoryException"
	fileNotFound  = "java.io.FileNotFoundException"
)

// node is a file, or a directory if it has children, which may be empty.
type node struct {
	children    map[string]*node
	content     []byte
	owner       string
	permission  uint32
	modified    int64 // ms
	replication int
	blockSize   int64
}

func now() int64 { return time.Now().UnixMilli() }

func (n *node) names() []string {
	names := make([]string, 0, len(n.children))
	for name := range n.children {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (n *node) status(suffix string) map[string]any {
	kind := "FILE"
	if n.children != nil {
		kind = "DIRECTORY"
	}
	return map[string]any{
		"pathSuffix": suffix, "type": kind, "length": len(n.content), "modificationTime": n.modified,
		"permission": strconv.FormatUint(uint64(n.permission), 8), "owner": n.owner, "group": "supergroup",
		"replication": n.replication, "blockSize": n.blockSize,
	}
}

// tree is the NameNode's memory. Its methods are not safe for concurrent use.
type tree struct{ root *node }

func directory(owner string, permission uint32) *node {
	return &node{children: map[string]*node{}, owner: owner, permission: permission, modified: now()}
}

func newTree() *tree {
	t := &tree{root: directory(Superuser, 0o755)}
	for _, name := range []string{"user", "tmp"} {
		t.root.children[name] = directory(Superuser, 0o1777)
	}
	return t
}

func (t *tree) files(p string, n *node) []string {
	if n.children == nil {
		return []string{p}
	}
	var files []string
	for _, name := range n.names() {
		files = append(files, t.files(path.Join(p, name), n.children[name])...)
	}
	return files
}

// access tells whether the user has all of the bits. Groups have no members here.
func (t *tree) access(user, p string, n *node, bits uint32) error {
	granted := n.permission
	if user == n.owner {
		granted = n.permission >> 6
	}
	if user == Superuser || granted&bits == bits {
		return nil
	}
	action := ""
	for i, name := range []string{"READ", "WRITE", "EXECUTE"} {
		if bits&(readBit>>i) != 0 {
			action += "_" + name
		}
	}
	return failure(accessControl, fmt.Sprintf("Permission denied: user=%s, access=%s, inode=%q:%s:supergroup:%o",
		user, strings.TrimPrefix(action, "_"), p, n.owner, n.permission))
}

// stuck refuses to take out of a sticky directory what is another user's.
//
// Java: FSPermissionChecker.checkStickyBit.
func stuck(user, p string, dir, n *node) error {
	const sticky = 0o1000
	if dir.permission&sticky == 0 || user == Superuser || user == dir.owner || user == n.owner {
		return nil
	}
	return failure(accessControl, fmt.Sprintf("Permission denied by sticky bit: user=%s, path=%q:%s:supergroup:%o", user, p, n.owner, n.permission))
}

// find returns the node at p, for which the directories above have to be traversed.
func (t *tree) find(user, p string) (*node, error) {
	n, at := t.root, "/"
	for name := range strings.SplitSeq(strings.Trim(p, "/"), "/") {
		if name == "" {
			continue
		}
		if n.children == nil {
			return nil, failure(notDirectory, at+" (is not a directory)")
		}
		if err := t.access(user, at, n, executeBit); err != nil {
			return nil, err
		}
		child, ok := n.children[name]
		if !ok {
			return nil, failure(fileNotFound, "File does not exist: "+p)
		}
		n, at = child, path.Join(at, name)
	}
	return n, nil
}

// parent returns the directory of p, to which the user may write.
func (t *tree) parent(user, p string) (*node, error) {
	dir := path.Dir(p)
	n, err := t.find(user, dir)
	if err != nil {
		return nil, err
	}
	if n.children == nil {
		return nil, failure(notDirectory, dir+" (is not a directory)")
	}
	return n, t.access(user, dir, n, writeBit|executeBit)
}

func (t *tree) open(user, p string) (*node, error) {
	n, err := t.find(user, p)
	if err != nil {
		return nil, err
	}
	if n.children != nil {
		return nil, failure(fileNotFound, "Path is not a file: "+p)
	}
	return n, t.access(user, p, n, readBit)
}

func (t *tree) create(r request) (*node, error) {
	if r.query.Get("createparent") != "false" {
		if err := t.mkdirs(r.user, path.Dir(r.path), 0o755); err != nil {
			return nil, err
		}
	}
	dir, err := t.parent(r.user, r.path)
	if err != nil {
		return nil, err
	}
	if _, ok := dir.children[path.Base(r.path)]; ok {
		return nil, failure(alreadyExists, r.path+" for client 127.0.0.1 already exists")
	}
	n := &node{owner: r.user, permission: r.permission(0o644), modified: now()}
	n.replication, _ = strconv.Atoi(r.query.Get("replication"))
	n.blockSize, _ = strconv.ParseInt(r.query.Get("blocksize"), 10, 64)
	dir.children[path.Base(r.path)] = n
	dir.modified = n.modified
	return n, nil
}

// mkdirs gives the parents it makes the same permission, as the NameNode does.
func (t *tree) mkdirs(user, p string, permission uint32) error {
	if p == "/" {
		return nil
	}
	if n, err := t.find(user, p); err == nil {
		if n.children == nil {
			return failure(alreadyExists, "Path is not a directory: "+p)
		}
		return nil
	} else if err.(*remoteFailure).class != fileNotFound {
		return err
	}
	if err := t.mkdirs(user, path.Dir(p), permission|0o300); err != nil {
		return err
	}
	dir, err := t.parent(user, p)
	if err != nil {
		return err
	}
	dir.children[path.Base(p)] = directory(user, permission)
	dir.modified = now()
	return nil
}

func (t *tree) remove(user, p string, recursive bool) (bool, error) {
	n, err := t.find(user, p)
	if err != nil {
		if err.(*remoteFailure).class == fileNotFound {
			return false, nil
		}
		return false, err
	}
	if len(n.children) > 0 && !recursive {
		return false, failure("org.apache.hadoop.fs.PathIsNotEmptyDirectoryException", p+" is non empty")
	}
	dir, err := t.parent(user, p)
	if err != nil {
		return false, err
	}
	if err := stuck(user, p, dir, n); err != nil {
		return false, err
	}
	delete(dir.children, path.Base(p))
	dir.modified = now()
	return true, nil
}

// rename never overwrites: Java: FSDirRenameOp with Options.Rename.NONE.
func (t *tree) rename(user, from, to string) error {
	n, err := t.find(user, from)
	if err != nil {
		return err
	}
	source, err := t.parent(user, from)
	if err != nil {
		return err
	}
	if err := stuck(user, from, source, n); err != nil {
		return err
	}
	if to == from || strings.HasPrefix(to, from+"/") {
		return failure("java.io.IOException", "Rename destination "+to+" is a directory or file under source "+from)
	}
	target, err := t.parent(user, to)
	if err != nil {
		return err
	}
	if there, ok := target.children[path.Base(to)]; ok {
		if there.children != nil && n.children == nil {
			return failure("java.io.IOException", "Source "+from+" and destination "+to+" must both be directories")
		}
		return failure(alreadyExists, "rename destination "+to+" already exists")
	}
	delete(source.children, path.Base(from))
	target.children[path.Base(to)] = n
	source.modified, target.modified = now(), now()
	return nil
}
