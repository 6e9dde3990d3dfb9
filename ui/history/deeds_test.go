package history

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/lab/filter"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/screen"
)

func (d *desk) ids() (out []int64) {
	for _, r := range d.shown {
		out = append(out, r.ID)
	}
	return out
}

func wantIDs(t *testing.T, what string, got []int64, want ...int64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: runs %v, want %v", what, got, want)
	}
}

func TestMarksAreComparedInTheirOrder(t *testing.T) {
	s := some(8)
	s.runs[1].Baseline = false
	d := open(t, s, plain)
	d.press("c")
	if got := d.toast(); got != "nothing to compare yet: space marks a run, then c on another" {
		t.Errorf("nothing marked: %q", got)
	}
	d.press("j", " ", "c")
	if got := d.toast(); got != "run 7 is marked: select another run to compare with, then c" {
		t.Errorf("one marked: %q", got)
	}
	d.press("j", "c") // the marked and the selected one
	wantCompared(t, d, 7, 6)
	d.press(" ", "k", "k", " ", "c")
	wantCompared(t, d, 7, 6, 8)
	d.press("j", " ", "c") // the mark of 7 is taken away: 6 is A now
	wantCompared(t, d, 6, 8)
	d.press(" ", "G", " ", "k", " ")
	if got := d.toast(); !strings.HasPrefix(got, "four sides are marked") {
		t.Errorf("a fifth: %q", got)
	}
	wantMarks(t, d, "6 8 7 1")
	d.press("esc")
	wantMarks(t, d, "")
}

// wantCompared is about sides of single runs.
func wantCompared(t *testing.T, d *desk, ids ...int64) {
	t.Helper()
	var sides [][]int64
	for _, id := range ids {
		sides = append(sides, []int64{id})
	}
	if diff := cmp.Diff(tea.Msg(screen.CompareRuns{Sides: sides}), d.last()); diff != "" {
		t.Error(diff)
	}
}

// wantMarks is about the sides that are marked, as they are spelled.
func wantMarks(t *testing.T, d *desk, want string) {
	t.Helper()
	var got []string
	for _, side := range d.marks {
		got = append(got, report.SpellSide(side))
	}
	if strings.Join(got, " ") != want {
		t.Errorf("marked are %q, want %q", got, want)
	}
}

