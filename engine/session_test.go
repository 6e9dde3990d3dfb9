package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/policy"
)

// paperRig is a rig on paper: instances that are ready after a boot and share
// the load evenly; CPU is load over capacity.
type paperRig struct {
	boot    time.Duration
	noise   *rand.Rand // ±3 points of CPU, as measured on a saturated instance; nil: none
	foreign int64      // requests from elsewhere in the next tick
	broken  error
	deaf    time.Duration // Observe takes this long

	mu      sync.Mutex // of the four above, which a story may change at any time
	now     func() time.Duration
	level   float64
	size    float64 // of instances to come
	on      bool
	last    time.Duration
	next    int
	alive   []lab.Instance
	applied []lab.Action
	closed  bool
}

func (r *paperRig) change(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

func (r *paperRig) Open(context.Context) error  { return nil }
func (r *paperRig) Close(context.Context) error { r.closed = true; return nil }

func (r *paperRig) Apply(_ context.Context, a lab.Action) error {
	r.applied = append(r.applied, a)
	switch a.Kind {
	case lab.ActLoad:
		r.on = a.To == "on"
	case lab.ActShape:
		l, err := load.Parse(a.To, load.Defaults{})
		if err != nil {
			return err
		}
		r.level = l.Load().Shape.Level(0)
	case lab.ActSet:
		if a.Target == "fleet" && a.Name == "size" {
			r.size, _ = strconv.ParseFloat(a.To, 64)
		}
	case lab.ActKill, lab.ActDrain:
		for i := range r.alive {
			if r.alive[i].ID == a.Target {
				r.alive = append(r.alive[:i], r.alive[i+1:]...)
				r.start(1)
				return nil
			}
		}
		return &lab.InputError{Field: "instance", Value: a.Target, Want: "an instance"}
	}
	return nil
}

func (r *paperRig) start(n int) {
	for range n {
		r.next++
		r.alive = append(r.alive, lab.Instance{ID: fmt.Sprintf("i%d", r.next), Num: r.next, Started: r.now(), Size: max(.2, r.size)})
	}
}

func (r *paperRig) Scale(_ context.Context, n int) error {
	if n < len(r.alive) {
		r.alive = r.alive[:n]
	}
	r.start(n - len(r.alive))
	return nil
}

func (r *paperRig) Observe(at time.Duration) (lab.Sample, []lab.Event, error) {
	r.mu.Lock()
	deaf, broken, foreign := r.deaf, r.broken, r.foreign
	r.foreign = 0
	r.mu.Unlock()
	time.Sleep(deaf)
	if broken != nil {
		return lab.Sample{}, nil, broken
	}
	span := at - r.last
	r.last = at
	ready := 0
	for i := range r.alive {
		if at-r.alive[i].Started >= r.boot {
			r.alive[i].State = lab.Ready
			ready++
		}
	}
	var s lab.Sample
	if r.on {
		s.Generator.Offered = int64(r.level * span.Seconds())
		s.Generator.OK = s.Generator.Offered
	}
	s.Front = s.Generator
	s.Foreign.Offered = foreign
	s.Front.Add(&s.Foreign)
	for i := range r.alive {
		if r.alive[i].State == lab.Ready {
			cpu := float64(s.Front.Offered) / span.Seconds() / 50 / float64(ready)
			if r.noise != nil {
				cpu += (r.noise.Float64() - .5) * .06
			}
			r.alive[i].CPU = lab.Known(min(1, max(0, cpu)), at, span)
		}
	}
	s.Instances = append(s.Instances, r.alive...)
	return s, nil, nil
}

// notes is a Recorder in memory that can be told to fail.
type notes struct {
	mu    sync.Mutex
	fail  error
	runs  []lab.Run
	ticks [][]lab.Tick
}

func (n *notes) set(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = err
}

func (n *notes) Begin(run *lab.Run) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return n.fail
	}
	n.runs = append(n.runs, *run)
	n.ticks = append(n.ticks, nil)
	run.ID = int64(len(n.runs))
	return nil
}

