package app

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// clocks are what an instance measures and burns with.
type clocks struct {
	cpu  func() (time.Duration, error)                   // CPU of the process so far
	burn func(n time.Duration) (cpu, wall time.Duration) // burns n of CPU; what it took
}

// outcome is how a request ended.
type outcome int

const (
	handled outcome = iota
	refused
	cancelled
	nOutcomes
)

// instance is the state behind the handlers.
type instance struct {
	cfg      Config
	clocks   clocks
	began    time.Time
	active   atomic.Int64  // requests of any kind that are being answered
	stopping chan struct{} // closed: who waits is refused

	mu        sync.Mutex // guards what follows
	bucket    bucket
	line      line
	overhead  overhead
	rand      *rand.Rand
	bootPlace *ticket // boot's place, the first in the line; nil once booted
	inFlight  int
	ended     [nOutcomes]int64
	burnt     time.Duration
	throttled time.Duration // the turn waited for tokens
	starved   time.Duration // the turn burned, and the host gave no CPU
}

func newInstance(cfg Config, c clocks) (*instance, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.Workers = max(cfg.Workers, 1)
	cpu, err := c.cpu()
	if err != nil {
		return nil, err
	}
	in := &instance{
		cfg: cfg, clocks: c, began: time.Now(), stopping: make(chan struct{}),
		bucket:   newBucket(cfg.Size, sliceOf(cfg.Size, cfg.Workers), 0, cpu),
		overhead: overhead{cpu: cpu},
		line:     line{workers: cfg.Workers, queue: cfg.Queue},
		rand:     rand.New(rand.NewPCG(cfg.Seed, 0)),
	}
	if cfg.Boot > 0 {
		in.bootPlace = in.line.enter()
	}
	return in, nil
}

// settle brings all accounts up to date. Call it with mu held, before the line
// changes: whether there was work is read from it.
func (in *instance) settle() {
	wall := time.Since(in.began)
	cpu, err := in.clocks.cpu()
	if err != nil {
		cpu = in.bucket.cpu // the clock answered at the start: it does not fail
	}
	in.bucket.settle(wall, cpu, in.line.taken)
	in.overhead.learn(wall, cpu, in.burnt, in.ended[handled]+in.ended[refused]+in.ended[cancelled])
}

// boot burns CPU within the size until Boot is over, and has the turn all the
// while: who comes in meanwhile waits.
func (in *instance) boot(ctx context.Context) {
	t := in.bootPlace
	if t == nil {
		return
	}
	<-t.turn
	until, stop := context.WithDeadline(ctx, in.began.Add(in.cfg.Boot))
	defer stop()
	for in.pay(until, in.bucket.slice) {
		in.burn(in.bucket.slice)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.settle()
	in.line.leave(t)
	if ctx.Err() == nil {
		in.bootPlace = nil
	}
}

// work does one request.
func (in *instance) work(ctx context.Context) outcome {
	in.mu.Lock()
	in.settle()
	in.inFlight++
	var t *ticket
	if !in.stopped() {
		t = in.line.enter()
	}
	left := in.cost()
	in.mu.Unlock()

	how := refused
	if t != nil {
		how = in.take(ctx, t, left)
	}
	if how == refused {
		how = in.refuse(ctx)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.inFlight--
	in.ended[how]++
	return how
}

// cost is what a request has to burn: its work less what it costs besides.
// Call it with mu held.
func (in *instance) cost() time.Duration {
	work := in.cfg.Work
	if in.cfg.WorkDist == "exp" {
		work = scale(work, in.rand.ExpFloat64())
	}
	return max(work/2, work-in.overhead.each)
}

// take waits for the turn, burns what is left, and leaves the line.
func (in *instance) take(ctx context.Context, t *ticket, left time.Duration) outcome {
	defer func() {
		in.mu.Lock()
		in.settle()
		in.line.leave(t)
		in.mu.Unlock()
	}()
	select {
	case <-t.turn:
	case <-in.stopping:
		return refused
	case <-ctx.Done():
		return cancelled
	}
	for left > 0 {
		n := min(in.bucket.slice, left)
		if !in.pay(ctx, n) {
			return cancelled
		}
		left -= in.burn(n)
		if left <= 0 || in.line.workers == 1 {
			continue
		}
		in.mu.Lock()
		in.line.yield(t)
		in.mu.Unlock()
		select {
		case <-t.turn:
		case <-ctx.Done():
			return cancelled
		}
	}
	return handled
}

// pay waits until the bucket holds n; false: ctx was done first. The CPU clock
// takes the tokens out, as they are burned.
func (in *instance) pay(ctx context.Context, n time.Duration) bool {
	for ctx.Err() == nil {
		in.mu.Lock()
		in.settle()
		wait := in.bucket.wait(n)
		in.mu.Unlock()
		if wait == 0 {
			return true
		}
		since := time.Now()
		sleep(wait, ctx.Done())
		in.mu.Lock()
		in.throttled += time.Since(since)
		in.mu.Unlock()
	}
	return false
}

func (in *instance) burn(n time.Duration) time.Duration {
	cpu, wall := in.clocks.burn(n)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.burnt += cpu
	in.starved += max(wall-cpu, 0)
	return cpu
}

// refuse holds the answer back until the bucket has paid for the refusals so
// far, or a crowd that comes again at once would burn far more than the size.
func (in *instance) refuse(ctx context.Context) outcome {
	in.mu.Lock()
	wait := min(in.bucket.wait(0)+100*time.Millisecond, time.Second)
	in.mu.Unlock()
	if in.stopped() {
		return refused
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-in.stopping:
	case <-ctx.Done():
		return cancelled
	}
	return refused
}

// refuseAll refuses all that waits, and all that comes.
func (in *instance) refuseAll() { close(in.stopping) }

func (in *instance) stopped() bool {
	select {
	case <-in.stopping:
		return true
	default:
		return false
	}
}

// sleep waits for d, or until done.
func sleep(d time.Duration, done <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	}
}

// figures are what an instance says about itself: counts since it began.
type figures struct {
	Status    string  `json:"status"` // ok, booting, stopping
	Size      float64 `json:"size"`
	CPU       float64 `json:"cpu_s"`
	Throttled float64 `json:"throttled_s"` // waited for tokens
	Starved   float64 `json:"starved_s"`   // burned without getting CPU: latency is the host's
	Lost      float64 `json:"lost_s"`      // CPU never got: capacity is the host's
	Forgiven  float64 `json:"forgiven_s"`  // CPU used above the size, not paid back
	Overhead  float64 `json:"overhead_s"`  // of a request, beside its burning
	Waiting   int     `json:"waiting"`
	InFlight  int     `json:"in_flight"` // waiting ones included
	Handled   int64   `json:"handled"`
	Refused   int64   `json:"refused"`
	Cancelled int64   `json:"cancelled"`
}

func (in *instance) figures() figures {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.settle()
	f := figures{
		Status: "ok", Size: in.cfg.Size,
		CPU: in.bucket.cpu.Seconds(), Throttled: in.throttled.Seconds(), Starved: in.starved.Seconds(),
		Lost: in.bucket.lost.Seconds(), Forgiven: in.bucket.forgiven.Seconds(), Overhead: in.overhead.each.Seconds(),
		Waiting: in.line.waiting.Len(), InFlight: in.inFlight,
		Handled: in.ended[handled], Refused: in.ended[refused], Cancelled: in.ended[cancelled],
	}
	switch {
	case in.stopped():
		f.Status = "stopping"
	case in.bootPlace != nil:
		f.Status = "booting"
	}
	return f
}