func TestKeysAskTheFrame(t *testing.T) {
	d := open(t, some(8), plain)
	for key, want := range map[string]tea.Msg{
		"enter": screen.OpenRun{ID: 7}, "r": screen.RepeatRun{ID: 7},
	} {
		d.press("g", "j", key)
		if diff := cmp.Diff(want, d.last()); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

func TestADeletedRunCanBeHadBack(t *testing.T) {
	d := open(t, some(5), plain)
	d.press("j", "D", "delete")
	wantIDs(t, "deleted", d.ids(), 5, 2, 1)
	if d.id != 2 {
		t.Errorf("run %d is selected, not the neighbour", d.id)
	}
	d.press("u")
	wantIDs(t, "the last one back", d.ids(), 5, 3, 2, 1)
	if d.id != 3 || len(d.store.runs) != 4 {
		t.Errorf("run %d is selected, the store has %d", d.id, len(d.store.runs))
	}
	d.press("u", "u")
	wantIDs(t, "both back", d.ids(), 5, 4, 3, 2, 1)
	d.press("D")
	d.wait() // eight seconds
	d.press("u")
	wantIDs(t, "too late", d.ids(), 5, 3, 2, 1)
	if len(d.store.runs) != 4 {
		t.Error("it came back after its time")
	}
}

// Time that an earlier delete has taken does not end the offer of a later one.
func TestEachDeleteHasItsTime(t *testing.T) {
	d := open(t, some(5), plain)
	d.press("j", "D")
	first := d.timers
	d.press("D")
	for _, msg := range first {
		d.do(d.Take(msg))
	}
	d.press("u", "u")
	wantIDs(t, "both back", d.ids(), 5, 4, 3, 2, 1)
}

func TestARunUnderWayIsNotDeleted(t *testing.T) {
	d := open(t, some(8), plain)
	d.press("g", "D")
	if got, ok := d.last().(screen.Toast); !ok || !got.Error || got.Text != "run 8 is still being recorded: it can be deleted when it has ended" {
		t.Errorf("%+v", d.last())
	}
	if len(d.store.runs) != 8 || len(d.runs) != 8 {
		t.Error("it is gone")
	}
}

func TestWhatTheStoreRefusesStays(t *testing.T) {
	for _, keys := range [][]string{{"D"}, {"b"}, {"n", "x", "enter"}} {
		d := open(t, some(5), plain)
		d.store.refuse = errors.New("store: disk full")
		before := *d.runs[1]
		d.press("j")
		d.press(keys...)
		if got, ok := d.last().(screen.Toast); !ok || !got.Error || !strings.Contains(got.Text, "disk full") {
			t.Errorf("%v: %+v", keys, d.last())
		}
		if diff := cmp.Diff(before, *d.runs[1]); diff != "" || len(d.runs) != 5 || len(d.undo) > 0 {
			t.Errorf("%v: %s", keys, diff)
		}
	}
}

func TestNameAndNote(t *testing.T) {
	d := open(t, some(5), plain)
	d.press("j", "n")
	d.types("upper ")
	d.do(d.Type(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("40\x1b[31m\n%"), Paste: true}))
	d.press("tab")
	d.types("beside q a build")
	d.press("esc")
	if r := d.store.runs[3]; r.Name != "" || r.Note != "" {
		t.Errorf("esc has written %q, %q", r.Name, r.Note)
	}
	d.press("n")
	d.types("one")
	d.press("tab")
	d.types("two")
	d.press("tab")
	d.types("!")
	d.press("enter")
	if r := d.store.runs[3]; r.Name != "one!" || r.Note != "two" || d.find(4).Name != "one!" || d.Typing() {
		t.Errorf("%q, %q, %q", r.Name, r.Note, d.find(4).Name)
	}
	d.press("n", "left", "backspace", "enter")
	if got := d.store.runs[3].Name; got != "on!" {
		t.Errorf("edited: %q", got)
	}
}

func TestThereIsOneBaseline(t *testing.T) {
	d := open(t, some(5), plain) // 2 is it
	d.press("j", "b")
	baselines := func() (out []int64) {
		for _, r := range d.runs {
			if r.Baseline {
				out = append(out, r.ID)
			}
		}
		return out
	}
	wantIDs(t, "another", baselines(), 4)
	d.press("b")
	wantIDs(t, "none", baselines())
}

func TestTheFilterFollowsWhatIsTyped(t *testing.T) {
	d := open(t, some(12), plain)
	d.press("G", "k", "k", "k", "k") // 5
	d.press("/")
	for _, step := range []struct {
		add  string
		n    int
		good bool
	}{
		{"h", 1, true}, {"pa", 1, true}, // h, hp, hpa
		{" ", 1, true}, {"p95", 1, true}, // nothing found, but may become a condition
		{">", 1, false}, {"2", 1, true}, {"00", 0, true}, // p95 of 5 is 193
	} {
		d.types(step.add)
		if len(d.shown) != step.n && step.add != "h" || (d.bad == nil) != step.good {
			t.Errorf("%q: %d runs, %v", d.text, len(d.shown), d.bad)
		}
	}
	d.press("backspace")
	wantIDs(t, "p95>20", d.ids(), 5)
	if d.id != 5 {
		t.Errorf("run %d is selected", d.id)
	}
	d.press("enter")
	if d.Typing() {
		t.Error("still typing")
	}
	d.press("/", "x", "=", "enter")
	if !d.Typing() || d.bad == nil {
		t.Error("a wrong filter was kept")
	}
	d.press("esc")
	if d.Typing() || len(d.shown) != 12 || d.text != "" {
		t.Error("esc did not clear it")
	}
	d.press(" ", "/", "h", "p", "a", "enter", "esc")
	if len(d.shown) != 12 || len(d.marks) != 1 {
		t.Error("the first esc clears the filter")
	}
	d.press("esc")
	if len(d.marks) != 0 || d.Bindings().Find("esc") != nil {
		t.Error("the second clears the marks, a third is not ours")
	}
}

func TestSort(t *testing.T) {
	d := open(t, some(6), plain)
	for _, order := range append(filter.Orders()[1:], "id") {
		d.press("G", "s")
		if d.Sort() != order || d.cursor != 0 {
			t.Errorf("%s, want %s", d.Sort(), order)
		}
		by := filter.InOrder(order)
		if !slices.IsSortedFunc(d.shown, by) {
			t.Errorf("by %s: %v", order, d.ids())
		}
		heading := d.Rows(80, 23)[2]
		if strings.Count(heading, "↓")+strings.Count(heading, "↑") != 1 {
			t.Errorf("by %s: %s", order, heading)
		}
	}
	d.SetSort("cpu")
	d.SetSort("nonsense")
	if d.Sort() != "cpu" {
		t.Error(d.Sort())
	}
}

// While pages come in, whatever is done stays done.
func TestAReadingThatMissedADeedBeginsAnew(t *testing.T) {
	s := some(1500)
	d := open(t, some(0), plain)
	d.store = s
	d.Model.store = s
	next := d.Open()
	p := next().(page)
	stale := p
	var more tea.Cmd
	collect(d.Take(p), &more)
	if len(d.runs) != firstPage || more == nil {
		t.Fatalf("%d runs, %v", len(d.runs), more)
	}
	second := more().(page)
	d.press("j", "D") // 1499; the reading begins anew, and is carried out
	if len(d.runs) != 1499 || d.loading {
		t.Fatalf("%d runs, loading %t", len(d.runs), d.loading)
	}
	d.do(d.Take(second))
	d.do(d.Take(stale))
	if len(d.runs) != 1499 || d.find(1499) != nil {
		t.Errorf("%d runs: a stale page was taken", len(d.runs))
	}
}

// A run made since is the one that is looked for; a run chosen is not lost.
func TestTheNewestRunIsSelectedUnlessAnotherWasChosen(t *testing.T) {
	d := open(t, some(5), plain)
	more := func() {
		d.store.runs[len(d.store.runs)-1].Outcome = lab.Completed
		d.store.runs = append(d.store.runs, runOf(int64(len(d.store.runs)+1)))
	}
	selected := func(what string, want int64) {
		t.Helper()
		if d.id != want {
			t.Errorf("%s: run %d is selected, want %d", what, d.id, want)
		}
	}
	selected("at first", 5)
	more()
	d.do(d.Open())
	selected("a further run", 6)
	d.press("j", "j")
	more()
	d.do(d.Reread())
	selected("while one is looked at", 4)
	d.do(d.Open())
	selected("opened again", 4)
	more()
	d.do(d.Reread())
	selected("and looked at further", 4)
	d.do(d.Open())
	selected("nothing chosen since", 8)
	d.SetSort("cpu")
	more()
	d.do(d.Open())
	selected("in another order", 9)
}

// collect finds the command that reads a page among a batch.
func collect(cmd tea.Cmd, out *tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			collect(c, out)
		}
	case page:
		*out = func() tea.Msg { return msg }
	}
}

