package lab

import "time"

// Policy decides how many instances there should be. It reads only the Sample
// and its own knobs; no clock, no context, no error: one that cannot tell
// keeps Sample.Desired and says why in Reason. A fresh policy's first Decide
// takes Sample.Desired as its seed. The same call serves a live run, a shadow,
// the simulator and a stored run decided again.
type Policy interface{ Decide(Sample) Decision }

// Decision is a wish with its reasons.
type Decision struct {
	Desired  int     `json:"desired"`
	Reason   string  `json:"reason,omitzero"` // one line: "CPU 36 % > 35 %: 4 → 5"
	Stages   []Stage `json:"stages,omitzero"` // how the number came about, in order
	Next     []Wait  `json:"next,omitzero"`   // what comes next, soonest first
	Forecast []Point `json:"forecast,omitzero"`
}

// Stage is one step of the pipeline that led to a Decision.
type Stage struct {
	Name  string  `json:"name"`          // "window", "ratio", "raw", "stabilise", "limit", "clamp" …
	Value float64 `json:"value"`         // the number after the stage
	Text  string  `json:"text,omitzero"` // the reason word, if the stage changed or held something
}

// Wait is something that becomes possible, or will happen, at a known moment.
type Wait struct {
	What  string        `json:"what"`              // "cooldown", "next sync", "earliest scale-in"
	At    time.Duration `json:"at_ns"`             // lab time
	By    string        `json:"by,omitzero"`       // what holds it until then: "the recommendation"
	Since time.Duration `json:"since_ns,omitzero"` // lab time of that; 0: no moment to tell
}

// Point is a value at a moment.
type Point struct {
	At    time.Duration `json:"at_ns"`
	Value float64       `json:"value"`
}

// Shadow is what another policy would have decided on the same Sample. It does
// not feel its own decisions.
type Shadow struct {
	Policy   string   `json:"policy"` // its spec
	Decision Decision `json:"decision"`
}

// Tick is what one turn of the loop leaves behind. It is immutable.
type Tick struct {
	Sample   Sample   `json:"sample"`
	Decision Decision `json:"decision"`
	Shadows  []Shadow `json:"shadows,omitzero"`
	Events   []Event  `json:"events,omitzero"` // since the tick before, in order
}

// Actor is who did something.
type Actor string

const (
	ByUser   Actor = "user"
	ByPolicy Actor = "policy"
	ByLab    Actor = "lab"    // the engine itself: supervision, warnings
	ByScript Actor = "script" // an experiment file or --fault
	ByReplay Actor = "replay" // a recorded deed, done again
)

// ActionKind says what an Action does.
type ActionKind string

const (
	ActSet       ActionKind = "set"       // Target (policy, load, fleet) . Name := To
	ActPolicy    ActionKind = "policy"    // switch to the policy of spec To
	ActShadow    ActionKind = "shadow"    // From "": let the policy of spec To decide beside; To "": no more that of spec From
	ActLoad      ActionKind = "load"      // To: on | off
	ActShape     ActionKind = "shape"     // send the load of spec To from now on
	ActBalance   ActionKind = "balance"   // balance by algorithm To
	ActAutoscale ActionKind = "autoscale" // To: on | off
	ActScale     ActionKind = "scale"     // with autoscaling off: desired := To
	ActKill      ActionKind = "kill"      // SIGKILL instance Target
	ActHang      ActionKind = "hang"      // SIGSTOP instance Target
	ActResume    ActionKind = "resume"    // SIGCONT instance Target
	ActDrain     ActionKind = "drain"     // drain and replace instance Target
	ActMark      ActionKind = "mark"      // a note To on the time axis
	ActNew       ActionKind = "new"       // end the run, be ready for the next
	ActStop      ActionKind = "stop"      // end the run, keep it
	ActAgain     ActionKind = "again"     // the last run's load again, with the knobs as they are
)

// Action is a deed: a keystroke, a line of an experiment, a replayed record.
type Action struct {
	At     time.Duration `json:"at_ns"` // lab time it was carried out
	By     Actor         `json:"by"`
	Kind   ActionKind    `json:"kind"`
	Target string        `json:"target,omitzero"` // what it is done to: an instance's ID, or the owner of a knob
	Name   string        `json:"name,omitzero"`   // of a knob
	From   string        `json:"from,omitzero"`   // what it was before
	To     string        `json:"to,omitzero"`     // what it becomes
}

// EventKind sorts events.
type EventKind string

const (
	EventScaleUp   EventKind = "up"
	EventScaleDown EventKind = "down"
	EventStarting  EventKind = "starting"
	EventReady     EventKind = "ready"
	EventDraining  EventKind = "draining"
	EventGone      EventKind = "gone"
	EventFailed    EventKind = "failed"
	EventHung      EventKind = "hung"
	EventBack      EventKind = "back" // a hung instance answers again
	EventAction    EventKind = "action"
	EventMark      EventKind = "mark"
	EventRun       EventKind = "run"
	EventWarning   EventKind = "warning"
)

// Event is something that happened at a moment, in words.
type Event struct {
	At       time.Duration `json:"at_ns"`
	By       Actor         `json:"by,omitzero"`
	Kind     EventKind     `json:"kind"`
	Instance string        `json:"instance,omitzero"` // the ID of the instance concerned, if one is
	Text     string        `json:"text,omitzero"`
	Action   *Action       `json:"action,omitzero"` // the deed, where the event is one
}
