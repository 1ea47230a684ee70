package standalone

import (
	"runtime"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// problems are what can be said against a cluster without asking anybody.
func (o Options) problems() []error {
	var errs []error
	add := func(advice, format string, args ...any) { errs = append(errs, problem(advice, format, args...)) }
	if len(o.Masters) == 0 {
		add("write the host of the JobManager into conf/masters", "no JobManager: conf/masters names no host")
	}
	for _, p := range o.Properties {
		if flink.IsSecretKey(p.Key) {
			add("put it into the configuration file of the hosts", "-D %s: every user of a host could read it in the list of processes", p.Key)
		}
	}
	mode := flink.HighAvailability(o.Configuration)
	if o.ToStart && mode == flink.HighAvailabilityNone && len(o.Masters) > 1 {
		add("set high-availability.type: zookeeper with high-availability.zookeeper.quorum and high-availability.storageDir, or leave one host in conf/masters",
			"conf/masters names %d JobManagers, of which without high availability only one can lead", len(o.Masters))
	}
	for i, h := range o.Masters {
		if h.WebUIPort != 0 && slices.Contains(o.Masters[:i], h) {
			add("give each JobManager of a host a port of its own", "conf/masters names %s more than once", h)
		}
	}
	if numa, _, _ := o.Configuration.Bool(flink.TaskManagerNUMA); numa {
		add("start such TaskManagers with Flink's taskmanager.sh", "%s: TaskManagers are not bound to NUMA nodes", flink.TaskManagerNUMA.Key)
	}
	errs = append(errs, o.addressProblems(mode)...)
	return append(errs, o.placeProblems(o.hostNames(), "conf/masters and conf/workers")...)
}

// addressProblems finds TaskManagers that would look for the JobManager on their own host.
func (o Options) addressProblems(mode flink.HighAvailabilityMode) []error {
	address := o.Configuration.Text(flink.JobManagerRPCAddress)
	if mode != flink.HighAvailabilityNone || address != "" && !isLocal(address) {
		return nil
	}
	for _, h := range o.Workers {
		if isLoopback(h.Host) {
			continue
		}
		if address == "" {
			address = "not set"
		}
		return []error{problem("set jobmanager.rpc.address to the host of conf/masters, by the name that all hosts know it",
			"jobmanager.rpc.address is %s: the TaskManager on %s would not find the JobManager", address, h.Host)}
	}
	return nil
}

// placeProblems finds hosts on which it is not known where Flink is; files name them.
func (o Options) placeProblems(names []string, files string) []error {
	var errs []error
	for _, name := range names {
		home := o.homeOn(name)
		switch {
		case isLocal(name) && runtime.GOOS != "linux":
			errs = append(errs, problem("name Linux hosts in "+files, "%s is this machine, which runs %s: processes are started on Linux only", name, runtime.GOOS))
		case home == "":
			return append(errs, problem("set FLINK_HOME, or name the folder on the hosts with --flink-home-remote", "no FLINK_HOME is named"))
		case !strings.HasPrefix(home, "/"):
			return append(errs, problem("name the folder on the hosts with --flink-home-remote", "FLINK_HOME %s is no path of a Linux host", home))
		}
	}
	return errs
}
