// Package calibrate measures how many requests/s one instance carries, on the
// rig at hand:
//
//	capacity.Search ─ rate ─▶ sweep ─ Send ─▶ engine.Session, min = max = 1
//	       ▲                    ▲                   │
//	       └── Step ── Judge ───┴─── ticks ─────────┘
//
// A rate is held for a few seconds: while the instance settles nothing counts,
// then all does. One that the instance cannot answer is broken off as soon as
// that shows, and what still waits is waited for before the next.
package calibrate

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"time"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/lab/capacity"
)

// How long one rate takes. At a low rate it is measured for longer, until as
// many as answers have come, but not for ever.
const (
	interval = 500 * time.Millisecond // of a tick

	settle, measure           = 2 * time.Second, 4 * time.Second
	warm                      = 10 * time.Second // instead of settle, the first time at full rate: the built-in app learns its overhead by a quarter each second
	roughSettle, roughMeasure = time.Second, 2 * time.Second
	answers                   = 30
	longest                   = 3 * measure
)

// starts is how often an instance that was never ready may end by itself until
// it is given up.
const starts = 5

// Config is what is measured, and with what. The Rig is one made for the
// Experiment that For gives.
type Config struct {
	Rig        engine.Rig
	Clock      engine.Clock
	Fatal      engine.Fatal
	Experiment lab.Experiment // as the user has it
	Host       lab.Host
}

// For is the experiment in which an instance of e is measured: alone, under an
// even load, on whatever port is free.
func For(e lab.Experiment) lab.Experiment {
	e.Name, e.Policy, e.Shadows, e.Speed, e.ByHand = "", "manual", nil, 1, false
	e.Load, e.Interval, e.Duration, e.Port = "constant:rate=1", interval, 0, 0
	e.Fleet.Min, e.Fleet.Max, e.Fleet.Boot = 1, 1, 0
	return e
}

// Targets are those of a calibration of e.
func Targets(e *lab.Experiment) capacity.Targets {
	return capacity.Targets{Utilization: lab.DemandUtilization, P95: e.SLO}
}

