package kube

import (
	"math"
	"slices"
	"time"
)

// What the HorizontalPodAutoscaler does with the raw desired count:
//
//	raw ─▶ stabilise ─▶ limit by rate ─▶ min/max ─▶ desired
//	 └──▶ log           └ scale events ◀── change ──┘
//
// Source: k8s.io/kubernetes v1.37.2, pkg/controller/podautoscaler/horizontal.go.

// choice is which of several limits holds.
type choice uint8

const (
	mostChange choice = iota
	leastChange
	noChange
)

var choiceNames = []string{"max", "min", "disabled"}

// scalingRule limits how much may change within a period.
type scalingRule struct {
	percent bool // of the size at the period's start, else pods
	value   int64
	period  time.Duration
}

// scalingRules are one direction's.
type scalingRules struct {
	window time.Duration // of stabilisation
	choice choice
	rules  []scalingRule
}

// longest is the longest period of the rules.
func (r *scalingRules) longest() time.Duration {
	var d time.Duration
	for _, p := range r.rules {
		d = max(d, p.period)
	}
	return d
}

// behavior is how fast it goes in each direction. Without behavior, the window
// down holds alone, and growth is at most factor × current, or minimum if that
// is more.
type behavior struct {
	on              bool
	up, down        scalingRules
	factor, minimum float64
}

// recommendation is a raw desired count of before.
type recommendation struct {
	replicas int
	at       time.Duration
}

// scaleEvent is a change of before.
type scaleEvent struct {
	change   int
	at       time.Duration
	outdated bool
}

// events are the changes in one direction.
type events []scaleEvent

// within is how much changed in the period just past.
func (e events) within(period, now time.Duration) int {
	n := 0
	for i := range e {
		if now-e[i].at < period {
			n += e[i].change
		}
	}
	return n
}

// store keeps a change, in the last slot that is older than every rule needs.
func (e *events) store(change int, longest, now time.Duration) {
	slot := -1
	for i := range *e {
		v := &(*e)[i]
		v.outdated = v.outdated || now-v.at > longest
		if v.outdated {
			slot = i
		}
	}
	add := scaleEvent{change: change, at: now}
	if slot < 0 {
		*e = append(*e, add)
	} else {
		(*e)[slot] = add
	}
}

// memory is all that the controller remembers from sync to sync.
type memory struct {
	log      []recommendation
	seeded   bool
	up, down events
	atZero   bool // it scaled to zero itself
	wish     wish
}

// wish is a change that the last sync asked for, and what was remembered before.
type wish struct {
	made     bool
	from, to int
	at       time.Duration
	up, down events
	atZero   bool
}

// wished remembers a change as if it had been made; checked puts that right.
func (m *memory) wished(from, to int, b *behavior, now time.Duration) {
	m.wish = wish{true, from, to, now, slices.Clone(m.up), slices.Clone(m.down), m.atZero}
	m.scaled(from, to, b, now)
}

// checked keeps of the change last wished for only as much as was made: none
// of a shadow's, nor while the user scales.
func (m *memory) checked(current int, b *behavior) {
	w := m.wish
	m.wish = wish{}
	if !w.made || current == w.to {
		return
	}
	m.up, m.down, m.atZero = w.up, w.down, w.atZero
	if part := min(max(current, min(w.from, w.to)), max(w.from, w.to)); part != w.from {
		m.scaled(w.from, part, b, w.at)
	}
}

// seed begins the log with the size found.
func (m *memory) seed(current int, now time.Duration) {
	if !m.seeded {
		m.log = append(m.log[:0], recommendation{current, now})
		m.seeded = true
	}
}

// record puts a recommendation into a slot, or at the end if that is < 0.
func (m *memory) record(slot, replicas int, now time.Duration) {
	if slot < 0 {
		m.log = append(m.log, recommendation{replicas, now})
	} else {
		m.log[slot] = recommendation{replicas, now}
	}
}

// stabilizeDown is the highest recommendation of the window, this one
// included: the way without behavior. One as old as the window still counts.
func (m *memory) stabilizeDown(desired int, window, now time.Duration) int {
	highest, slot := desired, -1
	for i, r := range m.log {
		if now-r.at > window {
			slot = i
		} else {
			highest = max(highest, r.replicas)
		}
	}
	m.record(slot, desired, now)
	return highest
}

