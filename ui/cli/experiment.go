package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	words "mvdan.cc/sh/v3/shell"

	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/policy"
)

// text is a flag's value as it was typed; what it means is decided once all
// flags are known.
type text struct {
	is    []string
	list  bool   // may be given again
	kind  string // what the help calls it
	given bool   // is holds no default
}

func (t *text) String() string { return strings.Join(t.is, " ") }
func (t *text) Type() string   { return t.kind }
func (t *text) Set(s string) error {
	if !t.list || !t.given {
		t.is = nil
	}
	t.is, t.given = append(t.is, s), true
	return nil
}

// flags adds flags in groups.
type flags struct {
	*pflag.FlagSet
	group string // heading in the help for those added from now on
}

func flagsOf(c *cobra.Command) *flags {
	c.Flags().SortFlags = false
	return &flags{FlagSet: c.Flags()}
}

const groupNote = "group"

func (f *flags) note(name string) { f.SetAnnotation(name, groupNote, []string{f.group}) }

// text adds a flag that takes a text; def is shown as the default.
func (f *flags) text(name, kind, def, usage string) *text {
	t := &text{kind: kind}
	if def != "" {
		t.is = []string{def}
	}
	short := ""
	if name == "out" {
		short = "o" // the one that everybody expects
	}
	f.VarP(t, name, short, usage)
	f.note(name)
	return t
}

// many adds a flag that may be repeated.
func (f *flags) many(name, kind, usage string) *text {
	t := f.text(name, kind, "", usage)
	t.list = true
	return t
}

func (f *flags) truth(name, usage string) *bool {
	v := f.Bool(name, false, usage)
	f.note(name)
	return v
}

// knobs adds a flag for each knob, with the knob's value as its default.
func (f *flags) knobs(knobs []lab.Knob, names ...string) {
	for _, name := range names {
		k, ok := lab.Find(knobs, name)
		if !ok {
			panic("cli: no knob " + name)
		}
		kind := map[lab.KnobKind]string{lab.Number: "N", lab.Duration: "TIME", lab.Choice: strings.Join(k.Choices, "|")}[k.Kind]
		if k.Unit == "core" {
			kind = "CORES"
		}
		f.text(name, kind, k.Spec(), k.Help)
		if def := k.Spec(); strings.HasSuffix(def, "m0s") {
			f.Lookup(name).DefValue = strings.TrimSuffix(def, "0s")
		}
	}
}

// turn sets those of the named knobs whose flags were given.
func (f *flags) turn(t lab.Tunable, names ...string) error {
	for _, name := range names {
		if !f.Changed(name) {
			continue
		}
		if err := t.Set(name, f.Lookup(name).Value.String()); err != nil {
			return flagged(f.FlagSet, asInput(err))
		}
	}
	return nil
}

func asInput(err error) *lab.InputError {
	var e *lab.InputError
	if errors.As(err, &e) {
		return e
	}
	return &lab.InputError{Field: "input", Want: err.Error()}
}

const day = 24 * 3600

