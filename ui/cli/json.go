package cli

import (
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/shell"
)

// runJSON is a run as run --json and history show --json print it. What is not
// known is null.
type runJSON struct {
	ID        int64               `json:"id"`
	Name      string              `json:"name"`
	Note      string              `json:"note"`
	Baseline  bool                `json:"baseline"`
	Outcome   *lab.Outcome        `json:"outcome"`
	Finished  bool                `json:"finished"` // it has an end, even if it failed
	Policy    string              `json:"policy"`
	Load      string              `json:"load"`
	Balance   string              `json:"balance"`
	Rig       string              `json:"rig"`
	Seed      uint64              `json:"seed"`
	Began     *time.Time          `json:"began"`
	Duration  float64             `json:"duration_s"`
	Requests  lab.RequestSummary  `json:"requests"`
	Latency   lab.LatencySummary  `json:"latency_ms"`
	Instances lab.InstanceSummary `json:"instances"`
	lab.Scores
	Lab             lab.LabSummary    `json:"lab_cpu_pct"`
	Host            hostJSON          `json:"host"`
	Version         string            `json:"version"`
	Commit          string            `json:"commit"`
	Incomplete      *string           `json:"incomplete"` // why ticks are missing, if any are
	Settings        map[string]string `json:"settings"`
	SettingsChanged int               `json:"settings_changed"`
	LoadOf          int64             `json:"load_of,omitempty"` // the run whose load this one was given again
	Series          string            `json:"series,omitempty"`  // what repeats of one another have in common
}

type hostJSON struct {
	lab.Host
	Saturated float64 `json:"saturated_s"`
}

func runObject(r *lab.Run) runJSON {
	s := r.Summary
	out := runJSON{
		ID: r.ID, Name: r.Name, Note: r.Note, Baseline: r.Baseline,
		Outcome: shell.Known(r.Outcome), Finished: r.Outcome != lab.Unfinished && r.Outcome != lab.Crashed,
		Policy: r.Policy, Load: r.Load, Balance: r.Experiment.Balance, Rig: r.Rig, Seed: r.Experiment.Seed,
		Duration: r.Duration.Seconds(),
		Requests: s.Requests, Latency: s.Latency, Instances: s.Instances, Scores: s.Scores,
		Lab: s.Lab, Host: hostJSON{r.Host, s.Saturated},
		Version: r.Version, Commit: r.Commit, Incomplete: shell.Known(r.Incomplete),
		Settings: map[string]string{}, SettingsChanged: r.Changes, LoadOf: r.Experiment.Repeats, Series: r.Experiment.Series,
	}
	if !r.Began.IsZero() {
		began := r.Began.UTC().Truncate(time.Millisecond)
		out.Began = &began
	}
	if out.Requests.ByCause == nil {
		out.Requests.ByCause = map[string]int64{}
	}
	for _, set := range r.Settings() {
		out.Settings[set.Name] = set.Text
	}
	return out
}