func (n *notes) Record(t lab.Tick) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return n.fail
	}
	last := len(n.ticks) - 1
	n.ticks[last] = append(n.ticks[last], t)
	return nil
}

func (n *notes) End(run lab.Run) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return n.fail
	}
	n.runs[run.ID-1] = run
	return nil
}

func (n *notes) record(i int) lab.Record { return lab.Record{Run: n.runs[i], Ticks: n.ticks[i]} }

// bench is a session on paper, running in a bubble of virtual time.
type bench struct {
	*Session
	t     *testing.T
	rig   *paperRig
	notes *notes
	quit  context.CancelFunc
	done  chan error
}

func open(t *testing.T, rig *paperRig, change func(*Config)) *bench {
	t.Helper()
	clock := NewRealClock() // in the bubble its time is virtual
	rig.now = clock.Now
	n := &notes{}
	cfg := Config{Rig: rig, Clock: clock, Recorders: []Recorder{n}, Experiment: lab.DefaultExperiment()}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, quit := context.WithCancel(t.Context())
	b := &bench{s, t, rig, n, quit, make(chan error, 1)}
	go func() { b.done <- s.Run(ctx) }()
	return b
}

func (b *bench) send(a lab.Action) {
	b.t.Helper()
	if err := b.Send(a); err != nil {
		b.t.Fatalf("%s %s: %v", a.Kind, a.To, err)
	}
}

func (b *bench) load(on string) { b.t.Helper(); b.send(lab.Action{Kind: lab.ActLoad, To: on}) }

func (b *bench) turn(owner, knob, to string) {
	b.t.Helper()
	b.send(lab.Action{Kind: lab.ActSet, Target: owner, Name: knob, To: to})
}

func (b *bench) close() {
	b.t.Helper()
	b.quit()
	if err := <-b.done; err != nil {
		b.t.Errorf("run: %v", err)
	}
	if !b.rig.closed {
		b.t.Error("the rig is still open")
	}
}

func story(t *testing.T, name string, tell func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, tell) })
}

