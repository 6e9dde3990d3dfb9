package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"autoscale-lab/engine/balancer"
	"autoscale-lab/engine/loadgen"
	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
)

// Live is the rig on this machine: our own load, the balancer in front, and a
// fleet of instances behind it.
type Live struct {
	cfg     LiveConfig
	host    *hostWatch
	serving sync.WaitGroup
	served  error // why the balancer stopped serving; read after serving.Wait
}

// LiveConfig is what a Live is made of. The listener is the balancer's.
type LiveConfig struct {
	Fleet     Fleet
	Front     *balancer.Balancer
	Generator *loadgen.Generator
	Listener  net.Listener
	Defaults  load.Defaults
	Fatal     Fatal
}

// NewLive puts a rig together; it starts nothing.
func NewLive(cfg LiveConfig) *Live { return &Live{cfg: cfg, host: newHostWatch()} }

// Drew counts CPU time that drawing the screen took. Safe from any goroutine.
func (l *Live) Drew(d time.Duration) { l.host.screen.Add(int64(d)) }

// Open starts the balancer, the generator (silent) and the fleet (empty).
func (l *Live) Open(ctx context.Context) error {
	l.serving.Go(func() {
		defer l.cfg.Fatal.Catch()
		l.served = l.cfg.Front.Serve(l.cfg.Listener)
	})
	return errors.Join(l.cfg.Generator.Open(ctx), l.cfg.Fleet.Open(ctx))
}

// Apply gives a deed to whom it concerns.
func (l *Live) Apply(ctx context.Context, a lab.Action) error {
	switch a.Kind {
	case lab.ActLoad:
		l.cfg.Generator.SwitchAt(a.At, a.To == "on")
		return nil
	case lab.ActShape:
		setup, err := load.Parse(a.To, l.cfg.Defaults)
		if err != nil {
			return err
		}
		l.cfg.Generator.SetAt(a.At, setup.Load())
		return nil
	case lab.ActBalance:
		return l.cfg.Front.Use(a.To)
	case lab.ActSet:
		if a.Target == "fleet" && a.Name == "min" {
			l.cfg.Front.Hold(a.To == "0")
		}
	}
	return l.cfg.Fleet.Apply(ctx, a)
}

// Scale states how many instances there should be.
func (l *Live) Scale(ctx context.Context, n int) error { return l.cfg.Fleet.Scale(ctx, n) }

// Observe measures fleet, balancer, generator and host.
func (l *Live) Observe(at time.Duration) (lab.Sample, []lab.Event, error) {
	var s lab.Sample
	var events []lab.Event
	s.Instances, events = l.cfg.Fleet.Observe(at)
	var each map[string]lab.Traffic
	s.Front, s.Foreign, each = l.cfg.Front.Observe(at)
	for i := range s.Instances {
		s.Instances[i].Traffic = each[s.Instances[i].ID]
	}
	s.Generator = l.cfg.Generator.Observe(at)
	s.Level = l.cfg.Generator.Level(at)
	l.host.observe(at, &s)
	return s, events, nil
}

// Close stops the load, then the instances, then the balancer. What our own
// load still waits for, and connections that ask nothing, are cut after a
// moment: nobody counts them any more.
func (l *Live) Close(ctx context.Context) error {
	const moment = 500 * time.Millisecond
	briefly := func(closing func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(ctx, moment)
		defer cancel()
		if err := closing(ctx); !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return nil
	}
	err := errors.Join(briefly(l.cfg.Generator.Close), l.cfg.Fleet.Close(ctx), briefly(l.cfg.Front.Close))
	l.serving.Wait()
	return errors.Join(err, l.served)
}

// Listen binds the balancer's port on this machine. If it is taken, one of the
// next hundred is bound instead.
func Listen(port int) (net.Listener, error) {
	var first error
	for p := port; p < port+100 && p < 65536; p++ {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err == nil {
			return ln, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, fmt.Errorf("engine: no free port from %d on: %w", port, first)
}
