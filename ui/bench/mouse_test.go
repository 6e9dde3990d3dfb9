package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"autoscale-lab/lab"
)

// find is where a text is on the screen.
func find(t *testing.T, m *Model, w, h int, text string) (x, y int) {
	t.Helper()
	for y, row := range m.Rows(w, h) {
		if before, _, ok := strings.Cut(row, text); ok {
			return ansi.StringWidth(before), y
		}
	}
	t.Fatalf("no %q in\n%s", text, drawn(m, w, h))
	return 0, 0
}

func left(x, y int) tea.MouseMsg {
	return tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
}

func TestAClickFocusesAndSelects(t *testing.T) {
	for _, size := range [][2]int{{100, 29}, {120, 35}, {200, 49}} {
		w, h := size[0], size[1]
		m, _ := benchOf(story(35), plain)
		for _, c := range []struct {
			text string
			want spot
			is   func() bool
		}{
			{"cooldown", policy, func() bool { d, _ := m.dial(); return d.Name == "cooldown" }},
			{":5001 ", instances, func() bool { i := m.instances.Selected(); return i != nil && i.Num == 2 }},
			{"rate ", load, func() bool { d, _ := m.dial(); return d.Name == "rate" }},
			{"●  5 :5004", events, func() bool { e := m.events.Selected(); return e != nil && e.Kind == lab.EventReady }},
			{"Trends", trends, func() bool { return true }},
			{"CPU of size", usage, func() bool { return true }},
		} {
			x, y := find(t, m, w, h, c.text)
			m.Mouse(left(x, y))
			if m.focus != c.want || !c.is() {
				t.Errorf("%dx%d: a click on %q gives the focus to %d\n%s", w, h, c.text, m.focus, drawn(m, w, h))
			}
		}
	}
}

func TestATabIsClickedOpen(t *testing.T) {
	m, _ := benchOf(story(35), plain)
	for i, name := range tabNames(40) {
		m.Rows(80, 23)
		row := m.Rows(80, 23)[21] // the tabs
		at := strings.Index(row, name)
		if at < 0 {
			t.Fatalf("no tab %s in %q", name, row)
		}
		x, y := ansi.StringWidth(row[:at]), 21
		m.Mouse(left(x+1, y))
		if m.focus != instances+spot(i) {
			t.Errorf("a click on the tab %s opens %d:\n%s", name, m.focus, drawn(m, 80, 23))
		}
		m.focusOn(policy)
	}
}

func TestADragSetsASliderAndIsOneUndo(t *testing.T) {
	m, f := benchOf(story(35), plain)
	x, y := find(t, m, 120, 35, "├──────●")
	rail := x
	m.Mouse(left(x+3, y))
	for range 40 {
		x++
		m.Mouse(tea.MouseMsg{X: x, Y: y + 3, Button: tea.MouseButtonLeft, Action: tea.MouseActionMotion})
	}
	if k, _ := lab.Find(f.snap.Setup.PolicyKnobs, "upper"); k.Spec() != "100%" {
		t.Errorf("dragged to the right end: %s", k.Spec())
	}
	for ; x >= 0; x-- {
		m.Mouse(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionMotion})
	}
	if k, _ := lab.Find(f.snap.Setup.PolicyKnobs, "upper"); k.Spec() != "1%" {
		t.Errorf("dragged to the left end: %s", k.Spec())
	}
	n := len(f.sent)
	m.Mouse(tea.MouseMsg{X: rail, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionRelease})
	m.Mouse(tea.MouseMsg{X: rail + 9, Y: y, Action: tea.MouseActionMotion})
	if len(f.sent) != n {
		t.Error("let go, it still moves")
	}
	if len(m.undo) != 1 {
		t.Errorf("a drag is %d undos", len(m.undo))
	}
	press(t, m, "u")
	if k, _ := lab.Find(f.snap.Setup.PolicyKnobs, "upper"); k.Spec() != "35%" {
		t.Errorf("taken back: %s", k.Spec())
	}
	f.refuse = &lab.InputError{Field: "upper", Value: "1%", Want: "more than lower"}
	if cmd := m.Mouse(left(rail, y)); cmd == nil {
		t.Error("what is refused is not said")
	}
	f.refuse = nil
	m.Mouse(tea.MouseMsg{X: rail + 9, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionMotion})
	if k, _ := lab.Find(f.snap.Setup.PolicyKnobs, "upper"); k.Value < .4 {
		t.Errorf("after a refusal the slider cannot be dragged on: %s", k.Spec())
	}
}

func TestTheWheelTurnsTheKnobUnderIt(t *testing.T) {
	m, f := benchOf(story(35), plain)
	x, y := find(t, m, 120, 35, "cooldown")
	m.Mouse(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress})
	m.Mouse(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress})
	m.Mouse(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress})
	var got []string
	for _, a := range f.sent {
		got = append(got, a.Name+" "+a.To)
	}
	if fmt.Sprint(got) != "[cooldown 4s cooldown 5s cooldown 4s]" {
		t.Errorf("sent %v", got)
	}
}

func TestAClickMovesTheCursorOfFrozenCharts(t *testing.T) {
	m, _ := benchOf(story(118), plain)
	m.Rows(120, 35)
	press(t, m, "f")
	end := m.charts.Cursor()
	m.Mouse(left(36, 4))
	if at := m.charts.Cursor(); at > end-20e9 || at < end-45e9 {
		t.Errorf("half of a minute before %v is %v", end, at)
	}
	row := m.draw(usage, 72, 9)[4]
	if n := ansi.StringWidth(row[:strings.Index(row, "┆")]); n < 35 || n > 37 {
		t.Errorf("the cursor is drawn at %d: %s", n, row)
	}
}

// Whatever the mouse does: no panic, whole rows.
func TestAnyMouseKeepsTheFrameWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	m, _ := benchOf(trouble(), plain)
	buttons := []tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonRight, tea.MouseButtonWheelUp, tea.MouseButtonWheelDown, tea.MouseButtonNone}
	actions := []tea.MouseAction{tea.MouseActionPress, tea.MouseActionMotion, tea.MouseActionRelease}
	for i := range 3000 {
		w, h := MinWidth+i%7*20, MinHeight-1+i%5*8
		for y, row := range m.Rows(w, h) {
			if n := ansi.StringWidth(row); n != w {
				t.Fatalf("row %d has %d cells of %d: %q", y, n, w, row)
			}
		}
		m.Mouse(tea.MouseMsg{X: r.IntN(220) - 10, Y: r.IntN(70) - 10, Button: buttons[r.IntN(5)], Action: actions[r.IntN(3)]})
		if i%50 == 0 {
			for _, key := range []string{"f", "z", "tab", "esc"}[r.IntN(4):] {
				if b := m.Bindings().Find(key); b != nil {
					b.Do(key)
				}
			}
		}
	}
}
