package kube

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// HPA is the Kubernetes HorizontalPodAutoscaler, v2:
//
//	desired = ⌈ready × usage / target⌉, the largest of all metrics,
//	          stabilised, limited in rate, within min and max
//
// An instance is a pod: starting or hung is not ready, draining is deleted. Its
// CPU is a Resource metric, of which its size is the request; requests and
// requests in flight are Pods metrics with an average value; system CPU and
// p95 are External metrics with a value.
//
// With behavior on auto it has a behavior as soon as one of the knobs of that
// is not as by default, as a manifest has.
//
// Source: k8s.io/kubernetes v1.37.2, pkg/controller/podautoscaler; the
// arithmetic is in calc.go, the rest in behavior.go.
type HPA struct {
	aim      stage.Aim
	metrics  []stage.Goal // of several metrics; empty: aim alone
	behaves  string       // auto, on, off
	up, down direction
	ctl      controller

	pods  []pod
	specs []hpaMetric
	tell  telling
}

// direction is the behavior in one direction, as its knobs say.
type direction struct {
	rules     []scalingRule
	choice    string
	window    time.Duration
	tolerance float64
}

func defaultUp() direction {
	return direction{[]scalingRule{{false, 4, 15 * time.Second}, {true, 100, 15 * time.Second}}, "max", 0, 0.1}
}

func defaultDown() direction {
	return direction{[]scalingRule{{true, 100, 15 * time.Second}}, "max", 300 * time.Second, 0.1}
}

func (d direction) equal(o direction) bool {
	return slices.Equal(d.rules, o.rules) && d.choice == o.choice && d.window == o.window && d.tolerance == o.tolerance
}

func (d direction) scaling() scalingRules {
	return scalingRules{d.window, choice(slices.Index(choiceNames, d.choice)), d.rules}
}

// Proven is how many reference cases prove it; the test that runs them holds
// this number against what passed.
const Proven = 150 + 179

// NewHPA aims at 50 % of CPU, with the controller's own defaults.
func NewHPA() *HPA {
	h := &HPA{aim: stage.NewAim(0.5), behaves: "auto", up: defaultUp(), down: defaultDown()}
	h.ctl.readiness = readiness{300 * time.Second, 30 * time.Second}
	h.ctl.toZero = true
	h.ctl.behavior.factor, h.ctl.behavior.minimum = 2, 4
	h.settle()
	return h
}

func (h *HPA) panel() lab.Panel {
	return append(append(h.aim.Dials(),
		lab.DialTable(lab.Knob{Name: "metrics", Label: "metrics", Help: "several metrics with their targets, instead of metric and target: cpu/60%|rps/30"}, stage.SpellGoals(h.metrics), func(text string) error {
			goals, err := stage.ParseGoals("metrics", text)
			if err == nil {
				h.metrics = goals
			}
			return err
		})),
		h.behaviorDials()...)
}

