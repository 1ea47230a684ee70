package yarn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Submit submits an application and returns when the ResourceManager has
// accepted it for processing: its state follows from Submitted. There it may
// still fail, for a queue that does not exist for example, or be unknown when a
// ResourceManager fails before it saved the submission.
//
// When the answer is lost, the ResourceManager is asked for the id; only if it
// does not know it, the same body is sent again. So no error of this method but
// a *RemoteError proves that the application was not submitted.
//
// Java: org.apache.hadoop.yarn.client.api.impl.YarnClientImpl.submitApplication;
// differs: it doesn't wait for the state to be saved; see Submitted.
func (c *Client) Submit(ctx context.Context, s ApplicationSubmissionContext) error {
	op := fmt.Sprintf("submit %s", s.ID)
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("%s: %w", op, unwrapMarshaler(err))
	}
	b, cancel := c.budget(ctx)
	defer cancel()
	r := request{op: op, method: http.MethodPost, path: clusterPath + "/apps", body: body}
	for {
		_, err := c.try(b, r)
		var failed *transientError
		if !errors.As(err, &failed) {
			return err
		}
		if err := c.waitAfter(b, op, failed); err != nil {
			return err
		}
		if !failed.arrived {
			continue
		}
		known, err := c.knows(b, s.ID)
		if err != nil {
			return fmt.Errorf("%s: the answer was lost (%v), and asking for it: %w", op, failed.err, err)
		}
		if known {
			return nil
		}
	}
}

// Submitted asks for the report of an application that Submit has submitted with
// s, and submits it again where the ResourceManager does not know it: one that
// ends before it has saved a submission, with its answer given, leaves nothing of
// it to the next one. It is for the time until the report's state is past
// NewSaving; an application that is unknown later is gone. That the
// ResourceManager takes submissions and knows none of them is
// ErrApplicationNotFound when Options.RetryFor is over.
//
// Java: org.apache.hadoop.yarn.client.api.impl.YarnClientImpl.submitApplication.
func (c *Client) Submitted(ctx context.Context, s ApplicationSubmissionContext) (ApplicationReport, error) {
	b, cancel := c.budget(ctx)
	defer cancel()
	var unknown error
	for {
		report, err := c.application(b, s.ID, c.callWithin)
		if unknown != nil && b.ctx.Err() != nil && b.caller.Err() == nil && errors.Is(err, ErrUnreachable) {
			return ApplicationReport{}, unknown // the time was over in the middle of a question
		}
		if !errors.Is(err, ErrApplicationNotFound) || c.retryFor < 0 {
			return report, err
		}
		unknown = err
		c.logger.InfoContext(ctx, "the submission is not known any more, submitting it again", "application", s.ID)
		if err := c.Submit(ctx, s); err != nil {
			return ApplicationReport{}, err
		}
		if b.pause.wait(b.ctx) == nil {
			continue
		}
		if b.caller.Err() != nil {
			return ApplicationReport{}, c.ended(b, "application "+s.ID.String())
		}
		return ApplicationReport{}, err
	}
}

// knows asks whether a submission whose answer was lost has arrived.
func (c *Client) knows(b *budget, id ApplicationID) (bool, error) {
	_, err := c.callWithin(b, applicationRequest(id))
	if errors.Is(err, ErrApplicationNotFound) {
		return false, nil
	}
	return err == nil, err
}

// unwrapMarshaler takes encoding/json's wrapping off an error of MarshalJSON.
func unwrapMarshaler(err error) error {
	var m *json.MarshalerError
	if errors.As(err, &m) {
		return m.Err
	}
	return err
}
