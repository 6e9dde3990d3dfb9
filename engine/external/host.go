// Package external runs policies that are programs of the user's, in whatever
// language: one Sample a line on their stdin, one Decision a line on their
// stdout.
//
//	Start ─▶ program ── fork ──▶ child ◀── knobs, Sample, Sample … ── writer ◀┐
//	            │                  │  └── stdout ─▶ reader ─▶ lines ─▶ ask ───┘
//	            │ back-off         └───── stderr ─▶ Observe ─▶ events
//	            └── ended, late for long, printing without end: a new child
//
// ask never waits longer than its limit, nor all of them in one tick together
// longer than half of it, nor for one that is late already: who is late, broken
// or dead has no say, and what there is stays. The lines are described at line.go.
package external

import (
	"context"
	"errors"
	"math"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"mvdan.cc/sh/v3/shell"

	"autoscale-lab/lab"
)

// Config is what a Host is made from. The zero Config is usable.
type Config struct {
	Dir string       // folder the programs run in; "": this one
	Go  func(func()) // starts a goroutine; nil: go
}

// Host runs programs, each in a process group of its own. After Close none is
// left: not those that they started either, unless those have left the group; on
// Windows, where only the program itself can be ended, those may be left. A
// lab that is killed takes the programs with it on Linux; elsewhere the end of
// their stdin tells them.
type Host struct {
	cfg      Config
	forks    chan fork // nil: not open
	routines sync.WaitGroup

	patience, firstPatience time.Duration

	mu       sync.Mutex
	children map[*child]bool
	closed   bool
	said     []string
	unsaid   int // lines too many for said
	capped   bool
	budget   time.Duration // if capped: how long may still be waited for answers in this tick
}

// New makes a Host; it starts nothing.
func New(cfg Config) *Host {
	if cfg.Go == nil {
		cfg.Go = func(f func()) { go f() }
	}
	return &Host{cfg: cfg, patience: patience, firstPatience: firstPatience, children: map[*child]bool{}}
}

// run starts a goroutine of the Host's.
func (h *Host) run(f func()) {
	h.routines.Add(1)
	h.cfg.Go(func() {
		defer h.routines.Done()
		f()
	})
}

// fork is a command to be started.
type fork struct {
	cmd  *exec.Cmd
	done chan error
}

// Open makes it ready to start programs.
func (h *Host) Open(context.Context) error {
	forks := make(chan fork)
	h.forks = forks
	h.run(func() {
		// On Linux a child dies with the thread that forked it: this one lives
		// as long as the Host.
		runtime.LockOSThread()
		for f := range forks {
			f.done <- f.cmd.Start()
		}
	})
	return nil
}

// Start starts a program and gives what asks it and what ends it; both are for
// one goroutine. A program that ends by itself is started anew when it is asked,
// after a while.
func (h *Host) Start(command string, knobs []lab.Setting, limit time.Duration) (ask func(lab.Sample) lab.Decision, stop func()) {
	p := &program{host: h, hello: hello(knobs, limit), limit: limit}
	p.args, p.broken = shell.Fields(command, nil)
	if p.broken == nil && len(p.args) == 0 {
		p.broken = errors.New("there is no command")
	}
	p.launch()
	return p.ask, p.stop
}

// maxSaid is how many lines of the programs' become events at each Observe.
const maxSaid = 5

func (h *Host) say(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.said) < maxSaid {
		h.said = append(h.said, text)
	} else {
		h.unsaid++
	}
}

// left is how long may still be waited for answers in this tick.
func (h *Host) left() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.capped {
		return math.MaxInt64
	}
	return h.budget
}

// spend takes from it what was waited.
func (h *Host) spend(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.budget = max(0, h.budget-d)
}

// Observe tells what the programs wrote on stderr, and what became of them,
// since the last Observe. It begins a tick of that length: until the next
// Observe all programs together are waited for half of it. 0: no such bound.
func (h *Host) Observe(at, tick time.Duration) []lab.Event {
	h.mu.Lock()
	h.capped, h.budget = tick > 0, tick/2
	said, unsaid := h.said, h.unsaid
	h.said, h.unsaid = nil, 0
	h.mu.Unlock()
	var out []lab.Event
	for i, text := range said {
		if i == maxSaid-1 && unsaid > 0 {
			text += moreLines(unsaid)
		}
		out = append(out, lab.Event{At: at, By: lab.ByPolicy, Kind: lab.EventWarning, Text: text})
	}
	return out
}

// Close ends all programs and returns when nothing is left of them. They have a
// moment to end by themselves, but when ctx is done.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	if h.closed || h.forks == nil {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	for c := range h.children {
		c.end(grace)
	}
	h.mu.Unlock()
	close(h.forks)
	ended := make(chan struct{})
	go func() {
		h.routines.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	h.mu.Lock()
	for c := range h.children {
		c.kill()
	}
	h.mu.Unlock()
	<-ended
	return nil
}
