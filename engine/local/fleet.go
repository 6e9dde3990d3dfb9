package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v3/mem"

	"autoscale-lab/engine/local/process"
	"autoscale-lab/lab"
)

// Fleet keeps as many instances alive as are desired. Its methods, Logs apart,
// are called by one goroutine, one at a time.
type Fleet struct {
	cfg        Config
	pace       pace
	freeMemory func() (share float64, ok bool) // of the host's memory

	cookie   string
	forker   *forker
	guard    *guard // nil without a command of the user's
	patience context.Context
	hurry    context.CancelFunc // ends patience: from now on SIGKILL
	routines sync.WaitGroup     // all goroutines
	lives    sync.WaitGroup     // those of instances, of them

	mu        sync.Mutex
	set       lab.Fleet // what new instances get
	desired   int
	made      int
	list      []*instance // in the order of Num; ended ones until they are reported
	past      []*instance // a few of the ended ones, for their logs
	ports     map[int]bool
	events    []lab.Event
	owners    map[int]owner
	opened    bool
	closing   bool
	tight     bool // the host is short of memory, and it was said
	guardless bool // the guard is gone, and it was said
}

// pace is how often and how long.
type pace struct {
	ask, askMost  time.Duration // between two questions whether it is ready: at first, at most
	first, answer time.Duration // wait for an answer: until ready, later
	probe         time.Duration // between two probes of a ready one
	judge         time.Duration // between two looks at their outcome
	hung, busy    time.Duration // silence after which an instance, a user's busy one, is hung
	grace         time.Duration // between SIGTERM and SIGKILL
	stable        time.Duration // ready so long, an instance is no crash-looper
}

// New makes a Fleet, and starts nothing. What makes no sense in cfg, such as a
// user's command that does not exist, is an *lab.InputError.
func New(cfg Config) (*Fleet, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Fleet{
		cfg: cfg, set: cfg.Fleet, ports: map[int]bool{}, freeMemory: freeMemory,
		pace: pace{
			ask: 5 * time.Millisecond, askMost: 100 * time.Millisecond, first: 10 * time.Second, answer: 2 * time.Second,
			probe: time.Second, judge: 250 * time.Millisecond, hung: 2500 * time.Millisecond, busy: 10 * time.Second,
			grace: 5 * time.Second, stable: 10 * time.Second,
		},
	}, nil
}

func freeMemory() (share float64, ok bool) {
	m, err := mem.VirtualMemory()
	if err != nil || m.Total == 0 {
		return 0, false
	}
	return float64(m.Available) / float64(m.Total), true
}

// Open makes the fleet ready; it has no instances until it is told to Scale.
// ctx does not limit its life.
func (f *Fleet) Open(context.Context) error {
	if f.opened {
		return errors.New("local: the fleet is open already")
	}
	f.cookie = rand.Text()
	if len(f.set.App) > 0 {
		g, err := startGuard(f.cfg.GuardCmd, f.cookie)
		if err != nil {
			return err
		}
		f.guard = g
	}
	f.patience, f.hurry = context.WithCancel(context.Background())
	f.forker = &forker{orders: make(chan order), gone: make(chan struct{})}
	f.run(f.forker.loop)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened = true
	return nil
}

// run starts a goroutine of the fleet's.
func (f *Fleet) run(do func()) {
	f.routines.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				if f.cfg.Fatal == nil {
					panic(r)
				}
				f.cfg.Fatal(r, debug.Stack())
			}
		}()
		do()
	})
}

