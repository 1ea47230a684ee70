package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/zookeeper"
	"github.com/yarnflink/yarnflink/yarn"
)

// HighAvailabilityData is what Flink's high availability keeps of an
// application outside of its staging folder: pointers in ZooKeeper, and the
// metadata they point to. A cluster with the same id goes on from them.
type HighAvailabilityData struct {
	// Quorum are ZooKeeper's servers, host:port each.
	Quorum []string
	// Node is the application's own, /flink/application_…, with all below it.
	Node string
	// Folders hold the metadata, and the results of jobs that have ended.
	Folders []string
	// Origin says where this is known from.
	Origin string

	application        yarn.ApplicationID
	clusterID, storage string
}

// alone tells that the node is named after the application, so that no other one
// can use it.
func (d *HighAvailabilityData) alone() bool { return d.clusterID == d.application.String() }

func (d *HighAvailabilityData) String() string {
	return fmt.Sprintf("node %s of the ZooKeeper at %s, and %s", d.Node, strings.Join(d.Quorum, ","), strings.Join(d.Folders, ", "))
}

// RemoveLine is the command line that removes the data when the application is
// final, wherever it is typed.
func (d *HighAvailabilityData) RemoveLine() string {
	words := []string{"yarnflink", "kill", "--clean-ha",
		"-D" + flink.HighAvailabilityType.Key + "=zookeeper",
		"-D" + flink.ZooKeeperQuorum.Key + "=" + strings.Join(d.Quorum, ","),
		"-D" + flink.ZooKeeperRoot.Key + "=" + strings.TrimSuffix(d.Node, "/"+d.clusterID),
		"-D" + flink.HighAvailabilityStorageDir.Key + "=" + d.storage,
		"-D" + flink.HighAvailabilityClusterID.Key + "=" + d.clusterID,
		d.application.String(),
	}
	return strings.Join(words, " ")
}

// byHand are the lines that remove the data for who may do so at a ZooKeeper
// that asks for authentication.
func (d *HighAvailabilityData) byHand() string {
	line := fmt.Sprintf("as a user who may: zkCli.sh -server %s deleteall %s", strings.Join(d.Quorum, ","), d.Node)
	if len(d.Folders) > 0 {
		line += "; hdfs dfs -rm -r " + strings.Join(d.Folders, " ")
	}
	return line
}

// ErrStillLed: a JobManager holds the high availability data that was to be removed.
var ErrStillLed = errors.New("a JobManager still holds it")

// highAvailabilityData reads from a configuration what an application keeps;
// nil where that is nothing, or nothing in ZooKeeper. The error names a value
// by which more than this application's data could be meant.
//
// Java: ZooKeeperUtils.generateZookeeperPath, HighAvailabilityServicesUtils
// .getClusterHighAvailableStoragePath, FileSystemJobResultStore.createDefaultJobResultStorePath.
func highAvailabilityData(c *flink.Configuration, id yarn.ApplicationID, origin string) (*HighAvailabilityData, error) {
	if flink.HighAvailability(c) != flink.HighAvailabilityZooKeeper {
		return nil, nil
	}
	d := &HighAvailabilityData{Origin: origin, application: id, clusterID: strings.Trim(c.Text(flink.HighAvailabilityClusterID), "/")}
	if d.clusterID == "" {
		d.clusterID = id.String()
	}
	d.Quorum = flink.ZooKeeperServers(c)
	if why := clusterIDProblem(d.clusterID); why != "" {
		return nil, fmt.Errorf("%s is %q (%s): %s", flink.HighAvailabilityClusterID.Key, d.clusterID, origin, why)
	}
	root := "/" + strings.Trim(c.Text(flink.ZooKeeperRoot), "/")
	d.Node = path.Join(root, d.clusterID)
	d.storage = strings.TrimRight(c.Text(flink.HighAvailabilityStorageDir), "/")
	if d.storage != "" {
		d.Folders = []string{d.storage + "/" + d.clusterID, d.storage + "/job-result-store/" + d.clusterID}
	}
	return d, d.checkApart(c)
}

