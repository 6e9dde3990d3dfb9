package report

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/lab/golden"
	"autoscale-lab/lab/stat"
)

// slow scales after ten seconds of breach, quick after four, and turns back;
// idle is never in need.
func slow(id int64) *story {
	return newStory(id).seconds(5, 1, 1, 30, 9).seconds(10, 1, 1, 60, 40).seconds(2, 1, 2, 60, 40).seconds(83, 2, 2, 30, 9)
}

func quick(id int64) *story {
	return newStory(id).seconds(5, 1, 1, 30, 9).seconds(4, 1, 1, 60, 40).seconds(2, 1, 3, 60, 40).seconds(40, 3, 3, 20, 9).
		seconds(29, 3, 2, 20, 9).seconds(10, 2, 3, 20, 9).seconds(10, 3, 3, 20, 9).set(func(r *lab.Record) {
		r.Run.Experiment.Policy = "threshold:upper=30%,lower=15%,metric=cpu"
	})
}

// alert is as quick, at slow's upper.
func alert(id int64) *story {
	return quick(id).set(policy("threshold:upper=35%,lower=15%,metric=cpu"))
}

func idle(id int64) *story { return newStory(id).seconds(100, 2, 2, 20, 9) }

func records(stories ...*story) []lab.Record {
	var out []lab.Record
	for _, s := range stories {
		out = append(out, s.rec)
	}
	return out
}

func TestTheVerdictClaimsNoMoreThanTheRulesAllow(t *testing.T) {
	const each = " · 1 run each: no claim beyond these"
	host := func(r *lab.Record) { r.Run.Host.Cores = 64 }
	for _, c := range []struct {
		says string
		runs []lab.Record
		want string
	}{
		{"sooner, but dearer", records(slow(1), alert(2)), "load identical · B reacts 6.0 s sooner, but fits demand 62.6 points worse, costs 52 % more and oscillates 2 times" + each},
		{"the other way about", records(alert(1), slow(2)), "load identical · B fits demand 62.6 points better, costs 34 % less and does not oscillate, but reacts 6.0 s later" + each},
		{"of another upper, from the load on", records(slow(1), quick(2)), "load identical · B has its second instance 6.0 s sooner, but fits demand 62.6 points worse, costs 52 % more and oscillates 2 times" + each},
		{"the same", records(slow(1), slow(2)), "load identical · A and B are the same within tolerance" + each},
		{"a breach against none", records(slow(1), idle(2)), "load identical · B stays within its limits where A does not, fits demand 17.4 points better and has a p95 31.0 ms lower, but costs 10 % more" + each},
		{"three", records(slow(1), quick(2), slow(3)), "load identical · B has its second instance 6.0 s sooner, but fits demand 62.6 points worse, costs 52 % more and oscillates 2 times; A and C are the same within tolerance" + each},
		{"another load has no verdict", records(slow(1), quick(2).deed(9*time.Second, lab.ActSet, "load", "rate", "80")), ""},
		{"other machines are said", records(slow(1), slow(2).set(host)), "load identical · A and B are the same within tolerance · made on different machines" + each},
		{"a saturated host is said", records(slow(1), slow(2).set(func(r *lab.Record) { r.Ticks[3].Sample.Saturated = "busy" })), "load identical · A and B are the same within tolerance · the host was saturated in B" + each},
		{"a crash is said", records(slow(1).set(func(r *lab.Record) { r.Run.Outcome = lab.Crashed }), slow(2)), "load identical · A and B are the same within tolerance · A not whole: what is missing is not known" + each},
		{"one alone has none", records(slow(1)), ""},
	} {
		got := Compare(c.runs)
		if got.Verdict != c.want || got.Same != (c.want != "" || len(c.runs) == 1) {
			t.Errorf("%s: same load %t, %q, want %q", c.says, got.Same, got.Verdict, c.want)
		}
	}
}