func TestAReloadShowsWhatOthersDid(t *testing.T) {
	d := open(t, some(2300), plain)
	if len(d.runs) != 2300 || d.loading || d.store.lists != 4 {
		t.Fatalf("%d runs in %d readings", len(d.runs), d.store.lists)
	}
	d.press("G", " ", "k", " ")
	d.store.runs = slices.Delete(d.store.runs, 0, 1)
	d.store.runs = slices.Delete(d.store.runs, 1000, 1200)
	d.store.runs[500].Name = "by another"
	fresh := runOf(2301)
	d.store.runs = append(d.store.runs, fresh)
	d.do(d.Open())
	if len(d.runs) != 2100 || d.runs[0].ID != 2301 || d.find(502).Name != "by another" {
		t.Errorf("%d runs, the first %d", len(d.runs), d.runs[0].ID)
	}
	if !slices.IsSortedFunc(d.runs, func(a, b *lab.Run) int { return int(b.ID - a.ID) }) {
		t.Error("out of order")
	}
	wantMarks(t, d, "2")
	d.store.runs = nil
	d.do(d.Open())
	if len(d.runs) != 0 || d.id != 0 {
		t.Errorf("%d runs, %d selected", len(d.runs), d.id)
	}
}

func TestTicksAreReadOnceARunIsLookedAt(t *testing.T) {
	d := open(t, some(30), plain)
	d.press("j", "j", "j")
	if d.store.loads != 0 {
		t.Error("ticks were read while passing by")
	}
	d.wait()
	if d.store.loads != 1 || d.seeing.find() == nil || d.seeing.find().ID != 27 {
		t.Errorf("%d loads", d.store.loads)
	}
	d.press("j")
	d.wait()
	d.press("k")
	d.wait()
	if d.store.loads != 2 {
		t.Errorf("%d loads: what was read is known", d.store.loads)
	}
	for range 25 {
		d.press("j")
		d.wait()
	}
	if len(d.seeing.known) != kept {
		t.Errorf("%d curves are kept", len(d.seeing.known))
	}
	d.press("g")
	d.wait()
	loads := d.store.loads
	d.press("j", "k") // the one under way is read again
	d.wait()
	if d.store.loads != loads+1 {
		t.Errorf("%d loads", d.store.loads-loads)
	}
}

