package local

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"autoscale-lab/engine/local/process"
	"autoscale-lab/lab"
)

// instance is one of the fleet's, from the wish for it to its last report.
// Fleet.mu guards all but wanted, dismiss and log; its life is lived by one
// goroutine, Fleet.live.
type instance struct {
	lab.Instance // as Observe reports it

	wanted  context.Context // done when it is to stop
	dismiss context.CancelFunc
	log     ring

	proc     *child        // nil until launched
	meter    *process.Tree // nil until launched
	line     *line
	wake     time.Duration // when its back-off ends
	cramped  bool          // waits for the host to have memory
	killed   string        // why we killed it, if we did
	excused  bool          // its end was the user's wish, and no crash
	answered time.Duration // last sign of life
	judged   time.Duration // when that was looked at last
	burned   time.Duration // CPU time used when it was marked
	marked   time.Duration // a while after the last sign of life, which was
	markOf   time.Duration
	hungAt   time.Duration
	losses   []loss
}

// name is what events call it: "4 :5003".
func (in *instance) name() string {
	if i := strings.LastIndexByte(in.Addr, ':'); i >= 0 {
		return fmt.Sprintf("%d %s", in.Num, in.Addr[i:])
	}
	return fmt.Sprint(in.Num)
}

func (in *instance) become(s lab.State, at time.Duration) {
	in.State, in.StateSince = s, at
	if s == lab.Gone || s == lab.Failed {
		in.Ended = at
	}
}

// counts tells whether it is one of the desired ones.
func (in *instance) counts() bool { return in.State < lab.Draining }

// line is the line of instances that replaced one another, and how often one
// of them ended by itself.
type line struct {
	exits   []time.Duration // those of the last crashWindow
	streak  int             // exits without a stable one between them
	looping string          // how it exits, while it is crash-looping
}

const (
	crashWindow = 30 * time.Second
	crashes     = 5 // within crashWindow: crash-looping
	backOff     = 100 * time.Millisecond
	backOffMost = 10 * time.Second
)

// exit notes one more exit, and is how long to wait before the next start:
// 100 ms · 2ⁿ up to 10 s, less up to a half, so that many do not start at once.
func (l *line) exit(at time.Duration, how string) time.Duration {
	l.exits = slices.DeleteFunc(append(l.exits, at), func(t time.Duration) bool { return t < at-crashWindow })
	if len(l.exits) >= crashes {
		l.looping = how
	}
	if l.looping != "" {
		l.looping = how
	}
	wait := min(backOff<<min(l.streak, 10), backOffMost)
	l.streak++
	return wait - rand.N(wait/2)
}

// live is the life of an instance.
func (f *Fleet) live(in *instance, wait time.Duration) {
	defer func() {
		if in.proc != nil {
			in.proc.signal(syscall.SIGKILL) // it has ended long ago, unless this goroutine panicked
		}
		in.dismiss()
	}()
	if !sleep(in.wanted, wait) || !f.roomy(in) {
		f.gone(in, "is no longer wanted")
		return
	}
	for try := 1; ; try++ {
		set := f.settings()
		p, err := f.launch(in, set)
		if err != nil {
			f.fail(in, "could not be started", lab.Clean(err.Error()))
			return
		}
		f.launched(in, p, &set)
		answers := f.await(p, &set)
		switch {
		case answers && f.ready(in, p):
			f.serve(in, p, &set)
		case in.wanted.Err() != nil:
			f.stop(in, p, &set, false)
		case p.hasExited():
			f.bury(in, p)
			if len(set.App) > 0 && try <= otherPorts && f.taken(p.port) {
				f.say(lab.EventWarning, in, fmt.Sprintf("%s found its port taken (%s): another is tried", in.name(), p.exit()))
				continue
			}
			f.fail(in, "exited before it was ready", p.exit())
		default:
			p.signal(syscall.SIGKILL)
			f.bury(in, p)
			f.fail(in, "was killed", "no answer within "+brief(patience(&set)))
		}
		return
	}
}

// otherPorts is how many more ports a user's command is given.
const otherPorts = 3

// sleep waits, and tells whether ctx is still not done.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// leastMemory is the share of the host's memory that must be free before
// another instance is started.
const leastMemory = 0.10

// roomy waits until the host has memory for one more; false: no longer wanted.
func (f *Fleet) roomy(in *instance) bool {
	for {
		free, ok := f.freeMemory()
		tight := ok && free < leastMemory
		f.mu.Lock()
		in.cramped = tight
		if tight && !f.tight {
			f.sayLocked(lab.EventWarning, in, fmt.Sprintf("no new instance: %.0f %% of the host's memory is free, and %.0f %% is the least", 100*free, 100*leastMemory))
		}
		f.tight = tight
		f.mu.Unlock()
		if !tight {
			return in.wanted.Err() == nil
		}
		if !sleep(in.wanted, f.pace.probe) {
			return false
		}
	}
}

