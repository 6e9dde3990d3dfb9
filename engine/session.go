package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"autoscale-lab/lab"
)

// Config is what a Session is made of.
type Config struct {
	Rig        Rig
	Clock      Clock
	Recorders  []Recorder
	External   External // nil: policies that are programs are not run
	Experiment lab.Experiment
	// Headless begins the run by itself as soon as the fleet is ready, with the
	// load on, and ends the session with the run.
	Headless bool
	// Script, if it is not nil, is what the run of a headless session is given:
	// the load and the mishaps of another run again, for as long as that lasted.
	// The load and the seed of the experiment are the script's then.
	Script *lab.Script
	// Run is what a run says of where it was made: rig, host, version, commit.
	Run   lab.Run
	Fatal Fatal
}

// Fatal is told of a panic in a goroutine; it must end the program. A nil Fatal
// lets the panic go on.
type Fatal func(panicked any, stack []byte)

// Catch is deferred at the top of a goroutine.
func (f Fatal) Catch() {
	if f == nil {
		return
	}
	if r := recover(); r != nil {
		f(r, debug.Stack())
	}
}

// Go starts a goroutine whose panic is caught.
func (f Fatal) Go(work func()) {
	go func() {
		defer f.Catch()
		work()
	}()
}

// Session is the loop: it owns everything that changes. Snapshot may be called
// from any goroutine, Send from any while Run is running.
type Session struct {
	cfg      Config
	requests chan request
	numbered chan struct{}
	ending   chan struct{} // closed when Actions are no longer taken
	feeds    []*feed
	snapshot atomic.Pointer[Snapshot]

	// Below: the loop's alone.
	desk
	desired  int
	decision lab.Decision
	paced    time.Duration // the length of a tick
	longer   time.Duration // what it was when the interval under way began, if that was more
	next     time.Duration // when the next one is due
	phase    Phase
	run      lab.Run
	tally    *lab.Tally
	used     bool          // the run under way has had a request
	ends     time.Duration // when the run under way ends by itself; 0: it does not
	awaiting *lab.Script   // to be begun as soon as the fleet stands
	last     *lab.Script   // of the last run that was kept
	stale    bool          // some instances were started under other settings
	script   lab.Script    // what is left to be done in it
	ticks    []lab.Tick
	peeked   bool // ticks holds what peek saw, alone
	pending  []lab.Event
	lastAt   time.Duration
	lastWall time.Time
	rev      uint64
	err      error
}

type request struct {
	action lab.Action
	script *lab.Script // to be repeated, instead of an action
	answer chan error
}

// maxTicks is how many ticks a Snapshot holds at most: two hours at one a
// second.
const maxTicks = 7200

// New checks the experiment; bad input is a *lab.InputError. It starts nothing.
func New(cfg Config) (*Session, error) {
	if cfg.Script != nil {
		cfg.Experiment.Load, cfg.Experiment.Seed = cfg.Script.Load, cfg.Script.Seed
	}
	d, err := newDesk(cfg.Experiment)
	if err != nil {
		return nil, err
	}
	s := &Session{
		cfg: cfg, desk: d,
		requests: make(chan request), numbered: make(chan struct{}, 1), ending: make(chan struct{}),
	}
	if cfg.Headless {
		s.awaiting = cfg.Script
	}
	for _, r := range cfg.Recorders {
		s.feeds = append(s.feeds, newFeed(r))
	}
	if cfg.External != nil {
		s.pilot.SetRunner(cfg.External)
	}
	s.desired, s.paced = s.exp.Fleet.Min, s.interval()
	s.publish()
	return s, nil
}

// Snapshot is the newest picture of the session.
func (s *Session) Snapshot() *Snapshot { return s.snapshot.Load() }

// Send has the loop carry out an Action. It returns when that is done and a
// new Snapshot shows it, or with the reason why it cannot be done
// (a *lab.InputError if it makes no sense); then nothing has changed.
func (s *Session) Send(a lab.Action) error {
	return s.ask(request{action: a, answer: make(chan error, 1)})
}

