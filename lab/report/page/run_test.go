package page

import (
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/golden"
)

// record is a run of six seconds under a rising load: it grows to two, and the
// second is killed. Whatever can come from outside is hostile.
func record(id int64, upper string) lab.Record {
	e := lab.DefaultExperiment()
	e.Policy = "threshold:upper=" + upper + ",lower=15%,metric=cpu"
	rec := lab.Record{Run: lab.Run{
		ID: id, Name: "<script>alert(1)</script> & | co", Note: "*noted* `so`\x1b[2J", Outcome: lab.Completed, Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Duration: 6 * time.Second,
		Experiment: e, Policy: "threshold", Load: "constant:rate=15", Rig: "local", Host: lab.Host{OS: "linux", Kernel: "6.1", CPU: "a <b>CPU</b>", Cores: 2, MemoryMB: 4096}, Version: "1.2.3", Commit: "abc123", Changes: 1,
	}}
	for i := range 6 {
		at, ready := time.Duration(i+1)*time.Second, 1+i/3
		n := int64(10 + 4*i)
		f := lab.Traffic{Offered: n, Arrived: n, OK: n - 1, Failed: lab.ByCause{1}, Late: 1, Latency: lab.Hist{{Top: time.Duration(4+i) * time.Millisecond, N: n - 1}}}
		s := lab.Sample{At: at, Span: time.Second, Desired: ready, Limits: lab.Limits{Min: 1, Max: 5}, Capacity: 25, LoadOn: true, Generator: f, Front: f}
		if i == 5 {
			s.Saturated = "the host"
		}
		for k := range ready {
			s.Instances = append(s.Instances, lab.Instance{ID: "i" + string(rune('1'+k)), Num: k + 1, PID: 9, State: lab.Ready, EverReady: true, CPU: lab.Known(.2+.05*float64(i), at, time.Second)})
		}
		t := lab.Tick{Sample: s, Decision: lab.Decision{Desired: ready, Reason: "within"}}
		if i == 2 {
			t.Decision = lab.Decision{Desired: 2, Reason: "CPU 30 % > " + upper + ": 1 → 2 <img src=x onerror=alert(1)>"}
			t.Events = []lab.Event{
				{At: at - 500*time.Millisecond, By: lab.ByUser, Kind: lab.EventAction, Text: "rate 15/s → 20/s", Action: &lab.Action{At: at - 500*time.Millisecond, Kind: lab.ActSet, Target: "load", Name: "rate", From: "15", To: "20"}},
				{At: at, By: lab.ByPolicy, Kind: lab.EventScaleUp, Text: t.Decision.Reason},
			}
		}
		if i == 4 {
			t.Events = []lab.Event{{At: at, By: lab.ByUser, Kind: lab.EventAction, Text: "kill 2 | :5001", Action: &lab.Action{At: at, Kind: lab.ActKill, Target: "i2"}}}
		}
		rec.Ticks = append(rec.Ticks, t)
	}
	rec.Run.Summary = lab.SummaryOf(&rec)
	return rec
}

func TestMarkdownOfARun(t *testing.T) {
	rec := record(42, "35%")
	text := OfRun(&rec).Markdown()
	golden.Check(t, "run.md", text)
	if strings.Contains(string(text), "<") || strings.ContainsRune(string(text), 0x1b) {
		t.Error("markup or controls from outside came through")
	}
}

func TestWhatFiguresMustNotBeReadWithout(t *testing.T) {
	for says, c := range map[string]struct {
		is   func(r *lab.Record)
		want string
	}{
		"unfinished":   {func(r *lab.Record) { r.Run.Outcome = lab.Unfinished }, "had not ended"},
		"crashed":      {func(r *lab.Record) { r.Run.Outcome = lab.Crashed }, "may be missing"},
		"incomplete":   {func(r *lab.Record) { r.Run.Incomplete = "disk full" }, "Ticks are missing: disk full."},
		"half of it":   {func(r *lab.Record) { half := 50.; r.Run.Summary.CoveragePct = &half }, "tell of 50.0 %"},
		"saturated":    {func(r *lab.Record) { r.Run.Summary.Saturated = 2.5 }, "saturated for 2.5 s"},
		"late":         {func(r *lab.Record) { r.Run.Summary.Requests.Late = 50 }, "late"},
		"dropped":      {func(r *lab.Record) { r.Run.Summary.Requests.Dropped = 1234 }, "1,234 requests were due but not sent"},
		"a gap":        {func(r *lab.Record) { r.Ticks[3].Sample.Gap = true }, "Nothing is known of 1 s"},
		"others' load": {func(r *lab.Record) { r.Ticks[3].Sample.Foreign.Offered = 7 }, "7 requests came from elsewhere"},
	} {
		rec := record(42, "35%")
		rec.Run.Summary.Saturated, rec.Run.Summary.Requests.Late, rec.Run.Summary.CoveragePct = 0, 0, nil
		if before := OfRun(&rec).Cautions; len(before) > 0 {
			t.Fatal(before)
		}
		c.is(&rec)
		if got := strings.Join(OfRun(&rec).Cautions, "\n"); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q", says, got)
		}
	}
}

func TestALongListIsCut(t *testing.T) {
	rec := record(42, "35%")
	for range mostEntries + 5 {
		rec.Ticks[5].Events = append(rec.Ticks[5].Events, lab.Event{At: 6 * time.Second, Kind: lab.EventWarning, Text: "again"})
	}
	got := OfRun(&rec).Events
	if len(got) != mostEntries+1 || got[mostEntries].Text != "… and 8 more: they are in the tables" {
		t.Errorf("%d, %+v", len(got), got[len(got)-1])
	}
}