// Scale states how many instances there should be. It does not wait.
func (f *Fleet) Scale(_ context.Context, n int) error {
	if n < 0 || n > lab.MaxInstances {
		return &lab.InputError{Field: "instances", Value: fmt.Sprint(n), Want: fmt.Sprintf("0 to %d", lab.MaxInstances)}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.opened || f.closing {
		return errors.New("local: the fleet is not open")
	}
	f.desired = n
	f.reconcile(nil, 0)
	return nil
}

// reconcile makes as many as are desired, or stops those too many. The first
// new one is the heir of a line, and waits. f.mu is held.
func (f *Fleet) reconcile(heir *line, wait time.Duration) {
	if f.closing {
		return
	}
	n := 0
	for _, in := range f.list {
		if in.counts() {
			n++
		}
	}
	for ; n < f.desired; n++ {
		f.add(heir, wait)
		heir, wait = nil, 0
	}
	for ; n > f.desired; n-- {
		f.dismiss(f.leastNeeded())
	}
}

func (f *Fleet) add(of *line, wait time.Duration) {
	f.made++
	now := f.cfg.Now()
	if of == nil {
		of = &line{}
	}
	in := &instance{line: of, wake: now + wait, Instance: lab.Instance{
		ID: fmt.Sprintf("i%d", f.made), Num: f.made, Started: now, StateSince: now,
		Size: f.set.Size, Enforced: len(f.set.App) == 0,
	}}
	in.wanted, in.dismiss = context.WithCancel(f.patience)
	f.list = append(f.list, in)
	f.lives.Add(1)
	f.run(func() {
		defer f.lives.Done()
		f.live(in, wait)
	})
}

// leastNeeded is the instance to stop first: one without a process, one that
// starts, one that hangs, one that serves; and of these the newest.
func (f *Fleet) leastNeeded() *instance {
	rank := func(in *instance) int {
		switch {
		case in.PID == 0:
			return 0
		case in.State == lab.Starting:
			return 1
		case in.Hung:
			return 2
		}
		return 3
	}
	var least *instance
	for _, in := range f.list {
		if in.counts() && (least == nil || rank(in) <= rank(least)) {
			least = in
		}
	}
	return least
}

// dismiss has an instance stop. f.mu is held.
func (f *Fleet) dismiss(in *instance) {
	in.become(lab.Draining, f.cfg.Now())
	if in.EverReady {
		f.sayLocked(lab.EventDraining, in, in.name()+" drains")
	}
	in.dismiss()
}

// Apply carries out what concerns instances: a knob of "fleet" (size, work and
// boot: for new instances), kill, hang, resume, drain. It does not wait for the
// effect, and has nothing to do with other deeds. An instance that is not there
// is an *lab.InputError.
func (f *Fleet) Apply(_ context.Context, a lab.Action) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.opened || f.closing {
		return errors.New("local: the fleet is not open")
	}
	switch a.Kind {
	case lab.ActSet:
		if a.Target == "fleet" && slices.Contains([]string{"size", "work", "boot"}, a.Name) {
			return lab.Turn(&f.set, a.Name, a.To)
		}
		return nil
	case lab.ActKill, lab.ActHang, lab.ActResume, lab.ActDrain:
	default:
		return nil
	}
	in, err := f.find(a.Target)
	if err != nil {
		return err
	}
	if a.Kind == lab.ActDrain {
		if in.counts() {
			f.dismiss(in)
			f.reconcile(nil, 0)
		}
		return nil
	}
	if in.proc == nil {
		return &lab.InputError{Field: "instance", Value: a.Target, Want: "one that has a process"}
	}
	switch a.Kind {
	case lab.ActKill:
		err = in.proc.signal(syscall.SIGKILL)
		if err == nil {
			in.killed, in.excused = "killed by hand (SIGKILL)", true
		}
	case lab.ActHang:
		if err = in.proc.signal(sigStop); err == nil {
			in.ByHand = true
		}
	case lab.ActResume:
		if err = in.proc.signal(sigCont); err == nil {
			in.ByHand = in.ByHand && in.Hung // until it has answered
		}
	}
	if err != nil {
		return fmt.Errorf("local: %s instance %s: %w", a.Kind, a.Target, err)
	}
	return nil
}

// find is the instance of that ID that has not ended. f.mu is held.
func (f *Fleet) find(id string) (*instance, error) {
	var ids []string
	for _, in := range f.list {
		if !in.Alive() {
			continue
		}
		if in.ID == id {
			return in, nil
		}
		ids = append(ids, in.ID)
	}
	return nil, lab.NotOneOf("instance", id, ids)
}

