package compare

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/screentest"
	"autoscale-lab/ui/theme"
)

func TestKeys(t *testing.T) {
	sees := func(m *Model) string { return drawn(m, 120, 35) }
	for _, c := range []struct {
		says  string
		ids   []int64
		keys  string
		want  string // on the screen
		not   string
		toast string
	}{
		{"two runs are compared", []int64{41, 42}, "", "load identical", "not a fair", ""},
		{"a load that differs is said first, and there is no verdict", []int64{41, 45}, "", "! load differs: not a fair comparison: at 00:02 rate=72, not rate=100", "no claim", ""},
		{"R swaps A and B", []int64{41, 42}, "R", "A run 42 ★ quick", "A run 41", ""},
		{"R twice is as it was", []int64{41, 42}, "R R", "A run 41", "A run 42", ""},
		{"R swaps the first two of four", []int64{41, 42, 43, 44}, "R", "C run 43", "B run 42", ""},
		{"a adds a run", []int64{41, 42}, "a 4 3 enter", "C run 43", "", ""},
		{"a stops at four", []int64{41, 42, 43, 44}, "a", "D run 44", "add run", "four are compared"},
		{"a run is not compared with itself", []int64{41, 42}, "a 4 1 enter", "B run 42", "C run", "run 41 is not compared with itself"},
		{"a run that there is not", []int64{41, 42}, "a 9 9 enter", "B run 42", "C run", `"99": want the number of a recorded run`},
		{"no number", []int64{41, 42}, "a x enter", "want the number of a run", "", ""},
		{"no number, mended", []int64{41, 42}, "a x enter backspace 4 3 enter", "C run 43", "", ""},
		{"esc gives up", []int64{41, 42}, "a 4 3 esc", "no claim", "C run", ""},
		{"to one run another is added", []int64{41}, "a 4 2 enter", "B run 42", "", ""},
		{"t counts from the start, and back", []int64{41, 42}, "t", "time from the start", "first load", "time counts from the start"},
		{"t twice", []int64{41, 42}, "t t", "time from the first load", "", "from the first load"},
		{"e asks in which format", []int64{41, 42}, "e", "export this comparison as ▸CSV   JSON   Markdown   SVG   PNG   HTML", "no claim", ""},
		{"a figure is explained", []int64{41, 42}, "j j", "mean surplus of ready instances", "", ""},
		{"and how it is judged", []int64{41, 42}, "j", "lower is better, the same within 0.5 or 5 %", "", ""},
		{"up and down, but not beyond", []int64{41, 42}, "k j j k g", "100 − σ: fit to demand, not latency", "", ""},
		{"to the last", []int64{41, 42}, "G", "how much of the run its ticks tell of", "", ""},
		{"why there is no judgement", []int64{41, 42}, "pgdown k k k", "n/a upper is not the same", "", ""},
		{"left and right move the cursor", []int64{41, 42}, "left left right l h", "at 01:53", "", ""},
		{"by tens", []int64{41, 42}, "shift+left H shift+right", "at 01:11", "", ""},
		{"to the beginning", []int64{41, 42}, "home", "at -00:02", "", ""},
		{"to the end", []int64{41, 42}, "home end", "at 03:57", "", ""},
		{"z shows the figures alone", []int64{41, 42}, "z", "decision s", "Course", ""},
		{"tab z the charts alone", []int64{41, 42}, "tab z", "Course", "decision s", ""},
		{"esc comes back", []int64{41, 42}, "z esc", "Course", "", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			m := shown(t, plain, c.ids...)
			sees(m)
			toast := press(t, m, strings.Fields(c.keys)...)
			got := sees(m)
			if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("want %q, not %q:\n%s", c.want, c.not, got)
			}
			if !strings.Contains(toast.Text, c.toast) || c.toast == "" && toast.Text != "" {
				t.Errorf("says %q, want %q", toast.Text, c.toast)
			}
		})
	}
}

func TestTheCursorReadsAllRunsAtOnce(t *testing.T) {
	m := shown(t, plain, 41, 42)
	drawn(m, 120, 35)
	for range 20 {
		press(t, m, "left")
		at := m.charts.view.Cursor + 2*time.Second // aligned at the first load
		for i, group := range m.groups {
			rec := group[0]
			ready := 0
			for _, tick := range rec.Ticks {
				if tick.Sample.At <= at {
					ready = tick.Sample.Serving()
				}
			}
			if want := fmt.Sprintf("%c %d", 'A'+i, ready); !strings.Contains(m.charts.head(&m.charts.parts[1], 70), want) {
				t.Fatalf("at %v: %q, want %s", at, m.charts.head(&m.charts.parts[1], 70), want)
			}
		}
	}
}

