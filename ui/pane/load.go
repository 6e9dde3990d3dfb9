package pane

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/knobs"
	"autoscale-lab/ui/theme"
)

// Load is the pane of what is sent: its knobs, and how the run's requests
// ended.
type Load struct {
	knobs.List
	th     *theme.Theme
	follow follower
	sums   []ending // of all ticks up to each
}

// ending is how requests ended, in counts. Histograms are not summed: this is
// per frame, they are the store's.
type ending struct {
	at                time.Duration
	ok, late, dropped int64
	failed            [lab.NCauses]int64
}

// NewLoad makes the pane.
func NewLoad(th *theme.Theme) *Load { return &Load{th: th} }

// See counts the requests of new ticks.
func (m *Load) See(p *Picture) {
	ticks, fresh := m.follow.news(&p.Record)
	if fresh {
		m.sums = m.sums[:0]
	}
	sum := m.upTo(math.MaxInt64)
	for i := range ticks {
		s := &ticks[i].Sample
		sum.at = s.At
		sum.ok += s.Generator.OK + s.Foreign.OK
		sum.late += s.Generator.Late
		sum.dropped += s.Generator.Dropped
		for c := range sum.failed {
			sum.failed[c] += s.Generator.Failed[c] + s.Foreign.Failed[c]
		}
		m.sums = append(m.sums, sum)
	}
	m.sums = trimmed(m.sums, len(p.Record.Ticks))
}

// trimmed bounds what is derived from each tick of a record of n, once it is
// twice as long.
func trimmed[T any](list []T, n int) []T {
	if n = max(n, chart.DefaultCapacity); len(list) > 2*n {
		return slices.Clone(list[len(list)-n:])
	}
	return list
}

// upTo is the sum of the ticks up to a moment.
func (m *Load) upTo(at time.Duration) ending {
	i, found := slices.BinarySearchFunc(m.sums, at, func(e ending, at time.Duration) int { return cmp.Compare(e.at, at) })
	if found {
		i++
	}
	if i == 0 {
		return ending{}
	}
	return m.sums[i-1]
}

// run is the sum of the run's own ticks: those since its origin.
func (m *Load) run(p *Picture) ending {
	sum, before := m.upTo(p.At), m.upTo(p.Record.Run.Origin)
	sum.ok -= before.ok
	sum.late -= before.late
	sum.dropped -= before.dropped
	for c := range sum.failed {
		sum.failed[c] -= before.failed[c]
	}
	return sum
}

// Draw draws the pane in a box of w×h cells.
func (m *Load) Draw(p *Picture, dials []knobs.Dial, edit *knobs.Edit, w, h int, focused bool) []string {
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
	sum := m.run(p)
	var failures int64
	for c, n := range sum.failed {
		if lab.Cause(c) != lab.CauseCanceled {
			failures += n
		}
	}
	bad := th.Text
	if failures > 0 {
		bad = th.Bad
	}
	sums := " ok " + numeral.Count(sum.ok) + "  " + bad.Paint("failed "+numeral.Count(failures)) + "  late " + numeral.Count(sum.late)
	if !p.Record.Run.Answered() {
		served = theme.Fit(" served", 12) + unknown
		sums = th.Dim.Paint(" of a series it is not known")
	}
	info := []string{served, sums}
	room := h - 2
	switch causes := sum.causes(); {
	case causes == "":
	case room >= 4:
		info = append(info, " "+th.Bad.Paint(causes))
	default:
		info[1] = " ok " + numeral.Count(sum.ok) + "  " + th.Bad.Paint("failed "+numeral.Count(failures)+": "+causes)
	}
	if room >= 5 {
		info = append([]string{theme.Fit(" offered", 12) + theme.Fit(rate(s.OfferedRate()), 9) + m.foreign(s)}, info...)
	}
	for i := range info {
		info[i] = th.Clip(th.Spell(info[i]), w-2)
	}
	n := max(room-len(info), min(1, len(dials)))
	rows := m.List.Draw(th, dials, edit, w-2, n, focused)
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
	if more := m.More(th, dials, room); more != "" && theme.Width(more+right)+14 <= w {
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
func (sum *ending) causes() string {
	var out []string
	for c, n := range sum.failed {
		if n > 0 && lab.Cause(c) != lab.CauseCanceled {
			out = append(out, strings.TrimPrefix(lab.Cause(c).String(), "status_")+" "+numeral.Count(n))
		}
	}
	if sum.dropped > 0 {
		out = append(out, "dropped "+numeral.Count(sum.dropped))
	}
	return strings.Join(out, ", ")
}
