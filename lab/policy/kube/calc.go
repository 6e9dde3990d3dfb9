package kube

import (
	"errors"
	"math"
	"math/bits"
	"time"
)

// The replica calculation of the HorizontalPodAutoscaler: from the metrics to
// the raw desired count, before stabilisation, limits and min/max.
//
//	pods + samples ─▶ group: ready, unready, missing, ignored
//	  ─▶ ratio = usage / target ─▶ within tolerance? keep
//	  ─▶ nothing missing or unready: ⌈ratio × ready⌉
//	  ─▶ else rebalance with what is missing taken pessimistically
//
// Values are int64 thousandths, as upstream, and the ratio of a utilization is
// taken of a whole percent. Ratios are float64, as upstream: a rounding of its
// own would decide otherwise at the edges.
//
// Source: k8s.io/kubernetes v1.37.2, pkg/controller/podautoscaler,
// replica_calculator.go and metrics/utilization.go.

// phase is where a pod stands in its life.
type phase uint8

const (
	running phase = iota
	pending
	failed
	succeeded
)

// pod is an instance as the controller sees it.
type pod struct {
	phase       phase
	deleted     bool
	conditioned bool          // there is a ready condition
	ready       bool          // and it is true
	transition  time.Duration // when it became what it is
	hasStart    bool
	started     time.Duration
	request     int64 // thousandths; < 0: none is set
}

// reading is what a pod reported.
type reading struct {
	value      int64 // thousandths
	at, window time.Duration
	ok         bool
}

// group is where a pod stands in the calculation.
type group uint8

const (
	podReady group = iota
	podUnready
	podMissing
	podIgnored
)

// readiness is how the CPU of a young pod is told from its start-up.
type readiness struct{ initialization, delay time.Duration }

// groupOf sorts one pod. A pod that was ready and is not any more counts as
// ready once it is older than the initialization period: it has load. Only of
// CPU is readiness asked, since only CPU is burned by starting.
func (r readiness) groupOf(p *pod, m reading, cpu bool, now time.Duration) group {
	switch {
	case p.deleted || p.phase == failed:
		return podIgnored
	case p.phase == pending:
		return podUnready
	case !m.ok:
		return podMissing
	case !cpu:
		return podReady
	}
	unready := true
	switch {
	case !p.conditioned || !p.hasStart:
	case now-p.started < r.initialization:
		unready = !p.ready || m.at < p.transition+m.window
	default:
		unready = !p.ready && p.transition < p.started+r.delay
	}
	if unready {
		return podUnready
	}
	return podReady
}

// tolerance is how far the ratio may be from 1 before anything is done.
type tolerance struct{ up, down float64 }

func (t tolerance) within(ratio float64) bool { return 1-t.down <= ratio && ratio <= 1+t.up }

var (
	errNoPods    = errors.New("no pods")
	errNoMetrics = errors.New("no metrics")
	errNoRequest = errors.New("missing request")
	errBadMetric = errors.New("invalid metric")
)

// perPod is the figures of one metric that every pod reports.
type perPod struct {
	cpu         bool // a resource whose readiness matters
	utilization bool // target is a percentage of the request, else thousandths
	target      int64
	samples     []reading // of each pod
	requests    []int64   // of one container of each pod; nil: the pods' own
	superfluous []int64   // samples of pods there are not
}

// proposal is what one metric comes to.
type proposal struct {
	replicas                int
	ready, unready, missing int
	usage                   int64 // mean, thousandths
	utilization             int64 // whole percent
	ratio                   float64
	rebalanced              bool
	second                  float64 // the ratio after rebalancing
}

// sum is a total of a metric over pods, in 128 bits: thousandths of int64 may
// be many.
type sum struct {
	high       int64
	low        uint64
	request    int64
	n, counted int // counted: also those without a request
}

func (s *sum) add(v int64) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(v), 0)
	s.high += v>>63 + int64(carry)
}

