package compare

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/screentest"
	"autoscale-lab/ui/theme"
)

var plain = screentest.Plain

// run is a stored run on paper: a wave of load for n seconds, begun at some lab
// time and switched on after two seconds, and instances that follow it as a
// threshold at upper would, cooling down for so long.
func run(id int64, n int, upper float64, cooldown int) lab.Record {
	e := lab.DefaultExperiment()
	e.Policy = fmt.Sprintf("threshold:upper=%g%%,lower=15%%,step=1,cooldown=%ds,resolution=3s,metric=cpu", upper*100, cooldown)
	e.Load, e.Seed = "constant:rate=72,spacing=even", 7
	rec := lab.Record{Run: lab.Run{
		ID: id, Outcome: lab.Completed, Began: time.Date(2026, 1, 2, 3, 4, int(id), 0, time.UTC), Duration: time.Duration(n) * time.Second,
		Experiment: e, Policy: "threshold", Load: e.Load, Rig: "local", Version: "v1", Commit: "abc",
		Host: lab.Host{OS: "linux", Kernel: "6.1", CPU: "a CPU", Cores: 2, MemoryMB: 8192},
	}}
	desired, last := 1, -100
	begun := []time.Duration{0}
	for t := 1; t <= n; t++ {
		at := time.Duration(t) * time.Second
		rate := 0.0
		if t > 2 {
			rate = 60 + 50*math.Sin(float64(t)/23) + 5*math.Sin(float64(t))
		}
		for len(begun) < desired {
			begun = append(begun, at)
		}
		begun = begun[:desired]
		s := lab.Sample{At: at, Span: time.Second, Desired: desired, Limits: lab.Limits{Min: 1, Max: 5}, Capacity: 50, LoadOn: t > 2, Level: rate}
		ready := 0
		for i, b := range begun {
			in := lab.Instance{ID: fmt.Sprintf("i%d-%d", i, b), Num: i + 1, PID: 100 + i, Started: b, Size: .2, Enforced: true}
			if at > b {
				in.State = lab.Ready
				ready++
			}
			s.Instances = append(s.Instances, in)
		}
		for i := range s.Instances {
			if s.Instances[i].State == lab.Ready {
				s.Instances[i].CPU = lab.Known(min(1, rate/float64(ready)/50), at, time.Second)
			}
		}
		ms := time.Duration(4+rate/float64(ready)*.6) * time.Millisecond
		s.Front = lab.Traffic{Offered: int64(rate), Arrived: int64(rate), OK: int64(rate), Latency: lab.Hist{{Top: ms, N: int64(rate)}}}
		s.Generator = s.Front
		tick := lab.Tick{Sample: s, Decision: lab.Decision{Desired: desired}}
		if t == 3 {
			tick.Events = []lab.Event{{At: 2 * time.Second, Kind: lab.EventAction, Action: &lab.Action{At: 2 * time.Second, Kind: lab.ActLoad, From: "off", To: "on"}}}
		}
		if cpu := s.InstanceCPU(); cpu.OK && t-last > cooldown {
			switch {
			case cpu.Value > upper && desired < 5:
				desired, last = desired+1, t
			case cpu.Value < .15 && desired > 1:
				desired, last = desired-1, t
			}
			tick.Decision.Desired = desired
		}
		rec.Ticks = append(rec.Ticks, tick)
	}
	rec.Run.Summary = lab.SummaryOf(&rec)
	return rec
}

// notebook is runs by their numbers.
type notebook map[int64]lab.Record

func (n notebook) load(_ context.Context, id int64) (lab.Record, error) {
	rec, ok := n[id]
	if !ok {
		return rec, &lab.InputError{Field: "run", Value: fmt.Sprint(id), Want: "the number of a recorded run"}
	}
	return rec, nil
}

