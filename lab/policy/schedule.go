package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// Schedule is a table of lab times, as scheduled actions of EC2 Auto Scaling or
// profiles of Azure: from each on, at least min and at most max, and, if given,
// desired at once.
//
//	0s/1..5 | 60s/3..5/4 | 120s/1..5
//
//	5 ┬──────┬───────┬──────
//	  │      │ 4     │         max
//	3 │      ├───────┤
//	1 ┴──────┘       └──────   min
//
// Times are lab times since the run's origin, whatever the speed. Within the limits the policy named by
// over decides, or nobody: then what is desired stays. desired is set once, when
// its row begins, or when the schedule first looks; after that over is free
// again. Before the first row there are no limits but those of the lab.
//
// Source: docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html.
type Schedule struct {
	table []Slot
	over  string
	rules map[string]Rule // that were named: they keep how their knobs stand
	speed float64         // of the policy named; the table is in lab time

	origin time.Duration // when the run began, from which the table counts

	row int // as of the Sample before, from 1 on; 0: none looked at
}

// Slot is a row of a Schedule.
type Slot struct {
	From     time.Duration
	Min, Max int
	Desired  int
	Set      bool // Desired is given
}

// nobody is what over says when no policy is named.
const nobody = "none"

// NewSchedule has three rows, the second with a size.
func NewSchedule() *Schedule {
	table, _ := ParseSlots("0s/1..5|60s/3..5/4|120s/1..5")
	return &Schedule{table: table, over: nobody, rules: map[string]Rule{}, speed: 1}
}

func (c *Schedule) panel() lab.Panel {
	return lab.Panel{
		lab.DialTable(lab.Knob{Name: "table", Label: "table", Help: "from/min..max/desired, as 0s/1..5|60s/3..5/4"}, c.text(), func(text string) error {
			table, err := ParseSlots(text)
			if err == nil {
				c.table, c.row = table, 0
			}
			return err
		}),
		lab.DialChoice(lab.Knob{Name: "over", Label: "over", Help: "the policy that decides within the limits", Choices: c.choices()}, &c.over),
	}
}

func (c *Schedule) choices() []string {
	out := []string{nobody}
	for _, k := range Names() {
		if k != "schedule" && k != "exec" {
			out = append(out, k)
		}
	}
	return out
}

// rule is the policy named, or nil.
func (c *Schedule) rule() Rule {
	if c.over == nobody {
		return nil
	}
	r, ok := c.rules[c.over]
	if !ok {
		r, _ = New(c.over) // one of the choices
		Hasten(r, c.speed)
		c.rules[c.over] = r
	}
	return r
}

// Knobs are table and over, and those of the policy named.
func (c *Schedule) Knobs() []lab.Knob {
	out := c.panel().Knobs()
	if r := c.rule(); r != nil {
		out = append(out, r.Knobs()...)
	}
	return out
}

// Set turns one of them. A policy named begins fresh.
func (c *Schedule) Set(name, text string) error {
	r := c.rule()
	if r == nil || name == "table" || name == "over" {
		before := c.over
		err := c.panel().Set(name, text)
		if r := c.rule(); r != nil && c.over != before {
			r.Fresh()
		}
		return err
	}
	if _, ok := lab.Find(r.Knobs(), name); ok {
		return r.Set(name, text)
	}
	names := []string{}
	for _, k := range c.Knobs() {
		names = append(names, k.Name)
	}
	return &lab.InputError{Field: name, Value: text, Want: "a knob: one of " + strings.Join(names, ", "), Near: lab.Nearest(name, names)}
}

// Check tells whether the knobs of the policy named agree.
func (c *Schedule) Check() error {
	if check, ok := c.rule().(lab.Checker); ok {
		return check.Check()
	}
	return nil
}

// Fresh forgets which row it was in.
func (c *Schedule) Fresh() {
	c.row = 0
	if r := c.rule(); r != nil {
		r.Fresh()
	}
}

// hasten hastens the policy named, and those named before.
func (c *Schedule) hasten(speed float64) {
	c.speed = speed
	for _, r := range c.rules {
		Hasten(r, speed)
	}
}

// timed is a Rule that counts from a run's beginning.
type timed interface{ SetOrigin(time.Duration) }

// startAt tells a rule when its run began, if that concerns it.
func startAt(r Rule, origin time.Duration) {
	if t, ok := r.(timed); ok {
		t.SetOrigin(origin)
	}
}

