package flags

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	words "mvdan.cc/sh/v3/shell"

	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/policy"
)

// Dials are the settings of an experiment that are not turned while it runs.
func Dials(e *lab.Experiment) lab.Panel {
	f := &e.Fleet
	return lab.Panel{
		lab.DialDuration(lab.Knob{Name: "interval", Help: "time between two decisions", Min: 0.1, Max: 60}, &e.Interval),
		lab.DialDuration(lab.Knob{Name: "duration", Help: "length of the run; 0 s: until it is stopped", Min: 0, Max: 7 * 24 * 3600}, &e.Duration),
		lab.DialDuration(lab.Knob{Name: "timeout", Help: "time a request may take", Min: 0.001, Max: 600}, &e.Timeout),
		lab.DialDuration(lab.Knob{Name: "slo", Unit: "ms", Help: "latency target; a bare number is milliseconds", Min: 0.001, Max: 600}, &e.SLO),
		lab.DialFloat(lab.Knob{Name: "price", Help: "price of an instance's hour, in whatever currency", Kind: lab.Number, Min: 0.0001, Max: 1e6}, &e.Price),
		lab.DialInt(lab.Knob{Name: "port", Help: "port of the balancer; 0: any free one", Min: 0, Max: 65535}, &e.Port),
		lab.DialInt(lab.Knob{Name: "max-in-flight", Help: "most requests of an open load under way at once", Min: 1, Max: 1e6}, &e.MaxInFlight),
		lab.DialInt(lab.Knob{Name: "base-port", Help: "first port of the instances", Min: 1, Max: 65535}, &f.BasePort),
		lab.DialInt(lab.Knob{Name: "queue", Help: "requests an instance lets wait", Min: 1, Max: 1e6}, &f.Queue),
		lab.DialInt(lab.Knob{Name: "workers", Help: "requests an instance works on at once", Min: 1, Max: 1024}, &f.Workers),
		lab.DialChoice(lab.Knob{Name: "work-dist", Help: "how the work of requests varies", Choices: []string{"fixed", "exp"}}, &f.WorkDist),
		lab.DialDuration(lab.Knob{Name: "start-timeout", Help: "time an instance may take until it is ready", Min: 0.1, Max: 3600}, &f.StartTimeout),
		lab.DialDuration(lab.Knob{Name: "drain", Help: "time a leaving instance may take for what it has begun", Min: 0, Max: 600}, &f.DrainLimit),
		lab.DialDuration(lab.Knob{Name: "hang-kill", Help: "time after which an instance that does not answer is replaced", Min: 0.1, Max: 600}, &f.HangKill),
	}
}

var (
	fleetKnobs   = []string{"min", "max", "size"}
	builtinKnobs = []string{"work", "boot"}
	otherDials   = []string{"interval", "duration", "timeout", "slo", "price", "port", "base-port", "start-timeout", "drain", "hang-kill"}
	appOnly      = []string{"env", "cwd", "ready-path"}
)

// BuiltinDials are those of Dials that only the built-in app knows.
var BuiltinDials = []string{"queue", "workers", "work-dist"}

// Setup is the flags from which an experiment is made.
type Setup struct {
	*Set
	Base   lab.Experiment // what holds where no flag says otherwise
	Policy *Text
	Notes  []string // on what the flags said

	load, shadows        *Text
	speed                float64
	balance, seed        *Text
	app, env, cwd, ready *Text
	algorithms           []string
}

// NewSetup adds the flags to a verb, with e as what holds by default;
// algorithms are the names of those there are for balancing.
func NewSetup(c *cobra.Command, e lab.Experiment, algorithms []string) *Setup {
	f := Of(c)
	e.Price = cmp.Or(e.Price, lab.DefaultPrice)
	u := &Setup{Set: f, Base: e, algorithms: algorithms, speed: max(e.Speed, 1)}
	f.Group = "Experiment"
	u.Policy = f.Text("policy", "KIND", e.Policy, "scaling policy, with its knobs: threshold:upper=40,lower=20 (see policies); or @FILE: a manifest of Kubernetes, KEDA or AWS")
	u.shadows = f.Many("shadow", "KIND", "another policy that is given the same samples and does not feel its own decisions (repeatable)")
	f.Knobs(SpeedDial(&u.speed).Knobs(), "speed")
	u.load = f.Text("load", "KIND", e.Load, "load, with its knobs: constant:rate=60, closed:threads=20, none (see shapes)")
	u.balance = f.Text("balance", "NAME", e.Balance, "balancing algorithm: "+strings.Join(algorithms, ", "))
	f.Knobs(Dials(&e).Knobs(), "duration", "interval", "timeout", "slo", "price")
	u.seed = f.Text("seed", "N", strconv.FormatUint(e.Seed, 10), "seed of everything random")

	f.Group = "Instances"
	f.Knobs(e.Fleet.Knobs(), "min", "max", "size", "work", "boot")
	f.Knobs(Dials(&e).Knobs(), "queue", "workers", "work-dist", "drain", "hang-kill", "port", "base-port")

	u.addApp()
	Presets(c)
	Complete(c, "policy", policy.Names())
	Complete(c, "shadow", policy.Names())
	Complete(c, "load", LoadNames())
	Complete(c, "balance", algorithms)
	Complete(c, "work-dist", []string{"fixed", "exp"})
	return u
}

