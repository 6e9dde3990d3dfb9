package lab_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"autoscale-lab/lab"
)

// scoreStory is a run of one tick a second: what each tick shows is given.
type scoreStory struct{ rec lab.Record }

func newScoreStory(change ...func(*lab.Experiment)) *scoreStory {
	e := lab.DefaultExperiment() // 50 requests/s an instance, of which 40 are counted on
	e.Policy = "threshold:upper=35%,lower=15%"
	for _, c := range change {
		c(&e)
	}
	return &scoreStory{lab.Record{Run: lab.Run{Experiment: e, Outcome: lab.Completed}}}
}

// seconds adds n ticks with so many ready instances at a rate, then changed.
func (s *scoreStory) seconds(n, ready int, rate int64, change ...func(*lab.Sample)) *scoreStory {
	for range n {
		at := time.Duration(len(s.rec.Ticks)+1) * time.Second
		t := lab.Tick{Sample: lab.Sample{
			At: at, Span: time.Second, Desired: ready, Limits: lab.Limits{Min: 1, Max: 5}, LoadOn: true, Model: lab.Open,
			Capacity: s.rec.Run.Experiment.Fleet.Capacity(),
		}, Decision: lab.Decision{Desired: ready}}
		for i := range ready {
			t.Sample.Instances = append(t.Sample.Instances, lab.Instance{ID: fmt.Sprint(i), PID: 1 + i, State: lab.Ready, CPU: lab.Known(0.3, at, time.Second)})
		}
		t.Sample.Generator = lab.Traffic{Offered: rate, OK: rate, Latency: lab.Hist{{Top: 9 * time.Millisecond, N: rate}}}
		for _, c := range change {
			c(&t.Sample)
		}
		s.rec.Ticks = append(s.rec.Ticks, t)
		s.rec.Run.Duration = at
	}
	return s
}

