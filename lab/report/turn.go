package report

import (
	"strings"
	"time"

	"autoscale-lab/lab"
)

// turnWithin is how soon after a turn of a knob the next one counts with it.
const turnWithin = 2 * time.Second

// OneTurn tells whether two events, one right after the other, are turns of one
// knob in quick succession: to be said as one, "rate 15 /s → 25 /s".
func OneTurn(a, b *lab.Event) bool {
	return a.Action != nil && b.Action != nil && a.Action.Kind == lab.ActSet && b.Action.Kind == lab.ActSet &&
		a.By == b.By && a.Action.Target == b.Action.Target && a.Action.Name == b.Action.Name && b.At-a.At <= turnWithin &&
		strings.Contains(a.Text, " → ") && strings.Contains(b.Text, " → ")
}
