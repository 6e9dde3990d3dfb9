package pane

import (
	"fmt"
	"slices"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Events is what happened, newest last.
type Events struct {
	th     *theme.Theme
	follow follower
	log    []lab.Event // of all ticks
	all    []lab.Event // log and pending
	up     int         // rows scrolled up from the end
	older  int         // events no longer in log
}

// maxEvents is how many are kept to scroll through, at least.
const maxEvents = 2000

// NewEvents makes an empty list.
func NewEvents(th *theme.Theme) *Events { return &Events{th: th} }

// See takes the events of the picture.
func (m *Events) See(p *Picture) {
	ticks, fresh := m.follow.news(&p.Record)
	if fresh {
		m.log, m.older = nil, 0
	}
	before := m.older + len(m.all)
	for i := range ticks {
		m.log = append(m.log, ticks[i].Events...)
	}
	if n := len(m.log) - maxEvents; n > maxEvents {
		m.log, m.older = slices.Clone(m.log[n:]), m.older+n
	}
	m.all = append(m.log[:len(m.log):len(m.log)], p.Pending...)
	if m.up > 0 { // what is being read stays where it is
		m.up = max(0, min(m.up+m.older+len(m.all)-before, len(m.all)-1))
	}
}

// Move scrolls; a great number goes to the first or the last.
func (m *Events) Move(by int) { m.up = max(0, min(m.up-by, len(m.all)-1)) }

// Draw draws the newest events, or those scrolled to, in a box of w×h cells.
func (m *Events) Draw(p *Picture, w, h int, focused bool) []string {
	room := max(h-2, 0)
	m.up = max(0, min(m.up, len(m.all)-room))
	end := len(m.all) - m.up
	begin := max(0, end-room)
	rows := make([]string, 0, room)
	origin, clock := p.Record.Run.Origin, 0
	for i := range m.all[begin:end] {
		clock = max(clock, len(Clock(m.all[begin+i].At-origin)))
	}
	for i := range m.all[begin:end] {
		rows = append(rows, m.row(&m.all[begin+i], origin, clock, w-2))
	}
	right := fmt.Sprintf("%d of %d", end-begin, m.older+len(m.all))
	if m.up > 0 {
		right = fmt.Sprintf("%d to %d of %d", m.older+begin+1, m.older+end, m.older+len(m.all))
	}
	return m.th.Box("Events", right, rows, w, h, focused)
}

func (m *Events) row(e *lab.Event, origin time.Duration, clock, w int) string {
	th := m.th
	glyph, ink := Sign(th, e.Kind)
	when := Clock(e.At - origin)
	when = theme.Blank(clock-len(when)) + when
	who := ""
	if e.By != "" && e.By != lab.ByLab {
		who = th.Dim.Paint("(" + th.Spell(string(e.By)) + ")")
	}
	return th.Row(th.Dim.Paint(when)+"  "+ink.Paint(glyph)+"  "+th.Spell(e.Text), who, w)
}

// Sign is the glyph of a kind of event, and its ink.
func Sign(th *theme.Theme, k lab.EventKind) (string, theme.Style) {
	switch k {
	case lab.EventScaleUp:
		return th.Up, th.Marker
	case lab.EventScaleDown:
		return th.Down, th.Marker
	case lab.EventReady, lab.EventBack:
		return th.Dot, th.Good
	case lab.EventStarting, lab.EventDraining:
		return th.Circle, th.Dim
	case lab.EventGone:
		return th.Middle, th.Dim
	case lab.EventFailed, lab.EventHung:
		return th.Cross, th.Bad
	case lab.EventMark:
		return th.Diamond, th.Marker
	case lab.EventRun:
		return th.Play, th.Text
	case lab.EventWarning:
		return "!", th.Warn
	}
	return th.Select, th.Text // a deed
}
