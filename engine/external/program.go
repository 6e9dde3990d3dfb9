package external

import (
	"fmt"
	"math"
	"time"

	"autoscale-lab/lab"
)

const (
	// patience is how long an answer may be outstanding before the program is
	// ended; the first one, before which it loads its libraries, longer.
	patience      = 5 * time.Second
	firstPatience = 30 * time.Second
	// grace is how long a program may take to end once its stdin has.
	grace = 500 * time.Millisecond
	// firstPause doubles with each exit up to maxPause; one that has lived for
	// lasted begins anew.
	firstPause = 100 * time.Millisecond
	maxPause   = 10 * time.Second
	lasted     = 10 * time.Second
	// maxUnasked is how many lines that are no answer a program may print
	// between two questions.
	maxUnasked = 200
)

// program is a user's policy: one child after the other. It belongs to the
// goroutine that asks.
//
//	         ┌── ask ── line in time ──▶ Decision
//	running ─┼── ask ── none ──▶ keep; asked stays, and no Sample is sent before
//	         │                   its answer has come, and is dropped as too old;
//	         │                   nobody waits for that
//	         └── ended, late for patience, prints without end ──▶ pause ─▶ running
type program struct {
	host   *Host
	args   []string
	broken error // why it cannot be run at all
	hello  []byte
	limit  time.Duration

	child    *child
	asked    time.Time     // of the question that has no answer yet; zero: none
	wait     time.Duration // how long that was waited for
	answered bool          // the child has, once
	exits    int           // in a row
	pause    time.Time     // until then no other is started
	why      string        // what became of the last child
}

// launch starts a child, if it can.
func (p *program) launch() {
	if p.broken != nil {
		return
	}
	c, err := p.host.launch(p.args, p.hello)
	if err != nil {
		p.rest("cannot be started: " + lab.Clean(err.Error()))
		return
	}
	p.child, p.asked, p.answered = c, time.Time{}, false
}

// rest says what became of the child, and begins a pause.
func (p *program) rest(why string) {
	if c := p.child; c != nil {
		if p.child = nil; time.Since(c.born) > lasted {
			p.exits = 0
		}
		c.kill()
	}
	pause := min(firstPause<<min(p.exits, 10), maxPause)
	p.exits++
	p.pause = time.Now().Add(pause)
	p.why = why
	p.host.say(fmt.Sprintf("your policy %s; it is started again in %s", why, pause))
}

func (p *program) stop() {
	if p.child != nil {
		p.child.end(grace)
		p.child = nil
	}
}

// ask gives it a Sample and waits for the Decision, as long as it may.
func (p *program) ask(s lab.Sample) lab.Decision {
	d := lab.Decision{Desired: s.Desired}
	switch {
	case p.broken != nil:
		d.Reason = "your policy cannot be run: " + lab.Clean(p.broken.Error())
		return d
	case p.child == nil && time.Now().Before(p.pause):
		d.Reason = "your policy " + p.why
		return d
	case p.child == nil:
		if p.launch(); p.child == nil {
			d.Reason = "your policy " + p.why
			return d
		}
	}
	if p.stale() {
		select {
		case p.child.in <- encode(&s): // there is room for whoever has read the line before
		default:
			p.rest("answers without reading what it is asked")
			d.Reason = "your policy " + p.why
			return d
		}
		p.asked, p.wait = time.Now(), min(p.limit, p.host.left())
		if n, reason, ok := p.answer(p.wait); ok {
			if p.answered, d.Desired, d.Reason = true, n, reason; reason == "" {
				d.Reason = fmt.Sprintf("your policy wants %d", n)
			}
			d.Stages = []lab.Stage{{Name: "raw", Value: float64(n), Text: "your policy's"}}
			return d
		}
	}
	d.Reason = "your policy " + p.why
	return d
}

// stale drops what was printed unasked and the answer that came too late; false
// if that is still outstanding, or the child is no more. It does not wait.
func (p *program) stale() bool {
	if !p.asked.IsZero() {
		_, _, ok := p.answer(0)
		return ok
	}
	for n := 0; ; n++ {
		select {
		case l, ok := <-p.child.out:
			if !p.sound(l, ok, n) {
				return false
			}
		default:
			return true
		}
	}
}

// sound tells whether the child goes on after its n-th line that was no answer.
func (p *program) sound(l line, open bool, n int) bool {
	switch {
	case !open:
		p.rest(p.child.fate())
	case l.long:
		p.rest(fmt.Sprintf("printed a line of more than %d kB", maxLine>>10))
	case n >= maxUnasked:
		p.rest("prints without being asked")
	default:
		return true
	}
	return false
}

// answer waits for the answer to the question that is outstanding, at most for
// limit; what has come already it takes in any case. Lines that are none are
// passed over.
func (p *program) answer(limit time.Duration) (n int, reason string, ok bool) {
	timer, began := time.NewTimer(limit), time.Now()
	defer func() {
		timer.Stop()
		p.host.spend(time.Since(began))
	}()
	rubbish := ""
	for lines := 0; ; lines++ {
		l, open, late := p.next(timer.C)
		if late {
			p.late(rubbish)
			return 0, "", false
		}
		if !p.sound(l, open, lines) {
			return 0, "", false
		}
		var err error
		if n, reason, err = decode(l.text); err == nil {
			p.asked = time.Time{}
			return n, reason, true
		}
		rubbish = fmt.Sprintf(" (it printed %q: %v)", short(l.text), err)
	}
}

// next is the child's next line, or late if there is none before limit.
func (p *program) next(limit <-chan time.Time) (l line, open, late bool) {
	select {
	case l, open = <-p.child.out:
		return l, open, false
	default:
	}
	select {
	case l, open = <-p.child.out:
	case <-limit:
		late = true
	}
	return l, open, late
}

// late says that the child is, and ends one that has been for long.
func (p *program) late(rubbish string) {
	since, most := time.Since(p.asked), p.host.patience
	if !p.answered {
		most = p.host.firstPatience
	}
	p.why = fmt.Sprintf("is late: no answer within %s%s", p.wait.Round(time.Millisecond), rubbish)
	if since > most {
		p.rest(fmt.Sprintf("has not answered for %s%s", since.Round(time.Second), rubbish))
	}
}

// whole is v if it is a number of instances.
func whole(v float64) (int, bool) {
	return int(v), v == math.Trunc(v) && math.Abs(v) < 1e6
}
