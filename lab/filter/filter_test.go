package filter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
)

func num(v float64) *float64 { return &v }

// shelf is some runs to look for.
func shelf() []lab.Run {
	e := lab.DefaultExperiment()
	e.Policy, e.Load = "threshold:upper=40%,lower=15%", "constant:rate=240,spacing=poisson"
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	return []lab.Run{
		{ID: 1, Name: "Upper at 40 %", Outcome: lab.Completed, Began: at, Duration: 60004 * time.Millisecond, Policy: "threshold", Load: e.Load, Experiment: e, Rig: "local",
			Summary: lab.Summary{Latency: lab.LatencySummary{P95: num(9.13)}, Scores: lab.Scores{ScoreVersion: 1, Score: num(82.04), Elasticity: lab.ElasticityScore{UnderPct: num(3), OverPct: num(14)}, SLO: lab.SLOScore{ViolationPct: num(.4)},
				Cost: lab.Billed{PerSecond: .0125}, Oscillations: 2, Reaction: lab.ReactionScore{NewReady: num(4.1)}, ErrorPct: num(0), Utilization: lab.UtilizationScore{P95Pct: num(38)}, Scale: lab.ScaleSummary{Up: 3, Down: 1}}, Instances: lab.InstanceSummary{Peak: 4}}},
		{ID: 2, Note: "beside a BUILD", Outcome: lab.Crashed, Began: at.Add(time.Hour), Duration: 5 * time.Minute, Policy: "hpa", Load: "ramp:from=5,to=90", Baseline: true,
			Summary: lab.Summary{Latency: lab.LatencySummary{P95: num(412)}, Scores: lab.Scores{ErrorPct: num(2.5)}}},
		{ID: 10, Name: "again", Outcome: lab.Unfinished, Began: at.Add(2 * time.Hour), Policy: "hpa", Load: "closed/constant:threads=20"},
	}
}

func numbers(runs []lab.Run) (out []int64) {
	for _, r := range runs {
		out = append(out, r.ID)
	}
	return out
}

func TestRunsAreFound(t *testing.T) {
	for _, c := range []struct {
		filter string
		want   []int64
	}{
		{"", []int64{1, 2, 10}},
		{"  ", []int64{1, 2, 10}},
		{"hpa", []int64{2, 10}},
		{"HPA build", []int64{2}},
		{"hpa again recording", []int64{10}},
		{"1", []int64{1}},
		{`"at 40"`, []int64{1}},
		{`"40 at"`, nil},
		{`"p95>1"`, nil},
		{"policy:hpa", []int64{2, 10}},
		{"policy:upper=40", []int64{1}},
		{"policy=threshold", []int64{1}},
		{"policy!=hpa", []int64{1}},
		{"load:ramp", []int64{2}},
		{"load=ramp", []int64{2}},
		{"load:rate=240 policy:threshold", []int64{1}},
		{`name:"at 40"`, []int64{1}},
		{"outcome:crashed", []int64{2}},
		{"outcome:c", []int64{1, 2}},
		{"outcome!=completed", []int64{2, 10}},
		{"outcome:recording", []int64{10}},
		{"baseline:yes", []int64{2}},
		{"baseline:no", []int64{1, 10}},
		{"p95>200", []int64{2}},
		{"p95<=412", []int64{1, 2}},
		{"P95<10ms", []int64{1}},
		{"p95>0.2s", []int64{2}},
		{"p95=9.1", []int64{1}},
		{"p95=9.2", nil},
		{"p95!=9.1", []int64{2}}, // of 10 it is not known
		{"error<=1", []int64{1}},
		{"error>1%", []int64{2}},
		{"duration>60", []int64{1, 2}}, // 60.004
		{"duration>=2m", []int64{2}},
		{"duration=60", []int64{1}},
		{"scaled>3", []int64{1}},
		{"cpu>30", []int64{1}},
		{"instances:4", []int64{1}},
		{"id>1 id<10", []int64{2}},
		{"score>80", []int64{1}},
		{"score=82.0", []int64{1}},
		{"score<=100", []int64{1}}, // the others have none
		{"under<5 over<20%", []int64{1}},
		{"missed>1", nil},
		{"cost<0.02", []int64{1}},
		{"cost>=0", []int64{1}},
		{"oscillations=2", []int64{1}},
		{"reaction<5s", []int64{1}},
	} {
		f, err := Parse(c.filter)
		if err != nil {
			t.Errorf("%s: %v", c.filter, err)
			continue
		}
		if f.Empty() != (strings.TrimSpace(c.filter) == "") {
			t.Errorf("%q: empty is %t", c.filter, f.Empty())
		}
		var got []int64
		for _, r := range shelf() {
			if f.Match(&r) {
				got = append(got, r.ID)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.filter, d)
		}
	}
}

