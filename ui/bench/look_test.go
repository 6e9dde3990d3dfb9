package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// grow gives the session one more second of the story.
func grow(m *Model, f *fake, n int) {
	next := *f.snap
	s := story(n)
	next.Rev++
	next.Record.Ticks, next.At = s.Record.Ticks, s.At
	f.snap = &next
	m.Sync()
}

func TestFrozenChartsStandWhileTheRunGoesOn(t *testing.T) {
	m, f := benchOf(story(100), plain)
	m.Rows(120, 35)
	press(t, m, "f")
	before := strings.Join(m.draw(trends, 72, 19), "\n")
	if !strings.Contains(before, "at 01:40") {
		t.Errorf("the cursor is not at the newest tick:\n%s", before)
	}
	grow(m, f, 110)
	if after := strings.Join(m.draw(trends, 72, 19), "\n"); after != before {
		t.Errorf("it has moved:\n%s\nwas\n%s", after, before)
	}
	if s := drawn(m, 120, 35); !strings.Contains(s, "RUN 42 constant 01:50") || !strings.Contains(s, "the experiment goes on") {
		t.Errorf("the run does not go on:\n%s", s)
	}
	press(t, m, "esc")
	if s := drawn(m, 120, 35); m.frozen() || !strings.Contains(s, "last 60 s") {
		t.Errorf("esc does not let go:\n%s", s)
	}
}

func TestTheCursorReadsWhatIsUnderIt(t *testing.T) {
	m, _ := benchOf(story(118), plain)
	m.Rows(120, 35)
	press(t, m, "f")
	for range 40 { // back to where something happened
		if press(t, m, "left"); strings.Contains(m.status(120), "▼") {
			break
		}
	}
	marks := m.charts.Marks()
	if len(marks) == 0 {
		t.Fatal("in forty seconds nothing has happened")
	}
	if row := m.status(120); !strings.Contains(row, marks[0].Text) {
		t.Errorf("the event %q is not named: %q", marks[0].Text, row)
	}
	tick := m.pic.Tick(m.charts.Cursor())
	got := strings.Join(m.draw(trends, 72, 19), "\n")
	for _, want := range []string{
		fmt.Sprintf("ready %d", tick.Sample.Serving()), fmt.Sprintf("wanted %d", tick.Decision.Desired),
		fmt.Sprintf("served %.0f", tick.Sample.ServedRate()),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not read:\n%s", want, got)
		}
	}
}

func TestTheCursorMovesATickAtLeastAndStaysInTheRecord(t *testing.T) {
	m, _ := benchOf(story(100), plain)
	for _, w := range []int{80, 120, 200} {
		for range 5 {
			m.Rows(w, 35)
			press(t, m, "f")
			at := m.charts.Cursor()
			press(t, m, "left")
			if back := at - m.charts.Cursor(); back < time.Second || back > 3*time.Minute {
				t.Errorf("left moves it by %v", back)
			}
			if press(t, m, "right"); m.charts.Cursor() <= at-time.Second && m.charts.Span() < time.Hour {
				t.Errorf("right after left goes from %v to %v", at, m.charts.Cursor())
			}
			if press(t, m, "home", "left", "H"); m.charts.Cursor() != time.Second {
				t.Errorf("the first tick is at %v", m.charts.Cursor())
			}
			if press(t, m, "end", "right", "L"); m.charts.Cursor() != at {
				t.Errorf("the last tick is at %v", m.charts.Cursor())
			}
			press(t, m, "f", ">")
		}
	}
}

func TestFiftyTurnsAndMoreCanBeUndone(t *testing.T) {
	m, f := benchOf(story(5), plain)
	for range 60 {
		press(t, m, "right")
	}
	for range 60 {
		press(t, m, "u")
	}
	if k, _ := lab.Find(f.snap.Setup.PolicyKnobs, "upper"); k.Spec() != "35%" {
		t.Errorf("sixty turns and sixty undos: %s", k.Spec())
	}
	press(t, m, "shift+tab", "right", "tab", "right", "u", "u") // whichever pane has the focus
	if k, _ := lab.Find(f.snap.Setup.LoadKnobs, "rate"); k.Spec() != "72" {
		t.Errorf("the load's turn is not undone: %s", k.Spec())
	}
}

