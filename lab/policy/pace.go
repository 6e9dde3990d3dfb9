package policy

import (
	"slices"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// pace is how often a rule decides, and how old and how coarse its figures
// are. A length of 0 is a tick.
type pace struct{ period, age, resolution time.Duration }

// lagged is a Rule that tells what is from what was measured: the fleet now,
// and the figures of metric_age ago. Neither may be kept or changed. Any other
// Rule gets the older sample whole, dated now.
type lagged interface {
	DecideLagged(now, seen *lab.Sample) lab.Decision
}

// watcher is a Rule that is shown every sample when it comes, not only those it
// decides on, with times as they are. It may not be kept or changed.
type watcher interface{ Watch(now *lab.Sample) }

// Paced keeps a rule to its period, and its figures to their age:
//
//	      ┌ resolution ┐
//	──────●──●──●──●──●───────────────●──▶ lab time
//	                   └─ metric_age ─┘ now: decide, then hold for a period
//
// In between it repeats the last Decision, as long as nobody else has changed
// desired since; Next says when the next one is due.
// The figures are those of the latest sample that is metric_age old, merged
// with those within resolution before it: counts add up, shares are averaged.
//
// Every time and age that the rule sees is multiplied by speed, and what it
// answers divided by it, so that its periods and windows pass speed times as
// fast; booting and requests take what they take. Sample.Span stays as it is,
// since rates are per real second.
//
// A knob that the rule has itself (threshold's resolution) stays its own; with a
// resolution of its own a rule is given all that was measured since it decided
// last, but no more than that resolution.
type Paced struct {
	rule   Rule
	set    pace
	own    map[string]bool // knobs of pace that are the rule's
	speed  float64         // 1: as in production
	length time.Duration   // that figures are merged over

	past  []lab.Sample // the samples still needed, from first on
	first int
	began bool
	gap   bool // one since the last Decision
	next  time.Duration
	last  lab.Decision
	basis int  // desired when it decided last
	made  int  // what came, or should have come, of its last answer
	moved bool // others have changed desired since

	now, seen, merged, scaledNow, scaledSeen lab.Sample // scratch
}

func paced(rule Rule, set pace) *Paced {
	p := &Paced{rule: rule, set: set, speed: 1, own: map[string]bool{}}
	for _, k := range rule.Knobs() {
		p.own[k.Name] = true
	}
	p.learn()
	return p
}

// hasty is a Rule whose time can pass faster, and that decides once a Period.
type hasty interface {
	hasten(speed float64)
	Period() time.Duration
}

// Hasten makes a rule's periods and windows pass speed times as fast. If that
// is another speed than before, it forgets all that it has seen.
func Hasten(rule Rule, speed float64) {
	if r, ok := rule.(hasty); ok {
		r.hasten(speed)
	}
}

func (p *Paced) hasten(speed float64) {
	if p.speed != speed {
		p.speed = speed
		p.Fresh()
	}
}

// learn sets the length over which figures are merged.
func (p *Paced) learn() {
	p.length = p.set.resolution
	if p.own["resolution"] {
		k, _ := lab.Find(p.rule.Knobs(), "resolution")
		p.length = min(p.set.period, time.Duration(k.Value*1e9))
	}
}

func (p *Paced) panel() lab.Panel {
	all := lab.Panel{
		lab.DialDuration(lab.Knob{Name: "period", Label: "period", Help: "how often it decides; 0: every tick", Max: 3600, Step: 1}, &p.set.period),
		lab.DialDuration(lab.Knob{Name: "metric_age", Label: "metric age", Help: "how old its figures are", Max: 600, Step: 1}, &p.set.age),
		lab.DialDuration(lab.Knob{Name: "resolution", Label: "resolution", Help: "length its figures are averaged over; 0: a tick", Max: 3600, Step: 1}, &p.set.resolution),
	}
	return slices.DeleteFunc(all, func(d lab.Dial) bool { return p.own[d.Name] })
}

// Knobs are the rule's, then period, metric_age and resolution.
func (p *Paced) Knobs() []lab.Knob { return append(p.rule.Knobs(), p.panel().Knobs()...) }

// Set turns one of them.
func (p *Paced) Set(name, text string) error {
	defer p.learn()
	if _, ok := lab.Find(p.panel().Knobs(), name); ok {
		return p.panel().Set(name, text)
	}
	knobs := p.Knobs()
	if _, ok := lab.Find(knobs, name); ok {
		return p.rule.Set(name, text)
	}
	names := make([]string, len(knobs))
	for i, k := range knobs {
		names[i] = k.Name
	}
	return &lab.InputError{Field: name, Value: text, Want: "a knob: one of " + strings.Join(names, ", "), Near: lab.Nearest(name, names)}
}

// Check tells whether the rule's knobs agree with one another.
func (p *Paced) Check() error {
	if c, ok := p.rule.(lab.Checker); ok {
		return c.Check()
	}
	return nil
}

// Fresh forgets all samples; the next one is decided at once.
func (p *Paced) Fresh() {
	clear(p.past)
	p.past, p.first, p.began, p.gap, p.last = p.past[:0], 0, false, false, lab.Decision{}
	p.rule.Fresh()
}

// Period is the real time between two decisions; 0: a tick.
func (p *Paced) Period() time.Duration { return p.real(p.set.period) }

// real is how long a length of the rule takes.
func (p *Paced) real(d time.Duration) time.Duration {
	if p.speed == 1 {
		return d
	}
	return time.Duration(float64(d) / p.speed)
}

// Decide decides, or repeats what was decided last.
func (p *Paced) Decide(s lab.Sample) lab.Decision {
	p.now = s
	p.remember()
	if w, ok := p.rule.(watcher); ok {
		w.Watch(&p.now)
	}
	period, slack := p.Period(), min(s.Span, p.Period())/2 // a tick is never quite on time
	if p.began && s.At+slack < p.next {
		return p.again()
	}
	if !p.began || p.next+period <= s.At {
		p.next = s.At
	}
	p.next += period
	p.began = true

	now, seen := &p.now, p.look()
	now.Gap = p.gap
	p.gap = false
	if p.speed != 1 {
		now, seen = p.faster(&p.scaledNow, now), p.faster(&p.scaledSeen, seen)
	}
	var d lab.Decision
	if l, ok := p.rule.(lagged); ok {
		d = l.DecideLagged(now, seen)
	} else {
		d = p.rule.Decide(p.dated(now, seen))
	}
	if p.speed != 1 {
		for i := range d.Next {
			d.Next[i].At, d.Next[i].Since = p.real(d.Next[i].At), p.real(d.Next[i].Since)
		}
		for i := range d.Forecast {
			d.Forecast[i].At = p.real(d.Forecast[i].At)
		}
	}
	if period > s.Span {
		for i := range d.Next { // what the rule itself will do, it does at a decision
			if w := &d.Next[i]; w.At > p.next && strings.HasPrefix(w.What, "earliest") {
				w.At = p.next + (w.At-p.next+period-1)/period*period
			}
		}
		d.Next = append(d.Next, lab.Wait{What: "next sync", At: p.next})
		slices.SortStableFunc(d.Next, stage.Sooner)
	}
	if period > 0 {
		p.last = d
		p.last.Stages = slices.Clip(d.Stages)
		d.Stages = p.last.Stages
		p.basis, p.made, p.moved = s.Desired, s.Limits.Clamp(d.Desired), false
	}
	return d
}

// again is the last Decision, with what is still to come of it. Once others
// have changed desired it wishes for what there is, until it decides anew.
func (p *Paced) again() lab.Decision {
	d := p.last
	now := p.now.Desired
	p.moved = p.moved || now != p.basis && now != p.made
	if p.moved {
		d.Desired, d.Reason = now, "changed by others: kept until the next sync"
		d.Stages = append(d.Stages, lab.Stage{Name: "hold", Value: float64(now), Text: "changed by others"})
	}
	p.made = p.now.Limits.Clamp(d.Desired)
	for len(d.Next) > 0 && d.Next[0].At <= p.now.At {
		d.Next = d.Next[1:]
	}
	return d
}

// remember keeps the sample as long as it may be looked at. A gap forgets all
// before it.
func (p *Paced) remember() {
	keep := p.real(p.set.age + p.length)
	if p.now.Gap {
		p.gap = true
		p.first = len(p.past)
	}
	if keep == 0 {
		p.past, p.first = p.past[:0], 0
		return
	}
	for p.first < len(p.past) && p.past[p.first].At < p.now.At-keep-p.now.Span {
		p.past[p.first] = lab.Sample{}
		p.first++
	}
	if p.first > len(p.past)/2 {
		n := copy(p.past, p.past[p.first:])
		clear(p.past[n:])
		p.past, p.first = p.past[:n], 0
	}
	p.past = append(p.past, p.now)
}

// look is the sample with the figures the rule may know by now.
func (p *Paced) look() *lab.Sample {
	age, length := p.real(p.set.age), p.real(p.length)
	if age+length == 0 {
		return &p.now
	}
	slack := p.now.Span / 2
	end := len(p.past)
	for end > p.first && p.past[end-1].At > p.now.At-age+min(slack, age) {
		end--
	}
	if end == p.first { // nothing is old enough yet
		p.seen = lab.Sample{At: p.now.At - age}
		return &p.seen
	}
	begin := end - 1
	for begin > p.first && p.past[begin-1].At > p.past[end-1].At-length+slack {
		begin--
	}
	if begin == end-1 {
		return &p.past[begin]
	}
	p.merge(p.past[begin:end])
	return &p.merged
}

// merge makes one sample of several: as of the last, over the Span of all.
func (p *Paced) merge(all []lab.Sample) {
	m, room := &p.merged, p.merged.Instances[:0]
	last := len(all) - 1
	*m = all[last]
	m.Instances = append(room, all[last].Instances...)
	m.Span, m.Generator, m.Front, m.Foreign = 0, lab.Traffic{}, lab.Traffic{}, lab.Traffic{}
	for i := range m.Instances {
		m.Instances[i].Traffic = lab.Traffic{}
	}
	var cpu, starved mean
	for i := range all {
		m.Span += all[i].Span
		m.Generator.Add(&all[i].Generator)
		m.Front.Add(&all[i].Front)
		m.Foreign.Add(&all[i].Foreign)
		cpu.add(all[i].System)
	}
	m.System = cpu.reading()
	for i := range m.Instances {
		in := &m.Instances[i]
		cpu, starved = mean{}, mean{}
		for j := range all {
			if was := stage.Instance(&all[j], in.ID, i); was != nil {
				cpu.add(was.CPU)
				starved.add(was.Starved)
				in.Traffic.Add(&was.Traffic)
			}
		}
		in.CPU, in.Starved = cpu.reading(), starved.reading()
	}
}

// mean averages readings, weighted by their windows.
type mean struct {
	sum, weight float64
	last        lab.Reading
}

func (m *mean) add(r lab.Reading) {
	if !r.OK {
		return
	}
	w := max(r.Window.Seconds(), 1e-9)
	m.sum += r.Value * w
	m.weight += w
	r.Window += m.last.Window
	m.last = r
}

func (m *mean) reading() lab.Reading {
	if m.weight > 0 {
		m.last.Value = m.sum / m.weight
	}
	return m.last
}

// dated is what was measured, as if it were now.
func (p *Paced) dated(now, seen *lab.Sample) lab.Sample {
	if now == seen {
		return *now
	}
	s := *seen
	s.At, s.Gap, s.Desired, s.Limits, s.Capacity = now.At, now.Gap, now.Desired, now.Limits, now.Capacity
	s.LoadOn, s.Model, s.Level = now.LoadOn, now.Model, now.Level
	return s
}

// faster is the sample with every moment and age multiplied by speed.
func (p *Paced) faster(out, s *lab.Sample) *lab.Sample {
	room := out.Instances[:0]
	*out = *s
	out.Instances = append(room, s.Instances...)
	times := func(d *time.Duration) { *d = time.Duration(float64(*d) * p.speed) }
	read := func(r *lab.Reading) { times(&r.At); times(&r.Window) }
	times(&out.At)
	read(&out.System)
	for i := range out.Instances {
		in := &out.Instances[i]
		times(&in.Started)
		times(&in.StateSince)
		times(&in.ReadySince)
		times(&in.Ended)
		read(&in.CPU)
		read(&in.Memory)
		read(&in.Starved)
	}
	return out
}
