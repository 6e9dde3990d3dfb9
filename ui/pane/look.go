package pane

import (
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/theme"
)

// SetTheme draws with another theme from now on. What the other panes draw is
// not kept: they see a theme that was changed in place.
func (m *Charts) SetTheme(th *theme.Theme) {
	m.th = th
	for _, c := range []*chart.Chart{m.usage, m.instances, m.requests, m.latency} {
		c.SetTheme(th)
	}
}