func TestLoop(t *testing.T) {
	story(t, "60 requests/s need four instances and stay there", func(t *testing.T) {
		b := open(t, &paperRig{boot: 20 * time.Millisecond}, nil)
		b.turn("load", "rate", "60")
		b.load("on")
		time.Sleep(time.Minute)
		last := b.Snapshot().Last()
		if got := last.Decision.Desired; got != 4 {
			t.Errorf("desired %d, want 4: %s", got, last.Decision.Reason)
		}
		if cpu := last.Sample.InstanceCPU(); cpu.Value < .29 || cpu.Value > .31 {
			t.Errorf("CPU settles at %.2f, want 0.30", cpu.Value)
		}
		b.close()
		if s := b.notes.runs[0].Summary; s.Scale.Up != 3 || s.Scale.Down != 0 || s.Instances.Peak != 4 {
			t.Errorf("summary %+v", s.Scale)
		}
	})

	story(t, "a steady load at half of upper changes nothing in an hour", func(t *testing.T) {
		b := open(t, &paperRig{noise: rand.New(rand.NewPCG(1, 2))}, func(c *Config) { c.Experiment.Fleet.Min = 2 })
		b.turn("load", "rate", "17.5") // 17.5 % of two
		b.load("on")
		time.Sleep(time.Hour)
		b.close()
		if s := b.notes.runs[0].Summary.Scale; s.Up+s.Down != 0 {
			t.Errorf("scale events: %+v", s)
		}
		if n := len(b.notes.ticks[0]); n < 3598 {
			t.Errorf("%d ticks in an hour", n)
		}
	})

	story(t, "the first instance is seen as soon as it is ready", func(t *testing.T) {
		b := open(t, &paperRig{boot: 70 * time.Millisecond}, nil)
		time.Sleep(100 * time.Millisecond)
		if s := b.Snapshot(); s.Last() == nil || s.Last().Sample.Serving() != 1 {
			t.Error("100 ms after the start it is not seen")
		}
		time.Sleep(3 * time.Second)
		if n := len(b.Snapshot().Record.Ticks); n != 3 {
			t.Errorf("%d ticks in three seconds", n)
		}
		b.close()
	})

	story(t, "load before the fleet stands: every request is in a tick of the run", func(t *testing.T) {
		rig := &paperRig{boot: 5 * time.Second}
		b := open(t, rig, nil)
		time.Sleep(3500 * time.Millisecond)
		if n := len(b.Snapshot().Record.Ticks); n != 3 {
			t.Errorf("%d ticks after 3.5 s", n)
		}
		b.turn("load", "rate", "100")
		b.load("on")
		time.Sleep(6 * time.Second)
		b.close()
		if n := b.notes.runs[0].Summary.Requests.Offered; n < 640 || n > 700 { // the first tick has 0.5 s without load
			t.Errorf("%d requests of the run are recorded", n)
		}
		for _, tick := range b.notes.ticks[0] {
			if tick.Sample.Span < 400*time.Millisecond {
				t.Errorf("a tick of %s", tick.Sample.Span)
			}
		}
	})

	story(t, "stopped while scaling by hand, the next run begins at min", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
		b.load("on")
		b.send(lab.Action{Kind: lab.ActScale, To: "4"})
		time.Sleep(3 * time.Second)
		b.send(lab.Action{Kind: lab.ActStop})
		b.load("on")
		time.Sleep(3 * time.Second)
		if s := b.Snapshot(); s.Desired != 1 || s.Setup.Autoscale {
			t.Errorf("desired %d, autoscale %t", s.Desired, s.Setup.Autoscale)
		}
		b.close()
	})

	story(t, "a deed just before the end is in the record", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.load("on")
		time.Sleep(3 * time.Second)
		time.Sleep(time.Millisecond)
		b.send(lab.Action{Kind: lab.ActMark, To: "here"})
		b.close()
		last := b.notes.ticks[0][len(b.notes.ticks[0])-1]
		if n := len(last.Events); n == 0 || last.Events[n-1].Text != "here" {
			t.Errorf("the last events: %+v", last.Events)
		}
	})

	story(t, "at the limit the reason says what is wanted", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.turn("load", "rate", "240")
		b.load("on")
		time.Sleep(time.Minute)
		if r := b.Snapshot().Decision.Reason; !strings.Contains(r, "at max 5 (wants 6)") {
			t.Errorf("reason %q", r)
		}
		b.load("off")
		time.Sleep(time.Minute)
		if s := b.Snapshot(); s.Desired != 1 || s.Phase != Running {
			t.Errorf("load off: desired %d, phase %d", s.Desired, s.Phase)
		}
		b.close()
	})

	story(t, "a knob acts at once, a wrong one changes nothing", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.turn("policy", "upper", "40")
		k, _ := lab.Find(b.Snapshot().Setup.PolicyKnobs, "upper")
		if k.Show() != "40 %" {
			t.Errorf("upper is %s", k.Show())
		}
		before := b.Snapshot().Setup
		for _, wrong := range []lab.Action{
			{Kind: lab.ActSet, Target: "policy", Name: "uper", To: "40"},
			{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "400"},
			{Kind: lab.ActSet, Target: "policy", Name: "lower", To: "41%"},
			{Kind: lab.ActSet, Target: "fleet", Name: "min", To: "6"},
			{Kind: lab.ActSet, Target: "load", Name: "rate", To: "-1"},
			{Kind: lab.ActSet, Target: "engine", Name: "rate", To: "1"},
			{Kind: lab.ActPolicy, To: "treshold"},
			{Kind: lab.ActShape, To: "constnt"},
			{Kind: lab.ActScale, To: "3"},
			{Kind: lab.ActStop},
			{Kind: lab.ActKill, Target: "i77"},
		} {
			var bad *lab.InputError
			if err := b.Send(wrong); !errors.As(err, &bad) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		if diff := cmp.Diff(before, b.Snapshot().Setup); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
		if b.Snapshot().Phase != Idle {
			t.Error("a deed that failed began a run")
		}
		b.close()
	})

	story(t, "ten turns of a knob within a tick are one event", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		time.Sleep(1100 * time.Millisecond)
		for n := 36; n <= 45; n++ {
			b.turn("policy", "upper", fmt.Sprint(n))
		}
		p := b.Snapshot().Pending
		if len(p) != 1 || p[0].Text != "upper 35 % → 45 %" {
			t.Errorf("events %+v", p)
		}
		b.close()
	})

	story(t, "ready, running, kept, ready again", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		time.Sleep(5100 * time.Millisecond)
		if s := b.Snapshot(); s.Phase != Idle || len(s.Record.Ticks) != 5 {
			t.Errorf("before the first deed: phase %d, %d ticks", s.Phase, len(s.Record.Ticks))
		}
		b.turn("load", "rate", "60")
		b.load("on")
		time.Sleep(10 * time.Second)
		if s := b.Snapshot(); s.Phase != Running || s.Record.Run.ID != 1 || s.Desired < 2 {
			t.Errorf("load on: phase %d, run %d, desired %d", s.Phase, s.Record.Run.ID, s.Desired)
		}
		b.send(lab.Action{Kind: lab.ActStop})
		if s := b.Snapshot(); s.Phase != Kept || s.Desired != 1 || s.Setup.LoadOn {
			t.Errorf("stopped: phase %d, desired %d, load %t", s.Phase, s.Desired, s.Setup.LoadOn)
		}
		b.send(lab.Action{Kind: lab.ActKill, Target: "i1"})
		if s := b.Snapshot(); s.Phase != Running {
			t.Error("a kill began no run")
		}
		time.Sleep(3 * time.Second)
		b.send(lab.Action{Kind: lab.ActNew})
		time.Sleep(time.Second)
		if s := b.Snapshot(); s.Phase != Idle || s.Record.Run.ID != 0 {
			t.Errorf("new: phase %d, run %d", s.Phase, s.Record.Run.ID)
		}
		b.close()
		if len(b.notes.runs) != 2 || b.notes.runs[0].Outcome != lab.Stopped || b.notes.runs[1].Outcome != lab.Stopped {
			t.Errorf("runs %+v", b.notes.runs)
		}
		if d := b.notes.runs[0].Duration; d != 10*time.Second {
			t.Errorf("the first run took %s", d)
		}
	})

	story(t, "a run of under two seconds with no request is not kept", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		time.Sleep(time.Second)
		b.send(lab.Action{Kind: lab.ActKill, Target: "i1"})
		b.send(lab.Action{Kind: lab.ActNew})
		b.close()
		if b.notes.runs[0].Outcome != lab.Discarded {
			t.Errorf("outcome %q", b.notes.runs[0].Outcome)
		}
	})

	story(t, "a request from elsewhere begins a run that holds it", func(t *testing.T) {
		rig := &paperRig{}
		b := open(t, rig, nil)
		time.Sleep(3500 * time.Millisecond)
		rig.change(func() { rig.foreign = 7 })
		time.Sleep(4 * time.Second)
		b.close()
		if n := b.notes.runs[0].Summary.Requests.Offered; n != 7 {
			t.Errorf("offered %d, want 7", n)
		}
	})

	story(t, "with autoscaling off the user scales, and the policy is a shadow", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.turn("load", "rate", "60")
		b.load("on")
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
		b.send(lab.Action{Kind: lab.ActScale, To: "3"})
		if s := b.Snapshot(); s.Desired != 3 {
			t.Errorf("desired %d at once, want 3", s.Desired)
		}
		time.Sleep(10 * time.Second)
		last := b.Snapshot().Last()
		if last.Decision.Desired != 3 || len(last.Shadows) != 1 || last.Shadows[0].Decision.Desired != 4 {
			t.Errorf("desired %d, shadows %+v", last.Decision.Desired, last.Shadows)
		}
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "on"})
		time.Sleep(1100 * time.Millisecond)
		if s := b.Snapshot(); s.Desired != 4 {
			t.Errorf("its windows are warm: desired %d, want 4", s.Desired)
		}
		b.close()
	})

	story(t, "a headless run waits for the fleet and ends by itself", func(t *testing.T) {
		b := open(t, &paperRig{boot: 4 * time.Second}, func(c *Config) {
			c.Headless, c.Experiment.Duration = true, 20*time.Second
		})
		if err := <-b.done; err != nil {
			t.Error(err)
		}
		run := b.notes.runs[0]
		if run.Outcome != lab.Completed || run.Duration != 20*time.Second || run.Summary.Requests.Offered != 300 || run.Origin < 4*time.Second {
			t.Errorf("run %+v", run)
		}
	})

	story(t, "a headless run whose fleet never stands fails with a word", func(t *testing.T) {
		b := open(t, &paperRig{boot: time.Hour}, func(c *Config) { c.Headless = true })
		if err := <-b.done; err == nil || !strings.Contains(err.Error(), "no instance became ready") {
			t.Error(err)
		}
	})

	story(t, "a broken rig ends the session with the run marked", func(t *testing.T) {
		rig := &paperRig{}
		b := open(t, rig, nil)
		b.load("on")
		time.Sleep(5500 * time.Millisecond)
		broken := errors.New("out of order")
		rig.change(func() { rig.broken = broken })
		if err := <-b.done; !errors.Is(err, broken) {
			t.Error(err)
		}
		if b.notes.runs[0].Outcome != lab.Aborted || !rig.closed {
			t.Errorf("outcome %q, closed %t", b.notes.runs[0].Outcome, rig.closed)
		}
		if err := b.Send(lab.Action{Kind: lab.ActNew}); err == nil {
			t.Error("an ended session took an action")
		}
	})

	story(t, "after a pause of the machine the gap is marked and nothing catches up", func(t *testing.T) {
		rig := &paperRig{}
		b := open(t, rig, nil)
		b.load("on")
		time.Sleep(5500 * time.Millisecond)
		rig.change(func() { rig.deaf = 30 * time.Second })
		time.Sleep(time.Second)
		rig.change(func() { rig.deaf = 0 })
		time.Sleep(40 * time.Second)
		gaps := 0
		for _, tick := range b.Snapshot().Record.Ticks {
			if tick.Sample.Gap {
				gaps++
			}
		}
		if n := len(b.Snapshot().Record.Ticks); gaps != 1 || n > 18 {
			t.Errorf("%d gaps, %d ticks", gaps, n)
		}
		b.close()
	})
}