func TestShowRefusesWhatCannotBeCompared(t *testing.T) {
	for _, c := range []struct {
		ids  []int64
		want string
	}{
		{[]int64{41, 41}, "run 41 is not compared with itself"},
		{[]int64{41, 42, 43, 44, 45}, "5 sides do not fit"},
		{[]int64{41, 99}, "want the number of a recorded run"},
	} {
		m := shown(t, plain, 42, 43)
		if toast := settle(m, m.Show(singles(c.ids...))); !toast.Error || !strings.Contains(toast.Text, c.want) {
			t.Errorf("%v: %+v, want %q", c.ids, toast, c.want)
		}
		if fmt.Sprint(m.sides()) != "[[42] [43]]" {
			t.Errorf("%v: what was compared has become %v", c.ids, m.sides())
		}
	}
}

func TestOnlyTheLastAnswerCounts(t *testing.T) {
	m := shown(t, plain)
	first, second := m.Show(singles(41, 42)), m.Show(singles(43, 44))
	settle(m, second)
	settle(m, first)
	if fmt.Sprint(m.sides()) != "[[43] [44]]" {
		t.Errorf("compares %v", m.sides())
	}
}

func TestWhatIsAskedNoLongerIsCancelled(t *testing.T) {
	asked := make(chan context.Context, 1)
	m := New(Config{Theme: theme.New(plain), Load: func(ctx context.Context, id int64) (lab.Record, error) {
		asked <- ctx
		<-ctx.Done()
		return lab.Record{}, ctx.Err()
	}})
	cmd, done := m.Show(singles(1, 2))().(tea.BatchMsg)[0], make(chan tea.Msg)
	go func() { done <- cmd() }()
	<-asked
	m.Show(singles(3, 4))
	if toast := m.Take(<-done); toast != nil {
		t.Errorf("says %v", toast())
	}
}

func TestTheCursorOfALongNumberStaysInView(t *testing.T) {
	m := shown(t, plain, 41, 42)
	press(t, m, strings.Fields("a 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 3")...)
	for w := 24; w < 60; w++ {
		if rows := m.Rows(w, 20); !strings.Contains(rows[19], "23_") {
			t.Fatalf("%d columns: %q", w, rows[19])
		}
	}
}

func TestTheContextEndsLoading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := New(Config{Theme: theme.New(plain), Context: ctx, Load: func(ctx context.Context, id int64) (lab.Record, error) {
		cancel()
		<-ctx.Done()
		return lab.Record{}, ctx.Err()
	}})
	if toast := settle(m, m.Show(singles(1, 2))); !toast.Error || toast.Text != context.Canceled.Error() {
		t.Errorf("says %+v", toast)
	}
}

func TestWhatIsExportedIsThisComparison(t *testing.T) {
	m := sided(t, plain, [][]int64{{42, 43}, {41}})
	press(t, m, "e")
	if text := drawn(m, 120, 35); !m.Typing() || !strings.Contains(text, "export this comparison as") {
		t.Fatalf("no choice:\n%s", text)
	}
	msg := m.Type(screentest.Key("m"))()
	if diff := cmp.Diff(tea.Msg(screen.ExportRuns{Sides: [][]int64{{42, 43}, {41}}, Format: "md"}), msg); diff != "" || m.Typing() {
		t.Error(diff)
	}
	press(t, m, "R", "t", "e")
	if msg := m.Type(screentest.Key("enter"))(); fmt.Sprint(msg) != "{[[41] [42 43]] csv true}" {
		t.Errorf("swapped, from the start: %v", msg)
	}
	press(t, m, "e", "esc")
	if m.Typing() {
		t.Error("esc does not give up")
	}
	m.cfg.Formats = nil
	if toast := press(t, m, "e"); !strings.Contains(toast.Text, "at the shell") {
		t.Errorf("says %+v", toast)
	}
}

func TestTheMouse(t *testing.T) {
	m := shown(t, plain, 41, 42)
	drawn(m, 100, 23)
	wheel := func(b tea.MouseButton, x, y int) { m.Mouse(tea.MouseMsg{X: x, Y: y, Button: b}) }
	at := m.charts.view.Cursor
	wheel(tea.MouseButtonWheelDown, 90, 12)
	wheel(tea.MouseButtonWheelDown, 90, 12)
	wheel(tea.MouseButtonWheelUp, 90, 12)
	if drawn(m, 100, 23); m.metric != 1 || m.charts.view.Cursor != at {
		t.Errorf("the wheel over the figures: the selected one is %d, the cursor at %v", m.metric, m.charts.view.Cursor)
	}
	wheel(tea.MouseButtonLeft, 20, 10)
	if m.focus != courses || m.charts.view.Cursor >= at {
		t.Errorf("a click on the charts: pane %d, cursor at %v", m.focus, m.charts.view.Cursor)
	}
	at = m.charts.view.Cursor
	wheel(tea.MouseButtonWheelDown, 20, 10)
	wheel(tea.MouseButtonLeft, 90, 12)
	if m.focus != figures || m.charts.view.Cursor <= at {
		t.Errorf("a click on the figures: pane %d, cursor at %v", m.focus, m.charts.view.Cursor)
	}
	wheel(tea.MouseButtonLeft, 20, 0)
	if m.focus != figures {
		t.Error("a click on the header does something")
	}
}

