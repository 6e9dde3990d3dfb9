package history

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/screentest"
	"autoscale-lab/ui/theme"
)

var (
	plain = screentest.Plain
	began = time.Date(2026, 11, 24, 9, 30, 0, 0, time.Local)
)

// shelf is a store in memory.
type shelf struct {
	mu      sync.Mutex
	runs    []lab.Run // oldest first
	deleted []lab.Run
	loads   int
	lists   int
	refuse  error
}

func (s *shelf) enter() (func(), error) {
	s.mu.Lock()
	return s.mu.Unlock, s.refuse
}

func (s *shelf) List(_ context.Context, limit int, before int64) ([]lab.Run, error) {
	leave, err := s.enter()
	defer leave()
	if err != nil {
		return nil, err
	}
	s.lists++
	var out []lab.Run
	for _, r := range slices.Backward(s.runs) {
		if (before == 0 || r.ID < before) && (limit == 0 || len(out) < limit) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (s *shelf) Outline(ctx context.Context, id int64) (lab.Record, error) {
	leave, err := s.enter()
	defer leave()
	s.loads++
	if err = errors.Join(err, ctx.Err()); err != nil {
		return lab.Record{}, err
	}
	r, err := s.at(id)
	if err != nil {
		return lab.Record{}, err
	}
	return lab.Record{Run: *r, Ticks: ticksOf(r)}, nil
}

func (s *shelf) at(id int64) (*lab.Run, error) {
	for i := range s.runs {
		if s.runs[i].ID == id {
			return &s.runs[i], nil
		}
	}
	return nil, &lab.InputError{Field: "run", Value: fmt.Sprint(id), Want: "the number of a recorded run"}
}

func (s *shelf) change(id int64, do func(*lab.Run)) error {
	leave, err := s.enter()
	defer leave()
	if err != nil {
		return err
	}
	r, err := s.at(id)
	if err == nil {
		do(r)
	}
	return err
}

func (s *shelf) SetName(_ context.Context, id int64, name string) error {
	return s.change(id, func(r *lab.Run) { r.Name = name })
}

func (s *shelf) SetNote(_ context.Context, id int64, note string) error {
	return s.change(id, func(r *lab.Run) { r.Note = note })
}

func (s *shelf) SetBaseline(_ context.Context, id int64, on bool) error {
	return s.change(id, func(r *lab.Run) {
		for i := range s.runs {
			s.runs[i].Baseline = s.runs[i].Baseline && !on
		}
		r.Baseline = on
	})
}

func (s *shelf) Delete(_ context.Context, ids ...int64) error {
	for _, id := range ids {
		if err := s.change(id, func(r *lab.Run) { s.deleted = append(s.deleted, *r) }); err != nil {
			return err
		}
		s.runs = slices.DeleteFunc(s.runs, func(r lab.Run) bool { return r.ID == id })
	}
	return nil
}

func (s *shelf) Restore(_ context.Context, ids ...int64) error {
	leave, err := s.enter()
	defer leave()
	for _, r := range s.deleted {
		if slices.Contains(ids, r.ID) && err == nil {
			s.runs = append(s.runs, r)
		}
	}
	slices.SortFunc(s.runs, func(a, b lab.Run) int { return int(a.ID - b.ID) })
	return err
}

func (s *shelf) Size() (int64, error) {
	leave, err := s.enter()
	defer leave()
	return 120_000 * int64(len(s.runs)), err
}

func num(v float64) *float64 { return &v }

// runOf is a run as it might have been recorded; its figures follow its number.
func runOf(id int64) lab.Run {
	e := lab.DefaultExperiment()
	e.Policy, e.Load = "threshold:metric=cpu,upper=35%,lower=15%,cooldown=3s", fmt.Sprintf("constant:rate=%d,spacing=even", 15+id%7)
	d := time.Duration(20+id*13%200) * time.Second
	r := lab.Run{
		ID: id, Outcome: lab.Completed, Began: began.Add(time.Duration(id) * 7 * time.Minute), Duration: d, Experiment: e,
		Policy: "threshold", Load: e.Load, Rig: "local", Host: lab.Host{OS: "linux", CPU: "A CPU", Cores: 2}, Version: "1.0",
	}
	r.Summary = lab.SummaryOf(&lab.Record{Run: r, Ticks: ticksOf(&r)})
	r.Summary.Latency = lab.LatencySummary{P50: num(4), P95: num(float64(8 + id*37%300)), P99: num(float64(20 + id*41%400)), Max: num(900)}
	r.Summary.Utilization.MeanPct, r.Summary.Utilization.P95Pct = num(24), num(float64(30+id%50))
	return r
}

// ticksOf is a wave of load, with instances that follow it.
func ticksOf(r *lab.Run) (out []lab.Tick) {
	for at := time.Second; at <= r.Duration; at += time.Second {
		rate := 60 + 50*math.Sin(float64(at)/float64(10*time.Second)+float64(r.ID))
		n := 1 + int(rate/30)
		s := lab.Sample{At: at, Span: time.Second, Desired: n, Limits: lab.Limits{Min: 1, Max: 5}, Capacity: 40}
		s.Generator.Offered, s.Generator.Arrived, s.Generator.OK = int64(rate), int64(rate), int64(rate)-r.ID%3
		s.Generator.Failed[lab.CauseTimeout] = r.ID % 3
		s.Front = s.Generator
		for i := range n {
			s.Instances = append(s.Instances, lab.Instance{ID: fmt.Sprint(i), State: lab.Ready})
		}
		out = append(out, lab.Tick{Sample: s, Decision: lab.Decision{Desired: n}})
	}
	return out
}

// some is a store with n runs, of which a few are special.
func some(n int) *shelf {
	s := &shelf{}
	for id := int64(1); id <= int64(n); id++ {
		r := runOf(id)
		switch id {
		case 2:
			r.Name, r.Baseline = "upper at 35 %", true
		case 3:
			r.Outcome, r.Incomplete = lab.Crashed, "its lab ended at 00:31"
		case 5:
			r.Policy, r.Experiment.Policy, r.Name, r.Note = "hpa", "hpa:target=50%", "a name that is a good deal longer than its column, 日本語", "beside a build"
		case 6:
			r.Outcome, r.Summary.Latency, r.Summary.Utilization, r.Summary.ErrorPct = lab.Aborted, lab.LatencySummary{}, lab.UtilizationScore{}, nil
		case int64(n):
			r.Outcome, r.Duration, r.Summary = lab.Unfinished, 0, lab.Summary{}
		}
		s.runs = append(s.runs, r)
	}
	return s
}

// inSeries makes runs from the first to the last one series.
func (s *shelf) inSeries(name string, first, last int64) *shelf {
	for i := range s.runs {
		if r := &s.runs[i]; r.ID >= first && r.ID <= last {
			r.Experiment.Series, r.Experiment.Load, r.Load = name, "constant:rate=20", "constant:rate=20"
			r.Name = fmt.Sprintf("%s %d/%d", name, r.ID-first+1, last-first+1)
		}
	}
	return s
}

// desk is a screen whose commands are carried out by the test: answers of the
// store at once, timers when the test says so.
type desk struct {
	t testing.TB
	*Model
	store  *shelf
	timers []tea.Msg
	asked  []tea.Msg // what was asked of the frame
}

func open(t testing.TB, s *shelf, o theme.Options) *desk {
	d := &desk{t: t, store: s}
	d.Model = New(Config{Theme: theme.New(o), Store: s, Context: context.Background(), Formats: []string{"csv", "json", "md", "svg", "png", "html"}})
	d.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		d.timers = append(d.timers, msg)
		return nil
	}
	d.do(d.Open())
	return d
}

func (d *desk) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.do(c)
		}
	case page, told, offered, settled, seen:
		d.do(d.Take(msg))
	default:
		d.asked = append(d.asked, msg)
	}
}

// wait lets all timers go off.
func (d *desk) wait() {
	for len(d.timers) > 0 {
		msg := d.timers[0]
		d.timers = d.timers[1:]
		d.do(d.Take(msg))
	}
}

// press presses keys, as the frame would give them to the screen.
func (d *desk) press(keys ...string) {
	d.t.Helper()
	for _, key := range keys {
		if d.Typing() {
			d.do(d.Type(screentest.Key(key)))
		} else if b := d.Bindings().Find(key); b != nil {
			d.do(b.Do(key))
		}
	}
}

// types presses a key for every letter.
func (d *desk) types(text string) {
	for _, r := range text {
		d.press(string(r))
	}
}

// last is what was asked of the frame last.
func (d *desk) last() tea.Msg {
	if len(d.asked) == 0 {
		return nil
	}
	return d.asked[len(d.asked)-1]
}

func (d *desk) toast() string {
	if t, ok := d.last().(screen.Toast); ok {
		return t.Text
	}
	return ""
}
