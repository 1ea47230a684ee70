package submit

import (
	"errors"
	"time"
)

// collectLocks forgets the keys of the user's sessions that have ended: those that
// this ResourceManager calls final, and, after a day, those that it has forgotten.
func (g *collector) collectLocks() error {
	folder := g.client.lockFolder()
	records, err := folder.records()
	if err != nil {
		return err
	}
	now := time.UnixMilli(g.now)
	if g.now == 0 { // there was nothing else to look at
		now = time.Now()
	}
	var errs []error
	for _, r := range records {
		if r.User != g.client.options.User || !r.ResourceManager.same(g.identity) {
			continue
		}
		age := now.Sub(r.Created)
		state, known := g.states[r.ApplicationID]
		why := "the session is " + string(state)
		switch {
		case known && !state.IsFinal(), !known && age < graceTime:
			continue
		case !known:
			why = "the ResourceManager does not know the session any more"
		}
		if !g.options.DryRun {
			if err := folder.forget(r.ApplicationID); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		g.mu.Lock()
		g.result.Removed = append(g.result.Removed, GCItem{Kind: GCLock, Path: folder.of(r.ApplicationID), AgeSeconds: int64(age / time.Second), Why: why})
		g.mu.Unlock()
	}
	return errors.Join(errs...)
}
