package series

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// read reads a series from texts, each under a name.
func read(o Options, texts ...string) (lab.Record, []string, error) {
	var sources []Source
	for i, t := range texts {
		name, text, _ := strings.Cut(t, "|")
		if i > 0 && name == "" {
			name = fmt.Sprint(i)
		}
		sources = append(sources, Source{Name: name, Reader: strings.NewReader(text)})
	}
	return Read(o, sources...)
}

func TestASeriesBecomesARun(t *testing.T) {
	rec, notes, err := read(Options{Limits: lab.Limits{Min: 1, Max: 9}}, `web.csv|Time,rps,Ready,desired,cpu,in-flight,P95
2026-11-17T10:00:00Z,30,2,2,60 %,0.5,12
2026-11-17T10:00:15Z,30.1,2,3,45.5,0.5,12.5
2026-11-17 10:00:30,0,3,3,30,,
2026-11-17T10:00:45+00:00,10,1,1,10,0.1,5ms
`)
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	run := rec.Run
	if run.Rig != Rig || run.Outcome != lab.Completed || run.Duration != time.Minute || run.Experiment.Interval != 15*time.Second ||
		!run.Began.Equal(time.Date(2026, 11, 17, 9, 59, 45, 0, time.UTC)) {
		t.Errorf("run %+v", run)
	}
	if len(rec.Ticks) != 4 {
		t.Fatalf("%d ticks", len(rec.Ticks))
	}
	var total int64
	for i, tick := range rec.Ticks {
		s := tick.Sample
		if s.At != time.Duration(i+1)*15*time.Second || s.Span != 15*time.Second || s.Gap || s.Limits.Max != 9 {
			t.Errorf("tick %d: %+v", i, s)
		}
		if s.Front.Offered != s.Foreign.Offered || s.Generator.Offered != 0 || s.Front.OK != 0 {
			t.Errorf("tick %d: traffic %+v", i, s.Front)
		}
		total += s.Front.Offered
	}
	if want := int64(1051); total != want {
		t.Errorf("%d requests, want %d", total, want)
	}
	one, last := rec.Ticks[1], rec.Ticks[3]
	if one.Sample.Desired != 2 || one.Decision.Desired != 3 || len(one.Events) != 1 || one.Events[0].Kind != lab.EventScaleUp {
		t.Errorf("desired %d → %d, %v", one.Sample.Desired, one.Decision.Desired, one.Events)
	}
	if c := one.Sample.InstanceCPU(); !c.OK || math.Abs(c.Value-.455) > 1e-12 {
		t.Errorf("CPU %v", c)
	}
	if q := lab.MetricInFlight.Read(&one.Sample); !q.OK || q.Value != .25 {
		t.Errorf("in flight per instance %v", q)
	}
	if p, ok := one.Sample.Front.Latency.Quantile(.95); !ok || p != 12500*time.Microsecond {
		t.Errorf("p95 %v", p)
	}
	if p, ok := last.Sample.Front.Latency.Quantile(.95); !ok || p != 5*time.Millisecond {
		t.Errorf("p95 %v", p)
	}
	if n, ready, gone := len(last.Sample.Instances), last.Sample.Count(lab.Ready), last.Sample.Count(lab.Gone); n != 3 || ready != 1 || gone != 2 {
		t.Errorf("%d instances, %d ready, %d gone", n, ready, gone)
	}
	if i := rec.Ticks[2].Sample.Instances[2]; i.ReadySince != 30*time.Second || i.Num != 3 {
		t.Errorf("the third instance: %+v", i)
	}
	if s := run.Summary; s.Latency.P95 != nil || s.ErrorPct != nil || s.Scale != (lab.ScaleSummary{Up: 1, Down: 1}) {
		t.Errorf("summary %+v", s)
	}
}

