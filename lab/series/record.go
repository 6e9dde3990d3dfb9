package series

import (
	"fmt"
	"math"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// held reads a figure at moments that rise.
type held struct {
	points
	next int
	most time.Duration // how long a value holds; 0: until the next
}

func (r *reader) held(figure string, step time.Duration) *held {
	h := &held{}
	if p := r.points[figure]; p != nil {
		h.points = *p
		h.most = gapFrom(max(step, p.step()))
	}
	return h
}

// at is the value that holds then; false if none is known.
func (h *held) at(now time.Duration) (float64, bool) {
	for h.next < len(h.points.at) && h.points.at[h.next] <= now {
		h.next++
	}
	if h.next == 0 || h.most > 0 && now-h.points.at[h.next-1] >= h.most {
		return 0, false
	}
	return h.v[h.next-1], true
}

// gapFrom is the time without a row from which there is a gap.
func gapFrom(step time.Duration) time.Duration { return step * 5 / 2 }

// record lays the figures out as ticks.
func (r *reader) record(sources []Source) (lab.Record, error) {
	all := make([]string, len(sources))
	for i, s := range sources {
		all[i] = s.Name
	}
	where := strings.Join(all, ", ")
	rps := r.points["rps"]
	if rps == nil {
		return lab.Record{}, &lab.InputError{Field: where, Value: strings.Join(r.found(), ", "), Want: "a column rps (or --column rps=NAME)"}
	}
	step := rps.step()
	if step <= 0 {
		return lab.Record{}, &lab.InputError{Field: where, Value: fmt.Sprintf("%d rows with rps", len(rps.at)), Want: "at least 2"}
	}
	first, last := rps.at[0], rps.at[len(rps.at)-1]
	if last-first > maxLong {
		return lab.Record{}, &lab.InputError{Field: where, Value: fmt.Sprintf("%.0f days", (last-first).Hours()/24), Want: "at most 10 years"}
	}
	for _, figure := range r.found() {
		if p := r.points[figure]; len(p.at) > 0 && (p.at[0] < firstDate) != (first < firstDate) {
			return lab.Record{}, &lab.InputError{Field: r.from[figure], Value: figure, Want: "times as those of rps: all dates, or all seconds from the beginning"}
		}
	}
	if r.points["cpu"] != nil && r.points["ready"] == nil && r.points["desired"] == nil {
		return lab.Record{}, &lab.InputError{Field: r.from["cpu"], Value: "cpu", Want: "ready or desired beside it: whose CPU it is"}
	}
	r.remark()
	if r.Limits.Max == 0 {
		r.Limits.Max = max(10, r.Limits.Min, int(2*max(r.most("ready"), r.most("desired"))))
	}

	b := builder{
		reader: r, step: step, base: first - step,
		cpu: r.held("cpu", step), inFlight: r.held("in_flight", step), p95: r.held("p95", step),
		ready: r.held("ready", step), desired: r.held("desired", step),
	}
	b.ready.most, b.desired.most = 0, 0
	if err := b.ticks(rps, where); err != nil {
		return lab.Record{}, err
	}
	began := r.Began
	if first >= firstDate {
		began = time.Unix(0, int64(first-step))
	} else if !began.IsZero() {
		r.notes = append(r.notes, "its times are no dates: it is entered as of "+began.UTC().Format("2006-01-02 15:04 UTC"))
	}
	e := lab.Experiment{
		Policy: "manual", Speed: 1, Load: "none", Balance: "none", SLO: lab.DefaultExperiment().SLO,
		Interval: step, Duration: last - first + step, Fleet: lab.Fleet{Min: r.Limits.Min, Max: r.Limits.Max},
	}
	run := lab.Run{
		Outcome: lab.Completed, Began: began.UTC(), Duration: e.Duration, Experiment: e, Policy: e.Policy, Load: e.Load, Rig: Rig,
		Note: cutNote(fmt.Sprintf("made of %s: %s", where, strings.Join(r.found(), ", "))),
	}
	run.Summary = lab.SummaryOf(&lab.Record{Run: run, Ticks: b.out})
	run.Summary.Latency = lab.LatencySummary{} // the p95 of a run is not that of its steps
	if b.gaps > 0 {
		r.notes = append(r.notes, fmt.Sprintf("nothing is known of %s of it, in %d places: marked as gaps", b.missing.Round(time.Second), b.gaps))
	}
	return lab.Record{Run: run, Ticks: b.out}, nil
}

func cutNote(s string) string {
	if r := []rune(lab.Clean(s)); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return lab.Clean(s)
}

// found are the figures there are.
func (r *reader) found() (out []string) {
	for _, f := range Figures {
		if r.points[f] != nil {
			out = append(out, f)
		}
	}
	return out
}

// most is the greatest value of a figure; 0 if there is none.
func (r *reader) most(figure string) (m float64) {
	if p := r.points[figure]; p != nil {
		for _, v := range p.v {
			m = max(m, v)
		}
	}
	return m
}

// remark notes what a reader should know.
func (r *reader) remark() {
	note := func(format string, a ...any) { r.notes = append(r.notes, fmt.Sprintf(format, a...)) }
	if m := r.most("cpu"); m > 0 && m <= .015 {
		note("cpu is %.2g %% at most: if it is a share of 1, say --unit cpu=ratio", m*100)
	} else if m > 10 {
		note("cpu is %.0f %% at most: if it is in percent, say --unit cpu=percent", m*100)
	}
	if m := r.most("p95"); m > 0 && m < .005 {
		note("p95 is %.2g ms at most: if it is in seconds, say --unit p95=s", m*1e3)
	} else if m > 60 {
		note("p95 is %.0f s at most: if it is in milliseconds, say --unit p95=ms", m)
	}
	switch {
	case r.points["ready"] != nil:
	case r.points["desired"] != nil:
		note("without ready, desired is taken for it")
	default:
		note("without ready or desired, nothing is known per instance: most policies can only keep what there is")
	}
}

// builder turns figures into ticks.
type builder struct {
	*reader
	step                               time.Duration
	base                               time.Duration // that is zero in the run
	cpu, inFlight, p95, ready, desired *held

	out     []lab.Tick
	fleet   []lab.Instance // alive
	number  int            // of the instance started last
	wish    int            // desired as of the tick before
	owed    float64        // requests not counted yet, for a count is whole
	cells   int
	gaps    int
	missing time.Duration
}

// ticks makes them all.
func (b *builder) ticks(rps *points, where string) error {
	b.out = make([]lab.Tick, 0, len(rps.at))
	before := rps.at[0] - b.step
	for i, at := range rps.at {
		if i > 0 && at-before >= gapFrom(b.step) {
			b.gaps++
			b.missing += at - b.step - before
			b.gap(before, at-b.step)
			before = at - b.step
		}
		b.tick(before, at, rps.v[i])
		if b.cells > maxCells {
			return &lab.InputError{Field: where, Value: "too many instances in too many rows", Want: "at most 2,000,000 rows and instances in them: take a longer step"}
		}
		before = at
	}
	return nil
}

// gap is a tick that says that nothing was known up to a moment.
func (b *builder) gap(from, to time.Duration) {
	s := lab.Sample{At: to - b.base, Span: to - from, Gap: true, Desired: b.wish, Limits: b.Limits, Instances: b.instances(from, to, false)}
	b.out = append(b.out, lab.Tick{
		Sample: s, Decision: lab.Decision{Desired: b.wish, Reason: "not known"},
		Events: []lab.Event{{At: s.At, By: lab.ByLab, Kind: lab.EventWarning, Text: fmt.Sprintf("nothing is known of %s", s.Span.Round(time.Second))}},
	})
}

// tick is what was known at a moment, of the time since the moment before.
func (b *builder) tick(from, at time.Duration, rps float64) {
	s := lab.Sample{At: at - b.base, Span: at - from, Limits: b.Limits}
	b.owed += rps * s.Span.Seconds()
	n := math.Floor(b.owed + 1e-6)
	b.owed -= n
	t := lab.Traffic{Offered: int64(n), Arrived: int64(n)}
	if v, ok := b.inFlight.at(at); ok {
		t.Busy = time.Duration(v * float64(s.Span))
		t.InFlight = int(math.Round(v))
	}
	if v, ok := b.p95.at(at); ok && n > 0 {
		t.Latency = lab.Hist{{Top: max(time.Duration(math.Round(v*1e6)), 1) * time.Microsecond, N: int64(n)}}
	}
	s.Front, s.Foreign = t, t
	s.Instances = b.instances(from, at, true)

	wish, ok := b.desired.at(at)
	if !ok {
		wish = float64(s.Count(lab.Ready))
	}
	tick := lab.Tick{Sample: s, Decision: lab.Decision{Desired: int(wish), Reason: "as it was"}}
	if len(b.out) == 0 {
		b.wish = int(wish)
	}
	tick.Sample.Desired = b.wish
	if b.wish != int(wish) {
		kind := lab.EventScaleUp
		if int(wish) < b.wish {
			kind = lab.EventScaleDown
		}
		tick.Events = []lab.Event{{At: s.At, By: lab.ByReplay, Kind: kind, Text: fmt.Sprintf("as it was: %d → %d", b.wish, int(wish))}}
	}
	b.wish = int(wish)
	b.out = append(b.out, tick)
}

// instances are those there are at a moment, and those that have gone since the
// moment before: of a smaller count the youngest has gone. Their CPU is known if
// it is measured.
func (b *builder) instances(from, at time.Duration, measured bool) []lab.Instance {
	n, ok := b.ready.at(at)
	if b.points["ready"] == nil {
		n, ok = b.desired.at(at)
	}
	want := len(b.fleet)
	if ok {
		want = int(n)
	}
	for len(b.fleet) < want {
		b.number++
		since := from - b.base
		if len(b.out) == 0 {
			since = -time.Hour
		}
		b.fleet = append(b.fleet, lab.Instance{
			ID: fmt.Sprintf("i%d", b.number), Num: b.number, State: lab.Ready, EverReady: true,
			Started: since, StateSince: since, ReadySince: since,
		})
	}
	b.cells += 1 + len(b.fleet)
	if len(b.fleet) == 0 {
		return nil
	}
	out := make([]lab.Instance, len(b.fleet))
	copy(out, b.fleet)
	share, known := b.cpu.at(at)
	for i := range out {
		if i >= want {
			out[i].State, out[i].StateSince, out[i].Ended = lab.Gone, at-b.base, at-b.base
		} else if known && measured {
			out[i].CPU = lab.Known(share, at-b.base, at-from)
		}
	}
	b.fleet = b.fleet[:want]
	return out
}
