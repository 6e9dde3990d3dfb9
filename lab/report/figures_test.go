package report

import (
	"math"
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestFiguresOfRunsAsStories(t *testing.T) {
	inf := math.Inf
	for _, c := range []struct {
		says   string
		story  *story
		metric string
		want   float64
	}{
		{"time over upper is of ticks above it, each until the next", newStory(1).seconds(5, 1, 1, 30, 9).seconds(7, 1, 1, 40, 9).seconds(8, 2, 2, 20, 9), "utilization.over_upper_s", 7},
		{"exactly upper is not above it", newStory(1).seconds(20, 1, 1, 35, 9), "utilization.over_upper_s", 0},
		{"what precedes the first tick is unknown, the last holds to the end", newStory(1).seconds(20, 1, 1, 40, 9), "utilization.over_upper_s", 19},
		{"an upper turned on the way counts from then on", newStory(1).seconds(20, 1, 1, 40, 9).deed(10*time.Second, lab.ActSet, "policy", "upper", "50%"), "utilization.over_upper_s", 9},
		{"a policy without an upper has no time above it", newStory(1).seconds(9, 1, 1, 40, 9).set(policy("manual")), "utilization.over_upper_s", unknown},
		{"an upper that is of another metric is none", newStory(1).seconds(9, 1, 1, 40, 9).set(policy("threshold:upper=18,lower=8,metric=rps")), "utilization.over_upper_s", unknown},
		{"a tick holds five intervals at most", newStory(1).seconds(20, 1, 1, 40, 9).set(func(r *lab.Record) { r.Ticks = append(r.Ticks[:5], r.Ticks[15:]...) }), "utilization.over_upper_s", 4 + 5 + 4},

		{"a breach is the first tick above upper", newStory(1).seconds(5, 1, 1, 30, 9).seconds(7, 1, 1, 40, 9), "reaction.first_breach_s", 6},
		{"or above the latency target", newStory(1).seconds(8, 1, 1, 30, 200).seconds(7, 1, 1, 30, 201), "reaction.first_breach_s", 9},
		{"nothing known is no breach", newStory(1).seconds(8, 0, 1, 0, 0), "reaction.first_breach_s", unknown},
		{"without a breach there is no reaction to wait for", newStory(1).seconds(5, 1, 1, 30, 9).seconds(5, 2, 2, 30, 9), "reaction.new_ready_s", inf(-1)},
		{"nor is it one kept, where nothing would be known to be one", newStory(1).seconds(8, 0, 1, 0, 0).set(policy("manual")), "reaction.relief_s", unknown},
		{"a decision in the tick of the breach is at once", newStory(1).seconds(5, 1, 1, 30, 9).seconds(4, 1, 2, 40, 9), "reaction.decision_s", 0},
		{"a decision later", newStory(1).seconds(5, 1, 1, 30, 9).seconds(3, 1, 1, 40, 9).seconds(3, 1, 2, 40, 9), "reaction.decision_s", 3},
		{"a new instance ready", newStory(1).seconds(5, 1, 1, 30, 9).seconds(4, 1, 2, 40, 9).seconds(9, 2, 2, 20, 9), "reaction.new_ready_s", 4},
		{"none came", newStory(1).seconds(5, 1, 1, 30, 9).seconds(9, 1, 1, 40, 9), "reaction.new_ready_s", unknown},
		{"relief is five seconds without a breach", newStory(1).seconds(5, 1, 1, 30, 9).seconds(4, 1, 2, 40, 9).seconds(9, 2, 2, 20, 9), "reaction.relief_s", 4},
		{"four seconds are none", newStory(1).seconds(5, 1, 1, 30, 9).seconds(4, 1, 2, 40, 9).seconds(4, 2, 2, 20, 9).seconds(3, 2, 2, 40, 9).seconds(9, 3, 3, 20, 9), "reaction.relief_s", 11},
		{"five, up to the next breach, are one", newStory(1).seconds(5, 1, 1, 30, 9).seconds(4, 1, 2, 40, 9).seconds(5, 2, 2, 20, 9).seconds(3, 2, 2, 40, 9), "reaction.relief_s", 4},
		{"it never came", newStory(1).seconds(5, 1, 1, 30, 9).seconds(9, 1, 1, 40, 9), "reaction.relief_s", inf(1)},

		{"more capacity counts from the load", newStory(1).seconds(5, 1, 1, 30, 9).seconds(4, 1, 2, 30, 9).seconds(9, 2, 2, 20, 9), "reaction.ready_after_load_s", 10},
		{"which may begin later", newStory(1).seconds(5, 1, 1, 0, 0).seconds(4, 1, 2, 30, 9).seconds(9, 2, 2, 20, 9).deed(5*time.Second, lab.ActLoad, "", "", "on"), "reaction.ready_after_load_s", 5},
		{"an instance that was wanted before only starts up", newStory(1).seconds(2, 0, 1, 0, 0).seconds(7, 1, 1, 30, 9).seconds(9, 2, 2, 20, 9).deed(2*time.Second, lab.ActLoad, "", "", "on"), "reaction.ready_after_load_s", 8},
		{"one that comes back is none more", newStory(1).seconds(5, 2, 2, 30, 9).seconds(3, 1, 2, 30, 9).seconds(9, 2, 2, 20, 9), "reaction.ready_after_load_s", unknown},
		{"no more came", newStory(1).seconds(9, 1, 1, 30, 9), "reaction.ready_after_load_s", unknown},
		{"no load came", newStory(1).seconds(5, 1, 1, 1, 0).seconds(5, 2, 2, 1, 0).set(func(r *lab.Record) { r.Run.Experiment.Load = "none" }), "reaction.ready_after_load_s", unknown},

		{"instances of before the run count from its beginning", newStory(1).seconds(10, 2, 2, 30, 9), "instance_seconds", 20},
		{"a later one from its start", newStory(1).seconds(5, 1, 1, 30, 9).seconds(5, 2, 2, 30, 9), "instance_seconds", 10 + 4},
		{"one that ended until then", newStory(1).seconds(5, 2, 2, 30, 9).seconds(5, 1, 1, 30, 9).set(ended(6, 1, 5500*time.Millisecond)), "instance_seconds", 10 + 5.5},
		{"one whose end was not seen for an interval more", newStory(1).seconds(5, 2, 2, 30, 9).seconds(5, 1, 1, 30, 9), "instance_seconds", 10 + 6},
		{"ready ones by ticks", newStory(1).seconds(5, 1, 1, 30, 9).seconds(5, 2, 2, 30, 9), "ready_instance_seconds", 5*1 + 4*2}, // the last tick is the end

		{"up, then down within a minute", newStory(1).seconds(2, 1, 1, 30, 9).seconds(60, 1, 2, 30, 9).seconds(5, 1, 1, 30, 9), "oscillations", 1},
		{"a second later it is none", newStory(1).seconds(2, 1, 1, 30, 9).seconds(61, 1, 2, 30, 9).seconds(5, 1, 1, 30, 9), "oscillations", 0},
		{"up and up is none", newStory(1).second(1, 1, 30, 9).second(1, 2, 30, 9).second(1, 3, 30, 9), "oscillations", 0},
		{"up, down, up are two", newStory(1).second(1, 1, 30, 9).second(1, 2, 30, 9).second(1, 1, 30, 9).second(1, 2, 30, 9), "oscillations", 2},
		{"scale events", newStory(1).second(1, 1, 30, 9).second(1, 2, 30, 9).second(1, 1, 30, 9).second(1, 2, 30, 9), "scale.up_events", 2},

		{"no ticks, nothing known", newStory(1), "instance_seconds", unknown},
		{"no ticks, no reaction", newStory(1), "reaction.relief_s", unknown},
	} {
		f := measure(&c.story.rec)
		for _, m := range allMetrics() {
			if m.name == c.metric {
				if got := m.of(&f); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) && !(math.Abs(got-c.want) < 1e-9) {
					t.Errorf("%s: %s is %v, want %v", c.says, c.metric, got, c.want)
				}
			}
		}
	}
}

func policy(spec string) func(*lab.Record) {
	return func(r *lab.Record) { r.Run.Experiment.Policy = spec }
}

// ended makes an instance of the tick before end in a tick.
func ended(tick, instance int, at time.Duration) func(*lab.Record) {
	return func(r *lab.Record) {
		in := r.Ticks[tick-2].Sample.Instances[instance]
		in.State, in.Ended = lab.Gone, zero+at
		s := &r.Ticks[tick-1].Sample
		s.Instances = append(s.Instances, in)
	}
}

// A run that was summed up is not summed up anew: ticks may be missing.
func TestAStoredSummaryIsBelieved(t *testing.T) {
	s := steady(1)
	s.rec.Run.Summary = lab.Summary{Requests: lab.RequestSummary{OK: 12345, ByCause: map[string]int64{}}}
	if f := measure(&s.rec); f.sum.Requests.OK != 12345 {
		t.Errorf("%d requests", f.sum.Requests.OK)
	}
	s.rec.Run.Outcome = lab.Unfinished
	if f := measure(&s.rec); f.sum.Requests.OK != 60*72 {
		t.Errorf("under way: %d requests", f.sum.Requests.OK)
	}
}
