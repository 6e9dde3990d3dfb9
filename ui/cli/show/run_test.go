package show

import (
	"bytes"
	"strings"
	"testing"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/shell"
)

// A lab that is killed before its first tick leaves no figure, so none is
// printed: not even its limits, which are not 0 to 0.
func TestARunWithoutTicksHasNoFigures(t *testing.T) {
	rec := lab.Record{Run: lab.Run{ID: 9, Experiment: lab.DefaultExperiment(), Outcome: lab.Crashed}}
	rec.Run.Summary = lab.SummaryOf(&rec)
	if !rec.Run.Blank() {
		t.Error("it is not told from others")
	}
	var out bytes.Buffer
	Summary(shell.Stdio{Out: &out}, &rec.Run)
	if s := out.String(); !strings.Contains(s, "none: no ticks were recorded") || !strings.Contains(s, "history show 9") || strings.Contains(s, "0 to 0") || strings.Contains(s, "offered") {
		t.Errorf("it says\n%s", s)
	}
	rec.Ticks = []lab.Tick{{Sample: lab.Sample{At: 1e9, Span: 1e9, Limits: lab.Limits{Min: 1, Max: 5}}}}
	if rec.Run.Summary = lab.SummaryOf(&rec); rec.Run.Blank() {
		t.Error("with a tick it is taken for one without")
	}
}

// Of a series only how many requests came is known.
func TestOfASeriesItIsNotKnownHowRequestsEnded(t *testing.T) {
	rec := lab.Record{Run: lab.Run{ID: 9, Experiment: lab.DefaultExperiment(), Rig: lab.RigImport, Outcome: lab.Completed, Duration: 1e9}}
	rec.Ticks = []lab.Tick{{Sample: lab.Sample{At: 1e9, Span: 1e9, Limits: lab.Limits{Min: 1, Max: 5}, Foreign: lab.Traffic{Offered: 7}}}}
	rec.Run.Summary = lab.SummaryOf(&rec)
	var out bytes.Buffer
	Summary(shell.Stdio{Out: &out}, &rec.Run)
	if s := out.String(); !strings.Contains(s, "offered 7 (7.0/s, 420 rpm)  how they ended is not known of a series") || strings.Contains(s, "failed 0") {
		t.Errorf("it says\n%s", s)
	}
}
