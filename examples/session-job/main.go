// Session-job starts a Flink session on the cluster that HADOOP_CONF_DIR names,
// runs a jar in it, waits for the job and stops the session.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/submit"
)

func main() {
	if len(os.Args) < 5 {
		log.Fatal("usage: session-job USER FLINK_HOME JAR CLASS [ARGS...]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	job := submit.JobSpec{Jar: os.Args[3], EntryClass: os.Args[4], Args: os.Args[5:]}
	if err := run(ctx, os.Args[1], os.Args[2], job); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, user, home string, spec submit.JobSpec) (err error) {
	cluster, err := hadoop.Load(hadoop.LoadOptions{Getenv: os.LookupEnv})
	if err != nil {
		return err
	}
	client, err := submit.NewClient(submit.Options{Hadoop: cluster, User: user})
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := submit.NewSessionSpec(home, map[string]string{flink.ApplicationName.Key: "example", flink.NumTaskSlots.Key: "2"})
	if err != nil {
		return err
	}
	d, err := client.Start(ctx, session)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.StopSession(context.WithoutCancel(ctx), d.ApplicationID)) }()
	job, err := client.RunJob(ctx, d.Session(), spec)
	if err != nil {
		return err
	}
	result, err := client.WaitJob(ctx, job, nil)
	if err != nil {
		return err
	}
	fmt.Println(result.JobID, result.State, result.DurationMs, "ms")
	return result.Err()
}
