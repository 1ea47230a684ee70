package minicluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func flock(file *os.File) (locked bool, err error) {
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// detach gives the process a session of its own, so that no signal of the starter's terminal reaches it.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}

// killTree makes the end of the command's context end its children too.
func killTree(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
}

// procStat is what /proc/PID/stat says about identity and life.
type procStat struct {
	parent int
	start  uint64 // clock ticks since boot
	zombie bool
}

func readStat(pid int) (procStat, error) {
	content, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return procStat{}, err
	}
	return parseStat(string(content))
}

func parseStat(content string) (procStat, error) {
	// The second field is the program's name in parentheses and may hold anything, parentheses too.
	end := strings.LastIndexByte(content, ')')
	fields := strings.Fields(content[end+1:])
	const state, parent, start = 0, 1, 19
	if end < 0 || len(fields) <= start {
		return procStat{}, fmt.Errorf("parse process status %q", content)
	}
	s := procStat{zombie: fields[state] == "Z" || fields[state] == "X"}
	var err1, err2 error
	s.parent, err1 = strconv.Atoi(fields[parent])
	s.start, err2 = strconv.ParseUint(fields[start], 10, 64)
	return s, errors.Join(err1, err2)
}

// identify returns the identity of a running process.
func identify(pid int) (identity, error) {
	stat, err := readStat(pid)
	if err != nil {
		return identity{}, fmt.Errorf("identify process %d: %w", pid, err)
	}
	boot, err := bootID()
	if err != nil {
		return identity{}, err
	}
	return identity{PID: pid, StartTicks: stat.start, BootID: boot}, nil
}

func bootID() (string, error) {
	content, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(content)), err
}

// alive reports whether exactly this process still runs: the same number of another process doesn't count, nor does a dead
// one that its parent hasn't looked at.
func (p identity) alive() bool {
	if p.PID <= 0 {
		return false
	}
	stat, err := readStat(p.PID)
	if err != nil || stat.start != p.StartTicks || stat.zombie && !hasThreads(p.PID) {
		return false
	}
	boot, err := bootID()
	return err == nil && boot == p.BootID
}

// hasThreads reports whether threads of a process are left whose first one has ended: they hold its ports until they end too.
func hasThreads(pid int) bool {
	threads, err := os.ReadDir(procPath(pid, "task"))
	return err == nil && len(threads) > 1
}

// signal sends to exactly this process, or to none. os.FindProcess holds on to the process by a file descriptor, so that the
// number can't pass to another one between the look and the signal.
func (p identity) signal(s syscall.Signal) error {
	process, err := os.FindProcess(p.PID)
	if err != nil {
		return nil
	}
	defer process.Release()
	if !p.alive() {
		return nil
	}
	if err := process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal process %d: %w", p.PID, err)
	}
	return nil
}

// pause stops exactly this process where it stands, until resume.
func (p identity) pause() error { return p.signal(syscall.SIGSTOP) }

func (p identity) resume() error { return p.signal(syscall.SIGCONT) }

// marked returns the running processes that belong to the cluster in dir: its daemons by the marker in their environment,
// its containers by the local folder the NodeManager gave them. The caller and its ancestors never count.
func marked(dir string) ([]identity, error) {
	pids, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	spared := ancestors(os.Getpid())
	var found []identity
	for _, path := range pids {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil || spared[pid] || !belongs(pid, dir) {
			continue
		}
		// The identity is read after the look: a process that ended meanwhile is none of ours any more.
		if p, err := identify(pid); err == nil && p.alive() && belongs(pid, dir) {
			found = append(found, p)
		}
	}
	return found, nil
}

func ancestors(pid int) map[int]bool {
	found := map[int]bool{}
	for pid > 0 && !found[pid] {
		found[pid] = true
		stat, err := readStat(pid)
		if err != nil {
			break
		}
		pid = stat.parent
	}
	return found
}

func belongs(pid int, dir string) bool {
	local := localDir(dir) + string(filepath.Separator)
	// Of a folder already deleted the link says so after its name, which leaves the beginning as it was.
	if cwd, err := os.Readlink(procPath(pid, "cwd")); err == nil && strings.HasPrefix(cwd, local) {
		return true
	}
	environ, err := os.ReadFile(procPath(pid, "environ"))
	if err != nil {
		return false
	}
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		name, value, _ := strings.Cut(string(entry), "=")
		if name == markerVariable && value == dir || name == "LOCAL_DIRS" && strings.HasPrefix(value, local) {
			return true
		}
	}
	return false
}

func procPath(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}
