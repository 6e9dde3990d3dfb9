package kube

import (
	"fmt"
	"math"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// Knative is the KPA, the autoscaler of Knative Serving. It sizes for the load
// of the service as a whole, averaged over two windows:
//
//	want = ⌈average over the window / (target · utilization)⌉
//	       within ⌊ready / max_down⌋ and ⌈max_up · ready⌉
//
//	stable ──want(panic window)/ready ≥ panic_threshold──▶ panic
//	       ◀──below it for more than a stable window───────
//
// Stable takes the want of the stable window. Panic takes the larger of the two,
// and never less than it took since it began. A policy that finds more than one
// ready begins in panic, since it knows nothing yet that would justify less. With
// none ready, 1 stands for ready. At Limits.Min 0 it goes to zero when nothing
// was there for a stable window, all of which it has seen; the requests that wait
// then bring it back.
//
// Source: knative/serving, pkg/autoscaler/scaling/autoscaler.go, config-autoscaler.
type Knative struct {
	metric           string
	targets          map[string]*float64
	utilization      float64
	window           time.Duration
	panicWindow      time.Duration
	panicThreshold   float64
	maxUp, maxDown   float64
	stable, short    stage.Window
	began, panicking bool
	since            time.Duration // that the stable window is filled
	panicAt          time.Duration // last time above the threshold
	most             int           // that panic asked for
}

// NewKnative holds 70 % of 100 requests in flight per instance.
func NewKnative() *Knative {
	concurrency, rps := 100., 200.
	return &Knative{metric: "concurrency", targets: map[string]*float64{"concurrency": &concurrency, "rps": &rps}, utilization: 0.7,
		window: time.Minute, panicWindow: 6 * time.Second, panicThreshold: 2, maxUp: 1000, maxDown: 2}
}

func (k *Knative) panel() lab.Panel {
	unit := map[string]string{"rps": "/s"}[k.metric]
	return lab.Panel{
		lab.DialFloat(lab.Knob{Name: "target", Label: "target", Unit: unit, Help: "the value per instance to hold", Min: 0.1, Max: 100000, Step: 1}, k.targets[k.metric]),
		lab.DialFloat(lab.Knob{Name: "utilization", Label: "utilization", Unit: "%", Help: "share of target it sizes for", Kind: lab.Percent, Min: 0.01, Max: 1, Step: 0.05}, &k.utilization),
		lab.DialChoice(lab.Knob{Name: "metric", Label: "metric", Help: "what it scales on", Choices: []string{"concurrency", "rps"}}, &k.metric),
		lab.DialDuration(lab.Knob{Name: "window", Label: "window", Help: "the stable window", Min: 6, Max: 3600, Step: 6}, &k.window),
		lab.DialDuration(lab.Knob{Name: "panic_window", Label: "panic window", Help: "the short one", Min: 1, Max: 3600, Step: 1}, &k.panicWindow),
		lab.DialFloat(lab.Knob{Name: "panic_threshold", Label: "panic threshold", Help: "want by the panic window over ready, from which it panics", Min: 1.1, Max: 10, Step: 0.1}, &k.panicThreshold),
		lab.DialFloat(lab.Knob{Name: "max_up", Label: "max up", Help: "most it grows at once, times ready", Min: 1.1, Max: 1000, Step: 1}, &k.maxUp),
		lab.DialFloat(lab.Knob{Name: "max_down", Label: "max down", Help: "most it shrinks at once, ready over it", Min: 1.1, Max: 1000, Step: 1}, &k.maxDown),
	}
}

// Knobs are target, utilization, metric, the two windows, and what rules panic.
func (k *Knative) Knobs() []lab.Knob { return k.panel().Knobs() }

// Set turns one of them. Another metric starts with empty windows.
func (k *Knative) Set(name, text string) error {
	before := k.metric
	err := k.panel().Set(name, text)
	if k.metric != before {
		k.stable, k.short = stage.Window{}, stage.Window{}
	}
	return err
}

// Check tells whether the panic window is no longer than the stable one.
func (k *Knative) Check() error {
	if k.panicWindow > k.window {
		return &lab.InputError{Field: "panic_window", Value: k.panicWindow.String(), Want: "no more than window, which is " + k.window.String()}
	}
	return nil
}

// Fresh empties the windows and ends a panic.
func (k *Knative) Fresh() {
	k.stable, k.short = stage.Window{}, stage.Window{}
	k.began, k.panicking, k.most = false, false, 0
}

// read is the load of the service as a whole; while none is ready, what waits
// is all of it.
func (k *Knative) read(s *lab.Sample) lab.Reading {
	if s.Span <= 0 {
		return lab.Reading{}
	}
	v := s.PerSecond(s.Front.Offered)
	if k.metric == "concurrency" {
		v = max(s.Front.Busy.Seconds()/s.Span.Seconds(), 0)
		if s.Serving() == 0 {
			v = max(v, float64(s.Front.Queued))
		}
	}
	return lab.Known(v, s.At, s.Span)
}

// Decide is one look of the autoscaler.
func (k *Knative) Decide(s lab.Sample) lab.Decision { return k.DecideLagged(&s, &s) }

// DecideLagged is Decide with figures of before.
func (k *Knative) DecideLagged(s, seen *lab.Sample) lab.Decision {
	ready := float64(max(1, s.Serving()))
	if !k.began {
		k.began = true
		if s.Desired > 1 {
			k.panicking, k.panicAt, k.most = true, s.At, s.Desired
		}
	}
	r := k.read(seen)
	if s.Gap || k.stable.Empty() {
		k.since = seen.At - seen.Span
	}
	k.stable.Add(r, max(k.window, seen.Span), s.Gap, seen.At)
	k.short.Add(r, max(k.panicWindow, seen.Span), s.Gap, seen.At)
	stable, short := k.stable.Mean(), k.short.Mean()
	if !stable.OK || !short.OK {
		return lab.Decision{Desired: s.Desired, Reason: k.metric + " is not known"}
	}
	target := *k.targets[k.metric] * k.utilization
	least, most := math.Floor(ready/k.maxDown), math.Ceil(k.maxUp*ready)
	wantStable, wantShort := stage.Up(stable.Value/target), stage.Up(short.Value/target)
	limit := func(want int) int { return stage.Whole(min(max(float64(want), least), most)) }

	over := float64(wantShort)/ready >= k.panicThreshold
	switch {
	case over:
		k.panicking, k.panicAt = true, s.At
	case k.panicking && k.panicAt+k.window < s.At:
		k.panicking, k.most = false, 0
	}
	d := lab.Decision{Desired: limit(wantStable), Stages: make([]lab.Stage, 0, 7)}
	d.Stages = append(d.Stages,
		lab.Stage{Name: "stable", Value: stable.Value, Text: fmt.Sprintf("%s over %s", k.metric, stable.Window.Round(100*time.Millisecond))},
		lab.Stage{Name: "panic", Value: short.Value, Text: fmt.Sprintf("%s over %s", k.metric, short.Window.Round(100*time.Millisecond))},
		lab.Stage{Name: "raw", Value: float64(wantStable), Text: fmt.Sprintf("by the panic window %d", wantShort)})
	d.Reason = fmt.Sprintf("%s %.3g / %.3g needs %d", k.metric, stable.Value, target, wantStable)
	if d.Desired != wantStable {
		stage.Hold(&d, "limit", fmt.Sprintf("%d within one look", d.Desired))
	}
	if k.panicking {
		now := max(d.Desired, limit(wantShort))
		k.most = max(k.most, now)
		d.Desired = k.most
		switch {
		case k.most > now:
			stage.Hold(&d, "panic", fmt.Sprintf("in panic never less than %d", k.most))
		default:
			stage.Hold(&d, "panic", fmt.Sprintf("in panic %d", k.most))
		}
		d.Next = stage.Waits(s.At, lab.Wait{What: "panic ends", At: k.panicAt + k.window, By: "the panic", Since: k.panicAt})
	}
	if seen := k.since + k.window; d.Desired == 0 && s.Desired > 0 && s.Limits.Min == 0 && stable.At < seen {
		d.Desired = 1
		stage.Hold(&d, "stabilise", "not to zero before a whole window of "+k.window.String())
		d.Next = stage.Waits(s.At, lab.Wait{What: "to zero", At: seen + s.At - stable.At})
	}
	return d
}