func TestRepeatsAreJudgedByChance(t *testing.T) {
	group := func(of func(int64) *story, ids ...int64) (out []lab.Record) {
		for _, id := range ids {
			out = append(out, of(id).rec)
		}
		return out
	}
	for _, c := range []struct {
		says string
		a, b []lab.Record
		word stat.Word
		end  string
	}{
		{"two each", group(slow, 1, 2), group(alert, 3, 4), stat.WordBetter, "2 runs each: no claim beyond these"},
		{"two and one", group(slow, 1, 2), group(alert, 3), stat.WordBetter, "2 + 1 runs: no claim beyond these"},
		{"three each can show nothing, if nothing ties", group(shifted(slow), 1, 2, 3), group(shifted(alert), 1, 2, 3), stat.WordTooFew, "nothing is claimed. Take 4, better 5, each · 3 runs each: too few to show a difference"},
		{"five each can", group(shifted(slow), 1, 2, 3, 4, 5), group(shifted(alert), 1, 2, 3, 4, 5), stat.WordBetter, "5 runs each, p ≤ 0.05: of 20 figures one falls under it by chance"},
		{"five of one kind are the same", group(slow, 1, 2, 3, 4, 5), group(slow, 6, 7, 8, 9, 10), stat.WordSame, "5 runs each, p ≤ 0.05: of 20 figures one falls under it by chance"},
	} {
		got := CompareGroups([][]lab.Record{c.a, c.b})
		if w := got.find("utilization.over_upper_s").Judged[0].Word; w != c.word || !strings.HasSuffix(got.Verdict, c.end) {
			t.Errorf("%s: %q, %q", c.says, w, got.Verdict)
		}
	}
}

// shifted makes each run's time over upper another: one in so many of its
// seconds a breach.
func shifted(of func(int64) *story) func(int64) *story {
	return func(id int64) *story {
		return of(id).set(func(r *lab.Record) {
			for i := range id {
				for k := range r.Ticks[80+i].Sample.Instances {
					r.Ticks[80+i].Sample.Instances[k].CPU.Value = 0.9
				}
			}
		})
	}
}

