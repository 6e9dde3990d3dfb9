package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// beside is a screen of run 41 beside a run made from its like.
func beside(t *testing.T, change func(*lab.Record)) *Model {
	t.Helper()
	other := run(47, 240, .35, 20)
	change(&other)
	m := New(Config{Theme: theme.New(plain), Load: notebook{41: run(41, 240, .35, 20), 47: other}.load})
	if toast := settle(m, m.Show(singles(41, 47))); toast.Text != "" {
		t.Fatal(toast.Text)
	}
	return m
}

// The reason is never cut: the axis' beginning goes first, then the reason has
// rows of its own.
func TestTheReasonIsReadWhole(t *testing.T) {
	m := beside(t, func(r *lab.Record) { r.Run.Experiment.Load = "wave:low=10,high=120,period=60s,spacing=poisson" })
	if len(m.cmp.Why) < 70 {
		t.Fatalf("short: %s", m.cmp.Why)
	}
	for w := 60; w <= 200; w++ {
		rows := m.header(w)
		if text := strings.Join(strings.Fields(strings.Join(rows, " ")), " "); !strings.Contains(strings.Replace(text, "time from the first load ", "", 1), m.cmp.Why) {
			t.Fatalf("%d columns: %q", w, rows)
		}
		if first := strings.TrimSpace(rows[0]); strings.Contains(first, "time") && !strings.HasSuffix(first, "  time from the first load") {
			t.Fatalf("%d columns: %q", w, first)
		}
	}
	if rows := m.header(140); len(rows) != 2 || strings.Contains(rows[0], "time") || !strings.Contains(rows[0], m.cmp.Why) {
		t.Errorf("of both, the reason stays: %q", rows)
	}
}

// What differs goes before what is the same, and what is left out is counted.
func TestWhatDiffersIsSaidFirst(t *testing.T) {
	m := beside(t, func(r *lab.Record) {
		e := &r.Run.Experiment
		e.Policy = "threshold:upper=60%,lower=20%,step=2,cooldown=7s,resolution=5s,metric=cpu"
		e.Fleet.Min, e.Fleet.Max, e.SLO = 2, 9, 300*time.Millisecond
		r.Run.Host.CPU, r.Run.Host.Cores, r.Run.Version = "another CPU of a longer name", 64, "v2"
	})
	text := strings.Join(m.differences(100, 30), "\n")
	for _, want := range []string{"upper 35% → 60%", "lower 15% → 20%", "step 1 → 2", "cooldown 20s → 7s", "resolution 3s → 5s", "min 1 → 2", "max 5 → 9"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not said:\n%s", want, text)
		}
	}
	said := 0
	for _, d := range m.cmp.Differences.Differ {
		if strings.Contains(text, spellDifference(d.Name, m.cmp.BySide(d))) {
			said++
		}
	}
	if left := len(m.cmp.Differences.Differ) - said; left > 0 != strings.Contains(text, fmt.Sprintf("and %d more", left)) {
		t.Errorf("%d are left out:\n%s", left, text)
	}
	text = strings.Join(m.differences(100, 20), "\n")
	if !strings.Contains(text, "upper 35% → 60%") || !strings.Contains(text, " more │") && !strings.Contains(text, " more ") || strings.Contains(text, "same:") {
		t.Errorf("in 20 rows:\n%s", text)
	}
}

