//go:build !windows

package cli

import (
	"io/fs"
	"syscall"
)

// ownedBy tells whether a file belongs to the user with that number.
func ownedBy(info fs.FileInfo, uid int) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(uid)
}