// dials are the settings of an experiment that are not turned while it runs.
func dials(e *lab.Experiment) lab.Panel {
	f := &e.Fleet
	return lab.Panel{
		lab.DialDuration(lab.Knob{Name: "interval", Help: "time between two decisions", Min: 0.1, Max: 60}, &e.Interval),
		lab.DialDuration(lab.Knob{Name: "duration", Help: "length of the run; 0 s: until it is stopped", Min: 0, Max: 7 * day}, &e.Duration),
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
	builtinDials = []string{"queue", "workers", "work-dist"}
	otherDials   = []string{"interval", "duration", "timeout", "slo", "price", "port", "base-port", "start-timeout", "drain", "hang-kill"}
	appOnly      = []string{"env", "cwd", "ready-path"}
)

// setup is the flags from which an experiment is made.
type setup struct {
	*flags
	e                    lab.Experiment
	policy, load         *text
	shadows              *text
	speed                float64
	notes                []string // on what the flags said
	balance, seed        *text
	app, env, cwd, ready *text
	algorithms           []string
}

func (s *shell) setup(c *cobra.Command, e lab.Experiment) *setup {
	f := flagsOf(c)
	e.Price = cmp.Or(e.Price, lab.DefaultPrice)
	u := &setup{flags: f, e: e, algorithms: s.d.Algorithms, speed: max(e.Speed, 1)}
	f.group = "Experiment"
	u.policy = f.text("policy", "KIND", e.Policy, "scaling policy, with its knobs: threshold:upper=40,lower=20 (see policies); or @FILE: a manifest of Kubernetes, KEDA or AWS")
	u.shadows = f.many("shadow", "KIND", "another policy that is given the same samples and does not feel its own decisions (repeatable)")
	f.knobs(speedDial(&u.speed).Knobs(), "speed")
	u.load = f.text("load", "KIND", e.Load, "load, with its knobs: constant:rate=60, closed:threads=20, none (see shapes)")
	u.balance = f.text("balance", "NAME", e.Balance, "balancing algorithm: "+strings.Join(s.d.Algorithms, ", "))
	f.knobs(dials(&e).Knobs(), "duration", "interval", "timeout", "slo", "price")
	u.seed = f.text("seed", "N", strconv.FormatUint(e.Seed, 10), "seed of everything random")

	f.group = "Instances"
	f.knobs(e.Fleet.Knobs(), "min", "max", "size", "work", "boot")
	f.knobs(dials(&e).Knobs(), "queue", "workers", "work-dist", "drain", "hang-kill", "port", "base-port")

	f.group = "Your own app"
	u.app = f.text("app", "'CMD {port}'", "", "command of one instance, an argument list; PORT is set too; --size is 1 then")
	u.env = f.many("env", "K=V", "its environment, beside the present one (repeatable)")
	u.cwd = f.text("cwd", "DIR", "", "its working directory")
	u.ready = f.text("ready-path", "PATH", e.Fleet.ReadyPath, "path that answers below 500 once it is ready")
	f.knobs(dials(&e).Knobs(), "start-timeout")

	presets(c)
	complete(c, "policy", policy.Names())
	complete(c, "shadow", policy.Names())
	complete(c, "load", loadNames())
	complete(c, "balance", s.d.Algorithms)
	complete(c, "work-dist", []string{"fixed", "exp"})
	return u
}

// variant is an experiment under one of the policies that were named.
type variant struct {
	lab.Experiment
	policy string // as it was given
}

// experiment is what the flags say, all of it checked but for the user's own
// app, which the fleet looks at.
func (u *setup) experiment() (lab.Experiment, error) {
	all, err := u.variants()
	if err != nil {
		return lab.Experiment{}, err
	}
	return all[0].Experiment, nil
}

// variants is the experiment under each policy that the flags name. What no
// flag says is as in the one that the setup was made from.
func (u *setup) variants() ([]variant, error) {
	e := u.e
	for _, step := range []func(*lab.Experiment) error{u.ownApp, u.fleet, u.specs} {
		if err := step(&e); err != nil {
			return nil, err
		}
	}
	texts := []string{e.Policy}
	if u.Changed("policy") {
		texts, e.ByHand = u.policy.is, false
	}
	var out []variant
	for _, text := range texts {
		v := variant{Experiment: e}
		if err := u.decidedBy(&v, text); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (u *setup) fleet(e *lab.Experiment) error {
	if err := u.turn(&e.Fleet, fleetKnobs...); err != nil {
		return err
	}
	if err := u.turn(dials(e), otherDials...); err != nil {
		return err
	}
	if len(e.Fleet.App) == 0 {
		if err := u.turn(&e.Fleet, builtinKnobs...); err != nil {
			return err
		}
		if err := u.turn(dials(e), builtinDials...); err != nil {
			return err
		}
	}
	if err := e.Fleet.Check(); err != nil {
		return flagged(u.FlagSet, asInput(err))
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
func (u *setup) specs(e *lab.Experiment) error {
	if u.Changed("load") {
		e.Load = u.load.String()
	}
	if u.Changed("balance") {
		e.Balance = u.balance.String()
	}
	if err := u.turn(speedDial(&u.speed), "speed"); err != nil {
		return err
	}
	if u.Changed("speed") {
		e.Speed = u.speed
	}
	if u.Changed("shadow") {
		e.Shadows = nil
	}
	for _, text := range u.shadows.is {
		a, err := askPolicy("shadow", text)
		if err != nil {
			return err
		}
		e.Shadows = append(e.Shadows, a.spec)
		u.notes = append(u.notes, a.notes...)
	}
	if _, err := load.Parse(e.Load, load.Defaults{Seed: e.Seed, Timeout: e.Timeout, MaxInFlight: e.MaxInFlight}); err != nil {
		return ofFlag("load", err)
	}
	if !slices.Contains(u.algorithms, e.Balance) {
		return lab.NotOneOf("--balance", e.Balance, u.algorithms)
	}
	return nil
}

// decidedBy has a policy decide. A manifest's limits hold where --min and --max
// do not say otherwise.
func (u *setup) decidedBy(v *variant, text string) error {
	e := &v.Experiment
	main, err := askPolicy("policy", text)
	if err != nil {
		return err
	}
	e.Policy, v.policy = main.spec, main.given
	u.notes = append(u.notes, main.notes...)
	if l := main.limits; l != nil {
		if !u.Changed("min") {
			e.Fleet.Min = l.Min
		}
		if !u.Changed("max") {
			e.Fleet.Max = l.Max
		}
	}
	if err := e.Fleet.Check(); err != nil {
		return flagged(u.FlagSet, asInput(err))
	}
	p, err := policy.PilotOf(e)
	if err == nil {
		err = p.SetNone(e.Fleet.Min == 0)
	}
	if err != nil && main.limits != nil && e.Fleet.Min == 0 && !u.Changed("min") {
		e.Fleet.Min, err = 1, nil
		u.notes = append(u.notes, "min 0 is taken as 1: under "+p.Kind()+" nothing would bring the first instance back")
	}
	if err != nil {
		return flagged(u.FlagSet, asInput(err))
	}
	return nil
}

// speedDial is how many times as fast a policy's periods and windows pass.
func speedDial(speed *float64) lab.Panel {
	return lab.Panel{lab.DialFloat(lab.Knob{Name: "speed", Kind: lab.Number, Help: "every period and window of the policies is divided by it; starting and answering take what they take", Min: 1, Max: policy.MaxSpeed}, speed)}
}

// ofFlag says by which flag a wrong spec came in.
func ofFlag(flag string, err error) error {
	e := *asInput(err)
	if e.Field == "policy" || e.Field == flag { // of its kind
		e.Field = ""
	}
	e.Field = strings.TrimSpace("--" + flag + " " + e.Field)
	return &e
}

// ownApp reads the flags of the user's own command.
func (u *setup) ownApp(e *lab.Experiment) error {
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
	for _, name := range slices.Concat(builtinKnobs, builtinDials) {
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
		f.Env = u.env.is
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

// presets names the workbench's lengths of --boot and offers them.
func presets(c *cobra.Command) {
	c.Flag("boot").Usage += "; presets: none, pod 20 s, vm 120 s"
	complete(c, "boot", []string{"0s\tnone", "20s\tpod", "120s\tvm"})
}

// complete offers words for a flag's value.
func complete(c *cobra.Command, flag string, words []string) {
	c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}
