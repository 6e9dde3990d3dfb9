package pane

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

var plain = theme.New(theme.Options{Profile: theme.None})

// ticks are n seconds from a lab time on, with an event and ten answers each.
func ticks(from, n int) []lab.Tick {
	var out []lab.Tick
	for i := from; i < from+n; i++ {
		at := time.Duration(i) * time.Second
		out = append(out, lab.Tick{
			Sample: lab.Sample{At: at, Span: time.Second, System: lab.Known(float64(i)/100, at, time.Second),
				Generator: lab.Traffic{Offered: 10, OK: 10, Latency: lab.Hist{{Top: 5 * time.Millisecond, N: 10}}},
				Front:     lab.Traffic{Offered: 10, OK: 10, Latency: lab.Hist{{Top: 5 * time.Millisecond, N: 10}}},
				Instances: []lab.Instance{{ID: "i1", State: lab.Ready, EverReady: true, Enforced: true, CPU: lab.Known(float64(i)/100, at, time.Second)}}},
			Events: []lab.Event{{At: at, Kind: lab.EventMark, Text: fmt.Sprintf("event %d", i)}},
		})
	}
	return out
}

func pictureOf(origin int, t []lab.Tick, pending ...lab.Event) *Picture {
	p := &Picture{Record: lab.Record{Run: lab.Run{Origin: time.Duration(origin) * time.Second}, Ticks: t}, Pending: pending}
	if len(t) > 0 {
		p.At = t[len(t)-1].Sample.At
	}
	return p
}

// A record grows at its end, loses ticks at its begin, or is another one.
func TestEachTickIsNewsOnce(t *testing.T) {
	all := ticks(1, 100)
	var f follower
	for _, c := range []struct {
		name  string
		ticks []lab.Tick
		news  int
		fresh bool
	}{
		{"nothing yet", nil, 0, true},
		{"all of the first", all[:10], 10, true},
		{"the same again", all[:10], 0, false},
		{"what has grown", all[:13], 3, false},
		{"grown, and cut at the begin", all[5:20], 7, false},
		{"cut so far that some were missed", all[60:70], 10, true},
		{"another record", all[20:30], 10, true},
		{"an empty one", nil, 0, true},
		{"and one after it", all[:4], 4, true},
	} {
		rec := lab.Record{Ticks: c.ticks}
		if news, fresh := f.news(&rec); len(news) != c.news || fresh != c.fresh {
			t.Errorf("%s: %d news, fresh %v", c.name, len(news), fresh)
		}
	}
}