// Run finds what one instance carries. It blocks until it is found or ctx is
// done, and leaves nothing running. During each step told is given its figures
// so far, and at its end, with done, what they come to; it is called from the
// calling goroutine. That nothing could be found is an error: the instance is
// never ready, does not carry even one request a second, or carries more than
// this machine can tell.
func Run(ctx context.Context, c Config, told func(step capacity.Step, done bool)) (lab.Calibration, error) {
	e := For(c.Experiment)
	session, err := engine.New(engine.Config{Rig: c.Rig, Clock: c.Clock, Experiment: e, Fatal: c.Fatal})
	if err != nil {
		return lab.Calibration{}, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	w := &sweep{session: session, clock: c.Clock, exp: e, targets: Targets(&e), told: told, ended: make(chan error, 1)}
	c.Fatal.Go(func() { w.ended <- session.Run(running) })
	best, steps, err := w.run(ctx)
	stop()
	if err = errors.Join(err, <-w.ended); err != nil {
		return lab.Calibration{}, err
	}
	return lab.Calibration{
		Key: lab.CalibrationKey(&c.Experiment, c.Host), PerSecond: best.PerSecond,
		Target: w.targets.Utilization, SLO: w.targets.P95, Utilization: best.Utilization.Value, P95: best.P95,
		At: c.Clock.Wall(), Host: c.Host, Steps: steps,
	}, nil
}

// sweep is one calibration under way.
type sweep struct {
	session *engine.Session
	clock   engine.Clock
	exp     lab.Experiment
	targets capacity.Targets
	told    func(capacity.Step, bool)
	ended   chan error
	seen    time.Duration // moment of the last tick taken
	warm    bool          // the instance has been at work for a while
}

func (w *sweep) run(ctx context.Context) (best lab.CalibrationStep, steps []lab.CalibrationStep, err error) {
	if err := w.stand(ctx); err != nil {
		return best, nil, err
	}
	most := 0.0
	if k, ok := lab.Find(w.session.Snapshot().Setup.LoadKnobs, "rate"); ok {
		most = k.Max
	}
	search := capacity.NewSearch(w.targets, w.exp.Fleet.Capacity()*w.targets.Utilization, most)
	for {
		rate, more := search.Next()
		if !more {
			break
		}
		step, err := w.step(ctx, rate, search.Rough())
		if err != nil {
			return best, nil, err
		}
		w.told(step, true)
		steps = append(steps, step.CalibrationStep)
		search.Add(step)
		if !step.Held {
			if err := w.rest(ctx); err != nil {
				return best, nil, err
			}
		}
	}
	best, doubt, err := search.Found()
	if err == nil && doubt != "" {
		err = fmt.Errorf("at least %g/s held, but more may: %s; a smaller --size takes less of this machine", best.PerSecond, doubt)
	}
	return best, steps, err
}

// step tries one rate.
func (w *sweep) step(ctx context.Context, rate float64, rough bool) (capacity.Step, error) {
	settle, measure, longest := settle, measure, longest
	switch {
	case rough:
		settle, measure, longest = roughSettle, roughMeasure, roughMeasure
	case !w.warm:
		w.warm, settle = true, warm
	}
	began := w.clock.Now()
	err := w.session.Send(lab.Action{Kind: lab.ActSet, Target: "load", Name: "rate", To: strconv.FormatFloat(rate, 'g', -1, 64)})
	if err == nil && !w.session.Snapshot().Setup.LoadOn {
		err = w.session.Send(lab.Action{Kind: lab.ActLoad, To: "on"})
	}
	if err != nil {
		return capacity.Step{}, err
	}
	var settling, measured sum
	for {
		t, err := w.tick(ctx)
		if err != nil {
			return capacity.Step{}, err
		}
		s := &t.Sample
		into := &settling
		switch from := s.At - s.Span; {
		case from < began: // partly of the rate before
			continue
		case from >= began+settle:
			into = &measured
		}
		into.add(&t)
		crowd := w.targets.Crowd(rate, s.Generator.InFlight)
		if into.Broken != "" || crowd && s.At >= began+roughSettle {
			settling.join(&measured) // there is nothing to settle
			return w.targets.Judge(settling.measured(rate)), nil
		}
		so := w.targets.Judge(into.measured(rate))
		if measured.Span >= measure && (measured.Traffic.Ended() >= answers || measured.Span >= longest) {
			return so, nil
		}
		w.told(so, false)
	}
}

// sum is what some ticks come to.
type sum struct {
	capacity.Measured
	busy, known time.Duration // of CPU: ∫ share dt, and over how long
}

func (u *sum) add(t *lab.Tick) {
	s := &t.Sample
	u.Span += s.Span
	u.Traffic.Add(&s.Generator)
	u.Foreign += s.Foreign.Offered
	if cpu := s.InstanceCPU(); cpu.OK {
		u.busy += time.Duration(cpu.Value * float64(s.Span))
		u.known += s.Span
	}
	switch {
	case s.Saturated != "":
		u.Host = s.Saturated
	case s.Gap:
		u.Host = "the machine slept, or its clock jumped"
	}
	if text := failure(t); text != "" {
		u.Broken = "instance " + text
	} else if s.Serving() == 0 && u.Broken == "" {
		u.Broken = "the instance does not serve"
	}
}

func (u *sum) join(v *sum) {
	u.Span += v.Span
	if v.Span > 0 {
		u.Traffic.Add(&v.Traffic)
	}
	u.Foreign += v.Foreign
	u.busy, u.known = u.busy+v.busy, u.known+v.known
	if v.Host != "" {
		u.Host = v.Host
	}
	if v.Broken != "" {
		u.Broken = v.Broken
	}
}

func (u *sum) measured(rate float64) capacity.Measured {
	m := u.Measured
	m.PerSecond = rate
	if u.known > 0 {
		m.CPU = lab.Known(u.busy.Seconds()/u.known.Seconds(), 0, u.known)
	}
	return m
}

// failure is how an instance ended by itself in a tick; "" if none did.
func failure(t *lab.Tick) string {
	for _, e := range t.Events {
		if e.Kind == lab.EventFailed {
			return e.Text
		}
	}
	return ""
}

// rest stops the load and waits until nothing is under way and the instance
// serves.
func (w *sweep) rest(ctx context.Context) error {
	if err := w.session.Send(lab.Action{Kind: lab.ActLoad, To: "off"}); err != nil {
		return err
	}
	const beyond = 5 * time.Second
	for deadline := w.clock.Now() + w.exp.Timeout + beyond; ; {
		t, err := w.tick(ctx)
		if err != nil {
			return err
		}
		if t.Sample.Generator.InFlight == 0 || t.Sample.At > deadline {
			return w.stand(ctx)
		}
	}
}

// stand waits until the instance serves.
func (w *sweep) stand(ctx context.Context) error {
	why, ended, ever := "", 0, false
	for began := w.clock.Now(); ; {
		t, err := w.tick(ctx)
		if err != nil {
			return err
		}
		if t.Sample.Serving() > 0 {
			return nil
		}
		if text := failure(&t); text != "" {
			why = ": " + text
			ended++
		}
		for _, i := range t.Sample.Instances {
			ever = ever || i.EverReady
		}
		switch {
		case t.Sample.At > began+w.exp.Fleet.StartTimeout:
			return fmt.Errorf("no instance became ready within %s%s", w.exp.Fleet.StartTimeout, why)
		case ended >= starts && !ever:
			return fmt.Errorf("no instance becomes ready%s", why)
		}
	}
}

// tick is the next one that the session has made.
func (w *sweep) tick(ctx context.Context) (lab.Tick, error) {
	const look = 20 * time.Millisecond
	for {
		ticks := w.session.Snapshot().Record.Ticks
		if n := sort.Search(len(ticks), func(i int) bool { return ticks[i].Sample.At > w.seen }); n < len(ticks) {
			w.seen = ticks[n].Sample.At
			return ticks[n], nil
		}
		select {
		case <-ctx.Done():
			return lab.Tick{}, ctx.Err()
		case err := <-w.ended:
			w.ended <- err // for Run, which says it
			return lab.Tick{}, errors.New("calibrate: the session has ended")
		case <-w.clock.Until(w.clock.Now() + look):
		}
	}
}