// Repeat begins a run that is given the load and the mishaps of another again,
// with the settings as they are now. A run under way is ended and kept.
func (s *Session) Repeat(script lab.Script) error {
	return s.ask(request{script: &script, answer: make(chan error, 1)})
}

func (s *Session) ask(r request) error {
	select {
	case s.requests <- r:
		return <-r.answer
	case <-s.ending:
		return errors.New("engine: the session has ended")
	}
}

// Run is the loop. It opens the rig, and returns when ctx is done (or, if
// headless, with the end of the run), the run is kept and the rig is closed:
// no goroutine and no process is left. It returns an error if the rig broke or
// the run could not be written.
func (s *Session) Run(ctx context.Context) (err error) {
	defer s.cfg.Fatal.Catch()
	feedCtx, stopFeeds := context.WithCancel(context.Background())
	var feeding sync.WaitGroup
	for _, f := range s.feeds {
		feeding.Go(func() {
			defer s.cfg.Fatal.Catch()
			f.work(feedCtx, func() {
				select {
				case s.numbered <- struct{}{}:
				default:
				}
			})
		})
	}
	defer func() {
		stopFeeds()
		feeding.Wait()
	}()

	s.lastAt, s.lastWall = s.cfg.Clock.Now(), s.cfg.Clock.Wall()
	err = s.cfg.Rig.Open(ctx)
	if err == nil && s.cfg.External != nil {
		err = s.cfg.External.Open(ctx)
	}
	if err == nil {
		err = s.open(ctx)
	}
	if err == nil {
		err = s.loop(ctx)
	}
	close(s.ending)
	outcome := lab.Stopped
	if err != nil {
		outcome = lab.Aborted
		s.err = err
		s.publish()
	} else if s.ends > 0 && s.cfg.Clock.Now() >= s.ends {
		outcome = lab.Completed
	}
	// The end must happen whatever became of ctx.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err = errors.Join(err, s.end(closing, outcome))
	if s.cfg.External != nil {
		err = errors.Join(err, s.cfg.External.Close(closing))
	}
	err = errors.Join(err, s.cfg.Rig.Close(closing))
	for _, f := range s.feeds {
		write, cancel := context.WithTimeout(closing, 5*time.Second)
		err = errors.Join(err, f.close(write))
		cancel()
	}
	s.publish()
	return err
}

// open brings the rig to where the experiment begins.
func (s *Session) open(ctx context.Context) error {
	rig := s.cfg.Rig
	return errors.Join(
		rig.Apply(ctx, lab.Action{By: lab.ByLab, Kind: lab.ActBalance, To: s.exp.Balance}),
		rig.Apply(ctx, lab.Action{By: lab.ByLab, Kind: lab.ActShape, To: s.load.Spec()}),
		rig.Scale(ctx, s.desired))
}

// due is when the next deed of the script is to be carried out: those that
// concern the load a little ahead, since the generator can wait for the exact
// moment better than the loop.
func (s *Session) due() (time.Duration, bool) {
	if s.phase != Running || len(s.script.Deeds) == 0 {
		return 0, false
	}
	a := &s.script.Deeds[0]
	at := s.run.Origin + a.At
	if a.Kind == lab.ActLoad || a.Kind == lab.ActShape || a.Kind == lab.ActSet {
		at -= ahead
	}
	return at, true
}

const ahead = 20 * time.Millisecond

// firstLook is how often the fleet is looked at before the first tick, until it
// stands: nobody should wait a second for what took milliseconds.
const firstLook = 20 * time.Millisecond

