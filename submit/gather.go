package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	keyMaxAttempts       = "yarn.resourcemanager.am.max-attempts"
	keyGlobalMaxAttempts = "yarn.resourcemanager.am.global.max-attempts"
	keyMinimumMB         = "yarn.scheduler.minimum-allocation-mb"
	keyMaximumMB         = "yarn.scheduler.maximum-allocation-mb"
	keyMaximumVCores     = "yarn.scheduler.maximum-allocation-vcores"
	keyMaximumPriority   = "yarn.cluster.max-application-priority"
	keyYarnClasspath     = "yarn.application.classpath"
	keyHomePrefix        = "dfs.user.home.dir.prefix"

	defaultMaxAttempts = 2
)

// LocalFacts reads what this machine knows: files and configuration. It opens
// no socket; what it leaves open is listed in Facts.Unchecked.
func (c *Client) LocalFacts(s Spec) (Facts, error) {
	spec := s.cluster()
	f := Facts{User: c.options.User, Login: c.loginName(), Secured: c.options.Login != nil}
	h := c.options.Hadoop
	if h == nil {
		return f, ErrNoHadoop
	}
	if spec.Distribution == nil || spec.Configuration == nil {
		return f, errors.New("a session's spec needs a distribution and a configuration")
	}
	f.YarnClasspath = h.Strings(keyYarnClasspath)
	f.Limits = localLimits(h)
	if _, err := h.DefaultFS(); err != nil {
		f.Problems = append(f.Problems, Problem{What: "no HDFS is configured", Why: err.Error(), Do: hintOf(err)})
	} else if base, err := c.localStagingBase(spec.Configuration); err != nil {
		f.Problems = append(f.Problems, Problem{What: "the staging folder", Where: flink.StagingDirectory.Key, Why: err.Error()})
	} else {
		f.StagingBase = base
	}
	f.readShipFiles(spec.Configuration)
	f.readNamedFiles(spec.Configuration)
	if job := s.application(); job != nil {
		f.readUserJar(job.Job)
		f.readUnseen(job.Job)
	}
	f.Unchecked = []string{
		"the limits of the ResourceManager (those of the local yarn-site.xml were used)",
		"queues, nodes and free memory",
		"that the staging folder can be written",
	}
	for _, o := range []flink.Option{flink.ProvidedLibDirs, flink.ProvidedUsrLibDir} {
		if spec.Configuration.IsSet(o) {
			f.Unchecked = append(f.Unchecked, "the files of "+o.Key)
		}
	}
	for _, file := range slices.Concat(f.Ship, f.Archives) {
		if file.Remote {
			f.Unchecked = append(f.Unchecked, "the file "+file.Path)
		}
	}
	return f, nil
}

// Gather reads everything a plan is made from: local files, HDFS and the
// cluster, in parallel. It changes nothing. What is wrong with the spec is in
// Facts.Problems; the error says that facts could not be had.
func (c *Client) Gather(ctx context.Context, s Spec) (Facts, error) {
	c.progress(Progress{Phase: PhaseGather, Message: "looking at the cluster"})
	f, err := c.LocalFacts(s)
	if err != nil {
		return f, err
	}
	if f.StagingBase == "" {
		return f, nil // the problems are there already, and there is no cluster to ask
	}
	f.Unchecked = nil
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.gatherCluster(gctx, &f) })
	group.Go(func() error { return c.gatherFiles(gctx, s.cluster(), &f) })
	if err := group.Wait(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return f, fmt.Errorf("look at the cluster: %w", cause)
		}
		return f, err
	}
	return f, nil
}