// clusterIDProblem says why nothing may be removed by an id, "" where it may:
// it becomes the last part of paths.
func clusterIDProblem(id string) string {
	for part := range strings.SplitSeq(id, "/") {
		if part == "" || part == "." || part == ".." {
			return "it is no name below which only this cluster's data lies"
		}
	}
	if id == "zookeeper" || strings.HasPrefix(id, "zookeeper/") {
		return "ZooKeeper keeps its own data there"
	}
	return ""
}

// checkApart refuses storage in which checkpoints or savepoints lie as well:
// those are the user's.
func (d *HighAvailabilityData) checkApart(c *flink.Configuration) error {
	for _, o := range []flink.Option{flink.CheckpointsDirectory, flink.SavepointsDirectory} {
		_, key, _ := c.Effective(o)
		dir := strings.TrimRight(c.Text(o), "/")
		for _, folder := range d.Folders {
			if dir != "" && (dir == folder || strings.HasPrefix(dir, folder+"/")) {
				return fmt.Errorf("%s is %s (%s), below the high availability data in %s: remove that by hand", key, dir, d.Origin, folder)
			}
		}
	}
	return nil
}

// highAvailability finds out what an application keeps: from its JobManager
// where it has one that answers, else from the configuration that it was staged
// with, else from this client's own. nil means nothing.
func (c *Client) highAvailability(ctx context.Context, report yarn.ApplicationReport) (*HighAvailabilityData, error) {
	conf, origin, err := c.configurationOf(ctx, report)
	if err != nil || conf == nil {
		return nil, err
	}
	return highAvailabilityData(conf, report.ID, origin)
}

// configurationOf is an application's configuration as far as it is known, and
// where it was read.
func (c *Client) configurationOf(ctx context.Context, report yarn.ApplicationReport) (*flink.Configuration, string, error) {
	// One that is locked, and not for us, does not tell.
	if base, err := c.restURL(ctx, report, nil); err == nil && base != "" && report.State == yarn.Running {
		jm, err := c.jobManagerOnce(base)
		if err != nil {
			return nil, "", err
		}
		if conf, err := jobManagerConfiguration(ctx, jm); err == nil {
			return conf, "its JobManager", nil
		} else if ctx.Err() != nil {
			return nil, "", context.Cause(ctx)
		}
	}
	conf, origin, err := c.stagedConfiguration(ctx, report)
	if conf == nil && err == nil {
		conf, origin = c.options.Flink, "this machine's configuration"
	}
	return conf, origin, err
}

// jobManagerConfiguration is what a JobManager runs with.
func jobManagerConfiguration(ctx context.Context, jm *rest.Client) (*flink.Configuration, error) {
	values, err := jm.JobManagerConfig(ctx)
	if err != nil {
		return nil, err
	}
	conf := flink.NewConfiguration()
	for key, value := range values {
		conf.Set(key, value, "the JobManager")
	}
	return conf, nil
}

// maxConfiguration bounds what is read of a staged configuration.
const maxConfiguration = 4 << 20