// A limit is drawn as long as it held.
func TestALimitIsDrawnAsLongAsItHeld(t *testing.T) {
	act := func(at time.Duration, a lab.Action) func(*lab.Record) {
		return func(r *lab.Record) {
			a.At = at
			tick := &r.Ticks[at/time.Second]
			tick.Events = append(tick.Events, lab.Event{At: at, Kind: lab.EventAction, Action: &a})
		}
	}
	set := act(100*time.Second, lab.Action{Kind: lab.ActSet, Target: "policy", Name: "upper", From: "35%", To: "60%"})
	m := beside(t, func(r *lab.Record) {
		set(r)
		act(200*time.Second, lab.Action{Kind: lab.ActPolicy, To: "manual"})(r)
	})
	cpu := m.charts.parts[0].chart
	if len(cpu.Thresholds) != 1 || cpu.Thresholds[0].Style != m.th.Series[0] || len(cpu.Bands) != 1 {
		t.Fatalf("%d limits across, %d others", len(cpu.Thresholds), len(cpu.Bands))
	}
	load := 2 * time.Second
	for _, c := range []struct {
		at   time.Duration
		want float64 // 0: none
	}{{50 * time.Second, 35}, {99 * time.Second, 35}, {101 * time.Second, 60}, {199 * time.Second, 60}, {201 * time.Second, 0}, {230 * time.Second, 0}} {
		if y, ok := cpu.Bands[0].Low.At(c.at - load); y != c.want && ok || ok != (c.want > 0) {
			t.Errorf("at %v %v, %t", c.at, y, ok)
		}
	}
	if m = beside(t, set); len(m.charts.parts[0].chart.Bands) != 1 {
		t.Error("a limit that was turned is not drawn")
	}
	before := drawn(m, 120, 35)
	m = beside(t, func(*lab.Record) {})
	if c := m.charts.parts[0].chart; len(c.Bands) != 0 || len(c.Thresholds) != 1 || drawn(m, 120, 35) == before {
		t.Errorf("%d limits were turned", len(c.Bands))
	}
}

// A run that is not whole does not differ: it is not known.
func TestWhatIsNotKnownIsNotSaidToDiffer(t *testing.T) {
	for _, c := range []struct {
		change func(*lab.Record)
		why    string
	}{
		{func(r *lab.Record) { r.Run.Outcome = lab.Unfinished }, "run 47 is still being recorded"},
		{func(r *lab.Record) { r.Run.Incomplete = "the disk was full" }, "run 47 is not whole"},
		{func(r *lab.Record) { r.Ticks = nil }, "run 47 has no ticks"},
	} {
		text := drawn(beside(t, c.change), 120, 35)
		if !strings.Contains(text, "load not known to be the same: not a fair comparison: "+c.why) || !strings.Contains(text, "no verdict: not known whether") || strings.Contains(text, "load differs") {
			t.Errorf("%s:\n%s", c.why, text)
		}
	}
}

// The line of repeats is their median at each moment: of those that have not
// ended, and for which it is known.
func TestTheLineOfRepeatsIsTheirMedian(t *testing.T) {
	n := shelf()
	short := n[55]
	short.Ticks = short.Ticks[:100]
	n[55] = short
	m := New(Config{Theme: theme.New(plain), Load: n.load})
	if toast := settle(m, m.Show([][]int64{{51, 52, 53, 54, 55}, {46, 61}, {62}})); toast.Text != "" {
		t.Fatal(toast.Text)
	}
	for part := range reads {
		line := m.charts.parts[part].chart.Lines[0].Series
		for _, at := range []int{0, 1, 7, 50, 99, 103, 150, 239} {
			var values []float64
			for id := int64(51); id <= 55; id++ {
				if rec := n[id]; at < len(rec.Ticks) {
					if r := reads[part](&rec.Ticks[at].Sample); r.OK {
						values = append(values, r.Value)
					}
				}
			}
			slices.Sort(values)
			y, ok := line.At(time.Duration(at+1)*time.Second - 2*time.Second) // from the first load
			if k := len(values); ok != (k > 0) || ok && y != (values[(k-1)/2]+values[k/2])/2 {
				t.Errorf("part %d, tick %d: %v, %t of %v", part, at, y, ok, values)
			}
		}
	}
	lines := m.charts.parts[1].chart.Lines // of 46, which has no ticks, and 61, what 61 has
	for _, at := range []time.Duration{time.Minute, 3 * time.Minute} {
		b, _ := lines[1].Series.At(at)
		if c, ok := lines[2].Series.At(at); !ok || b != c {
			t.Errorf("at %v %v, not %v", at, b, c)
		}
	}
}
