package preview

import (
	"strings"
	"testing"

	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// Nothing is known of a run without ticks: neither that nothing was breached
// nor that it cost nothing.
func TestARunWithoutTicksHasNoFigures(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.None})
	rec := lab.Record{Run: lab.Run{ID: 9, Experiment: lab.DefaultExperiment(), Policy: "threshold", Outcome: lab.Crashed}}
	rec.Run.Summary = lab.SummaryOf(&rec)
	s := strings.Join(Facts(th, &rec.Run, nil, 80, 20), "\n")
	if !strings.Contains(s, "none: no ticks were recorded") || !strings.Contains(s, "threshold") || strings.Contains(s, "cost") || strings.Contains(s, "breach") {
		t.Errorf("it says\n%s", s)
	}
}