// stagedConfiguration reads the configuration from an application's folder,
// where Flink's client and ours have put it; nil where there is none.
//
// Java: YarnClusterDescriptor.startAppMaster, whose name for it is
// <application id>-<name><random>.tmp.
func (c *Client) stagedConfiguration(ctx context.Context, report yarn.ApplicationReport) (*flink.Configuration, string, error) {
	folder, err := c.folderOf(report)
	if err != nil {
		return nil, "", err
	}
	dfs, err := c.fileSystem(ctx, folder)
	if err != nil {
		return nil, "", err
	}
	list, err := dfs.List(ctx, pathOf(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	for _, s := range list {
		name := strings.TrimPrefix(path.Base(s.Path), report.ID.String()+"-")
		var parse func([]byte, flink.Origin) (*flink.Configuration, error)
		switch {
		case strings.HasPrefix(name, flink.LegacyFileName):
			parse = func(content []byte, o flink.Origin) (*flink.Configuration, error) {
				return flink.ParseLegacy(content, o), nil
			}
		case strings.HasPrefix(name, flink.YAMLFileName):
			parse = flink.ParseYAML
		default:
			continue
		}
		content, err := readSmall(ctx, dfs, s.Path, maxConfiguration)
		if err != nil {
			return nil, "", err
		}
		conf, err := parse(content, flink.Origin(s.Path))
		return conf, s.Path, err
	}
	return nil, "", nil
}

const (
	// leaderPatience is how long the session of a JobManager that is gone may
	// last at ZooKeeper; Flink's default is 60 s.
	leaderPatience = 75 * time.Second
	pollLeader     = time.Second
)

// removeHighAvailability removes what an application that is final has kept:
// first the pointers, as Flink does, for metadata without pointers is never
// read. Where the node is not the application's own by its name, another one may
// use it: it goes only when no JobManager holds it. zookeeper.ErrNotAllowed and
// ErrStillLed are refusals with nothing removed.
//
// Java: AbstractHaServices.cleanupAllData, ZooKeeperLeaderElectionHaServices.internalCleanup.
func (c *Client) removeHighAvailability(ctx context.Context, d *HighAvailabilityData) error {
	err := c.removePointers(ctx, d)
	if errors.Is(err, zookeeper.ErrNotAllowed) {
		err = withHint(err, d.byHand())
	}
	if err != nil {
		return err
	}
	for _, folder := range d.Folders {
		if err := c.removeStorage(ctx, folder); err != nil {
			return err
		}
	}
	return nil
}

// removePointers removes the node.
func (c *Client) removePointers(ctx context.Context, d *HighAvailabilityData) error {
	zk, err := zookeeper.Dial(ctx, d.Quorum)
	if err != nil {
		return err
	}
	defer zk.Close()
	for deadline := time.Now().Add(leaderPatience); ; {
		err := removeNode(ctx, zk, d)
		if err == nil {
			return zk.RemoveEmptyParents(ctx, d.Node)
		}
		if !errors.Is(err, ErrStillLed) || time.Now().After(deadline) {
			return err
		}
		c.progress(Progress{Phase: PhaseTakeBack, Message: "waiting for ZooKeeper to find out that the JobManager is gone"})
		if err := pause(ctx, pollLeader); err != nil {
			return err
		}
	}
}

// removeNode removes what it finds. Only finding nothing is the end: a JobManager
// that was killed lives for a moment yet, and makes its nodes anew when they go.
func removeNode(ctx context.Context, zk *zookeeper.Client, d *HighAvailabilityData) error {
	if !d.alone() {
		held, err := zk.Held(ctx, d.Node)
		if err != nil {
			return err
		}
		if held {
			return fmt.Errorf("remove %s from ZooKeeper: %w, for the cluster id %q is not this application's alone", d.Node, ErrStillLed, d.clusterID)
		}
	}
	removed, err := zk.RemoveAll(ctx, d.Node)
	if errors.Is(err, zookeeper.ErrNotEmpty) || err == nil && removed > 0 {
		return fmt.Errorf("remove %s from ZooKeeper: %w, its nodes come again", d.Node, ErrStillLed)
	}
	return err
}

// removeStorage removes a folder of metadata, if its file system is one of Hadoop's.
func (c *Client) removeStorage(ctx context.Context, folder string) error {
	u, err := url.Parse(folder)
	if err != nil || !slices.Contains(hadoopSchemes, u.Scheme) {
		return withHint(fmt.Errorf("remove %s: its file system is not one that yarnflink writes to", folder), "remove the folder by the tools of that file system")
	}
	_, err = c.removeFolder(ctx, folder)
	return err
}
