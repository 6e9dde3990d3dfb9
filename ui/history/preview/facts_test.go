package preview

import (
	"strings"
	"testing"
	"time"

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

// A run may have been made elsewhere: its command is kept to the letter, and
// cleaned where it is shown.
func TestACommandFromOutsideIsCleaned(t *testing.T) {
	r := lab.Run{ID: 9, Experiment: lab.DefaultExperiment(), Outcome: lab.Completed, Duration: time.Second, Summary: lab.Summary{Requests: lab.RequestSummary{Offered: 1}}}
	r.Experiment.Fleet.App = []string{"sh", "-c", "\x1b[2Jrm\u202e"}
	s := strings.Join(Facts(theme.New(theme.Options{Profile: theme.None}), &r, nil, 120, 30), "\n")
	if strings.ContainsAny(s, "\x1b\u202e") || !strings.Contains(s, "sh -c rm") {
		t.Errorf("it says\n%q", s)
	}
	if strings.Contains(s, "no breach") {
		t.Error("where nothing that could be breached was measured, none was not breached")
	}
}

// Of a series only how many requests came is known: none of them failed, and
// none was answered.
func TestOfASeriesItIsNotKnownHowRequestsEnded(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.None})
	rec := lab.Record{Run: lab.Run{ID: 9, Experiment: lab.DefaultExperiment(), Rig: lab.RigImport, Outcome: lab.Completed, Duration: 2e9}}
	for i := range 2 {
		rec.Ticks = append(rec.Ticks, lab.Tick{Sample: lab.Sample{At: time.Duration(i+1) * time.Second, Span: time.Second, Limits: lab.Limits{Min: 1, Max: 5}, Foreign: lab.Traffic{Offered: 7}}})
	}
	rec.Run.Summary = lab.SummaryOf(&rec)
	s := strings.Join(Facts(th, &rec.Run, nil, 80, 20), "\n")
	if !strings.Contains(s, "14  how they ended is not known") || strings.Contains(s, "failed") {
		t.Errorf("it says\n%s", s)
	}
	read := Of(9, &rec, nil)
	if _, ok := read.served.At(2e9); ok {
		t.Error("requests served are drawn")
	}
	if v, ok := read.offered.At(2e9); !ok || v != 7 {
		t.Errorf("offered %v %v, want 7", v, ok)
	}
}