// How everything stood at a moment of a recorded run is how it stood live.
func TestSetups(t *testing.T) {
	story(t, "of a run with turns of every kind", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
		time.Sleep(1500 * time.Millisecond)
		b.load("on")
		live := map[time.Duration]Setup{}
		for _, deed := range []lab.Action{
			{Kind: lab.ActSet, Target: "load", Name: "rate", To: "90"},
			{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "25"},
			{Kind: lab.ActSet, Target: "policy", Name: "metric", To: "rps"},
			{Kind: lab.ActSet, Target: "fleet", Name: "max", To: "4"},
			{Kind: lab.ActAutoscale, To: "on"},
			{Kind: lab.ActShape, To: "closed"},
			{Kind: lab.ActBalance, To: "round-robin"},
			{Kind: lab.ActPolicy, To: "manual"},
			{Kind: lab.ActLoad, To: "off"},
		} {
			time.Sleep(2130 * time.Millisecond)
			b.send(deed)
			time.Sleep(1100 * time.Millisecond)
			s := b.Snapshot()
			live[s.Last().Sample.At] = s.Setup
		}
		b.close()
		at, err := Setups(b.notes.record(0))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // maps walk to and fro in time
			for moment, want := range live {
				if diff := cmp.Diff(want, at(moment)); diff != "" {
					t.Errorf("at %s (-live +recorded):\n%s", moment, diff)
				}
			}
		}
	})
}

