package pane

import (
	"fmt"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Log is the last lines that an instance has written, to be scrolled through.
type Log struct {
	th    *theme.Theme
	title string
	lines []string
	up    int // lines scrolled up from the end
}

// NewLog makes an empty one.
func NewLog(th *theme.Theme, title string) *Log { return &Log{th: th, title: title} }

// See takes the lines there are now.
func (m *Log) See(lines []string) {
	if m.up > 0 { // what is being read stays where it is
		m.up += max(0, len(lines)-len(m.lines))
	}
	m.lines = lines
}

// Move scrolls; a great number goes to the first or the last.
func (m *Log) Move(by int) { m.up = max(0, min(m.up-by, len(m.lines)-1)) }

// Draw draws the last lines, or those scrolled to, in a box of w×h cells.
func (m *Log) Draw(w, h int) []string {
	room := max(h-2, 0)
	m.up = max(0, min(m.up, len(m.lines)-room))
	end := len(m.lines) - m.up
	rows := make([]string, 0, room)
	for _, l := range m.lines[max(0, end-room):end] {
		rows = append(rows, m.th.Clip(" "+m.th.Spell(lab.Clean(l)), w-2))
	}
	if len(m.lines) == 0 {
		rows = append(rows, m.th.Dim.Paint(" it has written nothing"))
	}
	right := fmt.Sprintf("%d lines", len(m.lines))
	if len(m.lines) > room {
		right = fmt.Sprintf("%d to %d of %d lines", max(0, end-room)+1, end, len(m.lines))
	}
	return m.th.Box(m.title, right, rows, w, h, true)
}
