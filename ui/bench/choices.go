package bench

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// spotNames are the panes as choices name them.
var spotNames = [nSpots]string{"usage", "trends", "instances", "load", "policy", "events", "scores", "why"}

// Choices is what the user has set up of the screen itself, to be kept.
func (m *Model) Choices() map[string]string {
	c := map[string]string{"window": m.charts.Span().String(), "coached": strconv.FormatBool(m.coach.over)}
	if m.zoomed != none {
		c["zoom"] = spotNames[m.zoomed]
	}
	return c
}

// Choose sets the screen up as it was kept; what is not understood is left out.
func (m *Model) Choose(c map[string]string) {
	if w, err := time.ParseDuration(c["window"]); err == nil {
		if i := slices.Index(chart.Windows, w); i >= 0 {
			m.showWindow(i)
		}
	}
	if i := slices.Index(spotNames[:], c["zoom"]); i >= 0 {
		m.focusOn(spot(i))
		m.zoomed = spot(i)
	}
	if c["coached"] == "true" {
		m.coach.over = true
	}
}

// HistoryOpened tells the coach that the user has found the runs: its last
// step is done.
func (m *Model) HistoryOpened() {
	if m.coach.step == len(lessons)-1 {
		m.coach.over = true
	}
}

// SetTheme draws with another theme from now on: that of the Config, changed in
// place.
func (m *Model) SetTheme(th *theme.Theme) {
	m.charts.SetTheme(th)
	m.charts.See(&m.pic)
}

// Palette is what can be done by name alone.
func (m *Model) Palette() screen.Bindings {
	var out screen.Bindings
	for i, w := range chart.Windows {
		out = append(out, screen.Binding{Group: "Screen", Long: fmt.Sprintf("charts of %.0f min", w.Minutes()),
			Do: func(string) tea.Cmd { m.showWindow(i); return nil }})
	}
	out = append(out, screen.Binding{Group: "Screen", Long: "scores: every figure, explained",
		Do: func(string) tea.Cmd { m.focusOn(scores); m.zoomed = scores; return nil }})
	return append(out, m.presets()...)
}

func (m *Model) showWindow(i int) {
	m.widen(-len(chart.Windows))
	m.widen(i)
}
