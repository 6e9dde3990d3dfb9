package ui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/screentest"
	"autoscale-lab/ui/theme"
)

// plain is a screen of a few keys, so that what the frame draws around it is
// seen, and stays when screens change.
type plain struct{ th **theme.Theme }

func (p plain) Bindings() screen.Bindings {
	nothing := func(string) tea.Cmd { return nil }
	return screen.Bindings{
		{Group: "Knobs", Keys: []string{"left", "right"}, Shown: "←→", Short: screen.Say("±1"), Rank: 5, Long: "turn the knob one step",
			Each: []string{"the knob one step down", "the knob one step up"}, Do: nothing},
		{Group: "Load", Keys: []string{" "}, Shown: "space", Short: screen.Say("load on"), Rank: 2, Long: "load on or off", Do: nothing},
		{Group: "Instances", Keys: []string{"x"}, Shown: "x", Short: screen.Say("kill"), Rank: 7, Long: "kill the selected, or the newest", Do: nothing},
	}
}

func (plain) Sync()                   {}
func (plain) Typing() bool            { return false }
func (plain) Type(tea.KeyMsg) tea.Cmd { return nil }

func (p plain) Rows(w, h int) []string {
	return append((*p.th).Box("A pane", "its state", []string{" and what it holds"}, w, h-1, false), theme.Blank(w))
}

// Every size in the colours that are the default, and every colour mode at one
// size.
func TestTheFrameLooksAsItDid(t *testing.T) {
	env := []string{"TERM=xterm-256color", "COLORTERM=truecolor"}
	views := []struct {
		name string
		keys []string
	}{
		{"screen", nil}, {"toast", []string{"7"}}, {"palette", []string{":"}}, {"filtered", []string{":", "kno", "down"}}, {"help", []string{"?"}},
	}
	look := func(w, h int, mode, words string, environ []string) {
		for _, v := range views {
			name := fmt.Sprintf("%s_%dx%d_%s", v.name, w, h, mode)
			t.Run(name, func(t *testing.T) {
				m, _, _ := window(t, Config{Environ: environ, Theme: words})
				m.screen = plain{&m.th}
				m.Update(tea.WindowSizeMsg{Width: w, Height: h})
				press(m, v.keys...)
				screentest.Golden(t, name, m.View()+"\n")
			})
		}
	}
	for _, size := range [][2]int{{80, 24}, {100, 30}, {120, 36}, {200, 50}} {
		look(size[0], size[1], "16", "dark", env)
	}
	for _, mode := range []string{"256", "truecolor", "none", "light", "ascii"} {
		look(100, 30, mode, mode+",", env)
	}
	look(100, 30, "nocolor", "truecolor", append(env, "NO_COLOR=1"))
	for _, size := range [][2]int{{79, 24}, {80, 23}, {30, 4}, {12, 1}} {
		name := fmt.Sprintf("small_%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			m, _, _ := window(t, Config{})
			m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			screentest.Golden(t, name, strings.TrimRight(m.View(), " \n")+"\n")
		})
	}
}
