package lab

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fleet is what instances are and how many there may be.
type Fleet struct {
	Min, Max int
	Size     float64       // cores of one instance
	Work     time.Duration // CPU time of one request
	Boot     time.Duration // how long an instance burns CPU, within its size, before it is ready
	Queue    int           // requests an instance lets wait
	Workers  int           // requests an instance works on at once
	WorkDist string        // fixed | exp

	App          []string // the user's own command; empty: the built-in app
	Env          []string // K=V
	Cwd          string
	ReadyPath    string
	StartTimeout time.Duration
	DrainLimit   time.Duration
	HangKill     time.Duration
	BasePort     int
}

// Knobs are what can be turned while the lab runs.
func (f *Fleet) Knobs() []Knob { return f.panel().Knobs() }

// Set turns one of them.
func (f *Fleet) Set(name, text string) error { return f.panel().Set(name, text) }

// Check tells whether the knobs agree with one another.
func (f *Fleet) Check() error {
	if f.Min > f.Max {
		return &InputError{Field: "min", Value: fmt.Sprint(f.Min), Want: fmt.Sprintf("at most max, which is %d", f.Max)}
	}
	return nil
}

// MaxInstances is the most instances a lab starts on one machine.
const MaxInstances = 100

func (f *Fleet) panel() Panel {
	p := Panel{
		DialInt(Knob{Name: "min", Label: "min", Help: "fewest instances; 0 under a policy that goes to zero", Max: MaxInstances}, &f.Min),
		DialInt(Knob{Name: "max", Label: "max", Help: "most instances", Min: 1, Max: MaxInstances}, &f.Max),
	}
	if len(f.App) > 0 {
		return append(p, DialFloat(Knob{Name: "size", Label: "size", Unit: "core", Help: "cores an instance should use; not enforced on your own command", Min: 0.05, Max: 64, Step: 0.05, Applies: AppliesToNew}, &f.Size))
	}
	return append(p,
		DialFloat(Knob{Name: "size", Label: "size", Unit: "core", Help: "cores an instance keeps itself within: its capacity is size/work requests a second", Min: 0.05, Max: 1, Step: 0.05, Applies: AppliesToNew}, &f.Size),
		DialDuration(Knob{Name: "work", Label: "work", Unit: "ms", Help: "CPU time one request takes", Min: 0.0001, Max: 10, Step: 0.001, Applies: AppliesToNew}, &f.Work),
		DialDuration(Knob{Name: "boot", Label: "boot", Help: "how long an instance burns CPU, within its size, before it is ready", Min: 0, Max: 600, Step: 1, Applies: AppliesToNew}, &f.Boot),
	)
}

// Capacity is the requests/s one instance of the built-in app carries; 0 for
// the user's own command, of which it is not known.
func (f *Fleet) Capacity() float64 {
	if len(f.App) > 0 || f.Work <= 0 {
		return 0
	}
	return f.Size / f.Work.Seconds()
}

// Experiment is everything a run is set up from.
type Experiment struct {
	Name        string
	Policy      string   // spec
	Shadows     []string // specs of the policies that decide beside it, on the same samples
	Speed       float64  // every period and window of the policy is divided by it; 0: 1
	Load        string   // spec
	Balance     string
	ByHand      bool // autoscaling is off: the user scales
	Fleet       Fleet
	Port        int // of the balancer
	Interval    time.Duration
	Duration    time.Duration // 0: until stopped
	Timeout     time.Duration // of one request of our own load
	SLO         time.Duration // latency target
	MaxInFlight int
	Seed        uint64
	Repeats     int64   // the run whose load and mishaps are given again; 0: none
	Series      string  // a token that repeats of one another have in common; "": made alone. No setting
	Calibrated  float64 // requests/s that one instance was found to carry; 0: it was not calibrated
	Price       float64 // of an hour of one instance; 0: DefaultPrice
}

// DefaultPrice is what an instance's hour costs unless said otherwise, in
// whatever currency.
const DefaultPrice = 0.10

// DefaultExperiment is what the workbench opens with: 15 requests/s are 30 %
// of one instance of 0.20 core at 4 ms.
func DefaultExperiment() Experiment {
	return Experiment{
		Policy: "threshold", Speed: 1, Load: "constant:rate=15", Balance: "least-connections",
		Fleet: Fleet{
			Min: 1, Max: 5, Size: 0.20, Work: 4 * time.Millisecond, Queue: 256, Workers: 1, WorkDist: "fixed",
			ReadyPath: "/", StartTimeout: 30 * time.Second, DrainLimit: 10 * time.Second, HangKill: 3 * time.Second, BasePort: 5000,
		},
		Port: 8000, Interval: time.Second, Timeout: 10 * time.Second, SLO: 200 * time.Millisecond, MaxInFlight: 10000,
	}
}

// Settings lists the experiment as dotted names and texts, for reports,
// comparison and JSON. The specs should be spelled whole (SpecOf).
func (e *Experiment) Settings() []Setting {
	var out []Setting
	spec := func(owner, text string) {
		s, err := ParseSpec(owner, text)
		if err != nil {
			s = Spec{Kind: text}
		}
		out = append(out, Setting{owner, s.Kind})
		for _, k := range s.Settings {
			out = append(out, Setting{owner + "." + k.Name, k.Text})
		}
	}
	spec("policy", e.Policy)
	if e.Speed > 0 && e.Speed != 1 {
		out = append(out, Setting{"speed", strconv.FormatFloat(e.Speed, 'g', -1, 64)})
	}
	if len(e.Shadows) > 0 {
		out = append(out, Setting{"shadows", strings.Join(e.Shadows, " ")})
	}
	if e.ByHand {
		out = append(out, Setting{"autoscale", "off"})
	}
	spec("load", e.Load)
	out = append(out, Setting{"balance", e.Balance})
	for _, k := range e.Fleet.Knobs() {
		out = append(out, Setting{"fleet." + k.Name, k.Spec()})
	}
	add := func(name string, v any) { out = append(out, Setting{name, fmt.Sprint(v)}) }
	if f := &e.Fleet; len(f.App) > 0 {
		add("fleet.app", strings.Join(f.App, " "))
		add("fleet.ready_path", f.ReadyPath)
		add("fleet.start_timeout", f.StartTimeout)
	} else {
		add("fleet.queue", f.Queue)
		add("fleet.workers", f.Workers)
		add("fleet.work_dist", f.WorkDist)
	}
	add("fleet.drain", e.Fleet.DrainLimit)
	add("fleet.hang_kill", e.Fleet.HangKill)
	add("interval", e.Interval)
	add("duration", cmp.Or(e.Duration.String(), "0s"))
	add("timeout", e.Timeout)
	add("slo", e.SLO)
	add("max_in_flight", e.MaxInFlight)
	add("seed", e.Seed)
	if e.Calibrated > 0 {
		add("calibrated", strconv.FormatFloat(e.Calibrated, 'g', 4, 64)+"/s")
	}
	if e.Price > 0 && e.Price != DefaultPrice {
		add("price", e.Price)
	}
	return out
}
