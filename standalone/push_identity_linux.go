package standalone

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// folderIdentity tells which folder of which machine one is, as push_look.sh says
// it; "" where that is not known.
func folderIdentity(dir string) string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	info, err := os.Stat(dir)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", strings.TrimSpace(string(boot)), stat.Dev, stat.Ino)
}