// A reaction counts from a breach, and what a breach is the limits say: where
// they differ, the later breach makes the later reaction look the quicker.
func TestReactionsToOtherLimitsAreNotCompared(t *testing.T) {
	const of35, of60 = "threshold:upper=35%,lower=15%,metric=cpu", "threshold:upper=60%,lower=15%,metric=cpu"
	early := func(id int64) *story {
		return newStory(id).seconds(10, 1, 1, 30, 9).seconds(5, 1, 2, 40, 9).seconds(45, 2, 2, 30, 9)
	}
	late := func(id int64) *story {
		return newStory(id).seconds(10, 1, 1, 30, 9).seconds(20, 1, 1, 40, 9).seconds(2, 1, 2, 70, 9).seconds(28, 2, 2, 30, 9)
	}
	set := func(at time.Duration, name, to string) func(*lab.Record) {
		return func(r *lab.Record) { (&story{*r}).deed(at, lab.ActSet, "policy", name, to) }
	}
	slo := func(r *lab.Record) { r.Run.Experiment.SLO = time.Second }
	limited := []string{"utilization.over_upper_s", "reaction.first_breach_s", "reaction.decision_s", "reaction.new_ready_s", "reaction.relief_s"}
	for _, c := range []struct {
		says    string
		a, b    *story
		na      []string
		verdict string
	}{
		{"another upper", early(1), late(2).set(policy(of60)), limited, "B costs 16 % less, but has its second instance 17.0 s later and fits demand 29.3 points worse"},
		{"the other way about", late(1).set(policy(of60)), early(2), limited, "B has its second instance 17.0 s sooner and fits demand 29.3 points better, but costs 20 % more"},
		{"another policy", early(1), late(2).set(policy("manual")), limited, "B costs 16 % less, but has its second instance 17.0 s later and fits demand 29.3 points worse"},
		{"another metric", early(1), late(2).set(policy("threshold:upper=35%,lower=15%,metric=rps")), limited, "B costs 16 % less, but has its second instance 17.0 s later and fits demand 29.3 points worse"},
		{"an upper turned in one", early(1), late(2).set(set(20*time.Second, "upper", "60%")), limited, "B costs 16 % less, but has its second instance 17.0 s later and fits demand 29.3 points worse"},
		{"an upper turned in both", early(1).set(set(20*time.Second, "upper", "60%")), late(2).set(set(20*time.Second, "upper", "60%")), limited, "B costs 16 % less, but has its second instance 17.0 s later and fits demand 29.3 points worse"},
		{"a policy changed on the way", early(1), late(2).set(func(r *lab.Record) { (&story{*r}).deed(20*time.Second, lab.ActPolicy, "", "", "manual") }), limited, "B costs 16 % less, but has its second instance 17.0 s later and fits demand 29.3 points worse"},
		{"another latency target", early(1), late(2).set(slo), append([]string{"slo.violation_pct"}, limited[1:]...), "B costs 16 % less, but has its second instance 17.0 s later and fits demand 29.3 points worse"},
		{"another lower is no other limit", early(1), late(2).set(policy("threshold:upper=35%,lower=5%,metric=cpu")), nil, "B costs 16 % less, but reacts 17.0 s later and fits demand 29.3 points worse"},
		{"an upper turned to what it was", early(1), late(2).set(set(20*time.Second, "upper", "35%")), nil, "B costs 16 % less, but reacts 17.0 s later and fits demand 29.3 points worse"},
		{"one limit", early(1).set(policy(of35)), late(2).set(policy(of35)), nil, "B costs 16 % less, but reacts 17.0 s later and fits demand 29.3 points worse"},
		{"from more instances on", early(1), newStory(2).seconds(20, 2, 2, 20, 9).seconds(40, 3, 3, 20, 9), []string{"reaction.ready_after_load_s", "reaction.first_breach_s"}, "B stays within its limits where A does not, but fits demand 41.3 points worse and costs 53 % more"},
	} {
		got := CompareGroups([][]lab.Record{{c.a.rec}, {c.b.rec}})
		if want := "load identical · " + c.verdict + " · 1 run each: no claim beyond these"; got.Verdict != want {
			t.Errorf("%s:\n%s\nwant\n%s", c.says, got.Verdict, want)
		}
		for i := range got.Metrics {
			m := &got.Metrics[i]
			want := slices.Contains(c.na, m.Name)
			if is := m.Judged[0].Word == stat.WordUnknown; is != want || is && (m.Mark(0) != "n/a" || m.ShowDelta(m.Deltas[0]) != "—") {
				t.Errorf("%s: %s is %q by %v", c.says, m.Name, m.Judged[0].Word, m.Deltas[0])
			}
			if (m.Why[0] != "") != want {
				t.Errorf("%s: %s is n/a because %q", c.says, m.Name, m.Why[0])
			}
			if want && m.Name == "reaction.new_ready_s" && m.Show(m.Value(0)) == "—" {
				t.Errorf("%s: the value is not shown", c.says)
			}
		}
	}
	c := Compare(records(early(1), late(2).set(policy(of60))))
	if m := c.find("reaction.new_ready_s"); m.Value(0) != 5 || m.Value(1) != 2 {
		t.Errorf("from the breach: %v and %v", m.Value(0), m.Value(1))
	}
	if m := c.find("reaction.first_breach_s"); m.Value(0) != 11 || m.Value(1) != 31 {
		t.Errorf("breaches at %v and %v", m.Value(0), m.Value(1))
	}
}

