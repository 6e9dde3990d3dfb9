package engine

import (
	"context"
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
	lost    int
	trouble error
	closing bool
	run     int64 // number of the newest run, once the recorder has given it
}

// job is one call of the Recorder: exactly one of the three is set.
type job struct {
	begin *lab.Run
	tick  *lab.Tick
	end   *lab.Run
}

func newFeed(rec Recorder) *feed {
	return &feed{rec: rec, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func (f *feed) push(j job) {
	f.mu.Lock()
	if j.tick != nil && f.ticks >= maxWaiting {
		f.lost++
		f.mu.Unlock()
		return
	}
	if j.tick != nil {
		f.ticks++
	}
	if j.begin != nil {
		f.run = 0
	}
	f.jobs = append(f.jobs, j)
	f.mu.Unlock()
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
	n := Notebook{Waiting: f.ticks, Lost: f.lost}
	if f.trouble != nil {
		n.Trouble = lab.Clean(f.trouble.Error())
	}
	return n, f.run
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
	return f.trouble
}

// work runs until close was called and all is written, or ctx is done.
// numbered is poked when the recorder has given a run its number.
func (f *feed) work(ctx context.Context, numbered func()) {
	defer close(f.done)
	const pause = time.Second
	retry := time.NewTimer(pause)
	defer retry.Stop()
	var run int64 // number of the run being written
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
		err := f.do(next, &run)
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

func (f *feed) do(j job, id *int64) error {
	switch {
	case j.begin != nil:
		run := *j.begin
		err := f.rec.Begin(&run)
		if err == nil {
			*id = run.ID
			f.mu.Lock()
			f.run = run.ID
			f.mu.Unlock()
		}
		return err
	case j.tick != nil:
		return f.rec.Record(*j.tick)
	}
	run := *j.end
	run.ID = *id
	f.mu.Lock()
	if f.lost > 0 {
		run.Incomplete = "the notebook could not keep up"
	}
	f.mu.Unlock()
	return f.rec.End(run)
}
