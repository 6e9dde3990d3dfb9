package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
)

// A run without a screen that is given another's script: load, mishaps and
// marks at the same moments, whatever else is set otherwise, and an end by
// itself.
func TestHeadlessAgain(t *testing.T) {
	story(t, "under another policy, with more instances and a longer boot", func(t *testing.T) {
		b := open(t, &paperRig{boot: 300 * time.Millisecond}, func(c *Config) {
			c.Experiment.Load, c.Experiment.Seed = "constant:rate=40,spacing=poisson", 7
		})
		time.Sleep(2500 * time.Millisecond)
		b.load("on")
		for i, deed := range []lab.Action{
			{Kind: lab.ActSet, Target: "load", Name: "rate", To: "90"},
			{Kind: lab.ActKill, Target: "i2"},
			{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "50"},
			{Kind: lab.ActMark, To: "here"},
			{Kind: lab.ActLoad, To: "off"},
		} {
			time.Sleep(time.Duration(3000+1237*i) * time.Millisecond)
			b.send(deed)
		}
		time.Sleep(5 * time.Second)
		b.send(lab.Action{Kind: lab.ActStop})
		b.close()
		first := b.notes.record(0)
		first.Run.ID = 42
		script := lab.ScriptOf(first)

		again := open(t, &paperRig{boot: 5 * time.Second}, func(c *Config) {
			c.Headless, c.Script = true, &script
			c.Experiment.Policy, c.Experiment.Fleet.Min, c.Experiment.Duration = "hpa:target=60", 2, time.Second
		})
		if err := <-again.done; err != nil {
			t.Fatal(err)
		}
		second := again.notes.record(0)
		if r := second.Run; r.Outcome != lab.Completed || r.Experiment.Repeats != 42 || r.Experiment.Seed != 7 || r.Policy != "hpa" || second.Ticks[0].Sample.Serving() != 2 {
			t.Errorf("%s, repeats %d, seed %d, policy %s", r.Outcome, r.Experiment.Repeats, r.Experiment.Seed, r.Policy)
		}
		got := lab.ScriptOf(second)
		if len(script.Deeds) != 5 || script.Deeds[3].To != "here" {
			t.Errorf("the script is %+v", script.Deeds)
		}
		got.Run = script.Run
		if diff := cmp.Diff(script, got); diff != "" {
			t.Errorf("not the same (-first +second):\n%s", diff)
		}
	})

	story(t, "a fleet that never stands is an error, and nothing is kept", func(t *testing.T) {
		b := open(t, &paperRig{boot: time.Hour}, func(c *Config) {
			c.Headless, c.Script = true, &lab.Script{Run: 1, Load: "constant:rate=40", Duration: time.Minute}
		})
		if err := <-b.done; err == nil || len(b.notes.runs) != 0 {
			t.Errorf("%v, %d runs", err, len(b.notes.runs))
		}
	})

	for says, script := range map[string]*lab.Script{
		"begins with its own load":         nil,
		"begins with the script of a load": {Run: 1, Load: "constant:rate=15", Duration: 20 * time.Second, Deeds: []lab.Action{{By: lab.ByReplay, Kind: lab.ActLoad, To: "on"}}},
	} {
		story(t, "a request from elsewhere before the fleet stands begins no run: it "+says, func(t *testing.T) {
			rig := &paperRig{boot: 4 * time.Second, foreign: 1}
			b := open(t, rig, func(c *Config) {
				c.Headless, c.Script, c.Experiment.Duration = true, script, 20*time.Second
			})
			if err := <-b.done; err != nil {
				t.Fatal(err)
			}
			if n := len(b.notes.runs); n != 1 || b.notes.runs[0].Summary.Requests.Offered != 300 {
				t.Errorf("%d runs, %+v", n, b.notes.runs[0].Summary.Requests)
			}
		})
	}
}