// What cannot be told is not said to differ.
func TestALoadThatIsNotKnownIsCalledSo(t *testing.T) {
	half := slow(2).set(func(r *lab.Record) { r.Run.Incomplete = "the disk was full" })
	got := Compare(records(slow(1), half))
	if got.Same || !got.Unsure || got.Verdict != "" || got.Why != "run 2 is not whole" || got.Fairness() != "load not known to be the same: not a fair comparison" {
		t.Errorf("%t %t %q: %s: %s", got.Same, got.Unsure, got.Verdict, got.Fairness(), got.Why)
	}
	if got = Compare(records(slow(1), slow(2).set(func(r *lab.Record) { r.Run.Experiment.Load = "constant:rate=80,spacing=even" }), half)); got.Unsure || got.Fairness() != "load differs: not a fair comparison" {
		t.Errorf("%t %s", got.Unsure, got.Fairness())
	}
}

// besides adds what another policy would have decided, to ticks from one on.
func (s *story) besides(from int, spec string, desired func(i int) int) *story {
	for i := from; i < len(s.rec.Ticks); i++ {
		t := &s.rec.Ticks[i]
		t.Shadows = append(t.Shadows, lab.Shadow{Policy: spec, Decision: lab.Decision{Desired: desired(i)}})
	}
	return s
}