// SetOrigin sets the moment from which the table counts.
func (c *Schedule) SetOrigin(at time.Duration) { c.origin = at }

// Period is the real time between two decisions of the policy named; 0: a tick.
func (c *Schedule) Period() time.Duration {
	if r, ok := c.rule().(hasty); ok {
		return r.Period()
	}
	return 0
}

// at is the number of the row in force, from 1 on; 0 before the first.
func (c *Schedule) at(now time.Duration) int {
	n, _ := slices.BinarySearchFunc(c.table, now, func(s Slot, now time.Duration) int {
		if s.From <= now {
			return -1
		}
		return 1
	})
	return n
}

// Decide keeps the row's limits.
func (c *Schedule) Decide(s lab.Sample) lab.Decision {
	n := c.at(s.At - c.origin)
	began := n != c.row
	c.row = n
	var slot Slot
	if n > 0 {
		slot = c.table[n-1]
		s.Limits = lab.Limits{Min: slot.Min, Max: slot.Max} // the Guard keeps to those of the lab
	}
	d := lab.Decision{Desired: s.Desired, Reason: "nothing scheduled"}
	if r := c.rule(); r != nil {
		d = r.Decide(s)
	} else if n > 0 {
		d.Reason = "as scheduled"
	}
	if n > 0 {
		want := d.Desired
		if began && slot.Set {
			want = slot.Desired
			d.Reason = fmt.Sprintf("scheduled for %s: %d", slot.From, slot.Desired)
		}
		d.Desired = lab.Limits{Min: slot.Min, Max: slot.Max}.Clamp(want)
		d.Stages = append(slices.Clip(d.Stages), lab.Stage{Name: "schedule", Value: float64(d.Desired), Text: slot.String()})
		if d.Desired != want {
			d.Reason += fmt.Sprintf(", scheduled within %d and %d", slot.Min, slot.Max)
		}
	}
	if n < len(c.table) {
		d.Next = append(slices.Clip(d.Next), lab.Wait{What: "schedule " + c.table[n].String(), At: c.origin + c.table[n].From})
		slices.SortStableFunc(d.Next, stage.Sooner)
	}
	return d
}

func (s Slot) String() string {
	out := fmt.Sprintf("%s/%d..%d", s.From, s.Min, s.Max)
	if s.Set {
		out += "/" + strconv.Itoa(s.Desired)
	}
	return out
}

func (c *Schedule) text() string {
	out := make([]string, len(c.table))
	for i, s := range c.table {
		out[i] = s.String()
	}
	return strings.Join(out, "|")
}

// ParseSlots reads "0s/1..5|60s/3..5/4": from/min..max, and desired if given.
func ParseSlots(text string) ([]Slot, error) {
	var out []Slot
	for _, row := range stage.Rows(text) {
		s, ok := parseSlot(row)
		if !ok {
			return nil, &lab.InputError{Field: "table", Value: row, Want: fmt.Sprintf("from/min..max or from/min..max/desired, as in 60s/3..5/4, 0 ≤ min ≤ desired ≤ max ≤ %d", lab.MaxInstances)}
		}
		if n := len(out); n > 0 && out[n-1].From >= s.From {
			return nil, stage.Clash("table", out[n-1].String(), s.String(), "rows in order of time, each time once")
		}
		out = append(out, s)
	}
	return out, nil
}

func parseSlot(row string) (Slot, bool) {
	part := strings.Split(strings.ReplaceAll(row, " ", ""), "/")
	if len(part) < 2 || len(part) > 3 {
		return Slot{}, false
	}
	var s Slot
	low, high, ok := strings.Cut(part[1], "..")
	from, err := lab.Knob{Kind: lab.Duration, Unit: "s", Max: 1e6}.Parse(part[0])
	if err != nil || !ok {
		return s, false
	}
	s.From = time.Duration(from.Value * float64(time.Second)).Round(time.Millisecond)
	var errs [3]error
	s.Min, errs[0] = strconv.Atoi(low)
	s.Max, errs[1] = strconv.Atoi(high)
	if s.Set = len(part) == 3; s.Set {
		s.Desired, errs[2] = strconv.Atoi(part[2])
	} else {
		s.Desired = s.Min
	}
	if errs != [3]error{} {
		return s, false
	}
	ok = 0 <= s.Min && s.Min <= s.Desired && s.Desired <= s.Max && s.Max <= lab.MaxInstances && s.Max > 0
	if !s.Set {
		s.Desired = 0
	}
	return s, ok
}