func (f *Fleet) launched(in *instance, p *child, set *lab.Fleet) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.cfg.Now()
	in.proc, in.meter = p, process.NewTree(p.pid)
	in.PID, in.Addr, in.Started = p.pid, p.addr, now
	in.Size, in.Enforced = set.Size, len(set.App) == 0
	if in.State == lab.Starting {
		in.StateSince = now
		f.sayLocked(lab.EventStarting, in, fmt.Sprintf("%s starts, PID %d", in.name(), in.PID))
	}
}

// await tells whether the process answered in time as a ready one does.
func (f *Fleet) await(p *child, set *lab.Fleet) bool {
	ctx, cancel := context.WithTimeout(p.wanted, patience(set))
	defer cancel()
	return f.boot(ctx, p, set)
}

// patience is how long a process may take until it is ready. The built-in app
// burns CPU for the time Boot before, and is given twice that.
func patience(set *lab.Fleet) time.Duration {
	if len(set.App) > 0 {
		return set.StartTimeout
	}
	return set.StartTimeout + 2*set.Boot
}

// ready makes it ready, unless it was dismissed meanwhile.
func (f *Fleet) ready(in *instance, p *child) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if in.State != lab.Starting {
		return false
	}
	now := f.cfg.Now()
	in.become(lab.Ready, now)
	in.EverReady, in.ReadySince, in.Addr = true, now, p.addr
	in.answered, in.judged = now, now
	f.sayLocked(lab.EventReady, in, fmt.Sprintf("%s ready after %s", in.name(), brief(now-in.Started)))
	return true
}

// serve is the ready part of a life, to its end.
func (f *Fleet) serve(in *instance, p *child, set *lab.Fleet) {
	f.cfg.Front.Admit(f.copyOf(in))
	f.run(func() { f.look(in, p, set) })
	tick := time.NewTicker(f.pace.judge)
	defer tick.Stop()
	for {
		select {
		case <-p.wanted.Done():
		case <-tick.C:
			f.judge(in, p, set)
			continue
		}
		break
	}
	if in.wanted.Err() != nil {
		f.stop(in, p, set, true)
		return
	}
	f.cfg.Front.Evict(in.ID)
	f.bury(in, p)
	f.fail(in, "ended", p.exit())
}

// judge takes an instance that does not answer out of the pool, kills it if it
// stays silent, and lets it back in if it does not.
func (f *Fleet) judge(in *instance, p *child, set *lab.Fleet) {
	_, last := f.cfg.Front.Answered(in.ID)
	f.mu.Lock()
	now := f.cfg.Now()
	if gap := now - in.judged; gap > 4*f.pace.judge {
		// The lab itself stood still: nobody was looking.
		in.answered, in.marked, in.markOf = in.answered+gap, in.marked+gap, in.markOf+gap
	}
	in.judged = now
	in.answered = min(now, max(in.answered, last))
	silent := now - in.answered
	kill := set.HangKill
	if in.ByHand {
		kill = max(kill, byHandKill)
	}
	switch {
	case !in.Hung && silent >= f.pace.hung/2 && silent >= f.patienceWith(in, set, now):
		in.Hung, in.hungAt = true, now
		f.sayLocked(lab.EventHung, in, fmt.Sprintf("%s has not answered for %s: out of the pool; killed in %s unless it comes back", in.name(), brief(silent), brief(kill)))
		f.mu.Unlock()
		f.cfg.Front.Evict(in.ID)
		return
	case in.Hung && in.answered > in.hungAt:
		in.Hung, in.ByHand = false, false
		f.sayLocked(lab.EventBack, in, fmt.Sprintf("%s answers again after %s: back in the pool", in.name(), brief(now-in.hungAt)))
		back := in.Instance
		f.mu.Unlock()
		f.cfg.Front.Admit(back)
		return
	case in.Hung && now-in.hungAt >= kill && in.killed == "":
		in.killed, in.excused = fmt.Sprintf("hung for %s, killed", brief(now-in.hungAt)), in.ByHand
		p.signal(syscall.SIGKILL)
	}
	f.mu.Unlock()
}

// byHandKill is the least time that one hung by the user is given.
const byHandKill = 30 * time.Second

// patienceWith is how long an instance that has been silent for a while may be
// so before it is hung. A user's server that burns CPU is at work, if slowly:
// many serve one request at a time, and a probe then waits like the rest.
func (f *Fleet) patienceWith(in *instance, set *lab.Fleet, now time.Duration) time.Duration {
	if len(set.App) == 0 {
		return f.pace.hung
	}
	var burned time.Duration
	for _, pid := range in.meter.PIDs() {
		if t, ok := process.CPUTime(pid); ok {
			burned += t
		}
	}
	if in.markOf != in.answered {
		in.markOf, in.marked, in.burned = in.answered, now, burned
	}
	if since := now - in.marked; since < f.pace.judge/2 || burned-in.burned > since/100 {
		return f.pace.busy
	}
	return f.pace.hung
}

