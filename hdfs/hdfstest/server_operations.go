package hdfstest

import "path"

// nameOperations are the NameNode's operations by method and op. They run
// under the server's lock.
var nameOperations = map[string]func(*Server, request) (any, error){
	"GET GETFILESTATUS":    (*Server).getFileStatus,
	"GET LISTSTATUS":       (*Server).listStatus,
	"GET GETHOMEDIRECTORY": (*Server).getHomeDirectory,
	"GET CHECKACCESS":      (*Server).checkAccess,
	"GET OPEN":             (*Server).locateOpen,
	"PUT CREATE":           (*Server).locateCreate,
	"PUT MKDIRS":           (*Server).mkdirs,
	"PUT RENAME":           (*Server).rename,
	"PUT SETPERMISSION":    (*Server).setPermission,
	"DELETE DELETE":        (*Server).delete,
}

func boolean(b bool) any { return map[string]bool{"boolean": b} }

func (s *Server) getFileStatus(r request) (any, error) {
	n, err := s.tree.find(r.user, r.path)
	if err != nil {
		return nil, err
	}
	return map[string]any{"FileStatus": n.status("")}, nil
}

func (s *Server) listStatus(r request) (any, error) {
	n, err := s.tree.find(r.user, r.path)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	if n.children == nil {
		list = append(list, n.status(""))
	} else if err := s.tree.access(r.user, r.path, n, readBit|executeBit); err != nil {
		return nil, err
	}
	for _, name := range n.names() {
		list = append(list, n.children[name].status(name))
	}
	return map[string]any{"FileStatuses": map[string]any{"FileStatus": list}}, nil
}

func (s *Server) getHomeDirectory(r request) (any, error) {
	return map[string]string{"Path": path.Join("/user", r.user)}, nil
}

func (s *Server) checkAccess(r request) (any, error) {
	n, err := s.tree.find(r.user, r.path)
	if err != nil {
		return nil, err
	}
	var bits uint32
	for i, c := range r.query.Get("fsaction") {
		if c != '-' && i < 3 {
			bits |= readBit >> i
		}
	}
	return nil, s.tree.access(r.user, r.path, n, bits)
}

func (s *Server) locateOpen(r request) (any, error) {
	if _, err := s.tree.open(r.user, r.path); err != nil {
		return nil, err
	}
	return s.redirect(r)
}

// locateCreate checks nothing, as the real NameNode: the DataNode's request will.
func (s *Server) locateCreate(r request) (any, error) { return s.redirect(r) }

func (s *Server) mkdirs(r request) (any, error) {
	return boolean(true), s.tree.mkdirs(r.user, r.path, r.permission(0o755))
}

func (s *Server) setPermission(r request) (any, error) {
	n, err := s.tree.find(r.user, r.path)
	if err != nil {
		return nil, err
	}
	if r.user != Superuser && r.user != n.owner {
		return nil, failure(accessControl, "Permission denied. user="+r.user+" is not the owner of inode="+r.path)
	}
	n.permission = r.permission(0o755)
	return nil, nil
}

func (s *Server) delete(r request) (any, error) {
	removed, err := s.tree.remove(r.user, r.path, r.query.Get("recursive") == "true")
	return boolean(removed), err
}

// rename follows the real one in that its older form, without options, moves
// into a directory and answers false instead of failing.
func (s *Server) rename(r request) (any, error) {
	to := path.Clean(r.query.Get("destination"))
	if r.query.Get("renameoptions") == "" {
		if n, err := s.tree.find(r.user, to); err == nil && n.children != nil {
			to = path.Join(to, path.Base(r.path))
		}
		return boolean(s.tree.rename(r.user, r.path, to) == nil), nil
	}
	return nil, s.tree.rename(r.user, r.path, to)
}