func (s *Session) loop(ctx context.Context) error {
	s.next = s.cfg.Clock.Now() + s.paced
	for {
		wake := s.next
		looking := s.phase == Idle && (len(s.ticks) == 0 || s.peeked && !s.stands())
		if looking {
			wake = min(wake, s.cfg.Clock.Now()+firstLook)
		}
		if s.ends > 0 {
			wake = min(wake, s.ends)
		}
		deed, scripted := s.due()
		if scripted {
			wake = min(wake, deed)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.numbered:
			s.publish()
		case r := <-s.requests:
			if r.script != nil {
				r.answer <- s.repeat(ctx, *r.script)
			} else {
				r.answer <- s.carryOut(ctx, r.action)
			}
		case <-s.cfg.Clock.Until(wake):
			if scripted && wake == deed {
				s.perform(ctx)
				continue
			}
			turn := s.tick
			if looking && wake < s.next {
				turn = s.peek
			}
			if err := turn(ctx); err != nil {
				return err
			}
			now, idle := s.cfg.Clock.Now(), s.phase == Idle
			if s.awaiting != nil {
				s.resume(ctx)
			}
			if err := s.renew(ctx); err != nil {
				return err
			}
			if s.cfg.Headless && idle {
				if err := s.beginWhenReady(ctx); err != nil {
					return err
				}
				if s.phase == Running {
					s.next = now + s.paced
				}
			}
			if now >= s.next {
				if s.next += s.paced; s.next <= now {
					s.next = now + s.paced // no burst of ticks after a pause
				}
			}
			if s.ends > 0 && now >= s.ends {
				if s.cfg.Headless {
					return nil
				}
				if err := s.finish(ctx, lab.Completed); err != nil {
					return err
				}
			}
		}
	}
}

// pace makes the tick as short as the policies need it, and says so.
func (s *Session) pace(at time.Duration) {
	if tick := s.interval(); tick != s.paced {
		s.longer = max(s.longer, s.paced)
		s.paced, s.next = tick, min(s.next, s.lastAt+tick)
		s.notePace(at)
	}
}

func (s *Session) notePace(at time.Duration) {
	text := fmt.Sprintf("a tick takes %s again", s.paced)
	switch period := s.pilot.Period(); {
	case s.paced == s.exp.Interval:
	case period < s.paced:
		text = fmt.Sprintf("a tick takes %s instead of %s: the shortest there is, though a policy decides every %s", s.paced, s.exp.Interval, period)
	default:
		text = fmt.Sprintf("a tick takes %s instead of %s, since a policy decides as often", s.paced, s.exp.Interval)
	}
	s.note(lab.Event{At: at, By: lab.ByLab, Kind: lab.EventWarning, Text: text})
}

// stands tells whether as many instances serve as there must at least be.
func (s *Session) stands() bool {
	return s.ticks[len(s.ticks)-1].Sample.Serving() >= s.exp.Fleet.Min
}

// beginWhenReady begins a headless run once the fleet stands; one that is given
// a script resume begins.
func (s *Session) beginWhenReady(ctx context.Context) error {
	switch {
	case s.phase == Running:
		return nil
	case s.awaiting == nil && s.stands():
		return s.carryOut(ctx, lab.Action{By: lab.ByLab, Kind: lab.ActLoad, To: "on"})
	}
	last := &s.ticks[len(s.ticks)-1].Sample
	if wait := s.exp.Fleet.StartTimeout + s.exp.Fleet.Boot; last.At > wait {
		for _, i := range last.Instances {
			if i.Note != "" {
				return fmt.Errorf("engine: no instance became ready within %s: instance %d %s", wait, i.Num, i.Note)
			}
		}
		return fmt.Errorf("engine: no instance became ready within %s", wait)
	}
	return nil
}

// observe measures what happened since the last time, and adds what the rig
// cannot know.
func (s *Session) observe() (lab.Sample, error) {
	now, wall := s.cfg.Clock.Now(), s.cfg.Clock.Wall()
	sample, events, err := s.cfg.Rig.Observe(now)
	if err != nil {
		return sample, fmt.Errorf("engine: observe: %w", err)
	}
	sample.At, sample.Span = now, now-s.lastAt
	drift := wall.Sub(s.lastWall) - sample.Span
	sample.Gap = sample.Span > 2*max(s.paced, s.longer)+500*time.Millisecond || drift.Abs() > time.Second
	s.longer = 0
	sample.Limits = lab.Limits{Min: s.exp.Fleet.Min, Max: s.exp.Fleet.Max}
	sample.Desired, sample.LoadOn, sample.Model = s.desired, s.loadOn, s.load.Model()
	sample.Capacity = s.exp.Fleet.Capacity()
	s.lastAt, s.lastWall = now, wall
	s.pending = append(s.pending, events...)
	if s.cfg.External != nil {
		s.pending = append(s.pending, s.cfg.External.Observe(now, s.paced)...)
	}
	if sample.Gap {
		s.note(lab.Event{At: now, By: lab.ByLab, Kind: lab.EventWarning, Text: fmt.Sprintf("a gap of %s: the machine slept or its clock jumped", max(sample.Span, drift.Abs()).Round(100*time.Millisecond))})
	}
	return sample, nil
}

