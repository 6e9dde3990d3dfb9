package pane

import (
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// scoredPicture is a run of n ticks, a second each, one instance of a capacity
// of 50 requests/s ready, scored.
func scoredPicture(n int, change ...func(*lab.Record)) *Picture {
	rec := lab.Record{Run: lab.Run{Experiment: lab.DefaultExperiment(), Duration: time.Duration(n) * time.Second}}
	rec.Run.Experiment.Policy = "threshold:upper=35%"
	rec.Ticks = ticks(1, n)
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		s.Capacity, s.Desired, s.Limits = 50, 1, lab.Limits{Min: 1, Max: 5}
		rec.Ticks[i].Decision.Desired = 1
		s.Instances[0].PID, s.Instances[0].CPU = 1, lab.Known(.3, s.At, time.Second)
	}
	for _, c := range change {
		c(&rec)
	}
	rec.Run.Summary = lab.SummaryOf(&rec)
	return &Picture{Record: rec, At: time.Duration(n) * time.Second}
}

func rate(perSecond int64) func(*lab.Record) {
	return func(rec *lab.Record) {
		for i := range rec.Ticks {
			rec.Ticks[i].Sample.Generator.Offered = perSecond
		}
	}
}

func ended(rec *lab.Record) { rec.Run.Outcome = lab.Stopped }

func TestScoresSay(t *testing.T) {
	closed := func(rec *lab.Record) {
		for i := range rec.Ticks {
			rec.Ticks[i].Sample.Model, rec.Ticks[i].Sample.LoadOn = lab.Closed, true
		}
	}
	own := func(rec *lab.Record) {
		rec.Run.Experiment.Fleet.App = []string{"x"}
		for i := range rec.Ticks {
			rec.Ticks[i].Sample.Capacity = 0
		}
	}
	hole := func(rec *lab.Record) { rec.Ticks = append(rec.Ticks[:40:40], rec.Ticks[60:]...) }
	hot := func(rec *lab.Record) {
		for i := range rec.Ticks[20:] {
			s := &rec.Ticks[20+i].Sample
			s.Instances[0].CPU = lab.Known(.9, s.At, time.Second)
		}
	}
	idle := &Picture{Idle: true, Record: lab.Record{Run: lab.Run{Duration: time.Minute}}}
	begun := scoredPicture(9)
	begun.Record.Run.Duration = 0
	model := func(p *Picture) *Picture { p.Model = lab.Closed; return p }
	for _, c := range []struct {
		says string
		p    *Picture
		want []string // in the cells, blanks made one
		all  []string // in the table
	}{
		{"what is needed beside what is there", scoredPicture(100, rate(81)),
			[]string{"so far 01:40", "demand 3 ready 1", "missing, of demand 66.7 %", "surplus, of demand 0.0 %", "errors 0.0 %", "first breach none", "decided, after that —", "size/work×0.8 40.0 /s"},
			[]string{"demand 3 instances that the rate needs, just now", "missing θU 66.7 %", "speedup ε —", "slow is over 200 ms", "cost by second 0.0028 at 0.1000 for an", "turns of the wish within 60 s"}},
		{"a whole run, of which no moment is now", scoredPicture(100, rate(40), ended),
			[]string{"whole run", "score, of 100 100.0", "missing, of demand 0.0 %"}, []string{"demand 1 instances that the rate needs, at 01:40", "known 99.0 %"}},
		{"a closed load has no demand", model(scoredPicture(100, closed)),
			[]string{"score, of 100 —", "no demand closed", "missing, of demand —", "errors 0.0 %"}, []string{"score — none: a closed load has no rate of its own", "demand —"}},
		{"nor has what is not calibrated", scoredPicture(100, own),
			[]string{"score, of 100 —", "demand — ready 1", "capacity —"}, []string{"score — none: what an instance carries is not known", "not known: calibrate it"}},
		{"calibrated", scoredPicture(100, rate(41), func(rec *lab.Record) { rec.Run.Experiment.Calibrated = 20 }),
			[]string{"demand 3", "calibrated 20.0 /s"}, []string{"capacity 20.0 /s that one instance carries, calibrated"}},
		{"in the first seconds nothing is amiss", scoredPicture(6, rate(41)), []string{"so far 00:06", "demand 2"}, nil},
		{"with a hole in it, a warning", scoredPicture(100, hole), []string{"! 8"}, nil},
		{"a breach without an answer yet", scoredPicture(100, hot), []string{"first breach 00:21", "decided, after that not yet", "relief, after that not yet"}, nil},
		{"and one that never had one", scoredPicture(100, hot, ended), []string{"decided, after that never", "one more ready, after that never"}, nil},
		{"no run", idle, []string{"a run is scored as it goes"}, []string{"a run is scored as it goes"}},
		{"a run that has no tick yet", begun, []string{"the run has just begun"}, []string{"the run has just begun"}},
	} {
		m := NewScores(plain)
		cells := plainText(m.Draw(c.p, 50, 22, false))
		for _, want := range c.want {
			if !strings.Contains(cells, want) {
				t.Errorf("%s: no %q in\n%s", c.says, want, cells)
			}
		}
		all := plainText(m.Table(c.p, 120, 60, false))
		for _, want := range c.all {
			if !strings.Contains(all, want) {
				t.Errorf("%s: no %q in\n%s", c.says, want, all)
			}
		}
	}
	if s := plainText(NewScores(plain).Draw(scoredPicture(100, ended), 40, 22, false)); strings.Contains(s, "ready 1") {
		t.Errorf("a whole run has a demand of now:\n%s", s)
	}
}