// NewInstance adds the flags of one instance and of the requests to it alone,
// with e as what holds by default. Of the Setup only Instance is to be asked.
func NewInstance(c *cobra.Command, e lab.Experiment) *Setup {
	u := &Setup{Set: Of(c), Base: e}
	u.Group = "Instance"
	u.Knobs(e.Fleet.Knobs(), "size", "work")
	u.Knobs(Dials(&e).Knobs(), "queue", "workers", "work-dist", "hang-kill", "base-port")
	u.addApp()
	u.Group = "Requests"
	u.Knobs(Dials(&e).Knobs(), "slo", "timeout")
	Complete(c, "work-dist", []string{"fixed", "exp"})
	return u
}

// addApp adds the flags of the user's own command.
func (u *Setup) addApp() {
	u.Group = "Your own app"
	u.app = u.Text("app", "'CMD {port}'", "", "command of one instance, an argument list; PORT is set too; --size is 1 then")
	u.env = u.Many("env", "K=V", "its environment, beside the present one (repeatable)")
	u.cwd = u.Text("cwd", "DIR", "", "its working directory")
	u.ready = u.Text("ready-path", "PATH", u.Base.Fleet.ReadyPath, "path that answers below 500 once it is ready")
	u.Knobs(Dials(&u.Base).Knobs(), "start-timeout")
}

// Variant is an experiment under one of the policies that were named.
type Variant struct {
	lab.Experiment
	Given string // the policy, as it was given
}

// Experiment is what the flags say, all of it checked but for the user's own
// app, which the fleet looks at.
func (u *Setup) Experiment() (lab.Experiment, error) {
	all, err := u.Variants()
	if err != nil {
		return lab.Experiment{}, err
	}
	return all[0].Experiment, nil
}

// Instance is the experiment as far as NewInstance has flags for it.
func (u *Setup) Instance() (lab.Experiment, error) {
	e := u.Base
	err := u.ownApp(&e)
	if err == nil {
		err = u.fleet(&e)
	}
	return e, err
}

