package bench

import (
	"strings"
	"testing"
	"time"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/theme"
)

// A run that an older lab recorded, or that has no end yet, is scored when it is
// seen again, to the same figures.
func TestAReplayIsScored(t *testing.T) {
	m := replayOf(300, 5, plain)
	for _, outcome := range []lab.Outcome{lab.Stopped, lab.Crashed, lab.Unfinished} {
		rec := m.replay.rec
		rec.Run.Outcome = outcome
		want := *lab.SummaryOf(&rec).Score
		rec.Run.Summary = lab.Summary{}
		if outcome == lab.Unfinished {
			rec.Run.Duration = 0
		}
		again := NewReplay(m.cfg, rec)
		if got := again.pic.Record.Run.Summary.Score; got == nil || *got != want {
			t.Errorf("%q: it is not scored to %v", outcome, want)
		}
		again.Rows(120, 35)
		again.seek(300 * time.Second)
		if s := drawn(again, 120, 35); !strings.Contains(s, "05:00 of 05:00") {
			t.Errorf("%q: its length is not known:\n%s", outcome, s)
		}
	}
}

// A knob turned between two ticks reads as it was up to that moment, and as it
// was turned from then on, whichever way the cursor comes.
func TestAReplayShowsTheSettingsOfItsMoment(t *testing.T) {
	rec := lab.Record{Run: lab.Run{ID: 1, Experiment: lab.DefaultExperiment(), Duration: 20 * time.Second}}
	rec.Run.Experiment.Policy = "threshold:upper=40%"
	turned := 10*time.Second + 300*time.Millisecond
	for i := range 20 {
		tick := lab.Tick{Sample: lab.Sample{At: time.Duration(i+1) * time.Second, Span: time.Second}}
		if i == 10 {
			tick.Events = []lab.Event{{At: turned, By: lab.ByUser, Kind: lab.EventAction,
				Action: &lab.Action{At: turned, Kind: lab.ActSet, Target: "policy", Name: "upper", From: "40%", To: "55%"}}}
		}
		rec.Ticks = append(rec.Ticks, tick)
	}
	setups, err := engine.Setups(rec)
	if err != nil {
		t.Fatal(err)
	}
	m := NewReplay(Config{Theme: theme.New(plain), SetupAt: func(_ lab.Record, at time.Duration) engine.Setup { return setups(at) }}, rec)
	look := func(at time.Duration, want string) {
		t.Helper()
		m.show(m.replay.snapshot(m.cfg.SetupAt, at))
		if k, _ := lab.Find(m.pic.PolicyKnobs, "upper"); k.Spec() != want {
			t.Errorf("at %v upper is %s, want %s", at, k.Spec(), want)
		}
	}
	for range 2 { // there and back again
		look(turned-time.Millisecond, "40%")
		look(turned, "55%")
		look(10*time.Second+700*time.Millisecond, "55%")
		look(20*time.Second, "55%")
		look(10*time.Second, "40%")
	}
	m.events.Move(-1) // the deed, its moment between the ticks
	m.toEvent()
	if k, _ := lab.Find(m.pic.PolicyKnobs, "upper"); k.Spec() != "55%" {
		t.Errorf("at its event upper is %s", k.Spec())
	}
}

// A lab that is killed before its first tick leaves a run of which there is
// nothing to see: that is said, and nothing in it begins, lasts or waits.
func TestAReplayWithoutTicksSaysSo(t *testing.T) {
	rec := lab.Record{Run: lab.Run{ID: 9, Experiment: lab.DefaultExperiment(), Outcome: lab.Crashed}}
	rec.Run.Summary = lab.SummaryOf(&rec)
	setups, err := engine.Setups(rec)
	if err != nil {
		t.Fatal(err)
	}
	m := NewReplay(Config{Theme: theme.New(plain), SetupAt: func(_ lab.Record, at time.Duration) engine.Setup { return setups(at) }}, rec)
	for _, play := range []bool{false, true} {
		if play {
			m.play()
			m.Take(played{m.replay, m.replay.playing, time.Now()})
			m.moveCursor(3)
		}
		s := drawn(m, 120, 36)
		for _, want := range []string{"00:00 of 00:00 paused", "no ticks of this run were recorded: there is nothing to play", "why: no ticks of this run were recorded", "next: —", "wanted —"} {
			if !strings.Contains(s, want) {
				t.Errorf("played %v: no %q in\n%s", play, want, s)
			}
		}
		for _, wrong := range []string{"just begun", "no data yet", "now  ", "next tick"} {
			if strings.Contains(s, wrong) {
				t.Errorf("played %v: %q in\n%s", play, wrong, s)
			}
		}
	}
}

// Of an imported series it is known how many requests came, not how they ended:
// that they were not answered is not said.
func TestAReplayOfASeriesKnowsOfNoAnswers(t *testing.T) {
	rec := lab.Record{Run: lab.Run{ID: 9, Experiment: lab.DefaultExperiment(), Outcome: lab.Completed, Rig: lab.RigImport, Duration: 3 * time.Second}}
	for i := range 3 {
		rec.Ticks = append(rec.Ticks, lab.Tick{Sample: lab.Sample{At: time.Duration(i+1) * time.Second, Span: time.Second, Desired: 1, Limits: lab.Limits{Min: 1, Max: 5},
			Instances: []lab.Instance{{ID: "i1", Num: 1, State: lab.Ready, EverReady: true}}, Foreign: lab.Traffic{Offered: 7}}})
	}
	rec.Run.Experiment.Policy = "manual"
	rec.Run.Summary = lab.SummaryOf(&rec)
	setups, err := engine.Setups(rec)
	if err != nil {
		t.Fatal(err)
	}
	m := NewReplay(Config{Theme: theme.New(plain), SetupAt: func(_ lab.Record, at time.Duration) engine.Setup { return setups(at) }}, rec)
	s := drawn(m, 120, 36)
	for _, want := range []string{"offered 7", "served —", "of a series it is not known", "not known", "next: scaled by hand"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
	for _, wrong := range []string{"served 0", "ok 0", "failed 0", "no data yet", "you scale"} {
		if strings.Contains(s, wrong) {
			t.Errorf("%q in\n%s", wrong, s)
		}
	}
}