// peek shows how the fleet starts. What it saw is not kept: the first tick
// takes its place.
func (s *Session) peek(ctx context.Context) error {
	before := s.lastAt
	sample, err := s.observe()
	if err != nil {
		return err
	}
	if sample.Foreign.Offered > 0 {
		return s.respond(ctx, sample, before)
	}
	s.ticks, s.peeked = []lab.Tick{{Sample: sample, Decision: s.between()}}, true
	s.publish()
	return nil
}

// between is the decision while no run is under way.
func (s *Session) between() lab.Decision {
	return lab.Decision{Desired: s.exp.Fleet.Min, Reason: "the policy decides once a run has begun"}
}

// tick is one turn of the loop.
func (s *Session) tick(ctx context.Context) error {
	before := s.lastAt
	sample, err := s.observe()
	if err != nil {
		return err
	}
	return s.respond(ctx, sample, before)
}

// respond does what follows from a sample, whose interval began at before: decide,
// scale, record, publish.
func (s *Session) respond(ctx context.Context, sample lab.Sample, before time.Duration) error {
	if s.phase != Running && sample.Foreign.Offered > 0 && !s.cfg.Headless {
		s.begin(before, lab.Script{})
	}
	t := lab.Tick{Sample: sample, Decision: s.between()}
	switch {
	case s.inRun(sample.At):
		t.Decision, t.Shadows = s.pilot.Decide(sample)
	case s.phase == Running:
		t.Decision.Desired = s.desired
	}
	if t.Decision.Desired != s.desired {
		if s.phase == Running {
			kind := lab.EventScaleUp
			if t.Decision.Desired < s.desired {
				kind = lab.EventScaleDown
			}
			s.note(lab.Event{At: sample.At, By: lab.ByPolicy, Kind: kind, Text: t.Decision.Reason})
		}
		if err := s.scale(ctx, t.Decision.Desired); err != nil {
			return err
		}
	}
	s.decision = t.Decision
	s.keep(t)
	s.publish()
	return nil
}

// keep closes the tick with the events so far, and hands it on.
func (s *Session) keep(t lab.Tick) {
	t.Events, s.pending = s.pending, nil
	inRun := s.inRun(t.Sample.At)
	if s.phase == Running && !inRun { // what belongs to the run waits for its first tick
		begun := slices.IndexFunc(t.Events, func(e lab.Event) bool { return e.At >= s.run.Origin })
		if begun >= 0 {
			t.Events, s.pending = t.Events[:begun:begun], slices.Clone(t.Events[begun:])
		}
	}
	if s.peeked {
		s.ticks, s.peeked = nil, false
	}
	if len(s.ticks) >= maxTicks {
		s.ticks = append(make([]lab.Tick, 0, maxTicks), s.ticks[maxTicks/10:]...)
	}
	s.ticks = append(s.ticks, t)
	if !inRun {
		return
	}
	s.tally.Add(&t)
	s.run.Duration = t.Sample.At - s.run.Origin
	s.run.Summary = s.tally.Summary(s.run.Duration)
	s.used = s.used || t.Sample.Generator.Offered > 0 || t.Sample.Front.Offered > 0
	// What was done before the run began is in its experiment, not in its events.
	t.Events = slices.DeleteFunc(slices.Clone(t.Events), func(e lab.Event) bool { return e.At < s.run.Origin })
	for _, f := range s.feeds {
		f.push(job{tick: &t})
	}
}

// inRun tells whether what was measured up to a moment belongs to the run under
// way: a tick at the very moment of its beginning is the last before it.
func (s *Session) inRun(at time.Duration) bool { return s.phase == Running && at > s.run.Origin }

