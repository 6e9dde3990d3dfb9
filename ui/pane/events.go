package pane

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Events is what happened, newest last. Turns of one knob in quick succession
// are one line. A line may be selected; until then the newest show.
type Events struct {
	th       *theme.Theme
	follow   follower
	log      []line // of all ticks
	all      []line // log and pending
	older    int    // lines no longer in log
	selected int    // counted from the first there ever was; -1: none
	top      int    // first line shown, in all
	room     int    // lines shown last
}

// line is one event, or several turns of one knob.
type line struct {
	lab.Event
	until time.Duration // of the last turn
}

// maxEvents is how many are kept to scroll through, at least.
const maxEvents = 2000

// quick is how soon after a turn of a knob the next one counts with it.
const quick = 2 * time.Second

// NewEvents makes an empty list.
func NewEvents(th *theme.Theme) *Events { return &Events{th: th, selected: -1} }

// See takes the events of the picture.
func (m *Events) See(p *Picture) {
	ticks, fresh := m.follow.news(&p.Record)
	if fresh {
		m.log, m.older, m.selected = nil, 0, -1
	}
	for i := range ticks {
		for _, e := range ticks[i].Events {
			m.log = join(m.log, e)
		}
	}
	if n := len(m.log) - maxEvents; n > maxEvents && !fresh { // a stored record is seen at once, and whole
		m.log, m.older = slices.Clone(m.log[n:]), m.older+n
	}
	m.all = m.log
	if len(p.Pending) > 0 {
		m.all = slices.Clone(m.log) // the last may be joined with a pending one
		for _, e := range p.Pending {
			m.all = join(m.all, e)
		}
	}
}

// join appends an event, or makes one with the last line if both are turns of
// the same knob: "rate 15 /s → 20 /s".
func join(lines []line, e lab.Event) []line {
	n := len(lines) - 1
	if n < 0 || !sameKnob(&lines[n].Event, &e) || e.At-lines[n].until > quick {
		return append(lines, line{e, e.At})
	}
	before, _, ok1 := strings.Cut(lines[n].Text, " → ")
	_, after, ok2 := strings.Cut(e.Text, " → ")
	if !ok1 || !ok2 {
		return append(lines, line{e, e.At})
	}
	lines[n].Text, lines[n].until = before+" → "+after, e.At
	return lines
}

func sameKnob(a, b *lab.Event) bool {
	return a.By == b.By && a.Action != nil && b.Action != nil && a.Action.Kind == lab.ActSet && b.Action.Kind == lab.ActSet &&
		a.Action.Target == b.Action.Target && a.Action.Name == b.Action.Name
}

// Move selects the line that many away; from below the last where none is. A
// great number goes to the first or the last.
func (m *Events) Move(by int) {
	at := m.selected - m.older
	if m.selected < 0 {
		at = len(m.all)
		if by > 0 {
			return // the newest show anyway
		}
	}
	if at+by >= len(m.all) {
		m.Release()
		return
	}
	m.selectLine(at + by)
}

func (m *Events) selectLine(i int) {
	if len(m.all) > 0 {
		m.selected = m.older + max(0, min(i, len(m.all)-1))
	}
}

// SelectRow selects the line on a row of the pane as drawn last, its border
// being row 0. It tells whether there is one.
func (m *Events) SelectRow(row int) bool {
	i := m.top + row - 1
	if row < 1 || row > m.room || i >= len(m.all) {
		return false
	}
	m.selectLine(i)
	return true
}

// SelectAt selects the last line not after a moment, else the first.
func (m *Events) SelectAt(at time.Duration) {
	i := len(m.all) - 1
	for i > 0 && m.all[i].At > at {
		i--
	}
	m.selectLine(i)
}

// Selected is the selected event, or nil.
func (m *Events) Selected() *lab.Event {
	if i := m.selected - m.older; m.selected >= 0 && i >= 0 && i < len(m.all) {
		return &m.all[i].Event
	}
	return nil
}

// Release selects none: the newest show.
func (m *Events) Release() { m.selected = -1 }

// Draw draws the newest events, or those around the selected, in a box of w×h
// cells.
func (m *Events) Draw(p *Picture, w, h int, focused bool) []string {
	room := max(h-2, 0)
	at := m.selected - m.older
	if m.selected < 0 {
		m.top = max(0, len(m.all)-room)
	} else {
		at = max(at, 0) // the selected one may be forgotten by now
		m.top = max(at-room+1, min(m.top, at, len(m.all)-room), 0)
	}
	m.room = room
	shown := m.all[m.top:min(m.top+room, len(m.all))]
	origin, clock := p.Record.Run.Origin, 0
	for i := range shown {
		clock = max(clock, len(Clock(shown[i].At-origin)))
	}
	rows := make([]string, 0, room)
	for i := range shown {
		rows = append(rows, m.row(&shown[i].Event, origin, clock, w-2, m.selected >= 0 && m.top+i == at, focused))
	}
	total := m.older + len(m.all)
	right := fmt.Sprintf("%d of %d", len(shown), total)
	if m.selected >= 0 {
		right = fmt.Sprintf("%d of %d", m.older+at+1, total)
	}
	return m.th.Box("Events", right, rows, w, h, focused)
}

func (m *Events) row(e *lab.Event, origin time.Duration, clock, w int, selected, focused bool) string {
	th := m.th
	glyph, ink := Sign(th, e.Kind)
	when := Clock(e.At - origin)
	when = theme.Blank(clock-len(when)) + when
	who := ""
	if e.By != "" && e.By != lab.ByLab {
		who = "(" + th.Spell(string(e.By)) + ")"
	}
	text := th.Spell(e.Text)
	if clock+6+theme.Width(text)+1+len(who) > w {
		who = "" // what comes before who
	}
	if !selected {
		return th.Row(" "+th.Dim.Paint(when)+"  "+ink.Paint(glyph)+"  "+text, th.Dim.Paint(who), w)
	}
	row := th.Row(th.Select+when+"  "+glyph+"  "+text, who, w)
	if focused {
		return th.Accent.Paint(row)
	}
	return th.Bold.Paint(row)
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
