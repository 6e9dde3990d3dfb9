package bench

import (
	"autoscale-lab/engine"
	"autoscale-lab/lab"
)

// coach leads a first-time user through the first minute, one line at a time.
// What is done moves it on; esc, or the last step done, ends it for good.
type coach struct {
	step   int
	over   bool
	begun  bool
	wished int    // desired when the step began
	turned string // the policy and its knobs when the step began
}

// lesson is one step: what to say, and whether it is done.
var lessons = []struct {
	line func(*engine.Snapshot) string
	done func(c *coach, s *engine.Snapshot) bool
}{
	{says("space starts the load"), func(_ *coach, s *engine.Snapshot) bool { return s.Setup.LoadOn }},
	{func(s *engine.Snapshot) string {
		switch {
		case !s.Setup.Autoscale || s.Setup.Policy == "manual":
			return "+ raises it; ] adds an instance by hand"
		case limit(s) != "":
			what := "the CPU"
			if k, ok := lab.Find(s.Setup.PolicyKnobs, "metric"); ok && k.Text != lab.MetricCPU.Name {
				what = "the line"
			}
			return "+ raises it: watch " + what + " cross the dashed line"
		}
		return "+ raises it: watch the policy add an instance"
	}, func(c *coach, s *engine.Snapshot) bool { return s.Desired > c.wished }},
	{func(s *engine.Snapshot) string {
		if name := limit(s); name != "" {
			return "a new instance takes its share; now ←→ on " + name + " moves the line"
		}
		return "a new instance takes its share; p tries another policy"
	}, func(c *coach, s *engine.Snapshot) bool { return turned(s) != c.turned }},
	{says("x kills an instance: watch it being replaced"), func(_ *coach, s *engine.Snapshot) bool { return killed(s) }},
	{says("2 shows the run you just made"), func(*coach, *engine.Snapshot) bool { return false }}, // HistoryOpened
}

func says(text string) func(*engine.Snapshot) string {
	return func(*engine.Snapshot) string { return text }
}

func (c *coach) see(s *engine.Snapshot) {
	if c.over {
		return
	}
	if !c.begun {
		c.begun, c.wished, c.turned = true, s.Desired, turned(s)
	}
	if lessons[c.step].done(c, s) {
		c.step++
		c.over = c.step == len(lessons)
		c.wished, c.turned = s.Desired, turned(s)
	}
}

func (c *coach) line(s *engine.Snapshot) string {
	if c.over {
		return ""
	}
	return lessons[c.step].line(s)
}

// limit is the knob of the policy that is drawn as a dashed line, or "".
func limit(s *engine.Snapshot) string {
	for _, name := range []string{"upper", "target"} {
		if _, ok := lab.Find(s.Setup.PolicyKnobs, name); ok {
			return name
		}
	}
	return ""
}

// turned spells the policy, as far as what the coach speaks of is concerned.
func turned(s *engine.Snapshot) string {
	k, _ := lab.Find(s.Setup.PolicyKnobs, limit(s))
	return s.Setup.Policy + " " + k.Spec()
}

// killed tells whether an instance was just killed by hand.
func killed(s *engine.Snapshot) bool {
	is := func(events []lab.Event) bool {
		for _, e := range events {
			if e.Action != nil && e.Action.Kind == lab.ActKill {
				return true
			}
		}
		return false
	}
	last := s.Last()
	return is(s.Pending) || last != nil && is(last.Events)
}