// The same again: load and mishaps come at the same moments of the run, to the
// nanosecond, and the run ends when the first one did.
func TestRepeat(t *testing.T) {
	story(t, "with another threshold", func(t *testing.T) {
		b := open(t, &paperRig{boot: 300 * time.Millisecond}, nil)
		var bad *lab.InputError
		if err := b.Send(lab.Action{Kind: lab.ActAgain}); !errors.As(err, &bad) {
			t.Errorf("without a run: %v", err)
		}
		time.Sleep(2500 * time.Millisecond)
		b.turn("load", "rate", "40")
		time.Sleep(time.Millisecond)
		b.load("on")
		for i, deed := range []lab.Action{
			{Kind: lab.ActSet, Target: "load", Name: "rate", To: "90"},
			{Kind: lab.ActKill, Target: "i2"},
			{Kind: lab.ActShape, To: "closed"},
			{Kind: lab.ActShape, To: "constant"},
			{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "50"},
			{Kind: lab.ActLoad, To: "off"},
		} {
			time.Sleep(time.Duration(3000+1237*i) * time.Millisecond)
			b.send(deed)
		}
		time.Sleep(5 * time.Second)
		b.send(lab.Action{Kind: lab.ActStop})
		b.turn("policy", "upper", "60")
		time.Sleep(1234 * time.Millisecond)
		b.send(lab.Action{Kind: lab.ActAgain})
		time.Sleep(time.Minute)
		if s := b.Snapshot(); s.Phase != Kept || s.Record.Run.Outcome != lab.Completed || s.Record.Run.Experiment.Repeats != 1 {
			t.Errorf("phase %d, outcome %q, repeats %d", s.Phase, s.Record.Run.Outcome, s.Record.Run.Experiment.Repeats)
		}
		b.close()
		first, second := lab.ScriptOf(b.notes.record(0)), lab.ScriptOf(b.notes.record(1))
		if len(first.Deeds) != 6 {
			t.Errorf("the script is %+v", first.Deeds)
		}
		first.Run, second.Run = 0, 0
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("not the same (-first +second):\n%s", diff)
		}
		if n := len(b.notes.runs); n != 2 || b.notes.runs[1].Experiment.Policy == b.notes.runs[0].Experiment.Policy {
			t.Errorf("%d runs", n)
		}
	})
}