// Observe measures the instances over the time since the last Observe, and
// gives what happened in it. One that has ended is in it once, the last time.
func (f *Fleet) Observe(at time.Duration) ([]lab.Instance, []lab.Event) {
	var all []process.Info
	if len(f.cfg.Fleet.App) > 0 {
		all = process.List()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if all != nil {
		f.own(all)
	}
	now := f.cfg.Now()
	out := make([]lab.Instance, 0, len(f.list))
	for _, in := range f.list {
		if in.meter != nil && in.Alive() {
			in.meter.Look(all, func(p process.Info) bool { return f.owners[p.PID].id == in.ID })
			in.CPU = in.meter.Read(at, in.Size)
		}
		in.Note = in.note(now, f.pace.stable, f.cfg.Fleet.HangKill)
		out = append(out, in.Instance)
	}
	f.list = slices.DeleteFunc(f.list, func(in *instance) bool {
		if in.Alive() {
			return false
		}
		f.past = append(f.past, in)
		return true
	})
	f.past = slices.Delete(f.past, 0, max(0, len(f.past)-keptLogs))
	events := f.events
	f.events = nil
	return out, events
}

// keptLogs is of how many ended instances the output is kept.
const keptLogs = 10

// owner is the instance whose cookie a process carries, or "".
type owner struct {
	born int64
	id   string
}

// own finds out, once per process, whose cookie it carries. f.mu is held.
func (f *Fleet) own(all []process.Info) {
	key := []byte(cookieName + "=" + f.cookie + ".")
	now := make(map[int]owner, len(all))
	for _, p := range all {
		o, known := f.owners[p.PID]
		if !known || o.born != p.Born {
			o = owner{born: p.Born}
			if _, rest, ok := bytes.Cut(process.Environ(p.PID), key); ok {
				id, _, _ := bytes.Cut(rest, []byte{0})
				o.id = string(id)
			}
		}
		now[p.PID] = o
	}
	f.owners = now
}

// Logs is the last output of an instance, oldest line first. It may be called
// from any goroutine.
func (f *Fleet) Logs(id string) []string {
	f.mu.Lock()
	known := slices.Concat(f.list, f.past)
	f.mu.Unlock()
	for _, in := range known {
		if in.ID == id {
			return in.log.tail(ringLines)
		}
	}
	return nil
}

// Close stops all instances in order, and returns when no process and no
// goroutine is left. Cancelling ctx is the forced way: SIGKILL at once.
func (f *Fleet) Close(ctx context.Context) error {
	f.mu.Lock()
	if !f.opened || f.closing {
		f.mu.Unlock()
		return nil
	}
	f.closing = true
	for _, in := range f.list {
		if in.counts() {
			f.dismiss(in)
		}
	}
	f.mu.Unlock()
	ended := make(chan struct{})
	f.run(func() {
		f.lives.Wait()
		close(ended)
	})
	select {
	case <-ended:
	case <-ctx.Done():
		f.hurry()
		<-ended
	}
	f.hurry()
	close(f.forker.orders)
	f.routines.Wait()
	if f.guard == nil {
		return nil
	}
	process.Sweep(cookieName + "=" + f.cookie + ".")
	return f.guard.close()
}

func (f *Fleet) settings() lab.Fleet {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.set
}

func (f *Fleet) copyOf(in *instance) lab.Instance {
	f.mu.Lock()
	defer f.mu.Unlock()
	return in.Instance
}

func (f *Fleet) unguarded() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.guardless {
		f.guardless = true
		f.events = append(f.events, lab.Event{At: f.cfg.Now(), By: lab.ByLab, Kind: lab.EventWarning,
			Text: "the guard process is gone: what your command has forked may survive if this lab is killed"})
	}
}

func (f *Fleet) say(kind lab.EventKind, in *instance, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sayLocked(kind, in, text)
}

func (f *Fleet) sayLocked(kind lab.EventKind, in *instance, text string) {
	f.events = append(f.events, lab.Event{At: f.cfg.Now(), By: lab.ByLab, Kind: kind, Instance: in.ID, Text: text})
}
