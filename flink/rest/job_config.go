package rest

import "context"

// JobConfig is what a job was submitted with.
type JobConfig struct {
	ID              JobID
	Name            string
	ExecutionMode   string // gone in Flink 2
	RestartStrategy string // a sentence of Flink's
	Parallelism     int    // the default of its operators; -1: not set
	ObjectReuse     bool
	Parameters      map[string]string // global job parameters of the program
}

// JobConfig returns the configuration of a job, running or ended. An unknown
// job is ErrJobNotFound.
func (c *Client) JobConfig(ctx context.Context, job JobID) (JobConfig, error) {
	a := newJobConfigAnswer()
	if err := c.get(ctx, "configuration of job "+job.String(), &a, "jobs", job.String(), "config"); err != nil {
		return JobConfig{}, err
	}
	return a.config(), nil
}

type jobConfigAnswer struct {
	ID        JobID  `json:"jid"`
	Name      string `json:"name"`
	Execution struct {
		Mode            string            `json:"execution-mode"`
		RestartStrategy string            `json:"restart-strategy"`
		Parallelism     integer           `json:"job-parallelism"`
		ObjectReuse     bool              `json:"object-reuse-mode"`
		User            map[string]string `json:"user-config"`
	} `json:"execution-config"`
}

func newJobConfigAnswer() jobConfigAnswer {
	var a jobConfigAnswer
	a.Execution.Parallelism = -1
	return a
}

func (a jobConfigAnswer) config() JobConfig {
	return JobConfig{
		ID: a.ID, Name: a.Name, ExecutionMode: a.Execution.Mode, RestartStrategy: a.Execution.RestartStrategy,
		Parallelism: int(a.Execution.Parallelism), ObjectReuse: a.Execution.ObjectReuse, Parameters: a.Execution.User,
	}
}
