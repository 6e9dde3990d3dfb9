package kube

import (
	"math"
	"strconv"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// source is where a metric's figures come from.
type source uint8

const (
	fromPods    source = iota // Resource, ContainerResource, Pods
	fromValue                 // Object, External with a value
	fromAverage               // Object, External with an average value
	fromNowhere               // a kind of metric there is not
)

// hpaMetric is one metric, as specified and as measured.
type hpaMetric struct {
	source source
	per    perPod // fromPods
	value  int64  // else
	target int64  // thousandths, or percent of the request
	fails  bool   // it could not be fetched
	signal *stage.Signal
}

// controller is the settings and the memory of one HorizontalPodAutoscaler.
type controller struct {
	memory
	behavior  behavior
	readiness readiness
	tolerance tolerance
	toZero    bool // it may scale to zero, and back if it did so itself
}

// result is what a sync decided and how.
type result struct {
	outcome
	raw     int      // the largest valid proposal
	best    int      // the metric it is of
	from    proposal // how it came to it
	invalid int      // metrics that are not valid
	err     error    // the first one's mistake
	short   string   // why metrics were not asked, or not followed
}

// sync is one turn of the controller: the size that the target should have.
// there is how many pods there are, current how many there should be.
func (c *controller) sync(now time.Duration, current, there int, within bounds, pods []pod, metrics []hpaMetric) result {
	c.seed(current, now)
	c.checked(current, &c.behavior)
	r := result{best: -1}
	r.desired, r.stabilised = current, current
	switch {
	case current == 0 && !(c.toZero && c.atZero):
		r.short = scalingDisabled
		return r
	case current > within.high:
		r.desired, r.short = within.high, tooMany
	case current < within.low:
		r.desired, r.short = within.low, tooFew
	default:
		c.propose(now, current, there, pods, metrics, &r)
		if r.invalid > 0 && (r.invalid >= len(metrics) || r.raw < current) {
			r.short = "keep"
			return r
		}
		r.outcome = c.normalize(current, r.raw, &c.behavior, within, now)
	}
	if r.desired != current {
		c.wished(current, r.desired, &c.behavior, now)
	}
	return r
}

// propose asks every metric; the largest proposal counts.
func (c *controller) propose(now time.Duration, current, there int, pods []pod, metrics []hpaMetric, r *result) {
	r.raw, r.best = 0, -1
	for i := range metrics {
		m := &metrics[i]
		var p proposal
		var err error
		switch {
		case m.fails || m.source == fromNowhere:
			err = errBadMetric
		case m.source == fromValue:
			p, err = valueReplicas(pods, current, m.value, m.target, c.tolerance)
		case m.source == fromAverage:
			p = averageReplicas(there, m.value, m.target, c.tolerance)
		default:
			p, err = m.per.replicas(pods, current, c.readiness, c.tolerance, now)
		}
		if err != nil {
			r.invalid++
			if r.err == nil {
				r.err = err
			}
			continue
		}
		if r.best < 0 || p.replicas > r.raw {
			r.raw, r.best, r.from = p.replicas, i, p
		}
	}
	r.raw = max(0, r.raw)
}

// earliest is when the size could change in a direction (1: grow, −1: shrink)
// if the raw count stayed as it is, and the recommendation or the change that
// holds it until then; false if nothing does, or nothing ever will let it.
func (c *controller) earliest(now time.Duration, size, sign int) (lab.Wait, bool) {
	w := lab.Wait{What: "earliest scale-in"}
	b, rules := &c.behavior, &c.behavior.down
	if sign > 0 {
		w.What, rules = "earliest scale-out", &b.up
	}
	if sign < 0 || b.on {
		for _, r := range c.log {
			end := r.at + rules.window
			if !b.on {
				end++ // one as old as the window still counts
			}
			if sign*(r.replicas-size) <= 0 && end > now && end > w.At {
				w.At, w.By, w.Since = end, "the recommendation", r.at
			}
		}
	}
	if !b.on {
		return w, w.At > 0
	}
	if rules.choice == noChange {
		return w, false
	}
	if t := max(now, w.At); !c.allows(size, sign, rules, t) {
		free, found := scaleEvent{}, time.Duration(-1)
		for _, list := range [...]events{c.up, c.down} {
			for _, e := range list {
				for _, p := range rules.rules {
					end := e.at + p.period
					if end > t && (found < 0 || end < found) && c.allows(size, sign, rules, end) {
						found, free = end, e
					}
				}
			}
		}
		if found < 0 {
			return w, false
		}
		w.At, w.By, w.Since = found, "the change", free.at
	}
	return w, w.At > now
}

// allows tells whether the rules let the size change at a moment.
func (c *controller) allows(size, sign int, rules *scalingRules, at time.Duration) bool {
	if sign > 0 {
		return c.upLimit(size, rules, at) > size
	}
	return c.downLimit(size, rules, at) < size
}

// explain makes the Decision of a sync.
func (h *HPA) explain(now *lab.Sample, r *result) lab.Decision {
	d := lab.Decision{Desired: r.desired}
	t := &h.tell
	t.begin()
	current := now.Desired
	switch {
	case r.short == scalingDisabled:
		d.Reason = "the size is 0, and not of its own doing: off"
		return d
	case r.short == tooMany:
		d.Reason = "above max: at once"
		return d
	case r.short == tooFew:
		d.Reason = "below min: at once"
		return d
	case r.best < 0:
		d.Reason = reasonOf(r, h.specs)
		return d
	}
	spec := &h.specs[r.best]
	m, p := spec.signal, &r.from
	t.buf = append(t.buf, m.Label...)
	t.stage("sample", spec.shown(p))
	if spec.source == fromPods {
		t.num(p.ready)
		t.buf = append(t.buf, " of "...)
		t.num(p.ready + p.unready + p.missing)
		if p.unready > 0 {
			t.num2(", ", p.unready, " not ready")
		}
		if p.missing > 0 {
			t.num2(", ", p.missing, " without figures")
		}
		t.stage("eligible", float64(p.ready))
	}
	ratio := p.ratio
	if p.rebalanced {
		t.buf = append(t.buf, "what is missing taken against the change"...)
		ratio = p.second
	}
	if !math.IsNaN(ratio) && !math.IsInf(ratio, 0) { // shared among none
		t.stage("ratio", ratio)
	}
	if len(h.specs) > 1 {
		t.buf = append(append(t.buf, "of "...), m.Label...)
		t.num2(", the largest of ", len(h.specs)-r.invalid, "")
	}
	t.stage("raw", float64(r.raw))
	if r.short != "" {
		t.buf = append(t.buf, "a metric is missing: no scale-in"...)
		t.stage("stabilise", float64(r.desired))
	} else {
		t.buf = append(t.buf, r.held...)
		t.stage("stabilise", float64(r.stabilised))
		if r.limited != inRange {
			t.buf = append(t.buf, r.limited...)
		}
		t.stage("limit", float64(r.desired))
	}

	t.buf = append(append(t.buf, m.Label...), ' ')
	t.buf = m.Append(t.buf, spec.shown(p)/m.Scale)
	t.buf = append(t.buf, " for "...)
	t.buf = m.Append(t.buf, spec.aimed()/m.Scale)
	switch {
	case r.raw == current && p.rebalanced:
		t.buf = append(t.buf, ", keep: what is missing may undo it"...)
	case r.raw == current:
		t.buf = append(t.buf, ", keep"...)
	default:
		t.num2(", wants ", r.raw, "")
	}
	switch {
	case r.short != "":
		t.buf = append(t.buf, ", but a metric is missing"...)
	case r.held != "":
		t.num2(", held at ", r.stabilised, " by the window")
	}
	if r.short == "" && r.limited != inRange {
		t.num2(", ", r.desired, " by ")
		t.buf = append(t.buf, r.limited...)
	}
	d.Reason, d.Stages = t.end()
	switch size := r.desired; {
	case r.short != "":
	case r.raw < size && size > now.Limits.Min:
		if w, ok := h.ctl.earliest(now.At, size, -1); ok {
			d.Next = []lab.Wait{w}
		}
	case r.raw > size && size < now.Limits.Max:
		if w, ok := h.ctl.earliest(now.At, size, 1); ok {
			d.Next = []lab.Wait{w}
		}
	}
	return d
}

// reasonOf says why no metric could be followed.
func reasonOf(r *result, specs []hpaMetric) string {
	if len(specs) == 1 {
		return specs[0].signal.Label + " is not known: " + r.err.Error()
	}
	return "no metric is known: " + r.err.Error()
}

// shown is what was measured, in the metric's own unit.
func (m *hpaMetric) shown(p *proposal) float64 {
	if m.per.utilization {
		return float64(p.utilization)
	}
	return float64(p.usage) / 1000
}

// aimed is the target, in the metric's own unit.
func (m *hpaMetric) aimed() float64 {
	if m.per.utilization {
		return float64(m.target)
	}
	return float64(m.target) / 1000
}

// telling writes the stages' texts and the reason into one string, since this
// is done at every sync.
type telling struct {
	buf    []byte
	from   int // where the text under way begins
	stages []lab.Stage
	ends   []int
}

func (t *telling) begin() {
	t.buf, t.from, t.ends, t.stages = t.buf[:0], 0, t.ends[:0], make([]lab.Stage, 0, 8)
}

func (t *telling) num(n int) { t.buf = strconv.AppendInt(t.buf, int64(n), 10) }

func (t *telling) num2(before string, n int, after string) {
	t.buf = append(t.buf, before...)
	t.num(n)
	t.buf = append(t.buf, after...)
}

// stage ends a stage's text.
func (t *telling) stage(name string, value float64) {
	t.stages = append(t.stages, lab.Stage{Name: name, Value: value})
	t.ends = append(t.ends, len(t.buf))
}

// end gives the text after the last stage, and the stages.
func (t *telling) end() (string, []lab.Stage) {
	all, from := string(t.buf), 0
	for i, to := range t.ends {
		t.stages[i].Text = all[from:to]
		from = to
	}
	return all[from:], t.stages
}