func TestLeavingIsUnsafeWhileTheNotebookWaits(t *testing.T) {
	for _, c := range []struct {
		phase    engine.Phase
		notebook engine.Notebook
		unsafe   bool
	}{
		{engine.Running, engine.Notebook{}, false},
		{engine.Running, engine.Notebook{Trouble: "disk full"}, true},
		{engine.Kept, engine.Notebook{Trouble: "disk full", Waiting: 3}, true},
		{engine.Kept, engine.Notebook{Trouble: "disk full"}, false},
		{engine.Kept, engine.Notebook{Waiting: 3}, false},
		{engine.Idle, engine.Notebook{Trouble: "disk full", Waiting: 1}, true},
	} {
		s := story(5)
		s.Phase, s.Notebook = c.phase, c.notebook
		if m, _ := benchOf(s, plain); (m.Unsafe() != "") != c.unsafe {
			t.Errorf("%+v: %q", c, m.Unsafe())
		}
	}
}

func TestALogCanBeReadAndGrows(t *testing.T) {
	m, f := benchOf(story(118), plain)
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("line %d", i+1))
	}
	asked := ""
	m.cfg.Logs = func(id string) []string { asked = id; return lines }
	press(t, m, "v")
	if s := drawn(m, 80, 23); asked != "i1" || !strings.Contains(s, "Log of instance 1") || !strings.Contains(s, "line 60") {
		t.Errorf("of %q:\n%s", asked, s)
	}
	press(t, m, "home")
	drawn(m, 80, 23)
	lines = append(lines, "line 61")
	grow(m, f, 119)
	if s := drawn(m, 80, 23); !strings.Contains(s, "line 1 ") || !strings.Contains(s, "of 61") {
		t.Errorf("what is read has moved:\n%s", s)
	}
	press(t, m, "G")
	if s := drawn(m, 80, 23); !strings.Contains(s, "line 61") {
		t.Errorf("the newest is not seen:\n%s", s)
	}
	press(t, m, "esc")
	if s := drawn(m, 80, 23); m.log != nil || strings.Contains(s, "line 61") {
		t.Errorf("it is still open:\n%s", s)
	}
}

func TestAReplayIsReadOnly(t *testing.T) {
	m := replayOf(300, 5, plain)
	for s := usage; s < nSpots; s++ {
		m.focusOn(s)
		for _, key := range strings.Fields("x X d a [ ] I i p P m b o w s n r t u v f") {
			if toast := press(t, m, key); !strings.Contains(toast.Text, "read only") {
				t.Errorf("%q says %q", key, toast.Text)
			}
		}
	}
	m.Rows(120, 35)
	for y := range 35 { // it has no session: a deed would panic
		for x := range 120 {
			m.Mouse(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
			m.Mouse(tea.MouseMsg{X: x + 1, Y: y, Action: tea.MouseActionMotion, Button: tea.MouseButtonLeft})
			m.Mouse(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress})
		}
	}
	if b := m.Bindings().Find("esc"); b != nil {
		t.Errorf("esc is %q, and not the frame's", b.Long)
	}
}

func TestAReplayShowsTheRunAsItStood(t *testing.T) {
	m := replayOf(300, 5, plain)
	m.Rows(120, 35)
	for _, at := range []time.Duration{30, 250, 99, 100, 299, 1} {
		at *= time.Second
		m.seek(at)
		s := drawn(m, 120, 35)
		tick := m.pic.Tick(at)
		upper := "35 %"
		if at >= 100*time.Second {
			upper = "40 %"
		}
		var ok int64
		for i := range m.pic.Record.Ticks {
			if s := &m.pic.Record.Ticks[i].Sample; s.At > 0 && s.At <= at {
				ok += s.Seen().OK
			}
		}
		for _, want := range []string{
			fmt.Sprintf("REPLAY 42 constant %02d:%02d of 05:00", at/time.Minute, at%time.Minute/time.Second), "2025-03-01 12:30",
			fmt.Sprintf("%d ready of %d", tick.Sample.Serving(), tick.Decision.Desired), "why: " + tick.Decision.Reason[:20],
		} {
			if !strings.Contains(s, want) {
				t.Errorf("at %v no %q in\n%s", at, want, s)
			}
		}
		if k, _ := lab.Find(m.pic.PolicyKnobs, "upper"); k.Show() != upper {
			t.Errorf("at %v upper is %s", at, k.Show())
		}
		if got := strings.ReplaceAll(s, ",", ""); !strings.Contains(got, fmt.Sprintf("ok %d ", ok)) {
			t.Errorf("at %v, %d were ok:\n%s", at, ok, s)
		}
	}
}

