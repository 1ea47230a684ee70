package minicluster

// ErrPortTaken lets the tests against real clusters tell why a start failed.
var ErrPortTaken = errPortTaken

// ProcessesOf are the numbers of all processes that belong to the cluster in dir.
func ProcessesOf(dir string) ([]int, error) {
	found, err := marked(dir)
	var pids []int
	for _, p := range found {
		pids = append(pids, p.PID)
	}
	return pids, err
}

// Recorded reports whether the state file of dir names the daemon.
func Recorded(dir, name string) bool {
	s, err := readState(dir)
	_, known := s.Processes[name]
	return err == nil && known
}