func (s *Session) scale(ctx context.Context, n int) error {
	s.desired = n
	if err := s.cfg.Rig.Scale(ctx, n); err != nil {
		return fmt.Errorf("engine: scale to %d: %w", n, err)
	}
	return nil
}

func (s *Session) note(e lab.Event) { s.pending = append(s.pending, e) }

// begin begins a run at a moment of lab time, with a script to be done in it or
// an empty one.
func (s *Session) begin(origin time.Duration, script lab.Script) {
	s.pilot.Fresh(origin)
	exp := s.experiment()
	exp.Repeats = script.Run
	s.run = s.cfg.Run
	s.run.Name, s.run.Experiment, s.run.Origin = exp.Name, exp, origin
	s.run.Began = s.cfg.Clock.Wall().Add(origin - s.cfg.Clock.Now())
	s.run.Policy, s.run.Load = s.pilot.Kind(), exp.Load
	s.used, s.phase, s.ends, s.script, s.awaiting = false, Running, 0, script, nil
	s.tally = lab.NewTally(&s.run)
	s.run.Summary = s.tally.Summary(0)
	if d := cmp.Or(script.Duration, s.exp.Duration); d > 0 {
		s.ends = origin + d
	}
	s.note(lab.Event{At: origin, By: lab.ByLab, Kind: lab.EventRun, Text: "the run begins"})
	if s.paced != s.exp.Interval {
		s.notePace(origin)
	}
	for _, f := range s.feeds {
		run := s.run
		f.push(job{begin: &run})
	}
}

// end ends the run under way, if one is.
func (s *Session) end(ctx context.Context, outcome lab.Outcome) error {
	if s.phase != Running {
		return nil
	}
	var err error
	if now := s.cfg.Clock.Now(); s.err == nil && (now-s.lastAt >= 50*time.Millisecond || len(s.pending) > 0) {
		err = s.tick(ctx) // what happened since the last tick belongs to the run
	}
	s.run.Outcome = outcome
	if s.run.Duration < 2*time.Second && !s.used {
		s.run.Outcome = lab.Discarded
	}
	s.run.Policy, s.run.Load = s.pilot.Kind(), s.load.Spec()
	s.phase, s.ends, s.script = Kept, 0, lab.Script{}
	if s.run.Outcome == lab.Discarded {
		s.phase = Idle
	} else {
		s.remember()
	}
	for _, f := range s.feeds {
		run := s.run
		f.push(job{end: &run})
	}
	return err
}

// finish ends the run and brings the rig back to where a run begins.
func (s *Session) finish(ctx context.Context, outcome lab.Outcome) error {
	if err := s.end(ctx, outcome); err != nil {
		return err
	}
	s.loadOn = false
	err := s.cfg.Rig.Apply(ctx, lab.Action{By: lab.ByLab, Kind: lab.ActLoad, To: "off"})
	s.decision = s.between()
	if s.desired != s.exp.Fleet.Min {
		err = errors.Join(err, s.scale(ctx, s.exp.Fleet.Min))
	}
	s.publish()
	return err
}

// publish makes the present state the newest Snapshot.
func (s *Session) publish() {
	s.rev++
	snap := &Snapshot{
		Rev: s.rev, At: s.lastAt, Phase: s.phase, Desired: s.desired, Decision: s.decision, Err: s.err,
		Pending: s.pending[:len(s.pending):len(s.pending)],
		Setup:   s.setup(),
	}
	for _, f := range s.feeds {
		n, id := f.state()
		snap.Notebook.Waiting = max(snap.Notebook.Waiting, n.Waiting)
		snap.Notebook.Lost = max(snap.Notebook.Lost, n.Lost)
		if n.Trouble != "" {
			snap.Notebook.Trouble = n.Trouble
		}
		if s.phase != Idle && id > 0 {
			s.run.ID = id
		}
	}
	snap.At = s.cfg.Clock.Now()
	snap.Record = lab.Record{Run: s.run, Ticks: s.ticks[:len(s.ticks):len(s.ticks)]}
	s.snapshot.Store(snap)
}