func TestScoresOfTicks(t *testing.T) {
	closed := func(s *lab.Sample) { s.Model, s.Level = lab.Closed, 20 }
	hung := func(s *lab.Sample) { s.Instances[0].Hung = true }
	starting := func(s *lab.Sample) {
		s.Instances = append(s.Instances, lab.Instance{ID: "new", PID: 9, State: lab.Starting, Started: 5 * time.Second})
	}
	dismissed := func(state lab.State) func(*lab.Sample) {
		return func(s *lab.Sample) {
			s.Instances = append(s.Instances, lab.Instance{ID: "backs off", State: state, Started: time.Second, Ended: s.At * time.Duration(state/lab.Gone)})
		}
	}
	former := func(s *lab.Sample) {
		s.Instances = append(s.Instances, lab.Instance{ID: "former", PID: 9, State: lab.Gone, EverReady: true, Started: -9 * time.Second, Ended: -time.Millisecond})
	}
	for _, c := range []struct {
		says   string
		story  *scoreStory
		figure func(*lab.Scores) *float64
		want   any // nil: not known
	}{
		{"40 requests/s an instance are counted on: 41 need two", newScoreStory().seconds(11, 1, 41), func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }, 50.},
		{"40 need one", newScoreStory().seconds(11, 1, 40), func(s *lab.Scores) *float64 { return s.Score }, 100.},
		{"a calibrated instance carries what was measured", newScoreStory(func(e *lab.Experiment) { e.Calibrated = 20 }).seconds(11, 1, 40), func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }, 50.},
		{"and in proportion once its size is turned", newScoreStory(func(e *lab.Experiment) { e.Calibrated = 20 }).seconds(11, 1, 40, func(s *lab.Sample) { s.Capacity = 100 }), func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }, 0.},
		{"one's own command too", newScoreStory(func(e *lab.Experiment) { e.Fleet.App, e.Calibrated = []string{"x"}, 20 }).seconds(11, 1, 40), func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }, 50.},
		{"of which else nothing is known", newScoreStory(func(e *lab.Experiment) { e.Fleet.App = []string{"x"} }).seconds(11, 1, 40), func(s *lab.Scores) *float64 { return s.Score }, nil},
		{"other people's requests are demand", newScoreStory().seconds(11, 1, 20, func(s *lab.Sample) { s.Foreign.Offered = 21 }), func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }, 50.},
		{"a closed load offers no rate", newScoreStory().seconds(11, 1, 41, closed), func(s *lab.Scores) *float64 { return s.Score }, nil},
		{"demand is min at least, as it stands", newScoreStory().seconds(11, 1, 0, func(s *lab.Sample) { s.Limits.Min = 2 }), func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }, 50.},
		{"a hung instance serves nothing", newScoreStory().seconds(11, 2, 41, hung), func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }, 50.},
		{"a starting one serves nothing", newScoreStory().seconds(11, 1, 1, starting), func(s *lab.Scores) *float64 { return s.Elasticity.OverPct }, 0.},
		{"one that has no process yet is not", newScoreStory().seconds(11, 1, 1, func(s *lab.Sample) { s.Instances = append(s.Instances, lab.Instance{ID: "new"}) }), func(s *lab.Scores) *float64 { return s.Elasticity.OverRunningPct }, 0.},
		{"but is paid", newScoreStory().seconds(11, 1, 1, starting), func(s *lab.Scores) *float64 { return s.Elasticity.OverRunningPct }, 100.},
		{"what precedes the first tick is not known", newScoreStory().seconds(10, 1, 1), func(s *lab.Scores) *float64 { return s.CoveragePct }, 90.},
		{"what was measured over a gap is not of now", newScoreStory().seconds(5, 1, 10).seconds(1, 1, 1000, func(s *lab.Sample) { s.Gap = true }).seconds(5, 1, 10), func(s *lab.Scores) *float64 { return s.Elasticity.UnderPct }, 0.},
		{"nor is it lost from the count of requests", newScoreStory().seconds(5, 1, 10).seconds(1, 1, 0, func(s *lab.Sample) { s.Gap = true; s.Generator.Failed[lab.CauseReset] = 50 }).seconds(5, 1, 10), func(s *lab.Scores) *float64 { return s.ErrorPct }, 100. * 50 / 150},
		{"slow and failed ones miss the target", newScoreStory().seconds(10, 1, 90, func(s *lab.Sample) { s.Generator.Slow = 8; s.Generator.Failed[lab.CauseTimeout] = 10 }), func(s *lab.Scores) *float64 { return s.SLO.ViolationPct }, 18.},
		{"a client that went away is no failure", newScoreStory().seconds(10, 1, 90, func(s *lab.Sample) { s.Generator.Failed[lab.CauseCanceled] = 10 }), func(s *lab.Scores) *float64 { return s.ErrorPct }, 0.},
		{"if all failed, p95 is beyond any target", newScoreStory().seconds(10, 1, 0, func(s *lab.Sample) { s.Generator.Latency = nil; s.Generator.Failed[lab.CauseTimeout] = 10 }), func(s *lab.Scores) *float64 { return s.SLO.ByTimePct }, 100.},
		{"a policy without an upper has no time above it", newScoreStory(func(e *lab.Experiment) { e.Policy = "manual" }).seconds(10, 1, 1), func(s *lab.Scores) *float64 { return s.Utilization.OverUpper }, nil},
		{"utilization above upper", newScoreStory(func(e *lab.Experiment) { e.Policy = "threshold:upper=20%" }).seconds(10, 1, 1), func(s *lab.Scores) *float64 { return s.Utilization.OverUpper }, 9.},
		{"at twice the speed a minute's least is half a minute", newScoreStory(func(e *lab.Experiment) { e.Speed = 2 }).seconds(10, 1, 1), func(s *lab.Scores) *float64 { return &s.Billed.PerSecond }, 30.},
		{"but a tick holds as long as ever", newScoreStory(func(e *lab.Experiment) { e.Speed = 30 }).seconds(10, 1, 1), func(s *lab.Scores) *float64 { return s.CoveragePct }, 90.},
		{"nor is there a speed at which nothing can be reckoned", newScoreStory(func(e *lab.Experiment) { e.Speed = 1e300 }).seconds(10, 1, 1), func(s *lab.Scores) *float64 { return s.CoveragePct }, 90.},
		{"one that was dismissed before it had a process is not paid", newScoreStory().seconds(9, 1, 1, dismissed(lab.Draining)).seconds(1, 1, 1, dismissed(lab.Gone)), func(s *lab.Scores) *float64 { return &s.Billed.PerSecond }, 60.},
		{"nor is one that ended before the run", newScoreStory().seconds(1, 1, 1, former).seconds(9, 1, 1), func(s *lab.Scores) *float64 { return &s.Billed.PerSecond }, 60.},
		{"an hour costs what it is said to", newScoreStory(func(e *lab.Experiment) { e.Price = 3 }).seconds(10, 2, 1), func(s *lab.Scores) *float64 { return &s.Cost.PerHour }, 6.},
	} {
		scores := lab.SummaryOf(&c.story.rec).Scores
		got := c.figure(&scores)
		switch {
		case c.want == nil && got == nil:
		case c.want == nil || got == nil || *got-c.want.(float64) > 1e-9 || c.want.(float64)-*got > 1e-9:
			text := "not known"
			if got != nil {
				text = fmt.Sprint(*got)
			}
			t.Errorf("%s: %s, want %v", c.says, text, c.want)
		}
	}
}

