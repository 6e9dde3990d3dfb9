package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/bench"
	"autoscale-lab/ui/screen"
)

func TestThePaletteFindsAndDoes(t *testing.T) {
	m, f, _ := window(t, Config{})
	press(m, ":")
	for _, want := range []string{"Actions", "load on or off", "that work now", "⏎ do it"} {
		shows(t, m, want)
	}
	press(m, "kill")
	shows(t, m, "▸ x")
	hides(t, m, "load on or off")
	press(m, "esc")
	hides(t, m, "Actions")
	press(m, ":", "load on", "enter")
	if len(f.sent) != 1 || f.sent[0].Kind != lab.ActLoad {
		t.Errorf("sent %v", f.sent)
	}
	hides(t, m, "Actions")
	press(m, ":", "x") // a key finds what it does
	shows(t, m, "▸ x")
	press(m, "esc", ":", "qqqq")
	shows(t, m, "no action is called that")
	press(m, "enter")
	shows(t, m, "no action is called that")
}

func TestKeysMoveAndTheMouseChoosesInThePalette(t *testing.T) {
	m, f, _ := window(t, Config{})
	press(m, ":")
	first := m.deeds()
	press(m, "down", "down", "up")
	if m.palette.at != 1 {
		t.Errorf("at %d", m.palette.at)
	}
	press(m, "up", "up", "up")
	m.Update(tea.MouseMsg{Button: tea.MouseButtonWheelDown, Y: 5})
	if m.palette.at != 1 {
		t.Errorf("the wheel goes to %d", m.palette.at)
	}
	for range 100 {
		press(m, "down")
	}
	if m.palette.at != len(first)-1 {
		t.Errorf("the last is %d of %d", m.palette.at, len(first))
	}
	shows(t, m, first[len(first)-1].text)
	press(m, "load on")
	m.Update(tea.MouseMsg{Button: tea.MouseButtonLeft, Action: tea.MouseActionPress, X: 9, Y: 2})
	if len(f.sent) != 1 || f.sent[0].Kind != lab.ActLoad || m.palette != nil {
		t.Errorf("a click sent %v", f.sent)
	}
}

func TestFits(t *testing.T) {
	ordered := []string{"kill the selected", "a skill", "make it sill", "knob: its last limit"}
	last := 1 << 20
	for _, text := range ordered[:2] {
		score, ok := fits("kill", text)
		if !ok || score >= last {
			t.Errorf("%q: %d, %v", text, score, ok)
		}
		last = score
	}
	for typed, want := range map[string]bool{"kl": true, "sel kill": true, "KILL": true, "klx": false, "": true, "ü": false} {
		if _, ok := fits(typed, ordered[0]); ok != want {
			t.Errorf("%q: %v", typed, ok)
		}
	}
}

func TestALargePasteIsBoundedAndIsNoCommand(t *testing.T) {
	huge := []rune(strings.Repeat("x q\n", 250_000))
	m, f, _ := window(t, Config{})
	for _, paste := range []bool{true, false} { // a terminal may not say that it is one
		m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: huge, Paste: paste})
	}
	if len(f.sent) != 0 || m.leaving {
		t.Errorf("a paste did %v", f.sent)
	}
	press(m, ":")
	m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: huge, Paste: true})
	if n := len(m.palette.field.Text()); n == 0 || n > 100 {
		t.Errorf("%d letters of it are in the palette", n)
	}
}

// On every screen, in each of its states that a monkey gets to, every binding is
// in the help and in the palette, what the footer says is among them, and no
// key is two bindings'.
func TestEveryBindingIsSomewhere(t *testing.T) {
	m, _, _ := window(t, Config{Store: newPaperStore(5)})
	m.cfg.Session = newPaperSession(t)
	m.bench = bench.New(m.benchConfig())
	m.screen = m.bench
	states := map[string][]string{
		"workbench": {}, "frozen": {"f"}, "an instance": {"f", "z"}, "history": {"2"}, "marked": {" ", "j", " "}, "replay": {"enter"},
		"zoomed replay": {"z"}, "compared": {"z", "esc", "c"},
	}
	for _, name := range []string{"workbench", "frozen", "an instance", "history", "marked", "replay", "zoomed replay", "compared"} {
		for _, key := range states[name] {
			settle(m, key)
		}
		offered := map[string]bool{}
		for _, d := range deedsOf(m.all()) {
			offered[d.text] = true
		}
		help, _ := m.all().Help(m.th, 200, 100, 0)
		said := strings.Join(help, "\n")
		for _, b := range m.all() {
			if b.Long == "" || !b.Works() {
				continue
			}
			if !strings.Contains(said, b.Long) {
				t.Errorf("%s: %q (%s) is not in the help", name, b.Long, b.Shown)
			}
			if b.Short != nil && b.Long == "" {
				t.Errorf("%s: %q is in the footer alone", name, b.Shown)
			}
			if len(b.Each) == 0 && !offered[b.Long] {
				t.Errorf("%s: %q is not in the palette", name, b.Long)
			}
			if len(b.Each) > len(b.Keys) {
				t.Errorf("%s: %q says what more keys do than it has", name, b.Long)
			}
		}
		collide(t, name, m.all())
	}
}

// settle presses a key and has all done that follows from it.
func settle(m *model, key string) {
	msg := runes(key)
	switch key {
	case "enter":
		msg = tea.KeyMsg{Type: tea.KeyEnter}
	case "esc":
		msg = tea.KeyMsg{Type: tea.KeyEsc}
	case "backspace":
		msg = tea.KeyMsg{Type: tea.KeyBackspace}
	case " ":
		msg = tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(" ")}
	}
	var tell func(msg tea.Msg, depth int)
	tell = func(msg tea.Msg, depth int) {
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range batch {
				if cmd != nil {
					tell(cmd(), depth)
				}
			}
			return
		}
		if _, cmd := m.Update(msg); cmd != nil && depth < 8 {
			tell(cmd(), depth+1)
		}
	}
	tell(msg, 0)
}

// collide finds keys that two bindings have that work now.
func collide(t *testing.T, name string, all screen.Bindings) {
	t.Helper()
	has := map[string]string{}
	for _, b := range all {
		if !b.Works() {
			continue
		}
		for _, k := range b.Keys {
			if other, ok := has[k]; ok {
				t.Errorf("%s: %q is both %q and %q", name, k, other, b.Long)
			}
			has[k] = b.Long
		}
	}
}