// shelf is four runs of the same load, and 45 of another; 46
// ended before its first tick, and beside 47 others decided.
func shelf() notebook {
	n := notebook{41: run(41, 240, .35, 20), 42: run(42, 240, .30, 5), 43: run(43, 240, .60, 20), 44: run(44, 240, .35, 60), 45: run(45, 240, .35, 20)}
	named := n[42]
	named.Run.Name, named.Run.Baseline = "quick", true
	n[42] = named
	other := n[45]
	other.Run.Experiment.Load = "constant:rate=100,spacing=even"
	n[45] = other
	n[47] = shadowed(run(47, 240, .30, 5))
	n[46] = lab.Record{Run: lab.Run{ID: 46, Outcome: lab.Crashed, Experiment: lab.DefaultExperiment()}}
	for i := range int64(5) { // repeats, the second lot a little quicker
		n[51+i], n[61+i] = wobbled(run(51+i, 240, .35, 20), "a"), wobbled(run(61+i, 240, .35, 5), "b")
	}
	return n
}

// wobbled is a run of a series, its CPU and latency as chance would have them.
func wobbled(rec lab.Record, series string) lab.Record {
	by := rec.Run.ID % 10
	rec.Run.Experiment.Series, rec.Run.Name = series, fmt.Sprintf("series %s %d/5", series, by)
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		for k := range s.Instances {
			if cpu := &s.Instances[k].CPU; cpu.OK {
				cpu.Value *= 1 + float64((by*7+int64(i))%5)/50
			}
		}
		for _, t := range []*lab.Traffic{&s.Generator, &s.Front} {
			for k := range t.Latency {
				t.Latency[k].Top += time.Duration(by) * time.Millisecond
			}
		}
	}
	rec.Run.Summary = lab.SummaryOf(&rec)
	return rec
}

// shadowed is a run beside which hpa would always have had three, and another
// threshold two.
func shadowed(rec lab.Record) lab.Record {
	for i := range rec.Ticks {
		rec.Ticks[i].Shadows = []lab.Shadow{
			{Policy: "hpa:target=60%", Decision: lab.Decision{Desired: 3}}, {Policy: "threshold:upper=70%", Decision: lab.Decision{Desired: 2}},
		}
	}
	return rec
}

// shown is a screen that compares runs.
func shown(t testing.TB, o theme.Options, ids ...int64) *Model {
	t.Helper()
	return sided(t, o, singles(ids...))
}

// singles are sides of one run each.
func singles(ids ...int64) (sides [][]int64) {
	for _, id := range ids {
		sides = append(sides, []int64{id})
	}
	return sides
}

// sided is a screen that compares sides.
func sided(t testing.TB, o theme.Options, sides [][]int64) *Model {
	t.Helper()
	m := New(Config{Theme: theme.New(o), Load: shelf().load, Formats: []string{"csv", "json", "md", "svg", "png", "html"}})
	if toast := settle(m, m.Show(sides)); toast.Text != "" {
		t.Fatal(toast.Text)
	}
	return m
}

// settle carries a command out, and what follows from it; the last toast it
// returns.
func settle(m *Model, cmd tea.Cmd) (toast screen.Toast) {
	for todo := []tea.Cmd{cmd}; len(todo) > 0; todo = todo[1:] {
		if todo[0] == nil {
			continue
		}
		switch msg := todo[0]().(type) {
		case screen.Toast:
			toast = msg
		case tea.BatchMsg:
			todo = append(todo, msg...)
		default:
			todo = append(todo, m.Take(msg))
		}
	}
	return toast
}

// press gives keys to the screen as the frame does, and returns the last toast.
func press(t testing.TB, m *Model, keys ...string) (toast screen.Toast) {
	t.Helper()
	for _, key := range keys {
		switch b := m.Bindings().Find(key); {
		case m.Typing():
			toast = settle(m, m.Type(screentest.Key(key)))
		case b != nil:
			toast = settle(m, b.Do(key))
		default:
			t.Fatalf("%q does nothing here", key)
		}
	}
	return toast
}

func drawn(m *Model, w, h int) string { return strings.Join(m.Rows(w, h), "\n") + "\n" }
