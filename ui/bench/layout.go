package bench

import "strings"

// spot names a pane of the Workbench. The order is that of tab.
type spot int

const (
	usage spot = iota
	trends
	instances
	load
	policy
	events
	scores
	why
	nSpots
	none spot = -1
)

// The least terminal that can hold the Workbench, and the least that holds it whole.
const (
	MinWidth, MinHeight   = 80, 24
	fullWidth, fullHeight = 100, 30
)

// rect is a part of the screen, in cells.
type rect struct{ x, y, w, h int }

// layout says where everything stands. A pane with an empty rect is not shown.
//
//	full, from 100×30            compact, from 80×24
//	┌ header ──────────────┐     ┌ header ─────────┐
//	│ usage    │ instances │     │ usage  │ one    │
//	│──────────│ load      │     │────────│ side   │
//	│ trends   │ policy    │     │ trends │ pane   │
//	│ events   │ scores    │     │        │ a time │
//	│ status, footer       │     │ status, footer  │
type layout struct {
	header, status rect
	panes          [nSpots]rect
	compact        bool
}

// layoutOf places the panes on a screen of w×h cells, at least MinWidth by
// MinHeight-1: the row of the footer is the frame's. side is the side pane
// that a compact screen shows; zoomed, if not none, has the body to itself.
func layoutOf(w, h int, side, zoomed spot) layout {
	l := layout{header: rect{0, 0, w, 1}, status: rect{0, h - 1, w, 1}}
	body := rect{0, 1, w, h - 2}
	switch {
	case zoomed != none:
		l.panes[zoomed] = body
		l.compact = w < fullWidth || h < fullHeight-1
	case w < fullWidth || h < fullHeight-1:
		l.compact = true
		left := w - min(max(w/2, 40), 76)
		upper := body.h * 38 / 100
		l.panes[usage] = rect{0, 1, left, upper}
		l.panes[trends] = rect{0, 1 + upper, left, body.h - upper}
		l.panes[side] = rect{left, 1, w - left, body.h}
	default:
		left := w - min(max(w*2/5, 40), 76)
		low := min(5+(body.h-27)/6, 12)
		above := body.h - low
		upper := above * 37 / 100
		knobs := min(5+(above-22)/5, 9)
		l.panes[usage] = rect{0, 1, left, upper}
		l.panes[trends] = rect{0, 1 + upper, left, above - upper}
		l.panes[instances] = rect{left, 1, w - left, upper}
		l.panes[load] = rect{left, 1 + upper, w - left, knobs}
		l.panes[policy] = rect{left, 1 + upper + knobs, w - left, above - upper - knobs}
		l.panes[events] = rect{0, 1 + above, left, low}
		l.panes[scores] = rect{left, 1 + above, w - left, low}
	}
	return l
}

// rows joins the panes, each drawn by draw as h rows of exactly w cells, into
// the rows of the body. The panes tile it, so that this is concatenation.
func (l *layout) rows(h int, draw func(spot, int, int) []string) []string {
	parts := make([][]string, h)
	for _, s := range []spot{usage, trends, why, instances, load, policy, events, scores} { // left before right
		r := l.panes[s]
		if r.w == 0 {
			continue
		}
		for i, row := range draw(s, r.w, r.h) {
			parts[r.y-1+i] = append(parts[r.y-1+i], row)
		}
	}
	out := make([]string, h)
	for i, p := range parts {
		out[i] = strings.Join(p, "")
	}
	return out
}
