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
	upper  string // of the policy when the step began
}

// lesson is one step: what to say, and whether it is done.
var lessons = []struct {
	line string
	done func(c *coach, s *engine.Snapshot) bool
}{
	{"space starts the load", func(_ *coach, s *engine.Snapshot) bool { return s.Setup.LoadOn }},
	{"+ raises it: watch the CPU cross the dashed line", func(c *coach, s *engine.Snapshot) bool { return s.Desired > c.wished }},
	{"a new instance takes its share; now ←→ on upper moves the line", func(c *coach, s *engine.Snapshot) bool { return upper(s) != c.upper }},
	{"x kills an instance: watch it being replaced", func(c *coach, s *engine.Snapshot) bool { return killed(s) }},
	{"2 shows the run you just made", func(*coach, *engine.Snapshot) bool { return false }}, // HistoryOpened
}

func (c *coach) see(s *engine.Snapshot) {
	if c.over {
		return
	}
	if !c.begun {
		c.begun, c.wished, c.upper = true, s.Desired, upper(s)
	}
	if lessons[c.step].done(c, s) {
		c.step++
		c.over = c.step == len(lessons)
		c.wished, c.upper = s.Desired, upper(s)
	}
}

func (c *coach) line() string {
	if c.over {
		return ""
	}
	return lessons[c.step].line
}

func upper(s *engine.Snapshot) string {
	k, _ := lab.Find(s.Setup.PolicyKnobs, "upper")
	return k.Spec()
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
