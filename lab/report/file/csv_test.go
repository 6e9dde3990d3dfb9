package file

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/golden"
)

// eventful is a run of a second before its beginning and four after, in which
// much happens.
func eventful() lab.Record {
	rec := small()
	rec.Run.Origin, rec.Run.Duration, rec.Ticks = 10*time.Second, 4*time.Second, nil
	for i := range 5 {
		at := 10*time.Second + time.Duration(i)*time.Second
		s := lab.Sample{
			At: at, Span: time.Second, Desired: 1, Limits: lab.Limits{Min: 1, Max: 5}, LoadOn: true, Level: 15.5, System: lab.Known(.5, at, time.Second),
			FreeMemory: lab.Known(3<<30, at, 0), Lab: lab.Known(.01, at, time.Second),
			Generator: lab.Traffic{Offered: 16, Arrived: 15, OK: 12, Failed: lab.ByCause{2}, Late: 1, Dropped: 1, Slow: 3, InFlight: 1, Latency: lab.Hist{{Top: 4 * time.Millisecond, N: 11}, {Top: 300 * time.Millisecond, N: 1}}},
			Front:     lab.Traffic{Offered: 15, OK: 13, Failed: lab.ByCause{2}},
			Instances: []lab.Instance{{
				ID: "i1", Num: 1, PID: 4711, Addr: "127.0.0.1:5000", State: lab.Ready, EverReady: true, Started: 9 * time.Second, ReadySince: 9500 * time.Millisecond,
				Size: .2, CPU: lab.Known(1./3, at, time.Second), Memory: lab.Known(12.5*(1<<20), at, 0), Traffic: lab.Traffic{Offered: 15, OK: 13, Busy: 60 * time.Millisecond, Latency: lab.Hist{{Top: 4 * time.Millisecond, N: 13}}},
			}},
		}
		rec.Ticks = append(rec.Ticks, lab.Tick{Sample: s, Decision: lab.Decision{Desired: 1, Reason: "CPU 33 % within 15 % to 35 %"}})
	}
	up := &rec.Ticks[2]
	up.Decision = lab.Decision{Desired: 2, Reason: "CPU 36 % > 35 %: 1 → 2"}
	up.Events = []lab.Event{
		{At: up.Sample.At - 300*time.Millisecond, By: lab.ByUser, Kind: lab.EventAction, Text: "kill 1 :5000", Action: &lab.Action{Kind: lab.ActKill, Target: "i1"}},
		{At: up.Sample.At, By: lab.ByPolicy, Kind: lab.EventScaleUp, Text: up.Decision.Reason},
	}
	last := &rec.Ticks[4].Sample
	last.Gap, last.Saturated, last.Generator, last.Desired = true, "=cmd|'/c calc'!A1", lab.Traffic{}, 2
	last.Instances = append(last.Instances, lab.Instance{ID: "i2", Num: 2, State: lab.Failed, Started: 12 * time.Second, Ended: 13 * time.Second, Hung: true, Note: "crash-looping: exit status 1"})
	rec.Ticks[4].Decision = lab.Decision{Desired: 2, Reason: "-1 is less\x1b[2J, \"quoted\""}
	return rec
}

func TestTablesOfARun(t *testing.T) {
	rec := eventful()
	for _, table := range Tables {
		var b bytes.Buffer
		if err := WriteTable(&b, &rec, table); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, table+".csv", b.Bytes())
		rows, err := csv.NewReader(&b).ReadAll() // each row as long as the first
		if err != nil || len(rows) < 2 {
			t.Errorf("%s: %v", table, err)
		}
	}
	if err := WriteTable(&bytes.Buffer{}, &rec, "tick"); err == nil || !strings.Contains(err.Error(), `did you mean "ticks"`) {
		t.Errorf("%v", err)
	}
}

func TestNoTextIsAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "' =1", "  =1": "'  =1", "\x1b[1m=1": "'=1",
		"": "", "  ": "  ", "1 → 2": "1 → 2", "a=b": "a=b",
	} {
		if got := words(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}

func TestOfASeriesOnlyWhatIsKnownIsWritten(t *testing.T) {
	rec := eventful()
	rec.Run.Rig = lab.RigImport
	var b bytes.Buffer
	if err := WriteTable(&b, &rec, "ticks"); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range rows[0] {
		unknown := slices.Contains([]string{"ok", "failed", "late", "dropped", "slow", "served_per_s", "front_ok", "front_failed"}, name)
		if got := rows[1][i]; unknown && got != "" || name == "offered" && got != "16" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
