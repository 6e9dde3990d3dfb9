package history

import (
	"context"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/history/preview"
)

// settle is how long a run is selected before its ticks are read, and kept how
// many runs' curves are kept.
const (
	settle = 150 * time.Millisecond
	kept   = 16
)

// seeing is what has been read of runs that were selected.
type seeing struct {
	id     int64 // the run they are of
	wish   int   // which choice of a run: answers to an older one only fill known
	cancel context.CancelFunc
	known  []*preview.Read // the last one is the newest

	charts *preview.Charts
}

// settled says that a run has been selected for a while, seen brings its curves.
type (
	settled struct{ wish int }
	seen    struct{ read *preview.Read }
)

// choose sees to the curves of the selected run. It is called after whatever
// may have selected another one.
func (m *Model) choose() tea.Cmd {
	p := &m.seeing
	if m.id == p.id {
		return nil
	}
	p.id = m.id
	p.wish++
	if p.cancel != nil {
		p.cancel()
		p.cancel = nil
	}
	if c := p.find(); m.id == 0 || c != nil && c.Final {
		return nil
	}
	return m.after(settle, settled{p.wish})
}

// look reads a run, if it is still selected.
func (m *Model) look(s settled) tea.Cmd {
	p := &m.seeing
	if s.wish != p.wish {
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	p.cancel = cancel
	id := p.id
	return func() tea.Msg {
		defer cancel()
		rec, err := m.store.Outline(ctx, id)
		if ctx.Err() != nil {
			return nil
		}
		return seen{preview.Of(id, &rec, err)}
	}
}

func (m *Model) saw(s seen) tea.Cmd {
	p := &m.seeing
	p.known = slices.DeleteFunc(p.known, func(c *preview.Read) bool { return c.ID == s.read.ID })
	if p.known = append(p.known, s.read); len(p.known) > kept {
		p.known = slices.Delete(p.known, 0, 1)
	}
	return nil
}

// find is the curves of the selected run, or nil.
func (p *seeing) find() *preview.Read {
	for _, c := range p.known {
		if c.ID == p.id {
			return c
		}
	}
	return nil
}