// gatherCluster asks the ResourceManager.
func (c *Client) gatherCluster(ctx context.Context, f *Facts) error {
	rm, err := c.resourceManager()
	if err != nil {
		return err
	}
	info, err := rm.Info(ctx)
	if err != nil {
		return err
	}
	cluster := &ClusterFacts{HadoopVersion: info.Version}
	limits := f.Limits
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { cluster.Nodes, err = rm.Nodes(gctx, "RUNNING"); return err })
	group.Go(func() (err error) { cluster.Scheduler, err = rm.Queues(gctx); return err })
	var attempts, global Figure
	limits.Priority = Figure{Key: keyMaximumPriority, Source: "the default"}
	for key, to := range map[string]*Figure{
		keyMinimumMB: &limits.MinimumMB, keyMaximumMB: &limits.MaximumMB, keyMaximumVCores: &limits.MaximumVCores,
		keyMaxAttempts: &attempts, keyGlobalMaxAttempts: &global, keyMaximumPriority: &limits.Priority,
	} {
		group.Go(func() error { return c.effective(gctx, rm, key, to) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	limits.Attempts = attemptsLimit(c.options.Hadoop, info.Version, attempts, global)
	limits.fitNodes(cluster.Nodes)
	f.Cluster, f.Limits = cluster, limits
	return nil
}

// effective reads a number from the ResourceManager's own configuration; where
// it has none, or does not say, what is in to stays.
func (c *Client) effective(ctx context.Context, rm *yarn.Client, key string, to *Figure) error {
	value, ok, err := rm.Conf(ctx, key)
	switch {
	case errors.Is(err, yarn.ErrForbidden), errors.Is(err, yarn.ErrUnauthorized):
		return nil // /conf may be kept for administrators; the local file is used then
	case err != nil:
		return err
	case !ok:
		return nil
	}
	var n int64
	if _, err := fmt.Sscan(strings.TrimSpace(value), &n); err != nil {
		return nil
	}
	*to = Figure{Value: n, Key: key, Source: "the ResourceManager"}
	return nil
}

// attemptsLimit is the limit in force: since Hadoop 2.8 the global key where it
// is set, else (and before) am.max-attempts; from the ResourceManager, else the
// local file, else the default of 2.
//
// Java: RMAppImpl's constructor.
func attemptsLimit(h *hadoop.Configuration, version string, attempts, global Figure) Figure {
	hasGlobal := true
	if v, err := flink.ParseVersion(version); err == nil {
		hasGlobal = v.AtLeast(2, 8)
	}
	if hasGlobal && global.Value > 0 {
		return global
	}
	if attempts.Value > 0 {
		return attempts
	}
	return localAttempts(h, hasGlobal)
}

func localAttempts(h *hadoop.Configuration, hasGlobal bool) Figure {
	if hasGlobal {
		if f := localFigure(h, keyGlobalMaxAttempts); f.Value > 0 {
			return f
		}
	}
	if f := localFigure(h, keyMaxAttempts); f.Value > 0 {
		return f
	}
	return Figure{Value: defaultMaxAttempts, Key: keyMaxAttempts, Source: "Hadoop's default"}
}

func localLimits(h *hadoop.Configuration) Limits {
	return Limits{
		MinimumMB: localFigure(h, keyMinimumMB), MaximumMB: localFigure(h, keyMaximumMB),
		MaximumVCores: localFigure(h, keyMaximumVCores), Attempts: localAttempts(h, true),
	}
}

func localFigure(h *hadoop.Configuration, key string) Figure {
	n, err := h.Int(key)
	if err != nil {
		return Figure{Key: key, Source: h.Origin(key)}
	}
	return Figure{Value: n, Key: key, Source: h.Origin(key)}
}

// fitNodes lowers the maxima to what the largest running node has.
//
// Java: YarnClusterDescriptor.isReadyForDeployment, and the capability that
// getNewApplication returns.
func (l *Limits) fitNodes(nodes []yarn.Node) {
	var memory, cores int64
	for _, n := range nodes {
		memory, cores = max(memory, n.Total.MemoryMB), max(cores, int64(n.Total.VCores))
	}
	if memory > 0 && (l.MaximumMB.Value == 0 || memory < l.MaximumMB.Value) {
		l.MaximumMB = Figure{memory, "yarn.nodemanager.resource.memory-mb", "the largest running node"}
	}
	if cores > 0 && (l.MaximumVCores.Value == 0 || cores < l.MaximumVCores.Value) {
		l.MaximumVCores = Figure{cores, "yarn.nodemanager.resource.cpu-vcores", "the largest running node"}
	}
}

// gatherFiles asks HDFS: the staging base, provided folders, remote ship files.
func (c *Client) gatherFiles(ctx context.Context, spec SessionSpec, f *Facts) error {
	dfs, err := c.fileSystem(ctx, f.StagingBase)
	if err != nil {
		return err
	}
	if !spec.Configuration.IsSet(flink.StagingDirectory) {
		home, err := dfs.HomeDirectory(ctx)
		if err != nil {
			return err
		}
		f.StagingBase = dfs.URI() + home
	}
	list := func(o flink.Option, to *[]flink.File) error {
		v, key, _ := spec.Configuration.Effective(o)
		if key == "" {
			return nil
		}
		for _, dir := range v.List() {
			files, problem, err := c.providedFiles(ctx, dir, o)
			if err != nil {
				return err
			}
			if problem != nil {
				f.Problems = append(f.Problems, *problem)
			}
			*to = append(*to, files...)
		}
		return nil
	}
	if err := list(flink.ProvidedLibDirs, &f.ProvidedLib); err != nil {
		return err
	}
	if err := list(flink.ProvidedUsrLibDir, &f.ProvidedUsrLib); err != nil {
		return err
	}
	for _, files := range [][]flink.File{f.Ship, f.Archives} {
		for i := range files {
			if err := c.statRemote(ctx, &files[i], f); err != nil {
				return err
			}
		}
	}
	if f.UserJar != nil {
		return c.statRemote(ctx, f.UserJar, f)
	}
	return nil
}

// providedFiles lists a folder of yarn.provided.lib.dirs. The keys start with
// the folder's own name.
//
// Java: YarnApplicationFileUploader.getAllFilesInProvidedLibDirs.
func (c *Client) providedFiles(ctx context.Context, dir string, o flink.Option) ([]flink.File, *Problem, error) {
	usrlib := path.Base(dir) == "usrlib"
	if usrlib != (o.Key == flink.ProvidedUsrLibDir.Key) {
		why := "libraries and user libraries are provided by keys of their own"
		return nil, &Problem{What: fmt.Sprintf("the folder %s", dir), Where: o.Key, Why: why,
			Do: fmt.Sprintf("a folder called usrlib belongs to %s, and none else does", flink.ProvidedUsrLibDir.Key)}, nil
	}
	dfs, err := c.fileSystem(ctx, dir)
	if err != nil {
		return nil, &Problem{What: fmt.Sprintf("the folder %s", dir), Where: o.Key, Why: err.Error(), Do: hintOf(err)}, nil
	}
	root := pathOf(dir)
	files, err := remoteFiles(ctx, newOpenFolders(dfs), root, path.Dir(root))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, hdfs.ErrNotDirectory), errors.Is(err, fs.ErrPermission):
		return nil, &Problem{What: fmt.Sprintf("the folder %s can't be listed", dir), Where: o.Key, Why: err.Error(), Do: hintOf(err)}, nil
	case err != nil:
		return nil, nil, err
	}
	return files, nil, nil
}

