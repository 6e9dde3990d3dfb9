package lab

import (
	"slices"
	"time"
)

// Outcome is how a run ended.
type Outcome string

const (
	Unfinished Outcome = ""          // still under way
	Completed  Outcome = "completed" // its duration was over
	Stopped    Outcome = "stopped"   // the user ended it
	Aborted    Outcome = "failed"    // the rig broke
	Crashed    Outcome = "crashed"   // its lab died; marked at the next start
	Discarded  Outcome = "discarded" // too short and empty to keep
)

// Host is the machine a run was made on.
type Host struct {
	OS       string `json:"os"`
	Kernel   string `json:"kernel"`
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	MemoryMB int64  `json:"memory_mb"`
}

// Run is one experiment carried out: what is known of it beside its ticks.
type Run struct {
	ID         int64 // 0 until a recorder has given it its number
	Name, Note string
	Baseline   bool
	Outcome    Outcome
	Began      time.Time     // wall clock
	Origin     time.Duration // lab time of the beginning; 0 in a stored run
	Duration   time.Duration // so far, or in all
	Experiment Experiment    // as it stood at the beginning, specs spelled whole
	Policy     string        // kind of the policy at the end
	Load       string        // spec of the load at the end
	Rig        string        // "local"
	Host       Host
	Version    string
	Commit     string
	Changes    int    // settings changed on the way
	Incomplete string // why ticks are missing, if any are
	Summary    Summary
}

// RigImport is the Rig of a run that was made of a series of what happened
// elsewhere.
const RigImport = "import"

// Answered tells whether it is known how the requests of a run ended: of a
// series only how many came is.
func (r *Run) Answered() bool { return r.Rig != RigImport }

// Settings are those of the Experiment, as far as they are known: of a series,
// what its import was told.
func (r *Run) Settings() []Setting {
	all := r.Experiment.Settings()
	if r.Rig != RigImport {
		return all
	}
	return slices.DeleteFunc(all, func(s Setting) bool {
		return !slices.Contains([]string{"fleet.min", "fleet.max", "interval", "duration", "slo"}, s.Name)
	})
}

// leastCoverage is the share of a run, in percent, that is to be known.
const leastCoverage = 95

// Doubtful tells that too little of the run is known for its figures to be
// shown without a warning. What precedes the first tick never is.
func (r *Run) Doubtful() bool {
	c := r.Summary.CoveragePct
	if c == nil || *c >= leastCoverage {
		return false
	}
	missing := time.Duration((100 - *c) / 100 * float64(r.Duration))
	return missing > 2*max(r.Experiment.Interval, time.Second)
}

// Blank tells that not one tick of an ended run was recorded: its lab died
// before the first. Its figures are zero without meaning so.
func (r *Run) Blank() bool {
	c := r.Summary.CoveragePct
	return r.Outcome != Unfinished && (c == nil || *c == 0) && r.Summary.Instances.Max == 0 && r.Summary.Requests.Offered == 0
}

// Record is a run as far as it is known: a stored one, or the append-only
// prefix of a live one. Ticks carry lab time; run time is At − Run.Origin. A
// live Record may begin with ticks from before the Origin.
type Record struct {
	Run   Run
	Ticks []Tick
}