func TestWhatIsMissingIsMarked(t *testing.T) {
	rec, notes, err := read(Options{}, `a.csv|time,rps,ready,cpu
0,10,2,40
10,10,2,
20,,2,40
30,10,2,
40,10,2,
50,10,2,40
60,10,2,40
160,10,3,40
170,10,3,40
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Ticks) != 9 || len(notes) != 1 || !strings.Contains(notes[0], "1m30s") {
		t.Fatalf("%d ticks, %q", len(rec.Ticks), notes)
	}
	cpu := ""
	for _, tick := range rec.Ticks {
		cpu += map[bool]string{true: "k", false: "-"}[tick.Sample.InstanceCPU().OK]
	}
	if cpu != "kkkkkk-kk" { // held over rows without it, not over a gap
		t.Errorf("CPU known %s", cpu)
	}
	if s := rec.Ticks[2].Sample; s.Span != 20*time.Second || s.OfferedRate() != 10 || s.Gap {
		t.Errorf("one row without rps makes the step longer: %v, %v/s", s.Span, s.OfferedRate())
	}
	gap, after := rec.Ticks[6], rec.Ticks[7]
	if s := gap.Sample; !s.Gap || s.At != 160*time.Second || s.Span != 90*time.Second || s.Front.Offered != 0 || len(gap.Events) != 1 {
		t.Errorf("gap %+v", s)
	}
	if s := after.Sample; s.Gap || s.Span != 10*time.Second || s.Front.Offered != 100 {
		t.Errorf("after the gap %+v", s)
	}
	if rec.Run.Experiment.Fleet.Max != 10 || !rec.Run.Began.IsZero() {
		t.Errorf("run %+v", rec.Run)
	}
}

func prom(series ...string) string {
	return `{"status":"success","data":{"resultType":"matrix","result":[` + strings.Join(series, ",") + `]}}`
}

func TestPrometheusAnswersAreRead(t *testing.T) {
	const values = `"values":[[1700000000,"0.5"],[1700000015.5,"1"],[1700000030,"+Inf"],[1700000045,"0.25"]]`
	for _, c := range []struct {
		says    string
		o       Options
		sources []string
		found   string
	}{
		{"one series alone is rps", Options{}, []string{"x|" + prom(`{"metric":{},`+values+`}`)}, "rps"},
		{"by a label", Options{}, []string{"x|" + prom(`{"metric":{"figure":"cpu"},`+values+`}`, `{"metric":{"figure":"rps"},`+values+`}`, `{"metric":{"figure":"ready"},"values":[[1700000000,"2"]]}`)}, "rps ready cpu"},
		{"by names given", Options{Columns: map[string]string{"rps": "job:requests:rate1m", "p95": "latency"}},
			[]string{"x|" + prom(`{"metric":{"__name__":"job:requests:rate1m","job":"web"},`+values+`}`, `{"metric":{"__name__":"latency"},`+values+`}`)}, "rps p95"},
		{"by the files' names", Options{}, []string{"a/rps.json|" + prom(`{"metric":{"job":"web"},`+values+`}`), "a/in_flight.json|" + prom(`{"metric":{"job":"web"},`+values+`}`)}, "rps in_flight"},
	} {
		rec, _, err := read(c.o, c.sources...)
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
			continue
		}
		_, found, _ := strings.Cut(rec.Run.Note, ": ")
		if strings.ReplaceAll(found, ",", "") != c.found {
			t.Errorf("%s: found %q, want %q", c.says, found, c.found)
		}
		if len(rec.Ticks) != 3 || rec.Ticks[1].Sample.At-rec.Ticks[0].Sample.At != 15500*time.Millisecond {
			t.Errorf("%s: %d ticks", c.says, len(rec.Ticks))
		}
		s := rec.Ticks[0].Sample
		if strings.Contains(c.found, "cpu") && s.InstanceCPU().Value != .5 {
			t.Errorf("%s: Prometheus' CPU is a share: %v", c.says, s.InstanceCPU())
		}
		if p, _ := s.Front.Latency.Quantile(.95); strings.Contains(c.found, "p95") && p != 500*time.Millisecond {
			t.Errorf("%s: Prometheus' latency is in seconds: %v", c.says, p)
		}
	}
}

func TestMistakesInASeriesAreNamed(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct{ text, want string }{
		{"a|", `a: "": want a heading`},
		{"a|time,rps\n", `"0 rows with rps": want at least 2`},
		{"a|time,rps\n1,5\n1,6\n", `"1 rows with rps": want at least 2`},
		{"a|rps\n1\n", `a line 1: "rps": want a column time`},
		{"a|time;rsp\n1;5\n", `want a column rps`},
		{"a|time,rps,rps\n1,5,5\n", `a line 1: "rps": want each column once`},
		{"a|time,rps\n1,-5\n", `a line 2 column 3 (rps): "-5": want a number, 0 to 1000000000`},
		{"a|time,rps\n1,1e300\n", `line 2 column 3 (rps): "1e300"`},
		{"a|time,rps,ready\n1,5,2.5\n", `(ready): "2.5": want a whole number, 0 to 10000`},
		{"a|time,rps,ready,cpu\n1,5,2,x%\n", `(cpu): "x%": want a number, 0 to 10000%`},
		{"a|time,rps,p95\n1,5,700000\n", `(p95): "700000": want a number, 0 to 600000ms`},
		{"a|time,rps\n1,5\n2,\"5\n3,5\n", `a line 4 column 5: "extraneous or missing`},
		{"a|time,rps\n1,\x1b[2J\n", `(rps): `},
		{"a|time,rps\n1," + long + "\n", `xxx…": want`},
		{"a|time,rps\n0,5\n1700000000,5\n", "want at most 10 years"},
		{"a|time,rps\n1e300,5\n", `(time): "1e300": want a time`},
		{"a|time,rps\nNaN,5\n", `(time): "NaN": want a time`},
		{"a|time,rps,cpu\n1,5,5\n2,5,5\n", `a: "cpu": want ready or desired`},
		{"a|{", "a line 1 column 1"},
		{"a|{\"status\":\"error\",\"error\":\"bad\\u001bquery\"}", `a: "bad`},
		{"a|{\"status\":\"success\",\"data\":{\"resultType\":\"vector\"}}", `a data.resultType: "vector": want matrix`},
		{"a|" + prom(), "want at least one series"},
		{"a|" + prom(`{"metric":{"a":"b"},"values":[]}`, `{"metric":{"a":"c"},"values":[]}`), `"{a=b} {a=c}": want a series named`},
		{"a|" + prom(`{"metric":{"a":"rps"},"values":[]}`, `{"metric":{"b":"rps"},"values":[]}`), "want one: sum or average"},
		{"a|" + prom(`{"metric":{},"values":[[1700000000]]}`), `a series rps value 1: "[1700000000]": want a pair`},
		{"a|" + prom(`{"metric":{},"values":[[1700000000,"1"],[1600000000,"1"]]}`), "value 2"},
		{"a|" + prom(`{"metric":{},"values":[[1700000000,"many"]]}`), `value 1: "many": want a number`},
	} {
		_, _, err := read(Options{}, c.text)
		var input *lab.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v, want %s", c.text, err, c.want)
		} else if len(err.Error()) > 400 || lab.Clean(err.Error()) != err.Error() {
			t.Errorf("%.60q: not one clean line: %q", c.text, err)
		}
	}
	if _, _, err := read(Options{}, "a|time,rps\n1,5\n2,5\n", "b|time,rps\n1,5\n"); err == nil || !strings.Contains(err.Error(), "it is in a too") {
		t.Errorf("the same figure twice: %v", err)
	}
	if _, _, err := read(Options{}, "a|time,rps\n1,5\n2,5\n", "b|time,ready\n2026-01-01T00:00:00Z,5\n"); err == nil || !strings.Contains(err.Error(), "all dates, or all seconds") {
		t.Errorf("dates and seconds: %v", err)
	}
}

