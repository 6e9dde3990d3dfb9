package report_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/series"
)

func read(text string) (lab.Record, []string, error) {
	return series.Read(series.Options{}, series.Source{Name: "a", Reader: strings.NewReader(text)})
}

func TestDesiredIsAStepFunction(t *testing.T) {
	rec, _, err := read("time,rps,desired\n10,5,1\n20,5,3\n30,5,3\n40,5,2\n")
	if err != nil {
		t.Fatal(err)
	}
	was := report.Recorded(&rec)
	d := report.DesiredOf(&rec, was, nil)
	if d.InstanceSeconds != 70 || d.Peak != 3 || d.Up != 1 || d.Down != 1 || d.Apart != 0 || len(d.Changes) != 2 || d.Changes[0].At != 20*time.Second {
		t.Errorf("%+v", d)
	}
	if math.Abs(d.Mean-70./30) > 1e-9 {
		t.Errorf("mean %v", d.Mean)
	}
	other := []lab.Decision{{Desired: 1}, {Desired: 2}, {Desired: 3}, {Desired: 2}}
	o := report.DesiredOf(&rec, other, was)
	if o.Apart != 10*time.Second || o.FirstApart != 20*time.Second || o.InstanceSeconds != 60 {
		t.Errorf("%+v", o)
	}
	if first, last := d.Spark[0], d.Spark[len(d.Spark)-1]; math.Abs(first-1) > 1e-9 || math.Abs(last-3) > .5 {
		t.Errorf("spark %v", d.Spark)
	}
	if none := report.DesiredOf(&lab.Record{}, nil, nil); none.Mean != 0 || none.Spark != nil {
		t.Errorf("of nothing: %+v", none)
	}
}

func FuzzDesiredOf(f *testing.F) {
	f.Add("time,rps,ready,desired,cpu,in_flight,p95\n1,2,3,4,5,6,7\n2,2,3,4,5,6,7\n")
	f.Add("time;rps;desired\n2026-01-01 00:00;1;5\n2026-01-01 00:01;2;\n2026-01-01 00:02;4;9\n2026-01-01 09:02;4;1\n")
	f.Fuzz(func(t *testing.T, text string) {
		rec, _, err := read(text)
		if err != nil {
			return
		}
		d := report.DesiredOf(&rec, report.Recorded(&rec), nil)
		if math.IsNaN(d.Mean) || d.InstanceSeconds < 0 {
			t.Fatalf("desired %+v", d)
		}
	})
}