// Variants is the experiment under each policy that the flags name. What no
// flag says is as in the one that the setup was made from.
func (u *Setup) Variants() ([]Variant, error) {
	e := u.Base
	for _, step := range []func(*lab.Experiment) error{u.ownApp, u.fleet, u.specs} {
		if err := step(&e); err != nil {
			return nil, err
		}
	}
	texts := []string{e.Policy}
	if u.Changed("policy") {
		texts, e.ByHand = u.Policy.Values, false
	}
	var out []Variant
	for _, text := range texts {
		v := Variant{Experiment: e}
		if err := u.decidedBy(&v, text); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (u *Setup) fleet(e *lab.Experiment) error {
	if err := u.Turn(&e.Fleet, fleetKnobs...); err != nil {
		return err
	}
	if err := u.Turn(Dials(e), otherDials...); err != nil {
		return err
	}
	if len(e.Fleet.App) == 0 {
		if err := u.Turn(&e.Fleet, builtinKnobs...); err != nil {
			return err
		}
		if err := u.Turn(Dials(e), BuiltinDials...); err != nil {
			return err
		}
	}
	if err := e.Fleet.Check(); err != nil {
		return Named(u.FlagSet, AsInput(err))
	}
	if u.Changed("seed") {
		n, err := strconv.ParseUint(u.seed.String(), 10, 64)
		if err != nil {
			return &lab.InputError{Field: "--seed", Value: u.seed.String(), Want: "a whole number, 0 or more"}
		}
		e.Seed = n
	}
	return nil
}

// specs reads load, balance, shadows and speed.
func (u *Setup) specs(e *lab.Experiment) error {
	if u.Changed("load") {
		e.Load = u.load.String()
	}
	if u.Changed("balance") {
		e.Balance = u.balance.String()
	}
	if err := u.Turn(SpeedDial(&u.speed), "speed"); err != nil {
		return err
	}
	if u.Changed("speed") {
		e.Speed = u.speed
	}
	if u.Changed("shadow") {
		e.Shadows = nil
	}
	for _, text := range u.shadows.Values {
		a, err := ParsePolicy("shadow", text)
		if err != nil {
			return err
		}
		e.Shadows = append(e.Shadows, a.Spec)
		u.Notes = append(u.Notes, a.Notes...)
	}
	if _, err := load.Parse(e.Load, load.Defaults{Seed: e.Seed, Timeout: e.Timeout, MaxInFlight: e.MaxInFlight}); err != nil {
		return From("load", err)
	}
	if !slices.Contains(u.algorithms, e.Balance) {
		return lab.NotOneOf("--balance", e.Balance, u.algorithms)
	}
	return nil
}

// decidedBy has a policy decide. A manifest's limits hold where --min and --max
// do not say otherwise.
func (u *Setup) decidedBy(v *Variant, text string) error {
	e := &v.Experiment
	main, err := ParsePolicy("policy", text)
	if err != nil {
		return err
	}
	e.Policy, v.Given = main.Spec, main.Given
	u.Notes = append(u.Notes, main.Notes...)
	if l := main.Limits; l != nil {
		if !u.Changed("min") {
			e.Fleet.Min = l.Min
		}
		if !u.Changed("max") {
			e.Fleet.Max = l.Max
		}
	}
	if err := e.Fleet.Check(); err != nil {
		return Named(u.FlagSet, AsInput(err))
	}
	p, err := policy.PilotOf(e)
	if err == nil {
		err = p.SetNone(e.Fleet.Min == 0)
	}
	if err != nil && main.Limits != nil && e.Fleet.Min == 0 && !u.Changed("min") {
		e.Fleet.Min, err = 1, nil
		u.Notes = append(u.Notes, "min 0 is taken as 1: under "+p.Kind()+" nothing would bring the first instance back")
	}
	if err != nil {
		return Named(u.FlagSet, AsInput(err))
	}
	return nil
}

// SpeedDial is how many times as fast a policy's periods and windows pass.
func SpeedDial(speed *float64) lab.Panel {
	return lab.Panel{lab.DialFloat(lab.Knob{Name: "speed", Kind: lab.Number, Help: "every period and window of the policies is divided by it; starting and answering take what they take", Min: 1, Max: policy.MaxSpeed}, speed)}
}

// ownApp reads the flags of the user's own command.
func (u *Setup) ownApp(e *lab.Experiment) error {
	f := &e.Fleet
	built := len(f.App) == 0
	if !u.Changed("app") && built {
		for _, name := range appOnly {
			if u.Changed(name) {
				return &lab.InputError{Field: "--" + name, Value: u.Lookup(name).Value.String(), Want: "--app 'COMMAND {port}' beside it"}
			}
		}
		return nil
	}
	for _, name := range slices.Concat(builtinKnobs, BuiltinDials) {
		if u.Changed(name) {
			return &lab.InputError{Field: "--" + name, Value: u.Lookup(name).Value.String(), Want: "no --app beside it: only the built-in app knows of it"}
		}
	}
	if built {
		f.Size = 1
	}
	if u.Changed("cwd") {
		f.Cwd = u.cwd.String()
	}
	if u.Changed("env") {
		f.Env = u.env.Values
	}
	if u.Changed("ready-path") {
		f.ReadyPath = u.ready.String()
	}
	if !u.Changed("app") {
		return nil
	}
	app, err := splitCommand(u.app.String())
	f.App = app
	return err
}

// splitCommand makes an argument list of a command line, without a shell:
// quotes and variables work, pipes and && do not. $PORT is {port}, since each
// instance has its own. Whether there is such a program the fleet finds out.
func splitCommand(line string) ([]string, error) {
	args, err := words.Fields(line, func(name string) string {
		if name == "PORT" {
			return "{port}"
		}
		return os.Getenv(name)
	})
	switch {
	case err != nil:
		return nil, &lab.InputError{Field: "--app", Value: line, Want: fmt.Sprintf("a program and its arguments, for no shell reads it (%v)", err)}
	case len(args) == 0:
		return nil, &lab.InputError{Field: "--app", Value: line, Want: "a command such as 'python3 app.py --port {port}'"}
	}
	return args, nil
}

// Presets names the workbench's lengths of --boot and offers them.
func Presets(c *cobra.Command) {
	c.Flag("boot").Usage += "; presets: none, pod 20 s, vm 120 s"
	Complete(c, "boot", []string{"0s\tnone", "20s\tpod", "120s\tvm"})
}

// LoadNames are the kinds of load.
func LoadNames() []string {
	names := []string{"closed"}
	for _, k := range load.Kinds() {
		names = append(names, k.Name)
	}
	return names
}
