package submit

import (
	"os"
	"syscall"
)

// inodeOf returns what else tells a file from others and from its earlier self.
func inodeOf(info os.FileInfo) (device, inode uint64, changed int64) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, 0
	}
	return uint64(st.Dev), uint64(st.Ino), st.Ctim.Nano()
}
