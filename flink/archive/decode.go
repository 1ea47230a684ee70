package archive

import (
	"encoding/json"
	"slices"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// decodeOverview finds a job in the answer that lists jobs.
func decodeOverview(at string, answer []byte, id rest.JobID) (rest.JobOverview, error) {
	if at == legacyOverviewPath {
		// Java: HistoryServerArchiveFetcher.convertLegacyJobOverview.
		var a struct {
			Finished json.RawMessage `json:"finished"`
		}
		if err := json.Unmarshal(answer, &a); err != nil {
			return rest.JobOverview{}, unreadable(at, err)
		}
		answer = slices.Concat([]byte(`{"jobs":`), orNull(a.Finished), []byte("}"))
	}
	jobs, err := rest.DecodeJobs(answer)
	if err != nil {
		return rest.JobOverview{}, unreadable(at, err)
	}
	i := slices.IndexFunc(jobs, func(j rest.JobOverview) bool { return j.ID == id })
	if i < 0 {
		return rest.JobOverview{}, damaged("its %s does not tell of the job", at)
	}
	return jobs[i], nil
}

func orNull(raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return []byte("null")
	}
	return raw
}

func unreadable(at string, err error) error { return &damage{"its answer of " + at, err} }