func TestEventsFollowTheNewestUntilScrolled(t *testing.T) {
	m := NewEvents(plain)
	draw := func(p *Picture) string { m.See(p); return strings.Join(m.Draw(p, 60, 5, false), "\n") }
	all := ticks(1, 30)
	got := draw(pictureOf(3, all[:10], lab.Event{At: 10 * time.Second, Text: "pending"}))
	for _, want := range []string{"00:06", "event 9", "event 10", "pending", "3 of 11"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	m.Move(-1 << 20)
	if got := draw(pictureOf(3, all[:10])); !strings.Contains(got, "▸-00:02") || !strings.Contains(got, "event 3") || !strings.Contains(got, "1 of 10") {
		t.Errorf("the first are\n%s", got)
	}
	if got := draw(pictureOf(3, all[:20])); !strings.Contains(got, "event 1 ") || !strings.Contains(got, "1 of 20") {
		t.Errorf("what was read has moved:\n%s", got)
	}
	m.Move(1 << 20)
	if got := draw(pictureOf(3, all)); !strings.Contains(got, "event 30") {
		t.Errorf("the last are\n%s", got)
	}
}

func TestQuickTurnsOfOneKnobAreOneLine(t *testing.T) {
	turn := func(at float64, by lab.Actor, name, from, to string) lab.Event {
		return lab.Event{At: time.Duration(at * 1e9), By: by, Kind: lab.EventAction, Text: name + " " + from + " → " + to,
			Action: &lab.Action{Kind: lab.ActSet, Target: "load", Name: name, From: from, To: to}}
	}
	all := ticks(1, 2)
	all[0].Events = []lab.Event{turn(.1, lab.ByUser, "rate", "15", "16.5"), turn(.9, lab.ByUser, "rate", "16.5", "18.2")}
	all[1].Events = []lab.Event{turn(1.8, lab.ByUser, "rate", "18.2", "20"), turn(1.9, lab.ByUser, "think", "1 s", "2 s"), turn(1.95, lab.ByReplay, "think", "2 s", "3 s")}
	m := NewEvents(plain)
	lines := func(pending ...lab.Event) string {
		p := pictureOf(0, all, pending...)
		m.See(p)
		var out []string
		for _, row := range m.Draw(p, 60, 12, false)[1:11] {
			if f := strings.Fields(strings.Trim(row, "│ ")); len(f) > 3 {
				out = append(out, strings.Join(f[2:6], " "))
			}
		}
		return strings.Join(out, "; ")
	}
	want := "rate 15 → 20; think 1 s →; think 2 s →"
	if got := lines(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := lines(turn(2.5, lab.ByReplay, "think", "3 s", "4 s"), turn(4.6, lab.ByReplay, "think", "4 s", "5 s")); got != want+"; think 4 s →" {
		t.Errorf("with pending ones: %s", got)
	}
	if got := lines(); got != want {
		t.Errorf("the pending ones have changed the others: %s", got)
	}
	if e := all[0].Events[0]; e.Text != "rate 15 → 16.5" {
		t.Errorf("the record was changed: %s", e.Text)
	}
}

func TestABegunRunHasNotDecidedYet(t *testing.T) {
	m := NewPolicy(plain)
	p := pictureOf(9, ticks(1, 9))
	p.Autoscale, p.Policy, p.Decision.Reason = true, "threshold", "the policy decides once a run has begun"
	for _, c := range []struct {
		idle       bool
		says, nots string
	}{
		{true, "once a run has begun", "free to scale"},
		{false, "the first decision, at the next tick", "once a run"},
	} {
		p.Idle = c.idle
		if got := strings.Join(m.Draw(p, nil, nil, 60, 12, false), "\n"); !strings.Contains(got, c.says) || strings.Contains(got, c.nots) {
			t.Errorf("idle %v:\n%s", c.idle, got)
		}
	}
}

func TestManyEventsAreCountedThoughNotKept(t *testing.T) {
	m := NewEvents(plain)
	all := ticks(1, 3*maxEvents)
	for i := 0; i <= len(all); i += 500 {
		m.See(pictureOf(0, all[:i]))
	}
	if got := strings.Join(m.Draw(pictureOf(0, all), 60, 5, false), "\n"); !strings.Contains(got, "3 of 6000") || !strings.Contains(got, "event 6000") {
		t.Errorf("of 6000:\n%s", got)
	}
	if len(m.log) > 2*maxEvents || len(m.log) < maxEvents {
		t.Errorf("%d are kept", len(m.log))
	}
}

func TestALongStoredRecordIsSeenWhole(t *testing.T) {
	p := pictureOf(0, ticks(1, 20000))
	c, l, e := NewCharts(plain), NewLoad(plain), NewEvents(plain)
	c.See(p)
	l.See(p)
	e.See(p)
	c.Overview(p)
	p.At = 2 * time.Second
	if c.ready.Len() != 20000 || l.run(p).ok != 20 || len(e.all) != 20000 || c.Cursor() != time.Second {
		t.Errorf("of 20000 ticks %d are drawn, after two %d answers are counted, %d events listed", c.ready.Len(), l.run(p).ok, len(e.all))
	}
	for w := 8; w < 300; w++ {
		c.DrawUsage(p, w, 10, false)
		if c.usage.TimeAt(c.view, w-2, 0) > p.Record.Ticks[0].Sample.At+c.usage.CellWidth(c.view, w-2) || c.usage.TimeAt(c.view, w-2, w) < 20000*time.Second-1 {
			t.Fatalf("%d wide, from %v to %v is shown", w, c.usage.TimeAt(c.view, w-2, 0), c.usage.TimeAt(c.view, w-2, w))
		}
	}
	if v, ok := c.ready.At(time.Second); !ok || v != 1 {
		t.Error("the first tick is lost")
	}
}

func TestLoadSumsTheRunAlone(t *testing.T) {
	m := NewLoad(plain)
	sums := func(p *Picture) string { m.See(p); return strings.Join(m.Draw(p, nil, nil, 60, 6, false), "\n") }
	all := ticks(1, 30)
	if got := sums(pictureOf(5, all[:10])); !strings.Contains(got, "ok 50 ") {
		t.Errorf("five ticks of ten are\n%s", got)
	}
	if got := sums(pictureOf(5, all[:20])); !strings.Contains(got, "ok 150 ") {
		t.Errorf("fifteen ticks of ten are\n%s", got)
	}
	if got := sums(pictureOf(18, all[:20])); !strings.Contains(got, "ok 20 ") {
		t.Errorf("the next run's two ticks are\n%s", got)
	}
	all[20].Sample.Generator.Failed[lab.CauseRefused] = 7
	all[20].Sample.Generator.Failed[lab.CauseCanceled] = 2
	if got := sums(pictureOf(18, all)); !strings.Contains(got, "failed 7") || !strings.Contains(got, "503 7") {
		t.Errorf("what failed is\n%s", got)
	}
}

func TestASelectedInstanceThatIsGoneIsLetGo(t *testing.T) {
	m := NewInstances(plain)
	see := func(instances ...lab.Instance) {
		m.See(pictureOf(0, []lab.Tick{{Sample: lab.Sample{At: 1, Instances: instances}}}))
	}
	if m.Target() != nil {
		t.Error("there is an instance before the first tick")
	}
	one, two, three := lab.Instance{ID: "a", Num: 1, State: lab.Ready}, lab.Instance{ID: "b", Num: 2, State: lab.Ready}, lab.Instance{ID: "c", Num: 3, State: lab.Failed}
	see(three, one, two)
	if m.Target().ID != "b" {
		t.Errorf("the newest alive is %s", m.Target().ID)
	}
	m.Move(1)
	if m.Selected().ID != "a" || m.Target().ID != "a" {
		t.Error("the first is not selected")
	}
	m.Move(1 << 20)
	if m.Selected().ID != "c" {
		t.Error("the last is not selected")
	}
	m.Move(-1 << 20)
	see(two, three)
	if m.Selected() != nil || m.Target().ID != "b" {
		t.Error("one that is gone is still selected")
	}
	for by, want := range map[int]string{1: "b", -1: "c", 1 << 20: "c", -1 << 20: "b"} {
		if m.Release(); m.Selected() != nil {
			t.Error("one is selected after Release")
		}
		if m.Move(by); m.Selected().ID != want {
			t.Errorf("with none selected, %d selects %s", by, m.Selected().ID)
		}
	}
}

func TestTheMeanIsThatOfTheWindow(t *testing.T) {
	m := NewCharts(plain)
	p := pictureOf(0, ticks(1, 100))
	m.See(p)
	if got := m.mean(); !got.OK || got.Value != 70 {
		t.Errorf("the last minute's mean is %+v", got)
	}
	p.PolicyKnobs = []lab.Knob{{Name: "metric", Kind: lab.Choice, Text: "system-cpu"}}
	m.See(p)
	if got := strings.Join(m.DrawUsage(p, 80, 10, false), "\n"); !strings.Contains(got, "System CPU") || !strings.Contains(got, "now 100 %") {
		t.Errorf("another metric is drawn as\n%s", got)
	}
	if m.used.Len() != 100 {
		t.Errorf("of the other metric %d points are drawn", m.used.Len())
	}
}

// What does not fit a heading is left out, and nothing runs into its title.
func TestALongFigureDoesNotRunIntoItsTitle(t *testing.T) {
	all := ticks(1, 9)
	for i := range all {
		all[i].Sample.Generator.Latency = lab.Hist{{Top: 5669 * time.Millisecond, N: 10}}
	}
	m := NewCharts(plain)
	p := pictureOf(0, all)
	m.See(p)
	for w := 12; w < 80; w++ {
		for _, row := range m.DrawTrends(p, w, 20, false) {
			if strings.Contains(row, "Latency msp") {
				t.Errorf("%d wide: %s", w, row)
			}
		}
	}
	if got := strings.Join(m.DrawTrends(p, 40, 20, false), "\n"); !strings.Contains(got, "p50 5669  p95 5669") {
		t.Errorf("p50 and p95 are not there:\n%s", got)
	}
}

func TestALongReasonIsBrokenAtASpace(t *testing.T) {
	for _, c := range []struct {
		text string
		w, n int
		want string
	}{
		{"short", 10, 2, "short"},
		{"CPU 41 % > 35 %: at max 5 (wants 6)", 20, 2, "CPU 41 % > 35 %: at|max 5 (wants 6)"},
		{"CPU 22.2 % is within 15 % and 35 %", 32, 2, "CPU 22.2 % is within 15 % and|35 %"},
		{"one line only though long", 8, 1, "one line only though long"},
		{"unbreakable", 4, 2, "unbreakable"},
	} {
		if got := strings.Join(wrap(c.text, c.w, c.n), "|"); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.w, got, c.want)
		}
	}
}

func TestALongNumberIsNotCut(t *testing.T) {
	m := NewInstances(plain)
	p := pictureOf(0, []lab.Tick{{Sample: lab.Sample{At: 1, Instances: []lab.Instance{{ID: "i105", Num: 105, PID: 4194304, Addr: "127.0.0.1:5000"}}}}})
	m.See(p)
	if got := strings.Join(m.Draw(p, 38, 5, false), "\n"); !strings.Contains(got, " 105 :5000") {
		t.Errorf("instance 105 is\n%s", got)
	}
}