func TestEventsAreAReplaysTableOfContents(t *testing.T) {
	m := replayOf(300, 5, plain)
	m.Rows(120, 35)
	press(t, m, "end", "home")
	var want *lab.Event
	for range 3 {
		press(t, m, "down")
		if want = m.events.Selected(); m.charts.Cursor() != want.At || m.snap.At != want.At {
			t.Errorf("the cursor is at %v, the event at %v", m.charts.Cursor(), want.At)
		}
		if s := m.status(120); !strings.Contains(s, want.Text) {
			t.Errorf("the event %q is not read: %q", want.Text, s)
		}
	}
	m.seek(want.At + time.Second)
	if got := m.events.Selected(); got == nil || got.At > want.At+time.Second || got.At < want.At {
		t.Errorf("the cursor does not move the table: %+v", got)
	}
	press(t, m, "end")
	last := m.events.Selected()
	press(t, m, "down", "down")
	if got := m.events.Selected(); got == nil || got.Text != last.Text || m.charts.Cursor() != last.At {
		t.Errorf("beyond the last event %+v is %+v, the cursor at %v", last, got, m.charts.Cursor())
	}
}

func TestAReplayPlays(t *testing.T) {
	m := replayOf(300, 5, plain)
	m.Rows(120, 35)
	press(t, m, "home")
	if m.play() == nil {
		t.Fatal("it does not play")
	}
	r := m.replay
	step := func(d time.Duration) tea.Cmd { return m.Take(played{r, r.playing, r.last.Add(d)}) }
	for range 10 {
		step(100 * time.Millisecond)
	}
	if got := m.charts.Cursor(); got != 2*time.Second {
		t.Errorf("a second of playing goes to %v", got)
	}
	press(t, m, "+", "+", "+")
	step(100 * time.Millisecond)
	if got := m.charts.Cursor(); got != 8*time.Second {
		t.Errorf("a tenth of one at ×60 goes to %v", got)
	}
	old := played{r, r.playing, r.last.Add(time.Second)}
	press(t, m, " ")
	if m.Take(old) != nil || m.charts.Cursor() != 8*time.Second {
		t.Error("it plays on though paused")
	}
	press(t, m, " ")
	if m.Take(old) != nil {
		t.Error("it plays twice as fast after a pause")
	}
	var cmd tea.Cmd
	for range 20 {
		cmd = step(time.Second)
	}
	if cmd != nil || r.playing != 0 || m.charts.Cursor() != m.end() {
		t.Errorf("it does not stop at its end, but at %v", m.charts.Cursor())
	}
	if press(t, m, " "); m.charts.Cursor() >= time.Minute {
		t.Error("played again, it does not begin anew")
	}
}

func TestAnEmptyReplayIsNoTrouble(t *testing.T) {
	m := NewReplay(Config{Theme: theme.New(plain), SetupAt: func(lab.Record, time.Duration) engine.Setup { return engine.Setup{} }}, lab.Record{Run: lab.Run{ID: 7}})
	for _, key := range []string{"left", "right", "home", "end", "L", " ", "+", "enter", "z", "<", "tab"} {
		if b := m.Bindings().Find(key); b != nil {
			b.Do(key)
		}
		if s := drawn(m, 100, 29); !strings.Contains(s, "REPLAY 7") {
			t.Fatalf("after %q:\n%s", key, s)
		}
	}
}