func TestAnUnreadableNotebookIsSaid(t *testing.T) {
	s := some(3)
	s.refuse = errors.New("store: list runs: locked")
	d := open(t, s, plain)
	if got, ok := d.last().(screen.Toast); !ok || !got.Error {
		t.Errorf("%+v", d.last())
	}
	s.refuse = nil
	d.do(d.Open())
	if len(d.shown) != 3 || d.err != nil {
		t.Error("it does not recover")
	}
}

func TestMouse(t *testing.T) {
	d := open(t, some(40), plain)
	d.Rows(100, 29)
	press := func(b tea.MouseButton, y int) {
		d.do(d.Mouse(tea.MouseMsg{Button: b, X: 9, Y: y, Action: tea.MouseActionPress}))
		d.Rows(100, 29)
	}
	press(tea.MouseButtonLeft, firstRow+4)
	if d.id != 36 {
		t.Errorf("run %d", d.id)
	}
	rows := d.Rows(100, 29)
	if !strings.Contains(rows[firstRow+4], "▸") {
		t.Errorf("the selected row is not where it was clicked: %s", rows[firstRow+4])
	}
	press(tea.MouseButtonWheelDown, 0)
	press(tea.MouseButtonWheelDown, 0)
	press(tea.MouseButtonWheelUp, 0)
	press(tea.MouseButtonLeft, 25) // below the table
	if d.id != 35 {
		t.Errorf("run %d", d.id)
	}
}

func TestNoTwoBindingsCollideAndAllAreExplained(t *testing.T) {
	seen := map[string]string{}
	d := open(t, some(3), plain)
	for _, b := range d.Bindings() {
		for _, k := range b.Keys {
			if seen[k] != "" {
				t.Errorf("%q does %q and %q", k, seen[k], b.Long)
			}
			seen[k] = b.Long
		}
		if b.Long == "" || b.Group == "" || b.Shown == "" || b.Do == nil {
			t.Errorf("%v", b.Keys)
		}
	}
	for _, k := range []string{"?", ":", "q", "ctrl+c", "ctrl+z", "1", "2", "3", "M"} { // the frame's
		if seen[k] != "" {
			t.Errorf("%q is the frame's", k)
		}
	}
	empty := open(t, some(0), plain)
	for _, b := range empty.Bindings() {
		if b.Works() && b.Keys[0] != "/" {
			t.Errorf("%v works on an empty history", b.Keys)
		}
	}
}

var sink []string

func BenchmarkHistory10000(b *testing.B) {
	s := &shelf{}
	for id := int64(1); id <= 10_000; id++ {
		r := runOf(1 + id%97)
		r.ID, r.Name = id, fmt.Sprintf("run %d", id)
		s.runs = append(s.runs, r)
	}
	d := open(b, s, plain)
	b.Run("filter key", func(b *testing.B) {
		d.press("/")
		for b.Loop() {
			d.types("thr p95>200")
			for range len("thr p95>200") {
				d.press("backspace")
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/22, "µs/key")
		d.press("esc")
	})
	b.Run("sort", func(b *testing.B) {
		for b.Loop() {
			d.press("s")
		}
	})
	b.Run("scroll and draw 120x36", func(b *testing.B) {
		key := "j"
		for b.Loop() {
			if d.press(key); d.cursor > 9000 {
				d.press("g")
			}
			d.timers = d.timers[:0]
			sink = d.Rows(120, 35)
		}
	})
	b.Run("take all pages", func(b *testing.B) {
		for b.Loop() {
			d.do(d.Open())
		}
	})
}

func TestAPolicyIsAskedForToDecideAgain(t *testing.T) {
	d := open(t, some(8), plain)
	d.press("g", "j", "d", "esc")
	if d.Typing() || d.last() != nil {
		t.Errorf("esc has asked for %v", d.last())
	}
	d.press("d", "enter")
	if d.Typing() || d.last() != nil {
		t.Errorf("nothing typed has asked for %v", d.last())
	}
	d.press("d")
	d.types(" hpa:target=60 ")
	if !strings.Contains(drawn(d.Model, 80, 23), "decides run 7 again") {
		t.Error("it is not said what enter does:\n" + drawn(d.Model, 80, 23))
	}
	d.press("enter")
	want := screen.RedecideRun{ID: 7, Spec: "hpa:target=60"}
	if diff := cmp.Diff(tea.Msg(want), d.last()); diff != "" || d.Typing() {
		t.Error(diff)
	}
	d.press("j", "d", "backspace") // what was typed last is there
	d.types("5")
	d.press("enter")
	want = screen.RedecideRun{ID: 6, Spec: "hpa:target=65"}
	if diff := cmp.Diff(tea.Msg(want), d.last()); diff != "" {
		t.Error(diff)
	}
}
