// Session-job starts a Flink session on YARN, runs a jar in it, waits for the
// job and stops the session:
//
//	go run ./examples/session-job FLINK_HOME JAR CLASS [ARGS...]
//
// HADOOP_CONF_DIR says which cluster.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"os/user"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/submit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) < 4 {
		log.Fatal("usage: session-job FLINK_HOME JAR CLASS [ARGS...]")
	}
	job := submit.JobSpec{Jar: os.Args[2], EntryClass: os.Args[3], Args: os.Args[4:]}
	if err := run(ctx, os.Args[1], job); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, home string, spec submit.JobSpec) (err error) {
	cluster, err := hadoop.Load(hadoop.LoadOptions{Getenv: os.LookupEnv})
	if err != nil {
		return err
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	client, err := submit.NewClient(submit.Options{Hadoop: cluster, User: me.Username})
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := submit.NewSessionSpec(home, map[string]string{
		flink.ApplicationName.Key: "example", flink.NumTaskSlots.Key: "2",
	})
	if err != nil {
		return err
	}
	deployment, err := client.Start(ctx, session)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, client.StopSession(context.WithoutCancel(ctx), deployment.ApplicationID))
	}()
	job, err := client.RunJob(ctx, deployment.Session(), spec)
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