// over is total × factor / by, cut toward zero; false if that is no int64, and
// then the one next to it.
func (s *sum) over(factor, by uint64) (int64, bool) {
	high, low, minus := uint64(s.high), s.low, s.high < 0
	if minus {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	top, low := bits.Mul64(low, factor)
	over, high := bits.Mul64(high, factor)
	high, carry := bits.Add64(high, top, 0)
	q, fits := uint64(math.MaxInt64), over+carry == 0 && high < by
	if fits {
		q, _ = bits.Div64(high, low, by)
		fits = q <= math.MaxInt64
		q = min(q, math.MaxInt64)
	}
	if minus {
		return -int64(q), fits
	}
	return int64(q), fits
}

// ratio is usage over target, with the mean usage and the utilization.
func (m *perPod) ratio(s *sum) (ratio float64, usage, utilization int64, err error) {
	if !m.utilization {
		usage, _ = s.over(1, uint64(s.counted))
		return float64(usage) / float64(m.target), usage, 0, nil
	}
	if s.request <= 0 {
		return 0, 0, 0, errNoMetrics
	}
	usage, _ = s.over(1, uint64(s.n))
	utilization, _ = s.over(100, uint64(s.request))
	utilization = max(math.MinInt32, min(utilization, math.MaxInt32))
	return float64(utilization) / float64(m.target), usage, utilization, nil
}

// replicas is the count by which every pod would be at its target. Where pods
// are missing or not ready, what they would report is assumed so that the
// change becomes smaller, and nothing changes if that turns it round.
func (m *perPod) replicas(pods []pod, current int, r readiness, t tolerance, now time.Duration) (proposal, error) {
	out := proposal{replicas: current}
	if len(pods) == 0 {
		return out, errNoPods
	}
	var first sum
	request := func(i int) int64 {
		if m.requests != nil {
			return m.requests[i]
		}
		return pods[i].request
	}
	add := func(s *sum, i int, value int64) {
		s.add(value)
		s.counted++
		if i >= 0 {
			s.request += request(i)
			s.n++
		}
	}
	requested := true
	for i := range pods {
		requested = requested && request(i) >= 0
		switch r.groupOf(&pods[i], m.samples[i], m.cpu, now) {
		case podReady:
			out.ready++
			add(&first, i, m.samples[i].value)
		case podUnready:
			out.unready++
		case podMissing:
			out.missing++
		}
	}
	for _, v := range m.superfluous {
		if m.utilization { // no request is known of it
			first.counted++
		} else {
			add(&first, -1, v)
		}
	}
	switch {
	case first.counted == 0:
		return out, errNoMetrics
	case m.utilization && !requested:
		return out, errNoRequest
	}
	var err error
	if out.ratio, out.usage, out.utilization, err = m.ratio(&first); err != nil {
		return out, err
	}
	upUnready := out.unready > 0 && out.ratio > 1
	if !upUnready && out.missing == 0 {
		if !t.within(out.ratio) {
			out.replicas = count(out.ratio * float64(out.ready))
		}
		return out, nil
	}
	second := first
	for i := range pods {
		switch r.groupOf(&pods[i], m.samples[i], m.cpu, now) {
		case podMissing:
			switch {
			case out.ratio < 1 && m.utilization:
				add(&second, i, request(i)*max(100, m.target)/100)
			case out.ratio < 1:
				add(&second, i, m.target)
			case out.ratio > 1:
				add(&second, i, 0)
			}
		case podUnready:
			if upUnready {
				add(&second, i, 0)
			}
		}
	}
	out.rebalanced = true
	if out.second, _, _, err = m.ratio(&second); err != nil {
		return out, err
	}
	if t.within(out.second) || out.ratio < 1 && out.second > 1 || out.ratio > 1 && out.second < 1 {
		return out, nil
	}
	n := count(out.second * float64(second.counted))
	if out.second < 1 && n > current || out.second > 1 && n < current {
		return out, nil
	}
	out.replicas = n
	return out, nil
}

// valueReplicas is the count for a value of something outside the pods: its
// ratio to the target, for every ready pod. From zero, the ratio itself.
func valueReplicas(pods []pod, current int, value, target int64, t tolerance) (proposal, error) {
	out := proposal{replicas: current, usage: value, ratio: float64(value) / float64(target)}
	if current == 0 {
		out.replicas = count(out.ratio)
		return out, nil
	}
	for i := range pods {
		if p := &pods[i]; p.ready && p.phase == running {
			out.ready++
		}
	}
	switch {
	case t.within(out.ratio):
	case len(pods) == 0:
		return out, errNoPods
	default:
		out.replicas = count(out.ratio * float64(out.ready))
	}
	return out, nil
}

// averageReplicas is the count for a value that all pods share; there is how
// many there are.
func averageReplicas(there int, value, target int64, t tolerance) proposal {
	out := proposal{replicas: there, ratio: float64(value) / (float64(target) * float64(there))}
	switch {
	case float64(value) >= math.MaxInt64:
		out.usage = math.MaxInt64
	case there != 0:
		out.usage = int64(math.Ceil(float64(value) / float64(there)))
	}
	if !t.within(out.ratio) {
		out.replicas = count(float64(value) / float64(target))
	}
	return out
}

// count rounds up to a count of replicas, at most what an int32 holds.
func count(v float64) int {
	if math.IsNaN(v) {
		return 0
	}
	return int(max(math.MinInt32, min(math.Ceil(v), math.MaxInt32)))
}
