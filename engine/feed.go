package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// maxWaiting is how many ticks a recorder may lag behind: ten minutes.
const maxWaiting = 600

// feed hands runs to one Recorder from a goroutine of its own, so that a slow
// or broken one never holds the loop up. A call that fails is tried again until
// it succeeds; ticks that would wait beyond maxWaiting are lost, and counted.
type feed struct {
	rec  Recorder
	wake chan struct{} // one token: there may be work
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	jobs    []job
	ticks   int // of jobs
	trouble error
	closing bool
	run     *written // the newest
}

// written is what became of one run. Guarded by the feed's lock.
type written struct {
	id   int64 // once the recorder has given it
	lost int   // ticks given up
}

// job is one call of the Recorder: exactly one of begin, tick and end is set.
type job struct {
	run   *written
	begin *lab.Run
	tick  *lab.Tick
	end   *lab.Run
}

func newFeed(rec Recorder) *feed {
	return &feed{rec: rec, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func (f *feed) push(j job) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if j.begin != nil {
		f.run = &written{}
	}
	j.run = f.run
	if j.tick != nil {
		if f.ticks >= maxWaiting {
			f.run.lost++
			return
		}
		f.ticks++
	}
	f.jobs = append(f.jobs, j)
	f.poke()
}

func (f *feed) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// state is how the recording goes, and the number of the run it is at.
func (f *feed) state() (Notebook, int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := Notebook{Waiting: f.ticks}
	var id int64
	if f.run != nil {
		n.Lost, id = f.run.lost, f.run.id
	}
	if f.trouble != nil {
		n.Trouble = lab.Clean(f.trouble.Error())
	}
	return n, id
}

// close waits until all is written, or ctx is done. It returns why something
// could not be written.
func (f *feed) close(ctx context.Context) error {
	f.mu.Lock()
	f.closing = true
	f.mu.Unlock()
	f.poke()
	select {
	case <-f.done:
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble == nil && len(f.jobs) > 0 {
		return fmt.Errorf("engine: the notebook did not take the last %d entries in time", len(f.jobs))
	}
	return f.trouble
}

// work runs until close was called and all is written, or ctx is done.
// numbered is poked when the recorder has given a run its number.
func (f *feed) work(ctx context.Context, numbered func()) {
	defer close(f.done)
	const pause = time.Second
	retry := time.NewTimer(pause)
	defer retry.Stop()
	for {
		f.mu.Lock()
		var next job
		idle, closing := len(f.jobs) == 0, f.closing
		if !idle {
			next = f.jobs[0]
		}
		f.mu.Unlock()
		if idle {
			if closing {
				return
			}
			select {
			case <-f.wake:
			case <-ctx.Done():
				return
			}
			continue
		}
		began := next.begin != nil
		err := f.do(next)
		f.mu.Lock()
		f.trouble = err
		if err == nil {
			if next.tick != nil {
				f.ticks--
			}
			f.jobs = f.jobs[1:]
		}
		f.mu.Unlock()
		switch {
		case err != nil:
			retry.Reset(pause)
			select {
			case <-retry.C:
			case <-ctx.Done():
				return
			}
		case began:
			numbered()
		}
	}
}

func (f *feed) do(j job) error {
	switch {
	case j.begin != nil:
		run := *j.begin
		err := f.rec.Begin(&run)
		f.mu.Lock()
		j.run.id = run.ID
		f.mu.Unlock()
		return err
	case j.tick != nil:
		return f.rec.Record(*j.tick)
	}
	run := *j.end
	f.mu.Lock()
	run.ID = j.run.id
	if j.run.lost > 0 {
		run.Incomplete = fmt.Sprintf("the notebook could not keep up: %d ticks are missing", j.run.lost)
	}
	f.mu.Unlock()
	return f.rec.End(run)
}
