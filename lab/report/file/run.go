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

// writtenRun is a lab.Run as it is written: names in snake_case, with their
// units. The structs below have the fields of those of lab, so that one can be
// made the other: a field that is added there does not compile until it is
// added here.
type writtenRun struct {
	run
	Experiment writtenExperiment `json:"experiment"`
}

type writtenExperiment struct {
	experiment
	Fleet fleet `json:"fleet"`
}

type run struct {
	ID         int64          `json:"id"`
	Name       string         `json:"name"`
	Note       string         `json:"note"`
	Baseline   bool           `json:"baseline"`
	Outcome    lab.Outcome    `json:"outcome"`
	Began      time.Time      `json:"began,omitzero"`
	Origin     time.Duration  `json:"origin_ns,omitzero"`
	Duration   time.Duration  `json:"duration_ns"`
	Experiment lab.Experiment `json:"-"`
	Policy     string         `json:"policy"`
	Load       string         `json:"load"`
	Rig        string         `json:"rig"`
	Host       lab.Host       `json:"host"`
	Version    string         `json:"version"`
	Commit     string         `json:"commit"`
	Changes    int            `json:"settings_changed"`
	Incomplete string         `json:"incomplete"`
	Summary    lab.Summary    `json:"summary"`
}

type experiment struct {
	Name        string        `json:"name"`
	Policy      string        `json:"policy"`
	Shadows     []string      `json:"shadows,omitzero"`
	Speed       float64       `json:"speed"`
	Load        string        `json:"load"`
	Balance     string        `json:"balance"`
	ByHand      bool          `json:"by_hand"`
	Fleet       lab.Fleet     `json:"-"`
	Port        int           `json:"port"`
	Interval    time.Duration `json:"interval_ns"`
	Duration    time.Duration `json:"duration_ns"`
	Timeout     time.Duration `json:"timeout_ns"`
	SLO         time.Duration `json:"slo_ns"`
	MaxInFlight int           `json:"max_in_flight"`
	Seed        uint64        `json:"seed"`
	Repeats     int64         `json:"repeats"`
	Series      string        `json:"series"`
	Calibrated  float64       `json:"calibrated_rps"`
	Price       float64       `json:"price"`
}

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

// written is a run to be written.
func written(r lab.Run) writtenRun {
	if !r.Began.IsZero() {
		r.Began = r.Began.UTC()
	}
	return writtenRun{run(r), writtenExperiment{experiment(r.Experiment), fleet(r.Experiment.Fleet)}}
}

// read is the run that was written, with the times as the notebook gives them.
func (w *writtenRun) read() lab.Run {
	r := lab.Run(w.run)
	r.Experiment = lab.Experiment(w.Experiment.experiment)
	r.Experiment.Fleet = lab.Fleet(w.Experiment.Fleet)
	if !r.Began.IsZero() {
		r.Began = time.Unix(0, r.Began.UnixNano())
	}
	return r
}