// contexts are screens in which the meaning of keys differs.
func contexts(t *testing.T) map[string]*Model {
	zoomed := shown(t, plain, 41, 42)
	zoomed.zoomed = true
	return map[string]*Model{"empty": shown(t, plain), "one": shown(t, plain, 41), "two": shown(t, plain, 41, 42), "zoomed": zoomed}
}

func TestNoKeyHasTwoMeanings(t *testing.T) {
	for name, m := range contexts(t) {
		screentest.OneMeaning(t, name, m.bindings, "1", "2", "3", "?", ":", "q", "ctrl+c", "ctrl+z", "M")
	}
}

func TestEveryBindingIsShown(t *testing.T) {
	shown := map[string]bool{}
	ranks := map[int]string{}
	for name, m := range contexts(t) {
		help, _ := m.bindings.Help(m.th, 120, 80, 0)
		text := strings.Join(help, "\n")
		for i := range m.bindings {
			b := &m.bindings[i]
			if b.Works() && strings.Contains(text, b.Long) && strings.Contains(text, b.Shown) {
				shown[b.Keys[0]] = true
			}
			if name == "two" && b.Short != nil {
				if ranks[b.Rank] != "" {
					t.Errorf("%s and %s have one rank", b.Long, ranks[b.Rank])
				}
				ranks[b.Rank] = b.Long
			}
			if len(b.Each) > len(b.Keys) {
				t.Errorf("%s: more meanings than keys", b.Long)
			}
		}
	}
	m := New(Config{Theme: theme.New(plain)})
	for i := range m.bindings {
		if !shown[m.bindings[i].Keys[0]] {
			t.Errorf("%q is in no help", m.bindings[i].Long)
		}
	}
}

// crowded is a run with that many instances, and latencies of many values.
func crowded(rec lab.Record, instances int) lab.Record {
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		s.Desired, rec.Ticks[i].Decision.Desired = instances, instances
		s.Instances = nil
		for k := range instances {
			s.Instances = append(s.Instances, lab.Instance{ID: fmt.Sprint("i", k), Num: k + 1, PID: 100 + k, State: lab.Ready, Size: .2, CPU: lab.Known(.2+float64((i+k)%9)/50, s.At, time.Second)})
		}
		var latency lab.Hist
		for k := range 40 {
			latency = append(latency, lab.Bucket{Top: time.Duration(4+k+i%7) * time.Millisecond, N: int64(1 + k%5)})
		}
		s.Generator.Latency, s.Front.Latency = latency, latency
	}
	rec.Run.Summary = lab.SummaryOf(&rec)
	return rec
}

// concurrently carries commands out as the window does: each beside the others.
func concurrently(m *Model, cmd tea.Cmd) {
	msgs, pending := make(chan tea.Msg), 0
	start := func(cmd tea.Cmd) {
		if cmd != nil {
			pending++
			go func() { msgs <- cmd() }()
		}
	}
	for start(cmd); pending > 0; pending-- {
		msg := <-msgs
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range batch {
				start(cmd)
			}
			continue
		}
		start(m.Take(msg))
	}
}

// BenchmarkOpen is from records of an hour with 20 instances to the first frame.
func BenchmarkOpen(b *testing.B) {
	n := notebook{}
	for i := range int64(4) {
		n[1+i] = crowded(run(1+i, 3600, .35, 20), 20)
	}
	for _, sides := range [][][]int64{{{1}, {2}}, {{1}, {2}, {3}, {4}}, {{1, 2}, {3, 4}}} {
		b.Run(fmt.Sprint(sides), func(b *testing.B) {
			var paper, frame time.Duration
			for b.Loop() {
				m := New(Config{Theme: theme.New(theme.Options{Dark: true}), Load: n.load})
				began := time.Now()
				concurrently(m, m.Show(sides))
				read := time.Now()
				if len(m.Rows(120, 35)) != 35 || !m.full() {
					b.Fatal("nothing is shown")
				}
				paper += read.Sub(began)
				frame += time.Since(read)
			}
			b.ReportMetric(paper.Seconds()*1000/float64(b.N), "ms-compared")
			b.ReportMetric(frame.Seconds()*1000/float64(b.N), "ms-frame")
		})
	}
}

// BenchmarkCursor is a frame in which the cursor has moved.
func BenchmarkCursor(b *testing.B) {
	m := New(Config{Theme: theme.New(theme.Options{Dark: true}), Load: notebook{1: run(1, 3600, .35, 20), 2: run(2, 3600, .30, 5)}.load})
	settle(m, m.Show(singles(1, 2)))
	for b.Loop() {
		m.charts.move(1)
		m.Rows(120, 35)
	}
}
