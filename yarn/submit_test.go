package yarn_test

import (
	"context"
	"errors"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// What is lost on the way and found again is in lostAnswers of the suite, for
// the fake and the real server alike.

func TestSubmitWhoseAnswerStaysUnknown(t *testing.T) {
	s, c := fake(t, yarntest.Options{})
	s.Faults.Add(faults.Fault{Match: "POST /ws/v1/cluster/apps", Mode: faults.LoseAnswer})
	s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/apps/*", Mode: faults.Answer, Code: 403, Body: "no"})
	err := c.Submit(context.Background(), sleeper(yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}))
	checkError(t, err, []error{yarn.ErrForbidden}, "the answer was lost", "MODIFY_APP")
	if n := s.Applications()[0].Submissions; n != 1 {
		t.Errorf("submitted %d times, want once", n)
	}
}

func TestSubmitRefusedAfterALostRequest(t *testing.T) {
	s, c := fake(t, yarntest.Options{SubmissionDisabled: true})
	s.Faults.Add(faults.Fault{Match: "POST /ws/v1/cluster/apps", Mode: faults.Cut})
	err := c.Submit(context.Background(), sleeper(yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}))
	if !errors.Is(err, yarn.ErrSubmissionDisabled) {
		t.Errorf("error %v, want ErrSubmissionDisabled", err)
	}
}

func TestSubmitSendsTheSameBody(t *testing.T) {
	s, c := fake(t, yarntest.Options{})
	s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/apps/*", Mode: faults.Answer, Code: 404,
		Body: `{"RemoteException":{"exception":"NotFoundException"}}`})
	s.Faults.Add(faults.Fault{Match: "POST /ws/v1/cluster/apps", Mode: faults.LoseAnswer})
	if err := c.Submit(context.Background(), fullContext()); err != nil {
		t.Fatal(err)
	}
	apps := s.Applications()
	if len(apps) != 1 || apps[0].Submissions != 2 {
		t.Errorf("applications %+v, want one that was submitted twice", apps)
	}
}

func TestSubmitToStoppedQueue(t *testing.T) {
	_, c := fake(t, yarntest.Options{Auto: true, Queues: []yarntest.Queue{{Path: "root.default", Stopped: true}}})
	ctx := context.Background()
	if r := await(ctx, t, c, submit(ctx, t, c, nil)); r.State != yarn.Failed {
		t.Errorf("report %+v", r)
	}
}