func TestMistakesInAFilterAreNamed(t *testing.T) {
	for filter, want := range map[string]string{
		"polcy:hpa":        `filter: "polcy": want one of id, name, note, policy, load, balance, rig, outcome, baseline, duration, requests, failed, error, p50, p90, p95, p99, max, cpu, instances, scaled, changes, score, under, over, missed, cost, oscillations, reaction; a word with a sign in it goes in quotes (did you mean "policy"?)`,
		"upper=40%":        `filter: "upper": want one of`,
		"p95>":             `p95: "": want a number of ms`,
		"p95>fast":         `p95: "fast": want a number of ms`,
		"p95>NaN":          `p95: "NaN": want a number of ms`,
		"p95>1e999":        `p95: "1e999": want a number of ms`,
		"error>2ms":        `error: "2ms": want a number of %`,
		"scaled>x":         `scaled: "x": want a number`,
		"policy:":          `policy: "": want a text`,
		"policy>hpa":       `policy: ">hpa": want a text after : (contains), = (is) or != (is not)`,
		"outcome:crashd":   `outcome: "crashd": want one of completed, stopped, failed, crashed, recording (did you mean "crashed"?)`,
		"outcome=crash":    `outcome: "crash": want one of completed, stopped, failed, crashed, recording (did you mean "crashed"?)`,
		"baseline:maybe":   `baseline: "maybe": want one of yes, no`,
		"wave outcome:":    `outcome: "": want one of completed, stopped, failed, crashed, recording`,
		`hpa "open`:        `filter: "\"open": want a second "`,
		`=3`:               `filter: "": want one of`,
		`name:"never`:      `name: "\"never": want nothing but a text between two "`,
		`name:"a"b"c d e"`: `name: "\"a\"b\"c d e\"": want nothing but a text between two "`,
	} {
		_, err := Parse(filter)
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", filter, err, want)
		}
	}
}

func TestEveryFieldIsNamed(t *testing.T) {
	for _, n := range fieldNames {
		f, ok := fields[n]
		if !ok || (f.text == nil) == (f.figure == nil) {
			t.Errorf("field %s", n)
		}
	}
	if len(fields) != len(fieldNames) {
		t.Errorf("%d fields, %d names", len(fields), len(fieldNames))
	}
}

func TestOrders(t *testing.T) {
	for order, want := range map[string][]int64{
		"id": {10, 2, 1}, "started": {10, 2, 1}, "duration": {2, 1, 10}, "p95": {2, 1, 10}, "error": {2, 1, 10},
		"cpu": {1, 10, 2}, "scaled": {1, 10, 2}, "score": {1, 10, 2}, "name": {10, 1, 2}, "nonsense": {10, 2, 1},
	} {
		runs := shelf()
		by := InOrder(order)
		slices.SortFunc(runs, func(a, b lab.Run) int { return by(&a, &b) })
		if d := cmp.Diff(want, numbers(runs)); d != "" {
			t.Errorf("%s: %s", order, d)
		}
		if order != "nonsense" && !slices.Contains(Orders(), order) {
			t.Errorf("%s is not among the orders", order)
		}
	}
	if len(Orders()) != 9 {
		t.Error(Orders())
	}
}

// Whatever is typed is a filter or a mistake of the user's, and a filter can
// be asked about any run; a quoted word never is a mistake.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a b", "policy:hpa p95>200", `"two words" error<=1`, "p95>", "!", "!=", "a!b", `"`, `""`, `name:"x y"`, "duration>1h30m", "p95=1e308", "score>80 cost<0.02", "id>=9.00000001", "日本:語", "\x00\xff>1"} {
		f.Add(s)
	}
	runs := shelf()
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Parse(text)
		var bad *lab.InputError
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil && !filter.Empty() {
			t.Fatalf("%q: a filter beside an error", text)
		}
		for i := range runs {
			filter.Match(&runs[i])
		}
		if !strings.Contains(text, `"`) {
			if _, err := Parse(`"` + text + `"`); err != nil {
				t.Fatalf("%q in quotes: %v", text, err)
			}
		}
	})
}

func BenchmarkMatch10000(b *testing.B) {
	runs := shelf()
	f, err := Parse("zebra p95>200 policy:hpa")
	if err != nil {
		b.Fatal(err)
	}
	words, _ := Parse("thresh zebra")
	for b.Loop() {
		for i := range 10_000 {
			f.Match(&runs[i%len(runs)])
			words.Match(&runs[i%len(runs)])
		}
	}
}
