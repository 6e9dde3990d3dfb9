package file

import (
	"time"

	"autoscale-lab/lab"
)

// Format and version of a run's JSON. The version rises with every change of
// what is in it, a field added included; every version so far can be read.
const (
	runFormat  = "autoscale-lab run"
	runVersion = 1
)

// run is lab.Run as it is written: names in snake_case, with their units.
type run struct {
	ID         int64         `json:"id"`
	Name       string        `json:"name"`
	Note       string        `json:"note"`
	Baseline   bool          `json:"baseline"`
	Outcome    lab.Outcome   `json:"outcome"`
	Began      *time.Time    `json:"began"`
	Origin     time.Duration `json:"origin_ns,omitzero"`
	Duration   time.Duration `json:"duration_ns"`
	Experiment experiment    `json:"experiment"`
	Policy     string        `json:"policy"`
	Load       string        `json:"load"`
	Rig        string        `json:"rig"`
	Host       lab.Host      `json:"host"`
	Version    string        `json:"version"`
	Commit     string        `json:"commit"`
	Changes    int           `json:"settings_changed"`
	Incomplete string        `json:"incomplete"`
	Summary    lab.Summary   `json:"summary"`
}

type experiment struct {
	Name        string        `json:"name"`
	Policy      string        `json:"policy"`
	Shadows     []string      `json:"shadows,omitzero"`
	Speed       float64       `json:"speed"`
	Load        string        `json:"load"`
	Balance     string        `json:"balance"`
	ByHand      bool          `json:"by_hand"`
	Fleet       fleet         `json:"fleet"`
	Port        int           `json:"port"`
	Interval    time.Duration `json:"interval_ns"`
	Duration    time.Duration `json:"duration_ns"`
	Timeout     time.Duration `json:"timeout_ns"`
	SLO         time.Duration `json:"slo_ns"`
	MaxInFlight int           `json:"max_in_flight"`
	Seed        uint64        `json:"seed"`
	Repeats     int64         `json:"repeats"`
}

// fleet has the fields of lab.Fleet, so that one can be made the other.
type fleet struct {
	Min      int           `json:"min"`
	Max      int           `json:"max"`
	Size     float64       `json:"size_cores"`
	Work     time.Duration `json:"work_ns"`
	Boot     time.Duration `json:"boot_ns"`
	Queue    int           `json:"queue"`
	Workers  int           `json:"workers"`
	WorkDist string        `json:"work_dist"`

	App          []string      `json:"app,omitzero"`
	Env          []string      `json:"env,omitzero"`
	Cwd          string        `json:"cwd,omitzero"`
	ReadyPath    string        `json:"ready_path"`
	StartTimeout time.Duration `json:"start_timeout_ns"`
	DrainLimit   time.Duration `json:"drain_ns"`
	HangKill     time.Duration `json:"hang_kill_ns"`
	BasePort     int           `json:"base_port"`
}

func written(r *lab.Run) run {
	e := &r.Experiment
	out := run{
		ID: r.ID, Name: r.Name, Note: r.Note, Baseline: r.Baseline, Outcome: r.Outcome, Origin: r.Origin, Duration: r.Duration,
		Experiment: experiment{
			Name: e.Name, Policy: e.Policy, Shadows: e.Shadows, Speed: e.Speed, Load: e.Load, Balance: e.Balance, ByHand: e.ByHand, Fleet: fleet(e.Fleet),
			Port: e.Port, Interval: e.Interval, Duration: e.Duration, Timeout: e.Timeout, SLO: e.SLO, MaxInFlight: e.MaxInFlight, Seed: e.Seed, Repeats: e.Repeats,
		},
		Policy: r.Policy, Load: r.Load, Rig: r.Rig, Host: r.Host, Version: r.Version, Commit: r.Commit,
		Changes: r.Changes, Incomplete: r.Incomplete, Summary: r.Summary,
	}
	if !r.Began.IsZero() {
		began := r.Began.UTC()
		out.Began = &began
	}
	return out
}

func (r *run) read() lab.Run {
	e := &r.Experiment
	out := lab.Run{
		ID: r.ID, Name: r.Name, Note: r.Note, Baseline: r.Baseline, Outcome: r.Outcome, Origin: r.Origin, Duration: r.Duration,
		Experiment: lab.Experiment{
			Name: e.Name, Policy: e.Policy, Shadows: e.Shadows, Speed: e.Speed, Load: e.Load, Balance: e.Balance, ByHand: e.ByHand, Fleet: lab.Fleet(e.Fleet),
			Port: e.Port, Interval: e.Interval, Duration: e.Duration, Timeout: e.Timeout, SLO: e.SLO, MaxInFlight: e.MaxInFlight, Seed: e.Seed, Repeats: e.Repeats,
		},
		Policy: r.Policy, Load: r.Load, Rig: r.Rig, Host: r.Host, Version: r.Version, Commit: r.Commit,
		Changes: r.Changes, Incomplete: r.Incomplete, Summary: r.Summary,
	}
	if r.Began != nil {
		out.Began = time.Unix(0, r.Began.UnixNano()) // as the notebook gives it
	}
	return out
}
