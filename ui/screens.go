package ui

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/bench"
	"autoscale-lab/ui/pane"
)

// Screen is one of the window's screens.
type Screen interface {
	Bindings() pane.Bindings     // what its keys do
	Sync()                       // takes the newest picture
	Rows(w, h int) []string      // h rows of exactly w cells, the last its status
	Typing() bool                // keys are text just now
	Type(msg tea.KeyMsg) tea.Cmd // takes one of them
}

// What a screen may have beside.
type (
	// An opener wants to know that it is shown, or that a run has been begun
	// or ended while it is.
	opener interface{ Open() tea.Cmd }
	// A taker gets the messages of its own commands; it leaves others alone.
	taker interface{ Take(tea.Msg) tea.Cmd }
	// Offering is a screen with deeds that no key does.
	offering interface{ Palette() pane.Bindings }
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
	record lab.Record
	err    error
}

// repeated says whether a run's load was put in again.
type repeated struct {
	id  int64
	err error
}

// screens are those that there are now.
func (m *model) screens() map[string]Screen {
	out := map[string]Screen{atWorkbench: m.bench}
	if m.cfg.Store != nil {
		out[atHistory], out[atCompare] = m.history, m.compare
	}
	if m.replay != nil {
		out[atReplay] = m.replay
	}
	return out
}

// show makes a screen the one that is seen; esc comes back from it.
func (m *model) goTo(name string) tea.Cmd {
	m.help, m.palette = false, nil
	if name == m.at {
		return nil
	}
	s := m.screens()[name]
	if s == nil {
		return pane.Tell("without a notebook there are no runs to look at")
	}
	m.back = append(m.back, m.at)
	if i := slices.Index(m.back, name); i >= 0 {
		m.back = m.back[:i]
	}
	return m.enter(name, s)
}

func (m *model) enter(name string, s Screen) tea.Cmd {
	m.at, m.screen = name, s
	s.Sync()
	if name == atHistory {
		m.bench.HistoryOpened()
	}
	if o, ok := s.(opener); ok {
		return o.Open()
	}
	return nil
}

// goBack shows the screen that this one was reached from.
func (m *model) goBack() tea.Cmd {
	n := len(m.back) - 1
	name := m.back[n]
	m.back = m.back[:n]
	return m.enter(name, m.screens()[name])
}

// load fetches a run to be seen again.
func (m *model) load(id int64) tea.Cmd {
	if m.cfg.Store == nil {
		return nil
	}
	return m.owned.cmd(func(ctx context.Context) tea.Msg {
		rec, err := m.cfg.Store.Load(ctx, id)
		return opened{rec, err}
	})
}

// repeat puts a run's load in again; the Workbench shows it.
func (m *model) repeat(id int64) tea.Cmd {
	if m.cfg.Repeat == nil {
		return pane.Tell("runs cannot be repeated here")
	}
	return m.owned.cmd(func(context.Context) tea.Msg { return repeated{id, m.cfg.Repeat(id)} })
}

func (m *model) taken(msg repeated) tea.Cmd {
	if msg.err != nil {
		return pane.Complain(msg.err)
	}
	m.bench.Sync()
	return tea.Batch(m.goTo(atWorkbench), pane.Tell(fmt.Sprintf("the load of run %d again; the knobs are as they were left", msg.id)))
}

// openRun shows a stored run in the Workbench's panes.
func (m *model) openRun(msg opened) tea.Cmd {
	if msg.err != nil {
		return pane.Complain(msg.err)
	}
	if m.at == atReplay {
		m.goBack()
	}
	setups, err := engine.Setups(msg.record)
	if err != nil {
		return pane.Complain(err)
	}
	cfg := m.benchConfig()
	cfg.Logs = nil // of processes long gone
	cfg.SetupAt = func(_ lab.Record, at time.Duration) engine.Setup { return setups(at) }
	m.replay = bench.NewReplay(cfg, msg.record)
	return m.goTo(atReplay)
}

// compareRuns shows runs side by side.
func (m *model) compareRuns(ids []int64) tea.Cmd {
	if m.compare == nil {
		return nil
	}
	return tea.Batch(m.goTo(atCompare), m.compare.Show(ids))
}
