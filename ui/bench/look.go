package bench

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/pane"
	"autoscale-lab/ui/screen"
)

// frozen tells whether ←→ move a cursor over the charts.
func (m *Model) frozen() bool { return m.charts.Frozen() }

// freeze stops the charts, or lets them go; the experiment goes on.
func (m *Model) freeze() {
	if m.frozen() {
		m.thaw()
		return
	}
	m.charts.Freeze(&m.pic)
}

func (m *Model) thaw() {
	m.charts.Thaw()
	m.charts.See(&m.pic)
}

// toEvent moves the cursor to the selected event.
func (m *Model) toEvent() {
	e := m.events.Selected()
	if e == nil {
		return
	}
	if !m.frozen() {
		m.charts.Freeze(&m.pic)
	}
	m.charts.Seek(&m.pic, e.At)
	if m.replay != nil {
		m.show(m.replay.snapshot(m.cfg.SetupAt, m.charts.Cursor())) // the event stays selected
	}
}

// cursorTo moves the cursor to the first or the last tick.
func (m *Model) cursorTo(end int) {
	at := time.Duration(0)
	if end > 0 {
		at = m.end()
	}
	m.seek(at)
}

// logView is an instance's last lines, over the panes.
type logView struct {
	id string
	*pane.Log
}

func (m *Model) showLog() tea.Cmd {
	i := m.instances.Target()
	switch {
	case m.cfg.Logs == nil:
		return screen.Tell("there are no logs here")
	case i == nil:
		return screen.Tell("there is no instance")
	}
	m.log = &logView{i.ID, pane.NewLog(m.th, "Log of "+nameOf(i))}
	m.log.See(m.cfg.Logs(i.ID))
	return nil
}
