// Package loadgen sends load on time and measures the answers.
//
//	Set, Switch ─▶ schedule ─ due ─▶ workers  ┐
//	 (changes)        │                       ├─ HTTP ─▶ balancer
//	                  └─ start, end ▶ threads ┘
//	                                     │ offered, sent, ended
//	                                     ▼
//	                                   meter ─▶ Observe, Codes, Errors
//
// An open load is a schedule of moments (load.Arrivals): each request is handed
// to a worker when it is due, whatever became of those before. Its Latency
// counts from that moment, not from the sending, so that neither an overloaded
// service nor an overloaded generator can hide (coordinated omission); Service
// counts from the sending. A closed load is a number of threads with at most
// one request each under way; there due is sent.
//
// An answer is good once its body is read whole and its status is below 500.
// Redirects are answers and not followed, no proxy is asked, and HTTP is 1.1
// over connections kept alive.
package loadgen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// Config is whom a Generator sends to.
type Config struct {
	URL    string
	Header http.Header          // of every request
	Now    func() time.Duration // lab time; nil: the time since New
	SLO    time.Duration        // good answers above it count as Slow; 0: none does
	Go     func(func())         // starts each goroutine; nil: the go statement

	dial func(ctx context.Context, network, addr string) (net.Conn, error) // nil: TCP
}

// Generator sends one load to one URL. Its methods are safe for concurrent use.
type Generator struct {
	now     func() time.Duration
	spawn   func(func())
	req     *http.Request // what every request is a copy of
	http    *http.Transport
	conns   conns
	virtual bool // time may be that of a testing/synctest bubble

	life context.Context // of the requests in flight
	cut  context.CancelFunc
	all  sync.WaitGroup // the schedule, the workers, the threads

	meter   meter
	workers workers

	mu      sync.Mutex
	phase   phase
	alarm   alarm    // of the schedule, while open
	load    lab.Load // as last Set …
	on      bool     // … and Switched, …
	since   time.Duration
	changed time.Duration // moment of the last change
	changes []change      // … of which the schedule has still to learn
}

type phase uint8

const (
	fresh phase = iota
	open
	closed
)

// change is what holds from a moment on.
type change struct {
	at    time.Duration
	load  lab.Load
	on    bool
	since time.Duration // the shape's time is 0
}

// New makes a Generator that is off and has no load. A URL it cannot send to
// is a *lab.InputError.
func New(c Config) (*Generator, error) {
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, &lab.InputError{Field: "url", Value: lab.Clean(c.URL), Want: "http://host:port/path"}
	}
	req, err := http.NewRequest(http.MethodGet, c.URL, nil)
	if err != nil {
		return nil, &lab.InputError{Field: "url", Value: lab.Clean(c.URL), Want: "http://host:port/path"}
	}
	req.Header = c.Header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "autoscale-lab")
	}
	if u.User != nil {
		password, _ := u.User.Password()
		req.SetBasicAuth(u.User.Username(), password)
	}
	g := &Generator{now: c.Now, spawn: c.Go, req: req}
	if g.now == nil {
		began := time.Now()
		g.now = func() time.Duration { return time.Since(began) }
	}
	if g.spawn == nil {
		g.spawn = func(f func()) { go f() }
	}
	g.life, g.cut = context.WithCancel(context.Background())
	g.meter.init(c.SLO)
	g.workers.jobs = make(chan job, maxIdle)
	g.conns.dial, g.virtual = c.dial, c.dial != nil
	if g.conns.dial == nil {
		g.conns.dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	g.conns.life, g.conns.open = g.life, map[*conn]struct{}{}
	g.http = &http.Transport{
		DialContext:         g.conns.dialContext,
		DisableCompression:  true,
		MaxIdleConnsPerHost: maxIdleConns,
		IdleConnTimeout:     10 * time.Second,
		TLSHandshakeTimeout: dialTimeout,
	}
	return g, nil
}

const (
	dialTimeout  = 10 * time.Second
	maxIdleConns = 20000 // above any number in flight, so that busy connections are never thrown away
)

// Open makes the generator ready to send. ctx is for opening alone.
func (g *Generator) Open(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.phase != fresh {
		return errors.New("loadgen: opened twice")
	}
	g.phase = open
	if g.virtual {
		g.alarm = newTimer()
	} else {
		g.alarm = newAlarm()
	}
	g.meter.begin(g.now())
	g.run(g.schedule)
	return nil
}

// run starts one of the goroutines Close waits for.
func (g *Generator) run(f func()) {
	g.all.Add(1)
	g.spawn(func() {
		defer g.all.Done()
		f()
	})
}

// Set makes l the load from now on, at once, on or off. While it is on, the
// request under way keeps what it has waited (load.Arrivals.Retarget); threads
// come, or go with their next answer. The shape's time goes on; it begins anew
// when the load is switched off and on.
func (g *Generator) Set(l lab.Load) { g.SetAt(g.now(), l) }

// SetAt is Set from a moment on that may be a little past or to come: so a load
// can be repeated to the nanosecond. It is not before the last change.
func (g *Generator) SetAt(at time.Duration, l lab.Load) {
	g.change(at, func(time.Duration) { g.load = l })
}

// Switch turns sending on, with the shape's time at 0, or off: then nothing new
// is sent, and what is in flight ends by itself and is counted.
func (g *Generator) Switch(on bool) { g.SwitchAt(g.now(), on) }

// SwitchAt is Switch from a moment on, as SetAt.
func (g *Generator) SwitchAt(at time.Duration, on bool) {
	g.change(at, func(at time.Duration) {
		if on && !g.on {
			g.since = at
		}
		g.on = on
	})
}

func (g *Generator) change(at time.Duration, f func(at time.Duration)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.phase == closed {
		return
	}
	at = max(at, g.changed)
	g.changed = at
	f(at)
	g.changes = append(g.changes, change{at, g.load, g.on && g.load.Shape != nil, g.since})
	if g.phase == open {
		g.alarm.ring()
	}
}

// Level is the load's level at that moment, in requests/s or threads; 0 when
// off.
func (g *Generator) Level(at time.Duration) float64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.on || g.load.Shape == nil {
		return 0
	}
	return g.load.Shape.Level(max(at-g.since, 0))
}

// Observe is what was counted since the last Observe.
func (g *Generator) Observe(at time.Duration) lab.Traffic { return g.meter.cutAt(at) }

// Codes is how often each status was answered since Open.
func (g *Generator) Codes() map[int]int64 { return g.meter.statuses() }

// Errors is how often requests failed since Open, by cause, and by text where
// there is one: "timeout", "connect: connection refused". It tells a few dozen
// apart; the rest is "other: …".
func (g *Generator) Errors() map[string]int64 { return g.meter.failures() }

// Close stops sending, waits for what is in flight (the load's Timeout at most)
// and returns when no goroutine and no connection is left. When ctx ends
// before, what is in flight is cut and counts as canceled; that is not an
// error. It may be called twice, and without Open.
func (g *Generator) Close(ctx context.Context) error {
	g.mu.Lock()
	if g.phase == open {
		g.alarm.ring()
	}
	g.phase, g.on = closed, false
	g.mu.Unlock()

	stop := context.AfterFunc(ctx, g.cut)
	defer stop()
	g.all.Wait()
	g.cut()
	g.http.CloseIdleConnections()
	g.conns.shut()
	return nil
}
