// Package pane is the panes that draw a lab.Record, live or stored: they cannot
// tell.
//
//	Picture ─ See ─▶ Charts, Instances, Load, Policy, Events ─ Draw ─▶ rows
//
// See takes what is new in a record and keeps what is derived from it, so that
// any moment of it can be drawn without going through it again; Draw makes h
// rows of exactly w cells, its box included. A pane holds what the user did to
// it (selection, scrolling) and belongs to the screen's goroutine.
package pane

import (
	"slices"
	"time"

	"autoscale-lab/lab"
)

// Picture is a record as it stood at one moment: all that panes draw, and
// nothing else. A live session gives one, and so does a stored run, whose
// Record reaches beyond the moment: the panes cannot tell. It is read only.
type Picture struct {
	Record  lab.Record
	Pending []lab.Event   // of the time after the last tick
	At      time.Duration // lab time of the moment

	Idle      bool // no run has begun: nothing is decided yet
	Desired   int
	Decision  lab.Decision
	Autoscale bool
	LoadOn    bool
	LoadKind  string // "constant", "closed/constant", "none" …
	Model     lab.Model
	Policy    string // kind

	PolicyKnobs, LoadKnobs, FleetKnobs []lab.Knob

	Shadows []string // specs of the policies that decide beside it
	Speed   float64  // periods and windows pass so many times as fast; 0: 1
	Badge   string   // what of the policy is certified, and what not
	// Explained: the pane Why is seen too, and others need not say as much.
	Explained bool
}

// Earlier is the picture of an earlier moment of the same record: of its tick,
// with what was decided there, by which policy. Knobs stand as they do now.
func (p *Picture) Earlier(at time.Duration) *Picture {
	t := p.Tick(at)
	if t == nil {
		return p
	}
	e := *p
	e.At, e.Decision, e.Desired, e.Pending = t.Sample.At, t.Decision, t.Decision.Desired, nil
	e.Idle = p.Idle || t.Sample.At <= p.Record.Run.Origin
	e.Shadows = nil
	policy, by := false, false // known
	see := func(events []lab.Event) {
		for i := range events {
			a := events[i].Action
			if a == nil || events[i].At <= e.At {
				continue
			}
			if a.Kind == lab.ActPolicy && !policy {
				e.Policy, policy = kindOf(a.From), true
			}
			if a.Kind == lab.ActAutoscale && !by {
				e.Autoscale, by = a.From == "on", true
			}
		}
	}
	for i := since(p.Record.Ticks, e.At); i < len(p.Record.Ticks); i++ {
		see(p.Record.Ticks[i].Events)
	}
	see(p.Pending)
	if policy {
		e.Badge = ""
	}
	return &e
}

// Last is the newest tick of the moment, or nil.
func (p *Picture) Last() *lab.Tick { return p.Tick(p.At) }

// Tick is the newest tick of another moment, or nil.
func (p *Picture) Tick(at time.Duration) *lab.Tick {
	if i := since(p.Record.Ticks, at); i > 0 {
		return &p.Record.Ticks[i-1]
	}
	return nil
}

// Sample is the newest sample; an empty one before the first tick.
func (p *Picture) Sample() *lab.Sample {
	if t := p.Last(); t != nil {
		return &t.Sample
	}
	return &lab.Sample{}
}

// blank tells whether this is a run of which no tick was recorded: its lab died
// before the first.
func (p *Picture) blank() bool { return p.replayed() && len(p.Record.Ticks) == 0 }

// replayed tells whether this is a run that has ended, seen as it went.
func (p *Picture) replayed() bool { return !p.Idle && p.Record.Run.Outcome != lab.Unfinished }

// noTicks is said of a blank run.
const noTicks = "no ticks of this run were recorded"

// begins tells whether a run is under way that has no tick of its own yet.
func (p *Picture) begins() bool {
	t := p.Last()
	return !p.Idle && (t == nil || t.Sample.At <= p.Record.Run.Origin)
}

// MetricLabel is what people call the metric the policy scales on.
func (p *Picture) MetricLabel() string { return metricOf(p.Metric()).Label }

// Metric is the name of the metric the policy scales on: the value of its knob
// "metric", else "cpu".
func (p *Picture) Metric() string {
	if k, ok := lab.Find(p.PolicyKnobs, "metric"); ok {
		if k.Text == "concurrency" { // Knative's word for it
			return lab.MetricInFlight.Name
		}
		return k.Text
	}
	return "cpu"
}

// since is the index of the first tick after at.
func since(ticks []lab.Tick, at time.Duration) int {
	i, found := slices.BinarySearchFunc(ticks, at, func(t lab.Tick, at time.Duration) int {
		return int(min(max(t.Sample.At-at, -1), 1))
	})
	if found {
		i++
	}
	return i
}

// follower tells which ticks of a growing record are new since it was last
// asked, so that what is derived from ticks is derived once.
type follower struct {
	at    time.Duration // of the last tick seen
	begun bool
}

// news is the ticks not seen yet. fresh: the record is another one than
// before, and all its ticks are news.
func (f *follower) news(rec *lab.Record) (ticks []lab.Tick, fresh bool) {
	ticks = rec.Ticks
	from := 0
	if f.begun {
		from = since(ticks, f.at)
	}
	if from == 0 || ticks[from-1].Sample.At != f.at {
		from, fresh = 0, true
	}
	if n := len(ticks); n > 0 {
		f.at, f.begun = ticks[n-1].Sample.At, true
	} else {
		f.begun = false
	}
	return ticks[from:], fresh
}
