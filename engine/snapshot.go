package engine

import (
	"time"

	"autoscale-lab/lab"
)

// Phase is where the session stands between runs.
//
//	Idle ─ first deed ─▶ Running ─ stop ─▶ Kept ─ first deed ─▶ Running
//	  ▲                     │                │
//	  └────────── new ──────┴────────────────┘
type Phase uint8

const (
	Idle    Phase = iota // instances are up, charts move, nothing is recorded
	Running              // everything is recorded
	Kept                 // the last run is kept; the next begins with the next deed
)

// Snapshot is the session as it stood at one moment. It is immutable, and so is
// all that it holds: whoever has it may read it for as long as he likes.
type Snapshot struct {
	Rev   uint64        // grows with every Snapshot
	At    time.Duration // lab time of the moment
	Phase Phase
	// Record holds the ticks of the session so far (at most the last two
	// hours), those before the run's Origin included, and the run under way,
	// or the last one kept.
	Record  lab.Record
	Pending []lab.Event // since the last tick; they will be in the next

	Setup    Setup
	Desired  int
	Decision lab.Decision // the last one
	Notebook Notebook
	Err      error // the rig is broken: the session is ending
}

// Setup is how everything that can be turned stands.
type Setup struct {
	Policy      string        // kind
	Autoscale   bool          // off: the user scales by hand
	Shadows     []string      // briefs of the policies that decide beside it
	Speed       float64       // that periods and windows are divided by
	Interval    time.Duration // of a tick, as it is now
	Balance     string
	LoadKind    string // "constant", "closed/constant", "none" …
	LoadModel   lab.Model
	LevelKnob   string // name of the load knob that + and - turn; "" if there is none
	LoadOn      bool
	PolicyKnobs []lab.Knob
	LoadKnobs   []lab.Knob
	FleetKnobs  []lab.Knob // min and max among them
}

// Notebook is how the recording goes.
type Notebook struct {
	Waiting int    // ticks not yet written
	Lost    int    // ticks given up
	Trouble string // why writing does not succeed just now; "" if it does
}

// Last is the newest tick, or nil before the first.
func (s *Snapshot) Last() *lab.Tick {
	if n := len(s.Record.Ticks); n > 0 {
		return &s.Record.Ticks[n-1]
	}
	return nil
}
