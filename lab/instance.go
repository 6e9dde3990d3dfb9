package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

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

// MarshalText is the state's name, or its number if it has none.
func (s State) MarshalText() ([]byte, error) { return textOf(stateNames[:], uint8(s)), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *State) UnmarshalText(text []byte) (err error) {
	*s, err = readName[State](stateNames[:], text)
	return err
}

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return "unknown"
	}
	return names[i]
}

func textOf(names []string, i uint8) []byte {
	if int(i) < len(names) {
		return []byte(names[i])
	}
	return strconv.AppendUint(nil, uint64(i), 10)
}

// readName is the place of a name, or the number itself beyond the names.
func readName[T ~uint8](names []string, text []byte) (T, error) {
	if i := slices.Index(names, string(text)); i >= 0 {
		return T(i), nil
	}
	if n, err := strconv.ParseUint(string(text), 10, 8); err == nil && int(n) >= len(names) {
		return T(n), nil
	}
	return 0, fmt.Errorf("%q is none of %s", text, strings.Join(names, ", "))
}

// Instance is one app process as it stood at the moment of a Sample. One that
// has ended (Gone, Failed) is reported once more, in the next Sample, and then
// no longer.
type Instance struct {
	ID    string `json:"id"`            // unique within a session, e.g. "i7"
	Num   int    `json:"num"`           // 1, 2, 3 … in the order of starting; what people call it
	PID   int    `json:"pid,omitzero"`  // 0 while there is no process (backing off)
	Addr  string `json:"addr,omitzero"` // host:port it serves on
	State State  `json:"state"`

	EverReady  bool          `json:"ever_ready,omitzero"`
	Hung       bool          `json:"hung,omitzero"`    // ready once, but has stopped answering: out of the pool
	ByHand     bool          `json:"by_hand,omitzero"` // hung by the user, so it is given longer before it is killed
	Note       string        `json:"note,omitzero"`    // what to say beside the state: "crash-looping: exit status 1", "backs off 0.4 s"
	Started    time.Duration `json:"started_ns,omitzero"`
	StateSince time.Duration `json:"state_since_ns,omitzero"`
	ReadySince time.Duration `json:"ready_since_ns,omitzero"` // 0 until ready
	Ended      time.Duration `json:"ended_ns,omitzero"`       // 0 until ended

	Size     float64 `json:"size_cores,omitzero"`    // cores it may use; of the user's own command a wish
	Enforced bool    `json:"enforced,omitzero"`      // the instance keeps itself within Size
	CPU      Reading `json:"cpu_ratio,omitzero"`     // share of Size, 0..1 (above 1 only where not Enforced)
	Memory   Reading `json:"memory_bytes,omitzero"`  // bytes
	Starved  Reading `json:"starved_ratio,omitzero"` // share of Size that the host did not deliver
	Traffic  Traffic `json:"traffic,omitzero"`       // as the balancer saw it
}

// Alive tells whether the instance has a process, or is about to.
func (i Instance) Alive() bool { return i.State <= Draining }

// Serving tells whether the balancer sends requests to it.
func (i Instance) Serving() bool { return i.State == Ready && !i.Hung }