// endless says the same line for ever.
type endless struct{ line, rest string }

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		e.rest = e.line
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestASeriesHasALimit(t *testing.T) {
	wide := io.MultiReader(strings.NewReader("time,rps,ready\n"), strings.NewReader(func() string {
		var b strings.Builder
		for i := range 300 {
			fmt.Fprintf(&b, "%d,1,%d\n", i, 10_000)
		}
		return b.String()
	}()))
	var many strings.Builder
	many.WriteString("time,rps\n")
	for i := range maxRows + 1 {
		fmt.Fprintf(&many, "%d,1\n", i)
	}
	for want, r := range map[string]io.Reader{
		"at most 64 MB":                        &endless{line: "1,2\n"},
		"at most 1,000,000 rows":               strings.NewReader(many.String()),
		"at most 2,000,000 rows and instances": wide,
	} {
		_, _, err := Read(Options{}, Source{"a", r})
		var input *lab.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestUnitsAreDoubted(t *testing.T) {
	_, notes, err := read(Options{}, "a|time,rps,ready,cpu,p95\n1,5,1,0.4,0.2\n2,5,1,0.9,0.3\n")
	if err != nil || len(notes) != 2 || !strings.Contains(notes[0], "--unit cpu=ratio") || !strings.Contains(notes[1], "--unit p95=s") {
		t.Errorf("%q, %v", notes, err)
	}
	rec, notes, err := read(Options{Units: map[string]string{"cpu": "ratio", "p95": "s"}}, "a|time,rps,ready,cpu,p95\n1,5,1,0.4,0.2\n2,5,1,0.9,0.3\n")
	if err != nil || len(notes) != 0 || rec.Ticks[1].Sample.InstanceCPU().Value != .9 {
		t.Errorf("%q, %v", notes, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("time,rps,ready,desired,cpu,in_flight,p95\n1,2,3,4,5,6,7\n2,2,3,4,5,6,7\n", "")
	f.Add("time;rps\n2026-01-01 00:00;\"1\"\n2026-01-01 00:01;NaN\n2026-01-01 00:02;4\n", "csv")
	f.Add(prom(`{"metric":{"a":"rps"},"values":[[1700000000,"1"],[1700000015,"1"],[1700009000,"1"]]}`), "prometheus")
	f.Add("\uFEFFtime\trps\n0\t1\n1e9\t1e9\n", "")
	f.Add("{\"data\":{\"result\":[null,{\"values\":[null,[],[1,2]]}]}}", "")
	f.Fuzz(func(t *testing.T, text, format string) {
		rec, _, err := Read(Options{Format: format}, Source{"a", strings.NewReader(text)})
		if err != nil {
			if e := (*lab.InputError)(nil); !errors.As(err, &e) {
				t.Fatalf("not an InputError: %v", err)
			}
			return
		}
		last := time.Duration(0)
		for i := range rec.Ticks {
			s := &rec.Ticks[i].Sample
			if s.Span <= 0 || s.At-s.Span < last-time.Microsecond || s.Front.Offered < 0 || s.Front.Busy < 0 || s.Desired < 0 || s.Count(lab.Ready) > 10_000 {
				t.Fatalf("tick %d after %v: %+v", i, last, s)
			}
			last = s.At
			for _, m := range []lab.Metric{lab.MetricCPU, lab.MetricRPS, lab.MetricInFlight, lab.MetricP95} {
				if r := m.Read(s); math.IsNaN(r.Value) || math.IsInf(r.Value, 0) || r.Value < 0 {
					t.Fatalf("tick %d: %s %v", i, m.Name, r)
				}
			}
		}
	})
}