// behaviorDials are the knobs that say how fast it goes.
func (h *HPA) behaviorDials() lab.Panel {
	length := func(name, label, help string, v *time.Duration, most float64) lab.Dial {
		return lab.DialDuration(lab.Knob{Name: name, Label: label, Help: help, Max: most, Step: 5}, v)
	}
	return lab.Panel{
		lab.DialChoice(lab.Knob{Name: "behavior", Label: "behavior", Help: "auto: on as soon as a rule, window or tolerance is not as by default", Choices: []string{"auto", "on", "off"}}, &h.behaves),
		lab.DialTable(lab.Knob{Name: "up", Label: "up", Help: "how much may be added in a period: 4pods/15s|100%/15s"}, rulesText(h.up.rules), putRules("up", &h.up.rules)),
		lab.DialChoice(lab.Knob{Name: "up_select", Label: "up select", Help: "which of these rules holds: most change, least, or none is allowed", Choices: choiceNames}, &h.up.choice),
		length("up_window", "up window", "grows only if all of its recommendations were above", &h.up.window, 3600),
		lab.DialFloat(lab.Knob{Name: "up_tolerance", Label: "up tolerance", Unit: "%", Help: "above target, and still nothing is done", Kind: lab.Percent, Max: 10, Step: 0.01}, &h.up.tolerance),
		lab.DialTable(lab.Knob{Name: "down", Label: "down", Help: "how much may be removed in a period: 100%/15s"}, rulesText(h.down.rules), putRules("down", &h.down.rules)),
		lab.DialChoice(lab.Knob{Name: "down_select", Label: "down select", Help: "which of these rules holds: most change, least, or none is allowed", Choices: choiceNames}, &h.down.choice),
		length("down_window", "down window", "shrinks only if all of its recommendations were below", &h.down.window, 3600),
		lab.DialFloat(lab.Knob{Name: "down_tolerance", Label: "down tolerance", Unit: "%", Help: "below target, and still nothing is done", Kind: lab.Percent, Max: 1, Step: 0.01}, &h.down.tolerance),
		length("cpu_initialization", "CPU initialization", "age up to which an instance's CPU counts only while it is ready", &h.ctl.readiness.initialization, 3600),
		length("initial_readiness", "initial readiness", "age up to which not being ready means it never was", &h.ctl.readiness.delay, 600),
	}
}

// settle makes the controller's settings of the knobs.
func (h *HPA) settle() {
	b := &h.ctl.behavior
	b.on = h.behaves == "on" || h.behaves == "auto" && !(h.up.equal(defaultUp()) && h.down.equal(defaultDown()))
	b.up, b.down = h.up.scaling(), h.down.scaling()
	h.ctl.tolerance = tolerance{h.up.tolerance, h.down.tolerance}
}

// Knobs are target, metric, metrics, and those of its behavior.
func (h *HPA) Knobs() []lab.Knob { return h.panel().Knobs() }

// Set turns one of them; what is remembered stays.
func (h *HPA) Set(name, text string) error {
	defer h.settle()
	return h.panel().Set(name, text)
}

// Fresh forgets all recommendations and changes.
func (h *HPA) Fresh() { h.ctl.memory = memory{} }

// Decide is one sync.
func (h *HPA) Decide(s lab.Sample) lab.Decision { return h.DecideLagged(&s, &s) }

// DecideLagged is one sync, with figures of before.
func (h *HPA) DecideLagged(now, seen *lab.Sample) lab.Decision {
	there := h.see(now, seen)
	h.specs = h.specs[:0]
	if len(h.metrics) == 0 {
		h.measure(h.aim.Signal(), h.aim.Target(), now, seen)
	}
	for i := range h.metrics {
		h.measure(h.metrics[i].Signal, h.metrics[i].Target, now, seen)
	}
	r := h.ctl.sync(now.At, now.Desired, there, bounds{now.Limits.Min, now.Limits.Max}, h.pods, h.specs)
	return h.explain(now, &r)
}

// see makes pods of the instances, and tells how many are not on their way out.
func (h *HPA) see(now, seen *lab.Sample) (there int) {
	h.pods = h.pods[:0]
	largest := 0.0
	for i := range now.Instances {
		if size := now.Instances[i].Size; size < 1e6 {
			largest = max(largest, size)
		}
	}
	for i := range now.Instances {
		in := &now.Instances[i]
		p := pod{conditioned: true, hasStart: true, started: in.Started, transition: in.Started, request: 1000}
		if largest > 0 {
			p.request = max(1, int64(math.Round(1000*min(in.Size/largest, 1))))
		}
		switch in.State {
		case lab.Gone:
			continue
		case lab.Failed:
			p.phase = failed
		case lab.Draining:
			p.deleted = true
		case lab.Ready:
			p.ready, p.transition = !in.Hung, in.ReadySince
			if in.Hung {
				p.transition = now.At
			}
			there++
		default:
			there++
		}
		h.pods = append(h.pods, p)
	}
	return there
}

