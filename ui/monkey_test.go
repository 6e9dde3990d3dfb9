package ui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// special keys, as the terminal library names them.
var special = []tea.KeyType{tea.KeyEnter, tea.KeyEsc, tea.KeyUp, tea.KeyDown, tea.KeyLeft, tea.KeyRight, tea.KeyTab, tea.KeyShiftTab,
	tea.KeyHome, tea.KeyEnd, tea.KeyPgUp, tea.KeyPgDown, tea.KeyShiftLeft, tea.KeyShiftRight, tea.KeyBackspace, tea.KeyDelete,
	tea.KeyCtrlA, tea.KeyCtrlK, tea.KeyCtrlW, tea.KeyCtrlG, tea.KeyF1, tea.KeyInsert}

var buttons = []tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonLeft, tea.MouseButtonRight, tea.MouseButtonMiddle, tea.MouseButtonNone,
	tea.MouseButtonWheelUp, tea.MouseButtonWheelDown, tea.MouseButtonWheelLeft}

// whim is one thing that a monkey does.
func whim(r *rand.Rand, w, h int) tea.Msg {
	switch n := r.IntN(100); {
	case n < 50:
		key := rune(' ' + r.IntN(95))
		if key == ' ' {
			return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
		}
		return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{key}, Alt: r.IntN(40) == 0}
	case n < 70:
		return tea.KeyMsg{Type: special[r.IntN(len(special))]}
	case n < 92:
		return tea.MouseMsg{X: r.IntN(w + 3), Y: r.IntN(h + 3), Button: buttons[r.IntN(len(buttons))], Action: tea.MouseAction(r.IntN(3))}
	case n < 94:
		return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(strings.Repeat("q世\u202e\x1b[2J1 ", r.IntN(200))), Paste: true}
	case n < 98:
		if r.IntN(3) > 0 {
			return tea.WindowSizeMsg{Width: 80 + r.IntN(130), Height: 24 + r.IntN(40)}
		}
		return tea.WindowSizeMsg{Width: r.IntN(120), Height: r.IntN(40)}
	}
	return changed{}
}

// Ten thousand whims: no panic, every frame exactly as large as the terminal,
// and no goroutine left when all has come to rest.
func TestMonkey(t *testing.T) {
	const whims = 10_000
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { monkey(t, seed, whims/2) })
		})
	}
}

func monkey(t *testing.T, seed uint64, whims int) {
	r := rand.New(rand.NewPCG(seed, 4))
	said := make(chan tea.Msg, 10_000)
	store := newPaperStore(40)
	for i := range store.runs {
		store.runs[i].Experiment.Series = fmt.Sprint(store.runs[i].ID / 5)
	}
	m := newModel(Config{Session: newPaperSession(t), Store: store, URL: "127.0.0.1:8000", Environ: []string{"TERM=xterm-256color"},
		Policies: []string{"threshold", "manual"}, Shapes: []string{"constant", "none", "closed/constant"}, Balances: []string{"a", "b"},
		Formats: []string{"csv", "md"}, Export: func(_ context.Context, what screen.ExportRuns) ([]string, error) { return []string{what.Format}, nil },
		Repeat: func(int64) error { return nil }, Logs: func(string) []string { return []string{"one", "two"} }, ConfigPath: t.TempDir() + "/ui.json"})
	m.later = func(d time.Duration, msg tea.Msg) { time.AfterFunc(d, func() { said <- msg }) }
	var run func(tea.Cmd)
	run = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		go func() {
			msg := cmd()
			if batch, ok := msg.(tea.BatchMsg); ok {
				for _, c := range batch {
					run(c)
				}
				return
			}
			said <- msg
		}()
	}
	w, h := 100, 30
	var done []string
	tell := func(msg tea.Msg) {
		switch size := msg.(type) {
		case tea.WindowSizeMsg:
			w, h = size.Width, size.Height
		case tea.QuitMsg, tea.SuspendMsg:
			return // another monkey goes on
		}
		done = append(done, fmt.Sprintf("%T%v", msg, msg))
		done = done[max(0, len(done)-30):]
		_, cmd := m.Update(msg)
		if m.broken != nil {
			t.Fatalf("after %s\n%v", strings.Join(done, "\n"), m.broken)
		}
		run(cmd)
		if w*h == 0 {
			return
		}
		rows := strings.Split(m.View(), "\n")
		if len(rows) != h {
			t.Fatalf("%d rows, not %d, at %s after %s", len(rows), h, m.at, strings.Join(done, "\n"))
		}
		for _, row := range rows {
			if theme.Width(row) != w {
				t.Fatalf("a row of %d in %d×%d at %s: %q after %s", theme.Width(row), w, h, m.at, row, strings.Join(done, "\n"))
			}
		}
	}
	listen := func() {
		for {
			synctest.Wait()
			select {
			case msg := <-said:
				tell(msg)
			default:
				return
			}
		}
	}
	tell(tea.WindowSizeMsg{Width: w, Height: h})
	seen := map[string]int{}
	for range whims {
		tell(whim(r, w, h))
		listen()
		time.Sleep(50 * time.Millisecond)
		seen[m.at]++
		if m.palette != nil {
			seen["palette"]++
		}
		if m.help {
			seen["help"]++
		}
	}
	for _, place := range []string{atWorkbench, atHistory, atCompare, atReplay, "palette", "help"} {
		if seen[place] == 0 {
			t.Errorf("the monkey never saw %s: %v", place, seen)
		}
	}
	for range 100 {
		time.Sleep(time.Minute)
		listen()
	}
}
