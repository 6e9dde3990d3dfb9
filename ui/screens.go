package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/bench"
	"autoscale-lab/ui/screen"
)

// Screen is one of the window's screens.
type Screen interface {
	Bindings() screen.Bindings   // what its keys do
	Sync()                       // takes the newest picture
	Rows(w, h int) []string      // h rows of exactly w cells, the last its status
	Typing() bool                // keys are text just now
	Type(msg tea.KeyMsg) tea.Cmd // takes one of them
}

// What a screen may have beside.
type (
	// An opener wants to know that it is shown; and that it is shown again, or
	// that a run has been begun or ended while it is.
	opener interface {
		Open() tea.Cmd
		Reread() tea.Cmd
	}
	// Offering is a screen with deeds that no key does.
	offering interface{ Palette() screen.Bindings }
	// A mouser gets the mouse, in cells of its own rows.
	mouser interface{ Mouse(tea.MouseMsg) tea.Cmd }
)

// The names of the screens; in the file of choices too.
const (
	atWorkbench = "workbench"
	atHistory   = "history"
	atCompare   = "compare"
	atReplay    = "replay"
)

// opened is a stored run, come from the notebook.
type opened struct {
	visit  int // that asked for it
	record lab.Record
	err    error
	said   string // beside it; ""
}

// repeated says whether a run's load was put in again.
type repeated struct {
	visit int
	id    int64
	err   error
}

// screenOf is the screen of a name, or nil.
func (m *model) screenOf(name string) Screen {
	switch {
	case name == atWorkbench:
		return m.bench
	case name == atHistory && m.history != nil:
		return m.history
	case name == atCompare && m.compare != nil:
		return m.compare
	case name == atReplay && m.replay != nil:
		return m.replay
	}
	return nil
}

// goTo makes a screen the one that is seen; esc comes back from it.
func (m *model) goTo(name string) tea.Cmd {
	m.help, m.palette = false, nil
	if name == m.at {
		return nil
	}
	s := m.screenOf(name)
	if s == nil {
		return screen.Tell("without a notebook there are no runs to look at")
	}
	m.back = append(m.back, m.at)
	if i := slices.Index(m.back, name); i >= 0 {
		m.back = m.back[:i]
	}
	m.enter(name, s)
	if o, ok := s.(opener); ok {
		return o.Open()
	}
	return nil
}

func (m *model) enter(name string, s Screen) {
	m.at, m.screen = name, s
	m.visit++
	s.Sync()
	if name == atHistory {
		m.bench.HistoryOpened()
	}
}

// goBack shows the screen that this one was reached from.
func (m *model) goBack() tea.Cmd {
	n := len(m.back) - 1
	name := m.back[n]
	m.back = m.back[:n]
	m.enter(name, m.screenOf(name))
	if o, ok := m.screen.(opener); ok {
		return o.Reread()
	}
	return nil
}

// load fetches a run to be seen again.
func (m *model) load(id int64) tea.Cmd {
	if m.cfg.Store == nil {
		return nil
	}
	m.visit++ // of two that are asked for, the last one counts
	visit := m.visit
	return func() tea.Msg {
		rec, err := m.cfg.Store.Load(m.owned.ctx, id)
		return opened{visit, rec, err, ""}
	}
}

// redecide fetches a run, decided again by a policy.
func (m *model) redecide(msg screen.RedecideRun) tea.Cmd {
	if m.cfg.Redecide == nil {
		return screen.Tell("runs cannot be decided again here")
	}
	m.visit++
	visit := m.visit
	return func() tea.Msg {
		rec, err := m.cfg.Redecide(m.owned.ctx, msg.ID, msg.Spec)
		return opened{visit, rec, err, fmt.Sprintf("decided again by %s: it does not feel its own decisions", msg.Spec)}
	}
}

// repeat puts a run's load in again; the Workbench shows it.
func (m *model) repeat(id int64) tea.Cmd {
	if m.cfg.Repeat == nil {
		return screen.Tell("runs cannot be repeated here")
	}
	m.visit++
	visit := m.visit
	return func() tea.Msg { return repeated{visit, id, m.cfg.Repeat(id)} }
}

func (m *model) taken(msg repeated) tea.Cmd {
	if msg.err != nil {
		return screen.Complain(msg.err)
	}
	m.bench.Sync()
	said := screen.Tell(fmt.Sprintf("run %d's load again, with the settings as they are", msg.id))
	if msg.visit != m.visit { // the user has gone elsewhere
		return said
	}
	return tea.Batch(m.goTo(atWorkbench), said)
}

// openRun shows a stored run in the Workbench's panes.
func (m *model) openRun(msg opened) tea.Cmd {
	if msg.visit != m.visit { // the user has gone elsewhere
		return nil
	}
	if msg.err != nil {
		return screen.Complain(msg.err)
	}
	if m.at == atReplay {
		m.goBack()
	}
	setups, err := engine.Setups(msg.record)
	if err != nil {
		return screen.Complain(err)
	}
	cfg := m.benchConfig()
	cfg.Logs = nil // of processes long gone
	cfg.SetupAt = func(_ lab.Record, at time.Duration) engine.Setup { return setups(at) }
	m.replay = bench.NewReplay(cfg, msg.record)
	shown := m.goTo(atReplay)
	if msg.said == "" {
		return shown
	}
	return tea.Batch(shown, screen.Tell(msg.said))
}

// compareRuns shows sides beside one another.
func (m *model) compareRuns(sides [][]int64) tea.Cmd {
	if m.compare == nil {
		return nil
	}
	return tea.Batch(m.goTo(atCompare), m.compare.Show(sides))
}

// export writes files, and says which.
func (m *model) export(msg screen.ExportRuns) tea.Cmd {
	if m.cfg.Export == nil {
		return nil
	}
	return func() tea.Msg {
		files, err := m.cfg.Export(m.owned.ctx, msg)
		if err != nil {
			return screen.Complain(err)()
		}
		return screen.Toast{Text: "written: " + strings.Join(files, ", "), Stays: true}
	}
}