// measure adds a metric with what was measured of it.
func (h *HPA) measure(m *stage.Signal, target float64, now, seen *lab.Sample) {
	var spec *hpaMetric
	if n := len(h.specs); n < cap(h.specs) {
		h.specs = h.specs[:n+1]
		spec = &h.specs[n]
		*spec = hpaMetric{per: perPod{samples: spec.per.samples[:0]}}
	} else {
		h.specs = append(h.specs, hpaMetric{})
		spec = &h.specs[n]
	}
	spec.signal = m
	spec.target, _ = milli(target * m.Scale)
	spec.target = max(1, spec.target)
	switch m.Name {
	case "cpu":
		spec.source = fromPods
		spec.target = max(1, int64(math.Round(target*100)))
		spec.per.cpu, spec.per.utilization = true, true
	case "rps", "in-flight":
		spec.source = fromPods
	default:
		spec.source = fromValue
		r := m.Read(seen)
		v, ok := milli(r.Value * m.Scale)
		spec.value, spec.fails = v, !ok || !r.OK
		return
	}
	spec.per.target = spec.target
	at := 0
	for i := range now.Instances {
		in := &now.Instances[i]
		if in.State == lab.Gone {
			continue
		}
		was := in
		if now != seen {
			was = stage.Instance(seen, in.ID, i)
		}
		var r reading
		switch {
		case was == nil:
		case m.Name == "cpu":
			v, ok := milli(was.CPU.Value * float64(h.pods[at].request) / 1000)
			r = reading{v, was.CPU.At, was.CPU.Window, ok && was.CPU.OK}
		case was.State == lab.Ready && seen.Span > 0:
			v := seen.PerSecond(was.Traffic.Arrived)
			if m.Name == "in-flight" {
				v = was.Traffic.Busy.Seconds() / seen.Span.Seconds()
			}
			r.value, r.ok = milli(v)
			r.at, r.window = seen.At, seen.Span
		}
		spec.per.samples = append(spec.per.samples, r)
		at++
	}
}

// milli is v in thousandths; false if it is none.
func milli(v float64) (int64, bool) {
	v = math.Round(v * 1000)
	switch {
	case math.IsNaN(v):
		return 0, false
	case v >= math.MaxInt64:
		return math.MaxInt64, true
	case v <= math.MinInt64:
		return math.MinInt64, true
	}
	return int64(v), true
}

// rulesText and putRules spell and read "4pods/15s|100%/15s".
func rulesText(rules []scalingRule) string {
	var out []string
	for _, r := range rules {
		unit := "pods"
		if r.percent {
			unit = "%"
		}
		out = append(out, strconv.FormatInt(r.value, 10)+unit+"/"+strconv.FormatInt(int64(r.period/time.Second), 10)+"s")
	}
	return strings.Join(out, "|")
}

func putRules(field string, rules *[]scalingRule) func(string) error {
	return func(text string) error {
		var out []scalingRule
		for part := range strings.SplitSeq(text, "|") {
			part = strings.TrimSpace(part)
			bad := &lab.InputError{Field: field, Value: part, Want: "pods or percent in a period of 1s to 1800s, as 4pods/15s or 100%/15s"}
			amount, length, ok := strings.Cut(part, "/")
			digits := strings.TrimRight(amount, "%pods ")
			v, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32)
			unit := strings.TrimSpace(amount[len(digits):])
			if !ok || err != nil || v < 1 || unit != "%" && unit != "pods" && unit != "pod" {
				return bad
			}
			k, err := lab.Knob{Kind: lab.Duration, Unit: "s", Min: 1, Max: 1800}.Parse(length)
			if err != nil || k.Value != math.Trunc(k.Value) {
				return bad
			}
			out = append(out, scalingRule{unit == "%", v, time.Duration(k.Value) * time.Second})
		}
		*rules = out
		return nil
	}
}