// stop ends a process in order: unroute, let its requests finish, SIGTERM,
// grace, SIGKILL. When patience is at its end (Fleet.Close), at once.
func (f *Fleet) stop(in *instance, p *child, set *lab.Fleet, admitted bool) {
	left := ""
	if admitted {
		left = f.drain(in, p, set)
	}
	if p.hasExited() {
		f.bury(in, p)
		f.fail(in, "ended while draining", p.exit())
		return
	}
	if !f.copyOf(in).Hung {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.exited:
		case <-time.After(f.pace.grace):
			left += ", killed: still there " + brief(f.pace.grace) + " after SIGTERM"
		case <-f.patience.Done():
		}
	}
	p.signal(syscall.SIGKILL)
	f.bury(in, p)
	f.gone(in, "is gone"+left)
}

// drain waits until the balancer has no request there, and says in words what
// it left behind.
func (f *Fleet) drain(in *instance, p *child, set *lab.Fleet) (left string) {
	if f.copyOf(in).Hung {
		return ", it was hung" // out of the pool, and nothing will be finished there
	}
	ctx, cancel := context.WithTimeout(p.life, set.DrainLimit)
	defer cancel()
	if err := f.cfg.Front.Drain(ctx, in.ID); err == nil {
		return ""
	}
	inFlight, _ := f.cfg.Front.Answered(in.ID)
	f.cfg.Front.Evict(in.ID)
	if inFlight == 0 || f.patience.Err() != nil {
		return ""
	}
	return fmt.Sprintf(" with %d requests unanswered (drain limit %s)", inFlight, brief(set.DrainLimit))
}

// bury waits for the end of a process and takes away all that it leaves: its
// strays, its port, its place with the guard.
func (f *Fleet) bury(in *instance, p *child) {
	<-p.exited
	<-p.drained
	if f.guard != nil {
		process.Sweep(cookieName + "=" + f.cookie + "." + in.ID + "\x00")
		f.guard.tell(fmt.Sprintf("-%d", p.pid)) // that it is gone was said when it was told of p
	}
	f.release(p.port)
}

// gone reports an instance that ended because it was to.
func (f *Fleet) gone(in *instance, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.cfg.Now()
	in.become(lab.Gone, now)
	f.sayLocked(lab.EventGone, in, in.name()+" "+text)
}

// lastLines is how much of its output an instance that ended by itself takes
// into its event.
const lastLines = 3

// fail reports an instance that ended by itself, and sees to its replacement.
func (f *Fleet) fail(in *instance, deed, how string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.cfg.Now()
	wanted := in.counts()
	stable := in.EverReady && now-in.ReadySince >= f.pace.stable
	in.become(lab.Failed, now)
	text := in.name() + " " + deed + ": " + how
	if in.killed != "" {
		text = in.name() + " " + in.killed
	}
	if !wanted || in.excused {
		f.sayLocked(lab.EventFailed, in, text)
		f.reconcile(in.line, 0)
		return
	}
	if stable {
		*in.line = line{}
	}
	wait := in.line.exit(now, how)
	if in.line.looping != "" {
		text += fmt.Sprintf("; crash-looping, next start in %s", brief(wait))
	}
	if tail := in.log.tail(lastLines); len(tail) > 0 && in.killed == "" {
		for i, l := range tail {
			tail[i] = short(l, 160)
		}
		text += "; last lines: " + strings.Join(tail, " ⏎ ")
	}
	f.sayLocked(lab.EventFailed, in, text)
	f.reconcile(in.line, wait)
}

// note is what to say beside the state. f.mu is held.
func (in *instance) note(now, stable time.Duration, hangKill time.Duration) string {
	var say []string
	if in.line.looping != "" && in.counts() && !(in.State == lab.Ready && now-in.ReadySince >= stable) {
		say = append(say, "crash-looping: "+in.line.looping)
	}
	switch {
	case in.State == lab.Starting && in.PID == 0 && in.wake > now:
		say = append(say, fmt.Sprintf("backs off %.1f s", (in.wake-now).Seconds()))
	case in.State == lab.Starting && in.PID == 0 && in.cramped:
		say = append(say, "waits for memory")
	case in.Hung && in.counts():
		if in.ByHand {
			hangKill = max(hangKill, byHandKill)
		}
		say = append(say, fmt.Sprintf("hung, killed in %.0f s", max(0, in.hungAt+hangKill-now).Seconds()))
	}
	return strings.Join(say, ", ")
}

// brief spells a time with what a reader takes in of it: "12 ms", "2.5 s".
func brief(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	}
	return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}

func short(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func (p *child) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}
