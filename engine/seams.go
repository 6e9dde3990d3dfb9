package engine

import (
	"context"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy"
)

// Clock gives lab time: the time since the session began.
type Clock interface {
	Now() time.Duration
	// Until is closed, or receives, when lab time has reached t.
	Until(t time.Duration) <-chan struct{}
	// Wall is the wall clock. It may jump against Now; then a gap is marked.
	Wall() time.Time
}

// Rig is what is experimented on: load, balancer and instances together. Only
// the Session's loop calls it, one call at a time, after Open returned.
type Rig interface {
	Open(ctx context.Context) error
	// Apply carries out a deed that concerns the rig: load, shape, balance,
	// set fleet.*, kill, hang, resume, drain. It does not wait for its effect.
	Apply(ctx context.Context, a lab.Action) error
	// Scale states how many instances there should be, and does not wait.
	Scale(ctx context.Context, n int) error
	// Observe measures everything since the last Observe.
	Observe(at time.Duration) (lab.Sample, []lab.Event, error)
	// Close returns when nothing is left. Cancelling ctx is the forced way.
	Close(ctx context.Context) error
}

// Fleet is the instances of a rig.
type Fleet interface {
	Open(ctx context.Context) error
	Apply(ctx context.Context, a lab.Action) error
	Scale(ctx context.Context, n int) error
	// Observe measures the instances: their lives and CPU, not their traffic.
	Observe(at time.Duration) ([]lab.Instance, []lab.Event)
	Close(ctx context.Context) error
}

// External runs the programs of policies that are the user's own. It fits
// policy.Runner; Open and Close are the Session's.
type External interface {
	policy.Runner
	Open(ctx context.Context) error
	// Observe tells what the programs said beside their answers, and what became
	// of them, since the last Observe. It begins a tick of that length, of which
	// waiting for answers may take half.
	Observe(at, tick time.Duration) []lab.Event
	// Close returns when nothing is left of them. Cancelling ctx is the forced way.
	Close(ctx context.Context) error
}

// Recorder keeps runs. A Session gives each its own goroutine and a bounded
// queue; an error is shown, and the call tried again, while the run goes on.
type Recorder interface {
	Begin(run *lab.Run) error // may give the run its number
	Record(tick lab.Tick) error
	End(run lab.Run) error // with its Outcome; Discarded means: do not keep it
}