func TestCalibrationIsOfTheInstanceItWasMadeOf(t *testing.T) {
	story(t, "turned away and back", func(t *testing.T) {
		b := open(t, &paperRig{}, func(c *Config) { c.Experiment.Calibrated = 38.8 })
		for _, size := range []string{"0.2", "0.4", "0.2"} {
			b.turn("fleet", "size", size)
			b.load("on")
			time.Sleep(3 * time.Second)
			b.send(lab.Action{Kind: lab.ActStop})
		}
		b.close()
		for i, want := range []float64{38.8, 0, 38.8} {
			if got := b.notes.runs[i].Experiment.Calibrated; got != want {
				t.Errorf("run %d: calibrated to %v, want %v", i+1, got, want)
			}
		}
	})
}

func TestRepeatBeginsWhereARunBegins(t *testing.T) {
	story(t, "no instance is left from other settings, and by hand is by hand again", func(t *testing.T) {
		b := open(t, &paperRig{boot: 1500 * time.Millisecond}, nil)
		time.Sleep(3500 * time.Millisecond)
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
		b.load("on")
		b.send(lab.Action{Kind: lab.ActScale, To: "3"})
		time.Sleep(5 * time.Second)
		b.send(lab.Action{Kind: lab.ActDrain, Target: "i2"})
		b.turn("fleet", "size", "0.4")
		time.Sleep(5 * time.Second)
		b.send(lab.Action{Kind: lab.ActNew})
		b.send(lab.Action{Kind: lab.ActAgain})
		time.Sleep(time.Minute)
		b.close()
		if len(b.notes.runs) != 2 {
			t.Fatalf("%d runs", len(b.notes.runs))
		}
		second := b.notes.record(1)
		first := second.Ticks[0].Sample
		if second.Run.Experiment.Fleet.Size != .4 || first.Serving() != 1 || first.Instances[0].Size != .4 {
			t.Errorf("size %v, instances %+v", second.Run.Experiment.Fleet.Size, first.Instances)
		}
		again, err := policy.Redecide(second)
		if diff := cmp.Diff(second.Ticks, again); err != nil || diff != "" {
			t.Errorf("%v; decided otherwise:\n%s", err, diff)
		}
	})
	story(t, "what was set up before a run is what its instances have", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		time.Sleep(1500 * time.Millisecond)
		b.turn("fleet", "size", "0.4")
		time.Sleep(2 * time.Second)
		b.load("on")
		time.Sleep(2 * time.Second)
		b.close()
		if i := b.notes.ticks[0][0].Sample.Instances; len(i) != 1 || i[0].Size != .4 {
			t.Errorf("instances %+v", i)
		}
	})
}