// remoteFiles are all files below a folder; their keys are their paths below base.
func remoteFiles(ctx context.Context, folders openFolders, root, base string) ([]flink.File, error) {
	statuses, err := folders.dfs.Walk(ctx, root)
	if err != nil {
		return nil, err
	}
	files := make([]flink.File, len(statuses))
	for i, s := range statuses {
		closed, err := folders.closed(ctx, path.Dir(s.Path))
		if err != nil {
			return nil, err
		}
		files[i] = flink.File{
			Key:  strings.TrimPrefix(strings.TrimPrefix(s.Path, base), "/"),
			Path: folders.dfs.URI() + s.Path, Remote: true, Size: s.Length, ModificationTime: s.ModificationTime,
			Public: closed == nil && s.Permission.Perm()&0o004 != 0,
		}
	}
	return files, nil
}

// statRemote fills in size and time of a ship file that lies in HDFS.
func (c *Client) statRemote(ctx context.Context, file *flink.File, f *Facts) error {
	if !file.Remote {
		return nil
	}
	dfs, err := c.fileSystem(ctx, file.Path)
	if err != nil {
		f.Problems = append(f.Problems, Problem{What: "the file " + file.Path, Why: err.Error(), Do: hintOf(err)})
		return nil
	}
	s, err := dfs.Stat(ctx, pathOf(file.Path))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		f.Problems = append(f.Problems, Problem{What: "the file " + file.Path, Why: err.Error(), Do: hintOf(err)})
		return nil
	case err != nil:
		return err
	case s.IsDir:
		f.Problems = append(f.Problems, Problem{What: file.Path + " is a folder", Where: flink.ShipFiles.Key, Do: "name the files, or provide a folder by " + flink.ProvidedLibDirs.Key})
		return nil
	}
	file.Path, file.Size, file.ModificationTime = dfs.URI()+s.Path, s.Length, s.ModificationTime
	return nil
}