// stabilize is the current size, unless all recommendations of the up window
// are above it or all of the down window below. One as old as a window does
// not count any more.
func (m *memory) stabilize(current, desired int, up, down, now time.Duration) int {
	lowest, highest, slot := desired, desired, -1
	for i, r := range m.log {
		age := now - r.at
		if age < up {
			lowest = min(lowest, r.replicas)
		}
		if age < down {
			highest = max(highest, r.replicas)
		}
		if age > up && age > down {
			slot = i
		}
	}
	m.record(slot, desired, now)
	return min(max(current, lowest), highest)
}

// upLimit is the most replicas that the rules allow. Percentages are worked in
// float64 and rounded up, as upstream, so that growth never stalls.
func (m *memory) upLimit(current int, r *scalingRules, now time.Duration) int {
	return m.limit(current, r, now, 1)
}

// downLimit is the least; percentages are cut off.
func (m *memory) downLimit(current int, r *scalingRules, now time.Duration) int {
	return m.limit(current, r, now, -1)
}

func (m *memory) limit(current int, r *scalingRules, now time.Duration, sign int64) int {
	if r.choice == noChange {
		return current
	}
	highest := (r.choice == mostChange) == (sign > 0) // most up is the highest
	result := int64(math.MaxInt32)
	if highest {
		result = math.MinInt32
	}
	for _, p := range r.rules {
		start := int64(current - m.up.within(p.period, now) + m.down.within(p.period, now))
		limit := start + sign*p.value
		if p.percent {
			v := float64(start) * (1 + float64(sign)*float64(p.value)/100)
			if sign > 0 {
				v = math.Ceil(v)
			}
			limit = int64(max(math.MinInt32, min(v, math.MaxInt32)))
		}
		if highest {
			result = max(result, limit)
		} else {
			result = min(result, limit)
		}
	}
	return int(max(math.MinInt32, min(result, math.MaxInt32)))
}

// Why a count was limited, in upstream's words.
const (
	inRange         = "DesiredWithinRange"
	tooMany         = "TooManyReplicas"
	tooFew          = "TooFewReplicas"
	scaleUpLimit    = "ScaleUpLimit"
	scaleDownLimit  = "ScaleDownLimit"
	upStabilised    = "ScaleUpStabilized"
	downStabilised  = "ScaleDownStabilized"
	scalingDisabled = "ScalingDisabled"
)

// bounds are min and max.
type bounds struct{ low, high int }

// limitRate is what the rules of behavior and the bounds leave of desired.
func (m *memory) limitRate(current, desired int, b *behavior, within bounds, now time.Duration) (int, string) {
	switch {
	case desired > current:
		most, why := within.high, tooMany
		if limit := max(current, m.upLimit(current, &b.up, now)); most > limit {
			most, why = limit, scaleUpLimit
		}
		if desired > most {
			return most, why
		}
	case desired < current:
		least, why := within.low, tooFew
		if limit := min(current, m.downLimit(current, &b.down, now)); least < limit {
			least, why = limit, scaleDownLimit
		}
		if desired < least {
			return least, why
		}
	}
	return desired, inRange
}

// limitDefault is what is left of desired without behavior.
func limitDefault(current, desired int, b *behavior, within bounds) (int, string) {
	most, why := within.high, tooMany
	if limit := int(max(b.factor*float64(current), b.minimum)); most > limit {
		most, why = limit, scaleUpLimit
	}
	switch {
	case desired < within.low:
		return within.low, tooFew
	case desired > most:
		return most, why
	}
	return desired, inRange
}

// outcome is how a sync came to its count.
type outcome struct {
	stabilised, desired int
	held, limited       string // why it was stabilised, and limited
}

// normalize makes the desired count of the raw one.
func (m *memory) normalize(current, raw int, b *behavior, within bounds, now time.Duration) outcome {
	out := outcome{held: downStabilised}
	if b.on {
		out.stabilised = m.stabilize(current, raw, b.up.window, b.down.window, now)
		if raw >= current {
			out.held = upStabilised
		}
		out.desired, out.limited = m.limitRate(current, out.stabilised, b, within, now)
	} else {
		out.stabilised = m.stabilizeDown(raw, b.down.window, now)
		out.desired, out.limited = limitDefault(current, out.stabilised, b, within)
	}
	if out.stabilised == raw {
		out.held = ""
	}
	return out
}

// scaled remembers a change of size.
func (m *memory) scaled(from, to int, b *behavior, now time.Duration) {
	m.atZero = to == 0 && from > 0
	switch {
	case !b.on:
	case to > from:
		m.up.store(to-from, b.up.longest(), now)
	case to < from:
		m.down.store(from-to, b.down.longest(), now)
	}
}