func TestRecordersCannotStopTheRun(t *testing.T) {
	full := errors.New("disk full")
	story(t, "writing resumes where it stopped", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.load("on")
		time.Sleep(5500 * time.Millisecond)
		b.notes.set(full)
		time.Sleep(5 * time.Minute)
		s := b.Snapshot()
		if s.Notebook.Trouble != "disk full" || s.Notebook.Waiting < 295 || s.Phase != Running {
			t.Errorf("notebook %+v", s.Notebook)
		}
		b.notes.set(nil)
		time.Sleep(5100 * time.Millisecond)
		if n := b.Snapshot().Notebook; n.Waiting > 1 || n.Lost > 0 || n.Trouble != "" {
			t.Errorf("notebook %+v", n)
		}
		b.close()
		ticks := b.notes.ticks[0]
		for i := 1; i < len(ticks); i++ {
			if ticks[i].Sample.At-ticks[i-1].Sample.At > time.Second {
				t.Fatalf("a tick is missing at %s", ticks[i].Sample.At)
			}
		}
	})

	story(t, "beyond ten minutes ticks are lost, counted and said", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.load("on")
		time.Sleep(2 * time.Second)
		b.notes.set(full)
		time.Sleep(11 * time.Minute)
		if n := b.Snapshot().Notebook; n.Waiting != maxWaiting || n.Lost < 50 {
			t.Errorf("notebook %+v", n)
		}
		b.notes.set(nil)
		time.Sleep(2 * time.Second)
		b.close()
		if b.notes.runs[0].Incomplete == "" {
			t.Error("the run does not say that it is incomplete")
		}
	})

	story(t, "a notebook that never writes again is an error at the end", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.notes.set(full)
		b.load("on")
		time.Sleep(5 * time.Second)
		b.quit()
		if err := <-b.done; !errors.Is(err, full) {
			t.Error(err)
		}
	})
}