func TestShadowsHaveColumnsWhereTheyHaveAValue(t *testing.T) {
	two := func(int) int { return 2 }
	wave := func(i int) int { return 2 + i/10%2 } // 2 and 3 in turns of ten seconds; the first tick is at 1 s
	a, b := steady(1).besides(0, "threshold", wave), steady(2).besides(0, "hpa:target=60%", two).besides(0, "threshold", two).besides(0, "hpa:target=80%", wave).besides(5, "nomad", two)
	c := Compare(records(a, b))
	plain := Compare(records(steady(1), steady(2)))
	if c.Verdict != plain.Verdict || c.Verdict == "" || plain.Caveat != "" || plain.Shadows != nil || plain.find("desired.mean") != nil {
		t.Errorf("verdict %q, without shadows %q", c.Verdict, plain.Verdict)
	}
	want := []ShadowColumn{{0, "threshold", "A·threshold"}, {1, "hpa:target=60%", "B·hpa 1"}, {1, "threshold", "B·threshold"}, {1, "hpa:target=80%", "B·hpa 2"}}
	if diff := cmp.Diff(want, c.Shadows); diff != "" { // nomad's decisions are not of the whole run
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"METRIC", "A", "B", "A·threshold", "B·hpa 1", "B·threshold", "B·hpa 2", "Δ", ""}, c.Head()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wished := 0
	for name, want := range map[string][]string{
		"desired.instance_seconds": {"desired·s", "118", "118", "147", "118", "118", "147", "0", "≈ same"},
		"desired.mean":             {"mean desired", "2.00", "2.00", "2.49", "2.00", "2.00", "2.49", "0.00", "≈ same"},
		"desired.peak":             {"peak desired", "2", "2", "3", "2", "2", "3", "0", "≈ same"},
		"scale.up_events":          {"scaled up", "0", "0", "3", "0", "0", "3", "0", "≈ same"},
		"scale.down_events":        {"scaled down", "0", "0", "2", "0", "0", "2", "0", "≈ same"},
		"oscillations":             {"oscillations", "0", "0", "4", "0", "0", "4", "0", "≈ same"},
		"instance_seconds":         {"inst·seconds", "120", "120", "—", "—", "—", "—", "0", "≈ same"},
	} {
		at := slices.IndexFunc(c.Metrics, func(m Metric) bool { return m.Name == name })
		if at < 0 {
			t.Errorf("no %s", name)
		} else if diff := cmp.Diff(want, c.Row(at)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for i := range c.Metrics {
		if c.Metrics[i].shadowed() {
			wished++
		}
	}
	if wished != 6 {
		t.Errorf("shadows have a value in %d figures", wished)
	}
	data, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "shadows.json", data)
	golden.Check(t, "shadows.md", c.Markdown())
	golden.Check(t, "shadows.csv", c.CSV())
	for name, text := range map[string]string{"JSON": string(data), "Markdown": string(c.Markdown())} {
		if n := strings.Count(text, "a shadow does not feel its own decisions"); n != 1 {
			t.Errorf("%s has the caveat %d times", name, n)
		}
	}
}

// Of repeats a shadow's value is the median over the runs that have it.
func TestAShadowOfSomeRepeats(t *testing.T) {
	of := func(id int64, n int) lab.Record {
		return steady(id).besides(0, "hpa", func(int) int { return n }).rec
	}
	c := CompareGroups([][]lab.Record{records(steady(1), steady(2)), {of(3, 2), steady(4).rec, of(5, 5), of(6, 3)}})
	if m := c.find("desired.peak"); len(c.Shadows) != 1 || c.Shadows[0].Side != 1 || m.Shadows[0] != 3 {
		t.Errorf("%v: %v", c.Shadows, m.Shadows)
	}
}

// A shadow turns by the same rule as its run: one that decides what was decided
// has the same counts, at any speed.
func TestAShadowThatDecidesAlikeHasTheSameCounts(t *testing.T) {
	for _, speed := range []float64{1, 10} {
		wave := newStory(1)
		for i := range 40 { // the second half turns within a minute, and not within six seconds
			wave.seconds(3+6*(i/20), 2+i%2, 2+i%2, 20, 9)
		}
		rec := wave.rec
		rec.Run.Experiment.Speed = speed
		for i := range rec.Ticks {
			t := &rec.Ticks[i]
			t.Shadows = []lab.Shadow{{Policy: "alike", Decision: t.Decision}}
		}
		rec.Run.Summary = lab.SummaryOf(&rec)
		c := Compare([]lab.Record{rec})
		for _, name := range []string{"oscillations", "scale.up_events", "scale.down_events"} {
			if m := c.find(name); m.Shadows[0] != m.Value(0) || m.Value(0) < 10 {
				t.Errorf("speed %v, %s: %v, the run %v", speed, name, m.Shadows[0], m.Value(0))
			}
		}
	}
}

// What runs are too few for is said with the least p that they allow, and what
// chance may have done with its p.
func TestRepeatsAreShownWithTheirOdds(t *testing.T) {
	group := func(of func(int64) *story, n int64) (out []lab.Record) {
		for id := range n {
			out = append(out, shifted(of)(id+1).rec)
		}
		return out
	}
	later := func(id int64) *story { return slow(id + 20) }
	for _, c := range []struct {
		says    string
		a, b    []lab.Record
		verdict string
		row     string
	}{
		{"three each", group(slow, 3), group(alert, 3),
			"load identical · 3 + 3: B below A in all (new ready s, load→ready s, relief s, over upper s and score), B above A in all (inst·seconds and oscillations); p = 0.10 is the least possible: nothing is claimed. Take 4, better 5, each", "too few runs  p 0.100, least 0.100"},
		{"five each", group(slow, 5), group(alert, 5), "load identical · B ", "p 0.008, least 0.008"},
		{"alike", group(slow, 5), group(later, 5), "A and B are the same within tolerance", "≈ same"},
		{"two each", group(slow, 2), group(alert, 2), "no claim beyond these", "▼ better"},
	} {
		got := CompareGroups([][]lab.Record{c.a, c.b})
		i := slices.IndexFunc(got.Metrics, func(m Metric) bool { return m.Name == "utilization.over_upper_s" })
		row := got.Row(i)
		if !strings.Contains(got.Verdict, c.verdict) || !strings.HasSuffix(row[len(row)-1], c.row) {
			t.Errorf("%s: %q, %q", c.says, got.Verdict, row)
		}
		text, err := got.JSON()
		var out struct {
			Metrics []struct {
				Name   string
				Values []float64
				Runs   [][]float64 `json:"run_values"`
				P      *float64
				LeastP *float64 `json:"least_p"`
			}
		}
		if err := errors.Join(err, json.Unmarshal(text, &out)); err != nil {
			t.Fatal(err)
		}
		m := out.Metrics[i]
		if len(m.Runs) != 2 || len(m.Runs[1]) != len(c.b) || (m.P == nil) != (len(c.a) < stat.Claim) || (m.P == nil) != (m.LeastP == nil) || m.Values[1] != stat.Median(m.Runs[1]) {
			t.Errorf("%s: %+v", c.says, m)
		}
	}
}

func TestAMedianBetweenCountsIsShownAsOne(t *testing.T) {
	c := CompareGroups([][]lab.Record{records(slow(1), slow(2)), records(slow(3), alert(4))})
	i := slices.IndexFunc(c.Metrics, func(m Metric) bool { return m.Name == "instances.peak" })
	if row := c.Row(i); row[1] != "2" || row[2] != "2.5" || row[3] != "+0.5" {
		t.Errorf("peaks 2, 2 against 2, 3: %q", row)
	}
}

func TestASideOfDifferentRunsIsSaid(t *testing.T) {
	c := CompareGroups([][]lab.Record{records(slow(1), alert(2)), records(slow(3), quick(4), slow(5))})
	want := "the runs of B are not repeats of one another: they differ in policy.upper"
	if len(c.Warnings) != 1 || c.Warnings[0] != want || !strings.Contains(c.Verdict, want) {
		t.Errorf("warnings %q, %q", c.Warnings, c.Verdict)
	}
}

// Runs of two policies differ in all their knobs: the warning stays a line.
func TestOfManyDifferencesAWarningNamesSome(t *testing.T) {
	other := slow(2).rec
	other.Run.Experiment.Policy = "hpa:target=60%,metric=cpu,period=15s,up=x,down=y,up_window=0s,down_window=5m"
	c := CompareGroups([][]lab.Record{records(slow(1), slow(3)), {slow(4).rec, other}})
	if len(c.Warnings) != 1 || strings.Count(c.Warnings[0], ",") > 2 || !strings.HasSuffix(c.Warnings[0], " more settings") {
		t.Errorf("warnings %q", c.Warnings)
	}
	c.Verdict = ""
	if !strings.Contains(string(c.Markdown()), "Beware: the runs of B are not repeats") {
		t.Error("the page without a verdict does not warn")
	}
}

// Of repeats a setting has one value a side, in JSON.
func TestSettingsDifferBySide(t *testing.T) {
	named := func(s *story, cores int) lab.Record {
		s.rec.Run.Host.Cores = cores
		return s.rec
	}
	c := CompareGroups([][]lab.Record{{named(slow(1), 2), named(slow(2), 2)}, {named(quick(3), 2), named(quick(4), 4), named(quick(5), 2)}})
	data, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Differ map[string][]string `json:"settings_differ"`
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"policy.upper": {"35%", "30%"}, "host.cores": {"2", "2, 4"}}
	if diff := cmp.Diff(want, got.Differ); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDiffer(t *testing.T) {
	a, b := slow(1).rec, quick(2).deed(8*time.Second, lab.ActKill, "i0", "", "").rec
	b.Run.Experiment.Policy = "manual"
	b.Run.Host.Cores = 4
	got := Compare([]lab.Record{a, b}).Differences
	want := []Difference{
		{"policy", []string{"threshold", "manual"}}, {"policy.upper", []string{"35%", ""}}, {"policy.lower", []string{"15%", ""}}, {"policy.metric", []string{"cpu", ""}},
		{"host.cores", []string{"2", "4"}}, {"done to instances", []string{"", "kill #1 at 00:08"}},
	}
	if diff := cmp.Diff(want, got.Differ); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.Fields < 30 || !strings.HasPrefix(got.Same, "constant rate 72 spacing even, seed 7, min–max 1–5, size 0.2, work 4ms, least-connections, version v1, and ") {
		t.Errorf("%d fields, same: %s", got.Fields, got.Same)
	}
}

func TestExports(t *testing.T) {
	c := Compare(records(slow(1), quick(2)))
	data, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "two.json", data)
	golden.Check(t, "two.md", c.Markdown())
	golden.Check(t, "two.csv", c.CSV())
	c = Compare(records(slow(1), idle(2), quick(3).deed(9*time.Second, lab.ActSet, "load", "rate", "80")))
	golden.Check(t, "three.md", c.Markdown())
	golden.Check(t, "three.csv", c.CSV())

	data, err = c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Same    bool `json:"load_identical"`
		Verdict *string
		Metrics []struct {
			Name   string
			Values []*float64
			Delta  *float64
			Word   string
			Words  []string
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Same || got.Verdict != nil || len(got.Metrics) != len(allMetrics())+len(speedups) {
		t.Errorf("%s", data)
	}
	i := slices.IndexFunc(c.Metrics, func(m Metric) bool { return m.Name == "reaction.new_ready_s" })
	m := got.Metrics[i]
	if m.Values[1] != nil || m.Delta != nil || m.Word != "better" || len(m.Words) != 2 || *m.Values[0] != 12 {
		t.Errorf("no breach against one: %+v", m)
	}
}

func allMetrics() (all []metric) {
	for _, s := range sections {
		all = append(all, s.metrics...)
	}
	return all
}

func TestEveryMetricHasAPlaceInTheTable(t *testing.T) {
	c := Compare(records(slow(1), quick(2).besides(0, "hpa", func(int) int { return 2 })))
	names, headed := map[string]bool{}, map[string]bool{}
	for i := range c.Metrics {
		if m := &c.Metrics[i]; names[m.Name] || len(c.Row(i)) != len(c.Head()) {
			t.Errorf("%s: twice, or %d cells for %d", m.Name, len(c.Row(i)), len(c.Head()))
		}
		names[c.Metrics[i].Name] = true
		if m := &c.Metrics[i]; m.Meaning() == "" || m.Group == "" || i > 0 && m.Group != c.Metrics[i-1].Group && headed[m.Group] {
			t.Errorf("%s: means %q, under %q", m.Name, m.Meaning(), m.Group)
		}
		headed[c.Metrics[i].Group] = true
	}
	for name := range meanings {
		if !names[name] {
			t.Errorf("%s has a meaning, and is no figure", name)
		}
	}
	for _, group := range phrases {
		for _, p := range group {
			if m := c.find(p.metric); m == nil || m.Rule.Better == stat.Neutral {
				t.Errorf("a phrase for %s, which is not judged", p.metric)
			}
		}
	}
}

// BenchmarkCompare is four runs of an hour with 20 instances.
func BenchmarkCompare(b *testing.B) {
	hour := func(id int64) lab.Record {
		s := newStory(id)
		for i := range 3600 {
			at := zero + time.Duration(i+1)*time.Second
			t := lab.Tick{Sample: lab.Sample{At: at, Span: time.Second, Desired: 20, LoadOn: true}, Decision: lab.Decision{Desired: 15 + i/60%5}}
			for k := range 20 {
				t.Sample.Instances = append(t.Sample.Instances, lab.Instance{ID: string(rune('a' + k)), PID: 1, State: lab.Ready, CPU: lab.Known(.3, at, time.Second)})
			}
			for k := range 40 {
				t.Sample.Generator.Latency = append(t.Sample.Generator.Latency, lab.Bucket{Top: time.Duration(k+i%7) * time.Millisecond, N: 3})
			}
			t.Sample.Generator.OK, t.Sample.Generator.Offered = 120, 120
			s.rec.Ticks = append(s.rec.Ticks, t)
		}
		s.rec.Run.Duration = time.Hour
		return s.rec
	}
	four := []lab.Record{hour(1), hour(2), hour(3), hour(4)}
	for _, kept := range []bool{true, false} {
		name := "summed up"
		if !kept {
			name = "to be summed up"
		}
		for i := range four {
			four[i].Run.Summary = lab.Summary{}
			if kept {
				four[i].Run.Summary = lab.SummaryOf(&four[i])
			}
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Compare(four)
			}
		})
	}
}