// A run that is cut off is scored to an interval after its last tick.
func TestARunWithoutAnEndIsScoredToAnIntervalAfterItsLastTick(t *testing.T) {
	s := newScoreStory().seconds(10, 1, 1)
	for _, o := range []lab.Outcome{lab.Unfinished, lab.Crashed} {
		s.rec.Run.Outcome = o
		if got := lab.SummaryOf(&s.rec).ReadyInstanceSeconds; got != 10 {
			t.Errorf("%q: %v ready instance seconds, want 10", o, got)
		}
	}
}

// What is asked on the way is what a run that ends there comes to.
func TestScoresOnTheWay(t *testing.T) {
	s := newScoreStory().seconds(7, 1, 90).seconds(9, 3, 30).seconds(20, 2, 75)
	live := lab.NewTally(&s.rec.Run)
	for i := range s.rec.Ticks {
		live.Add(&s.rec.Ticks[i])
		now := s.rec.Ticks[i].Sample.At
		short := lab.Record{Run: s.rec.Run, Ticks: s.rec.Ticks[:i+1]}
		short.Run.Duration = now
		if got, want := figuresText(live.Summary(now)), figuresText(lab.SummaryOf(&short)); got != want {
			t.Fatalf("after %s:\n%s\nwant\n%s", now, got, want)
		}
	}
}

func figuresText(s lab.Summary) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// The demand of a tick is that by which its run is scored.
func TestDemandOfASample(t *testing.T) {
	plain := lab.DefaultExperiment()
	calibrated, own := plain, plain
	calibrated.Calibrated = 20
	own.Fleet.App = []string{"x"}
	at := func(rate int64, change ...func(*lab.Sample)) lab.Sample {
		s := lab.Sample{Span: time.Second, Capacity: 50, Limits: lab.Limits{Min: 1, Max: 5}, LoadOn: true, Generator: lab.Traffic{Offered: rate}}
		for _, c := range change {
			c(&s)
		}
		return s
	}
	for _, c := range []struct {
		says   string
		e      lab.Experiment
		sample lab.Sample
		want   int // 0: not known
	}{
		{"40 requests/s an instance", plain, at(41), 2},
		{"more than max is needed all the same", plain, at(900), 23},
		{"min at least", plain, at(0), 1},
		{"what was calibrated", calibrated, at(41), 3},
		{"in proportion once the size is turned", calibrated, at(41, func(s *lab.Sample) { s.Capacity = 100 }), 2},
		{"of one's own command nothing is known", own, at(41, func(s *lab.Sample) { s.Capacity = 0 }), 0},
		{"a closed load has no rate", plain, at(41, func(s *lab.Sample) { s.Model = lab.Closed }), 0},
		{"a gap is not to be trusted", plain, at(41, func(s *lab.Sample) { s.Gap = true }), 0},
	} {
		if n, ok := c.e.Demand(&c.sample); ok != (c.want > 0) || ok && n != c.want {
			t.Errorf("%s: %d, %v, want %d", c.says, n, ok, c.want)
		}
	}
}

// Instances come and go by the thousand: each is paid for its life, once.
func TestLifetimesOfManyInstances(t *testing.T) {
	s := newScoreStory().seconds(1, 0, 1)
	const n = 300
	for i := range n {
		at := s.rec.Run.Duration
		s.seconds(1, 0, 1, func(sample *lab.Sample) {
			sample.Instances = append(sample.Instances, lab.Instance{ID: fmt.Sprint("i", i), PID: 1, State: lab.Ready, Started: at + 500*time.Millisecond})
			if i > 0 {
				sample.Instances = append(sample.Instances, lab.Instance{ID: fmt.Sprint("i", i-1), PID: 1, State: lab.Gone, Started: at - 500*time.Millisecond, Ended: at + 500*time.Millisecond})
			}
		})
	}
	got := lab.SummaryOf(&s.rec).Scores
	if want := (n-1)*1. + .5; got.InstanceSeconds != want || got.Billed.PerSecond != 60*n || got.Billed.PerHour != 3600*n {
		t.Errorf("%v instance seconds, want %v; billed %+v", got.InstanceSeconds, want, got.Billed)
	}
}
