package pane

import (
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Load is the pane of what is sent: its knobs, and how the run's requests
// ended.
type Load struct {
	Dials
	th     *theme.Theme
	follow follower
	origin time.Duration
	sum    ending
}

// ending is how requests ended, in counts. Histograms are not summed: this is
// per frame, they are the store's.
type ending struct {
	ok, late, dropped int64
	failed            [lab.NCauses]int64
}

// NewLoad makes the pane.
func NewLoad(th *theme.Theme) *Load { return &Load{th: th} }

// See counts the requests of the run: those since its origin.
func (m *Load) See(p *Picture) {
	ticks, fresh := m.follow.news(&p.Record)
	if o := p.Record.Run.Origin; fresh || o != m.origin {
		m.origin, m.sum, ticks = o, ending{}, p.Record.Ticks
	}
	for i := range ticks {
		s := &ticks[i].Sample
		if s.At <= m.origin {
			continue
		}
		seen := s.Seen()
		m.sum.ok += seen.OK
		m.sum.late += s.Generator.Late
		m.sum.dropped += s.Generator.Dropped
		for c, n := range seen.Failed {
			m.sum.failed[c] += n
		}
	}
}

// Draw draws the pane in a box of w×h cells.
func (m *Load) Draw(p *Picture, dials []Dial, edit *Edit, w, h int, focused bool) []string {
	th := m.th
	s := p.Sample()
	known := p.Last() != nil
	rate := func(v float64) string {
		if !known {
			return unknown
		}
		return whole(v) + " /s"
	}
	served := theme.Fit(" served", 12) + theme.Fit(rate(s.ServedRate()), 9)
	if known {
		served += perMinute(s.ServedRate())
	}
	var failures int64
	for c, n := range m.sum.failed {
		if lab.Cause(c) != lab.CauseCanceled {
			failures += n
		}
	}
	bad := th.Text
	if failures > 0 {
		bad = th.Bad
	}
	sums := " ok " + count(m.sum.ok) + "  " + bad.Paint("failed "+count(failures)) + "  late " + count(m.sum.late)
	info := []string{served, sums}
	room := h - 2
	switch causes := m.causes(); {
	case causes == "":
	case room >= 4:
		info = append(info, " "+th.Bad.Paint(causes))
	default:
		info[1] = " ok " + count(m.sum.ok) + "  " + th.Bad.Paint("failed "+count(failures)+": "+causes)
	}
	if room >= 5 {
		info = append([]string{theme.Fit(" offered", 12) + theme.Fit(rate(s.OfferedRate()), 9) + m.foreign(s)}, info...)
	}
	for i := range info {
		info[i] = th.Clip(th.Spell(info[i]), w-2)
	}
	n := max(room-len(info), min(1, len(dials)))
	rows := m.rows(th, dials, edit, w-2, n, focused)
	if len(dials) == 0 {
		rows = append(rows, th.Dim.Paint(th.Spell(" sends nothing; others may")))
	}
	if room >= 5 { // what happens is kept at the lower edge
		for len(rows)+len(info) < room {
			rows = append(rows, "")
		}
	}
	return th.Box("Load", m.title(p, len(dials), n, w), append(rows, info...), w, h, focused)
}

func (m *Load) title(p *Picture, dials, room, w int) string {
	th := m.th
	right := p.Model.String() + " " + th.Middle + " " + shapeOf(p.LoadKind)
	if p.LoadOn {
		right += " " + th.Middle + " " + th.Good.Paint(th.Dot) + " on"
	} else {
		right += " " + th.Middle + " " + th.Circle + " off"
	}
	if more := m.more(th, dials, room); more != "" && theme.Width(more+right)+14 <= w {
		right = more + "  " + right
	}
	return right
}

// shapeOf is the kind of a load without its model.
func shapeOf(kind string) string {
	for i := len(kind) - 1; i >= 0; i-- {
		if kind[i] == '/' {
			return kind[i+1:]
		}
	}
	return kind
}

func (m *Load) foreign(s *lab.Sample) string {
	if s.Foreign.Offered == 0 {
		return ""
	}
	return whole(s.PerSecond(s.Foreign.Offered)) + " /s from elsewhere"
}

// causes says why requests failed: "timeout 3, 503 12, dropped 2".
func (m *Load) causes() string {
	var out []string
	for c, n := range m.sum.failed {
		if n > 0 && lab.Cause(c) != lab.CauseCanceled {
			out = append(out, strings.TrimPrefix(lab.Cause(c).String(), "status_")+" "+count(n))
		}
	}
	if m.sum.dropped > 0 {
		out = append(out, "dropped "+count(m.sum.dropped))
	}
	return strings.Join(out, ", ")
}
