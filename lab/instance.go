package lab

import "time"

// State is where an instance stands in its life:
//
//	Starting ─▶ Ready ─▶ Draining ─▶ Gone
//	    │         │          │
//	    └─────────┴──────────┴─────▶ Failed (ended by itself)
type State uint8

const (
	Starting State = iota
	Ready
	Draining
	Gone   // ended because we stopped it
	Failed // ended by itself, was killed, or never became ready
)

var stateNames = [...]string{"starting", "ready", "draining", "gone", "failed"}

func (s State) String() string { return nameOf(stateNames[:], int(s)) }

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return "unknown"
	}
	return names[i]
}

// Instance is one app process as it stood at the moment of a Sample. One that
// has ended (Gone, Failed) is reported once more, in the next Sample, and then
// no longer.
type Instance struct {
	ID    string // unique within a session, e.g. "i7"
	Num   int    // 1, 2, 3 … in the order of starting; what people call it
	PID   int    // 0 while there is no process (backing off)
	Addr  string // host:port it serves on
	State State

	EverReady  bool
	Hung       bool   // ready once, but has stopped answering: out of the pool
	ByHand     bool   // hung by the user, so it is given longer before it is killed
	Note       string // what to say beside the state: "crash-looping: exit status 1", "backs off 0.4 s"
	Started    time.Duration
	StateSince time.Duration
	ReadySince time.Duration // 0 until ready
	Ended      time.Duration // 0 until ended

	Size     float64 // cores it may use; of the user's own command a wish
	Enforced bool    // the instance keeps itself within Size
	CPU      Reading // share of Size, 0..1 (above 1 only where not Enforced)
	Memory   Reading // bytes
	Starved  Reading // share of Size that the host did not deliver
	Traffic  Traffic // as the balancer saw it
}

// Alive tells whether the instance has a process, or is about to.
func (i Instance) Alive() bool { return i.State <= Draining }

// Serving tells whether the balancer sends requests to it.
func (i Instance) Serving() bool { return i.State == Ready && !i.Hung }