// A recorded run decided again gives the identical decisions: policies read
// nothing but Samples and Actions.
func TestRedecide(t *testing.T) {
	story(t, "with autoscaling off from before the beginning", func(t *testing.T) {
		b := open(t, &paperRig{}, nil)
		b.turn("load", "rate", "90")
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "off"})
		time.Sleep(1500 * time.Millisecond)
		b.load("on")
		time.Sleep(10 * time.Second)
		b.send(lab.Action{Kind: lab.ActAutoscale, To: "on"})
		time.Sleep(10 * time.Second)
		b.close()
		rec := b.notes.record(0)
		again, err := policy.Redecide(rec)
		if diff := cmp.Diff(rec.Ticks, again); err != nil || diff != "" {
			t.Errorf("%v; decided otherwise:\n%s", err, diff)
		}
	})

	story(t, "with limits of a metric that is not the one chosen, in both runs of a session", func(t *testing.T) {
		b := open(t, &paperRig{boot: 300 * time.Millisecond}, nil)
		b.turn("load", "rate", "90")
		b.turn("policy", "metric", "rps")
		time.Sleep(1500 * time.Millisecond)
		b.turn("policy", "upper", "99")
		time.Sleep(1500 * time.Millisecond)
		b.turn("policy", "metric", "cpu")
		for range 2 {
			b.load("on")
			for _, deed := range []lab.Action{
				{Kind: lab.ActSet, Target: "policy", Name: "metric", To: "rps"},
				{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "99"},
				{Kind: lab.ActSet, Target: "policy", Name: "metric", To: "cpu"},
				{Kind: lab.ActPolicy, To: "manual"},
				{Kind: lab.ActPolicy, To: "threshold"},
				{Kind: lab.ActSet, Target: "policy", Name: "metric", To: "rps"},
				{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "77"},
				{Kind: lab.ActSet, Target: "policy", Name: "metric", To: "cpu"},
			} {
				time.Sleep(5137 * time.Millisecond)
				b.send(deed)
			}
			time.Sleep(5 * time.Second)
			b.send(lab.Action{Kind: lab.ActStop})
			b.load("off")
			time.Sleep(30 * time.Second)
		}
		b.close()
		if len(b.notes.runs) != 2 {
			t.Fatalf("%d runs", len(b.notes.runs))
		}
		for i := range 2 {
			b.again(i)
			grew := false
			for _, tick := range b.notes.ticks[i] {
				grew = grew || tick.Decision.Desired > 3
			}
			if !grew {
				t.Errorf("run %d never grew: the test tells nothing", i)
			}
		}
	})

	story(t, "with every deed that concerns a policy", func(t *testing.T) {
		b := open(t, &paperRig{boot: 300 * time.Millisecond, noise: rand.New(rand.NewPCG(3, 4))}, nil)
		time.Sleep(2500 * time.Millisecond)
		b.turn("policy", "cooldown", "7s")
		b.load("on")
		for i, deed := range []lab.Action{
			{Kind: lab.ActSet, Target: "load", Name: "rate", To: "90"},
			{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "25"},
			{Kind: lab.ActSet, Target: "policy", Name: "metric", To: "rps"},
			{Kind: lab.ActSet, Target: "fleet", Name: "max", To: "4"},
			{Kind: lab.ActAutoscale, To: "off"},
			{Kind: lab.ActScale, To: "2"},
			{Kind: lab.ActAutoscale, To: "on"},
			{Kind: lab.ActPolicy, To: "manual"},
			{Kind: lab.ActScale, To: "1"},
			{Kind: lab.ActPolicy, To: "threshold"},
			{Kind: lab.ActSet, Target: "load", Name: "rate", To: "5"},
		} {
			time.Sleep(time.Duration(4000+137*i) * time.Millisecond)
			b.send(deed)
		}
		time.Sleep(30 * time.Second)
		b.close()
		rec := b.notes.record(0)
		again, err := policy.Redecide(rec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rec.Ticks, again); diff != "" {
			t.Errorf("decided otherwise (-recorded +again):\n%s", diff)
		}
		changes := 0
		for i := 1; i < len(again); i++ {
			if again[i].Decision.Desired != again[i-1].Decision.Desired {
				changes++
			}
		}
		if changes < 6 {
			t.Errorf("only %d changes of desired: the test tells nothing", changes)
		}
	})
}
