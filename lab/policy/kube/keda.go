package kube

import (
	"slices"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// KEDA is the Kubernetes Event-driven Autoscaler:
//
//	0 → 1    as soon as the metric is above the activation threshold
//	N → 0    after a cooldown in which it never was, from whatever N
//	1 ↔ N    the HorizontalPodAutoscaler: ⌈metric / target⌉
//
// The first and second are looked at every poll, and only where min is 0, on all
// that came since the poll before, without delay: at zero a request is held for
// no more than 10 s. Between 1 and N figures are metric_age old. The
// metric is the whole service's, with a target for each instance (External,
// average value), so that it is known at zero too: requests that the balancer
// holds there count.
//
// The cooldown belongs to the last step alone: between N and 1 it is the HPA's
// window that holds.
//
// Source: kedacore/keda, pkg/scaling/executor/scale_scaledobjects.go; defaults
// of the ScaledObject specification: pollingInterval 30 s, cooldownPeriod 300 s.
type KEDA struct {
	aim        stage.Aim
	activation map[string]*float64 // of each metric, in its unit
	cooldown   time.Duration
	poll       time.Duration
	hpa        *HPA

	began  bool
	polled time.Duration
	active time.Duration // when it was last seen to be
	since  lab.Sample    // what the balancer saw since the last poll
}

// NewKEDA aims at requests.
func NewKEDA() *KEDA {
	k := &KEDA{aim: stage.NewAim(0.5), activation: map[string]*float64{}, cooldown: 300 * time.Second, poll: 30 * time.Second, hpa: NewHPA()}
	k.aim.Metric = "rps"
	for _, name := range kedaMetrics {
		k.activation[name] = new(float64)
	}
	k.hpa.ctl.toZero = false
	return k
}

// kedaMetrics are those that are known without an instance.
var kedaMetrics = []string{"rps", "in-flight"}

func (k *KEDA) panel() lab.Panel {
	p := k.aim.Dials()
	for i := range p {
		if p[i].Name == "metric" {
			p[i].Choices = kedaMetrics
		}
	}
	m := k.aim.Signal()
	return append(append(p,
		lab.DialFloat(lab.Knob{Name: "activation", Label: "activation", Unit: m.Unit, Help: "above it, in all, it is active: 0 → 1", Kind: m.Kind, Max: m.Most, Step: m.Step}, k.activation[k.aim.Metric]),
		lab.DialDuration(lab.Knob{Name: "cooldown", Label: "cooldown", Help: "inactivity after which it goes to zero", Max: 3600, Step: 5}, &k.cooldown),
		lab.DialDuration(lab.Knob{Name: "poll", Label: "poll", Help: "how often it looks whether it is active; at zero requests wait 10 s, then fail", Max: 600, Step: 5}, &k.poll)),
		k.hpa.behaviorDials()...)
}

// Knobs are metric, target, activation, cooldown, poll, and the HPA's.
func (k *KEDA) Knobs() []lab.Knob { return k.panel().Knobs() }

// Set turns one of them.
func (k *KEDA) Set(name, text string) error {
	defer k.hpa.settle()
	return k.panel().Set(name, text)
}

// Fresh forgets everything; what comes first counts as activity.
func (k *KEDA) Fresh() {
	k.began, k.polled, k.active, k.since = false, 0, 0, lab.Sample{}
	k.hpa.Fresh()
}

// Watch adds a sample to what the next poll looks at. A gap forgets what was
// before it.
func (k *KEDA) Watch(now *lab.Sample) {
	if now.Gap {
		k.since = lab.Sample{}
	}
	k.since.At, k.since.Span = now.At, k.since.Span+now.Span
	k.since.Front.Offered += now.Front.Offered
	k.since.Front.Busy += now.Front.Busy
	k.since.Front.Queued = max(k.since.Front.Queued, now.Front.Queued)
}

// Decide is one sync.
func (k *KEDA) Decide(s lab.Sample) lab.Decision {
	k.Watch(&s)
	return k.DecideLagged(&s, &s)
}

// DecideLagged is one sync: it is active by what was watched, and sized by
// figures of before.
func (k *KEDA) DecideLagged(now, seen *lab.Sample) lab.Decision {
	m, threshold := k.aim.Signal(), *k.activation[k.aim.Metric]
	value := k.read(&k.since)
	if !k.began {
		k.began, k.polled, k.active = true, now.At, now.At
	}
	if now.At == k.polled || now.At-k.polled >= k.poll {
		k.polled = now.At
		k.since = lab.Sample{}
		switch {
		case !value.OK:
		case value.Value > threshold:
			k.active = now.At
			if now.Desired == 0 {
				d := lab.Decision{Desired: max(1, now.Limits.Min), Reason: "active: " + m.Show(value.Value) + " in all > " + m.Show(threshold)}
				d.Stages = append(d.Stages, lab.Stage{Name: "sample", Value: value.Value * m.Scale, Text: m.Label + ", in all"}, lab.Stage{Name: "activation", Value: float64(d.Desired), Text: "active"})
				return d
			}
		case now.Limits.Min == 0 && now.Desired > 0 && now.At-k.active >= k.cooldown:
			d := lab.Decision{Reason: "inactive for the cooldown of " + k.cooldown.String()}
			d.Stages = append(d.Stages, lab.Stage{Name: "sample", Value: value.Value * m.Scale, Text: m.Label + ", in all"}, lab.Stage{Name: "activation", Text: "inactive"})
			return d
		}
	}
	if now.Desired == 0 && now.Limits.Min == 0 {
		d := lab.Decision{Reason: "inactive: at zero"}
		if !value.OK {
			d.Reason = m.Label + " is not known: at zero"
		}
		d.Next = []lab.Wait{{What: "next poll", At: k.polled + k.poll}}
		return d
	}
	d := k.scale(m, k.read(seen), now)
	if now.Limits.Min == 0 && value.OK && value.Value <= threshold {
		d.Next = append(d.Next, lab.Wait{What: "to zero", At: max(k.active+k.cooldown, now.At+1), By: "the activity", Since: k.active})
		slices.SortStableFunc(d.Next, stage.Sooner)
	}
	return d
}

// scale is the HPA's part.
func (k *KEDA) scale(m *stage.Signal, value lab.Reading, now *lab.Sample) lab.Decision {
	h := k.hpa
	there := h.see(now, now)
	spec := hpaMetric{source: fromAverage, signal: m, fails: !value.OK}
	var ok bool
	spec.value, ok = milli(value.Value)
	spec.fails = spec.fails || !ok
	spec.target, _ = milli(k.aim.Target())
	spec.target = max(1, spec.target)
	h.specs = append(h.specs[:0], spec)
	within := bounds{max(1, now.Limits.Min), max(1, now.Limits.Max)}
	r := h.ctl.sync(now.At, now.Desired, there, within, h.pods, h.specs)
	return h.explain(now, &r)
}

// read is the metric of the whole service.
func (k *KEDA) read(s *lab.Sample) lab.Reading {
	if s.Span <= 0 {
		return lab.Reading{}
	}
	v := s.PerSecond(s.Front.Offered)
	if k.aim.Metric == "in-flight" {
		v = max(s.Front.Busy.Seconds()/s.Span.Seconds(), float64(s.Front.Queued))
	}
	return lab.Known(v, s.At, s.Span)
}