// plainText is rows as one text, with one blank for any number of them.
func plainText(rows []string) string {
	for i := range rows {
		rows[i] = strings.Join(strings.Fields(rows[i]), " ")
	}
	return strings.Join(rows, "\n")
}

// Whatever the room, the most telling figures are first, no row is wider or
// narrower than the box, and no explanation is cut where it can be zoomed.
func TestScoresFitAnyRoom(t *testing.T) {
	p := scoredPicture(100, rate(81))
	for w := 1; w < 200; w += 3 {
		for h := 1; h < 40; h += 2 {
			m := NewScores(theme.New(theme.Options{Profile: theme.None, ASCII: w%2 == 0}))
			m.Move(5)
			for _, rows := range [][]string{m.Draw(p, w, h, true), m.Table(p, w, h, true)} {
				if len(rows) != h {
					t.Fatalf("%dx%d: %d rows", w, h, len(rows))
				}
				for _, r := range rows {
					if theme.Width(r) != w {
						t.Fatalf("%dx%d: %d cells: %q", w, h, theme.Width(r), r)
					}
				}
			}
		}
	}
	m := NewScores(plain)
	if s := strings.Join(m.Draw(p, 40, 5, false), "\n"); !strings.Contains(s, "score") || !strings.Contains(s, "surplus") || !strings.Contains(s, "cost") {
		t.Errorf("in three rows:\n%s", s)
	}
	for _, row := range m.Table(p, 80, 90, false) {
		if strings.Contains(row, "…") {
			t.Errorf("cut at 80 cells: %s", row)
		}
	}
}

func TestTheTableOfScoresScrollsToItsEnd(t *testing.T) {
	m, p := NewScores(plain), scoredPicture(100)
	for _, c := range []struct {
		by   int
		want string
	}{{0, "score"}, {1 << 30, "compared"}, {-1 << 30, "score"}} {
		m.Move(c.by)
		if s := strings.Join(m.Table(p, 80, 21, true), "\n"); !strings.Contains(s, c.want) || !strings.Contains(s, "more") {
			t.Errorf("after %d no %q in\n%s", c.by, c.want, s)
		}
	}
}

// Demand is drawn beside what is ready, where it is known.
func TestDemandIsALineAmongTheInstances(t *testing.T) {
	p := scoredPicture(40, rate(81), func(rec *lab.Record) {
		rec.Ticks[9].Sample.Gap = true
		for i := 20; i < 30; i++ {
			rec.Ticks[i].Sample.Model, rec.Ticks[i].Sample.LoadOn = lab.Closed, true
		}
	})
	m := NewCharts(plain)
	m.See(p)
	for at, want := range map[int]int{5: 3, 10: 0, 15: 3, 25: 0, 35: 3} {
		if v, ok := m.demand.At(time.Duration(at) * time.Second); ok != (want > 0) || ok && int(v) != want {
			t.Errorf("after %d s demand is drawn at %v, %v", at, v, ok)
		}
	}
	if s := strings.Join(m.DrawTrends(p, 60, 14, false), "\n"); !strings.Contains(s, "demand 3") {
		t.Errorf("it is not in the legend:\n%s", s)
	}
	p.At = 25 * time.Second
	m.Freeze(p)
	if s := strings.Join(m.DrawTrends(p, 60, 14, false), "\n"); strings.Contains(s, "demand") {
		t.Errorf("under a closed load it is in the legend:\n%s", s)
	}
}

// What was set and done is marked on the time axis, with its words; turns of one
// knob in quick succession are one mark.
func TestDeedsAreMarkedOnTheTimeAxis(t *testing.T) {
	p := scoredPicture(40)
	deed := func(at float64, kind lab.ActionKind, name, text string) lab.Event {
		return lab.Event{At: time.Duration(at * 1e9), By: lab.ByUser, Kind: lab.EventAction, Text: text, Action: &lab.Action{Kind: kind, Target: "load", Name: name}}
	}
	for i := range p.Record.Ticks {
		p.Record.Ticks[i].Events = nil
	}
	p.Record.Ticks[9].Events = []lab.Event{
		deed(9.1, lab.ActSet, "rate", "rate 15 → 20"), deed(9.6, lab.ActSet, "rate", "rate 20 → 30"),
		{At: 9900 * time.Millisecond, Kind: lab.EventReady, Text: "ready"},
	}
	p.Record.Ticks[19].Events = []lab.Event{deed(19.5, lab.ActPolicy, "", "policy threshold → hpa")}
	p.Record.Ticks[29].Events = []lab.Event{
		{At: 29500 * time.Millisecond, Kind: lab.EventFailed, Text: "1 killed by hand"}, deed(29.5, lab.ActKill, "", "kill instance 1"),
		{At: 29500 * time.Millisecond, Kind: lab.EventScaleUp, Text: "1 → 2"},
	}
	m := NewCharts(plain)
	m.See(p)
	m.Overview(p)
	s := m.DrawTrends(p, 100, 14, false)
	axis := s[len(s)-3]
	if strings.Count(axis, "▸") != 2 || strings.Count(axis, "✕") != 1 || strings.Contains(axis, "▲") {
		t.Errorf("the axis is %s", axis)
	}
	for at, want := range map[float64]string{9.1: "rate 15 → 30", 19.5: "policy threshold → hpa", 29.5: "1 killed by hand|kill instance 1|1 → 2", 35: ""} {
		m.Seek(p, time.Duration(at*1e9))
		var texts []string
		for _, k := range m.Marks() {
			texts = append(texts, k.Text)
		}
		if got := strings.Join(texts, "|"); got != want {
			t.Errorf("after %v s is marked %q, want %q", at, got, want)
		}
	}
}
