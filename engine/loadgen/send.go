package loadgen

import (
	"context"
	"io"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// job is a request of an open load.
type job struct {
	due     time.Duration
	timeout time.Duration
}

// workers carry jobs out. One that is through waits for the next, unless
// enough others wait.
type workers struct {
	jobs chan job

	mu    sync.Mutex
	idle  int
	ended bool
}

// maxIdle workers wait for jobs; a goroutine that has sent before has its
// stack already.
const maxIdle = 256

// rest tells whether a worker that is through should wait for a job.
func (w *workers) rest() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || w.idle >= maxIdle {
		return false
	}
	w.idle++
	return true
}

// take tells whether a worker waits, or soon will, and takes it.
func (w *workers) take() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.idle == 0 {
		return false
	}
	w.idle--
	return true
}

// end sends the waiting ones home.
func (w *workers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended, w.idle = true, 0
	close(w.jobs)
}

// offer hands a request that is due to a worker, unless too many are in
// flight.
func (g *Generator) offer(l *lab.Load, due time.Duration) {
	if !g.meter.offer(g.now(), l.MaxInFlight) {
		return
	}
	j := job{due, l.Timeout}
	if g.workers.take() {
		g.workers.jobs <- j
		return
	}
	g.run(func() {
		for ok := true; ok; j, ok = <-g.workers.jobs {
			sent := g.now()
			g.meter.sent(sent-j.due > lateAfter)
			g.finish(j.due, sent, j.timeout)
			if !g.workers.rest() {
				return
			}
		}
	})
}

// thread is one user of a closed load.
func (g *Generator) thread(quit <-chan struct{}) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	<-pause.C
	for {
		select {
		case <-quit:
			return
		default:
		}
		l := g.current()
		now := g.now()
		g.meter.offer(now, 0)
		g.meter.sent(false)
		wait := l.Think
		if !g.finish(now, now, l.Timeout) {
			wait = max(wait, refusedTurn-(g.now()-now))
		}
		if wait <= 0 {
			continue
		}
		pause.Reset(wait)
		select {
		case <-quit:
			return
		case <-pause.C:
		}
	}
}

// refusedTurn is how long a thread's turn takes at least when it got status 503
// or no answer: such failures cost nothing, and without a pause would come by
// the ten thousand a second.
const refusedTurn = 100 * time.Millisecond

func (g *Generator) current() lab.Load {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.load
}

// finish sends a request, reads the answer and counts it; false if that was
// status 503 or none at all.
func (g *Generator) finish(due, sent, timeout time.Duration) bool {
	ctx, cancel := g.life, func() {}
	if timeout > 0 {
		c, stop := context.WithTimeout(g.life, timeout)
		ctx, cancel = c, stop
	}
	defer cancel()
	status, err := g.exchange(ctx)
	now := g.now()
	cause, failed := lab.StatusCause(status)
	switch {
	case failed:
		g.meter.failed(now, status, cause, "")
	case err != nil:
		cause = causeOf(ctx, status, err)
		g.meter.failed(now, status, cause, textOf(cause, err))
	default:
		g.meter.good(now, status, now-due, now-sent)
		return true
	}
	return status != 0 && cause != lab.CauseRefused
}

// exchange sends a request and reads the whole answer. A status of 0: no header
// came.
func (g *Generator) exchange(ctx context.Context) (status int, err error) {
	answer, err := g.http.RoundTrip(g.req.WithContext(ctx))
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	return answer.StatusCode, err
}
