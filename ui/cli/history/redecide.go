package history

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/lab/policy"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/series"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
	"autoscale-lab/ui/cli/show"
)

// caveat is true of all that is decided again.
const caveat = "A policy that decides a run again does not feel its own decisions: it reads what was measured while others decided."

// shownChanges is how many changes are printed; --json has all.
const shownChanges = 40

func (s *verbs) redecide() *cobra.Command {
	c := &cobra.Command{
		Use: "redecide ID", Short: "what other policies would have decided in a run", Args: flags.RunIDs(1, 1),
		Long: "Gives each policy the samples of the run, in order, and shows what it would have wished for against what was. " + caveat +
			" So each step of it begins at what there really was: a policy that acts seldom asks for its step, and is back there at the next sample.",
		Example: `autoscale-lab history redecide 42 --policy hpa:target=60
autoscale-lab history redecide 42 --policy hpa --policy aws-target --policy @hpa.yaml --json`,
	}
	f := flags.Of(c)
	specs := f.Many("policy", "KIND", "a policy with its knobs, or @FILE: a vendor's manifest (repeatable)")
	flags.Complete(c, "policy", policy.Names())
	speed, limits := 1.0, lab.Limits{Max: flags.MostInstances}
	dial := append(flags.LimitDials(&limits), flags.SpeedDial(&speed)...)
	dial[0].Help, dial[1].Help = "fewest instances, instead of the run's limits", "most instances, instead of the run's limits"
	f.Knobs(dial.Knobs(), "min", "max", "speed")
	for name, def := range map[string]string{"min": "", "max": "", "speed": "the run's"} {
		f.Lookup(name).DefValue = def
	}
	asJSON := f.Truth("json", "print all as JSON")
	db := f.Place()
	var asked []flags.Policy
	s.noted(c, db, func(ctx context.Context, h Notebook, args []string) error {
		rec, err := h.Load(ctx, flags.ParseIDs(args)[0])
		if err != nil {
			return err
		}
		own := limits
		r := redecided{rec: &rec, speed: speed, was: report.Recorded(&rec)}
		if !f.Changed("speed") {
			r.speed = rec.Run.Experiment.Speed
		}
		if len(r.was) == 0 {
			return noSamples(&rec)
		}
		for _, a := range asked {
			if err := r.decide(a, f.LimitsOver(a.Limits, own, report.RunTicks(&rec)[0].Sample.Limits)); err != nil {
				return err
			}
		}
		if *asJSON {
			return s.PrintJSON(r.object())
		}
		s.redecided(&r)
		return nil
	})
	inner := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.Turn(dial, "min", "max", "speed"); err != nil {
			return err
		}
		if f.Changed("min") && limits.Min > limits.Max {
			return &lab.InputError{Field: "--min", Value: fmt.Sprint(limits.Min), Want: fmt.Sprintf("at most max, which is %d", limits.Max)}
		}
		if len(specs.Values) == 0 {
			return &lab.InputError{Field: "--policy", Want: "a policy, such as hpa:target=60 (repeatable)"}
		}
		for _, text := range specs.Values {
			a, err := flags.ParsePolicy("policy", text)
			if err != nil {
				return err
			}
			asked = append(asked, a)
		}
		for _, a := range asked {
			s.Notes(a.Notes)
		}
		return inner(c, args)
	}
	return c
}

// redecided is a run, and what policies would have decided in it.
type redecided struct {
	rec   *lab.Record
	speed float64
	was   []lab.Decision
	by    []byPolicy
}

type byPolicy struct {
	given, spec string
	limits      lab.Limits // of the last tick
	decisions   []lab.Decision
}

func (r *redecided) decide(a flags.Policy, limits *lab.Limits) error {
	kind, rule, err := policy.Parse(a.Spec)
	if err != nil {
		return err
	}
	if err := CanRedecide(r.rec, kind, rule); err != nil {
		return flags.From("policy", err)
	}
	b := byPolicy{given: a.Given, spec: lab.SpecOf(kind, rule).String()}
	if b.decisions, err = policy.Over(*r.rec, a.Spec, r.speed, limits); err != nil {
		return err
	}
	if b.limits = r.rec.Ticks[len(r.rec.Ticks)-1].Sample.Limits; limits != nil {
		b.limits = *limits
	}
	r.by = append(r.by, b)
	return nil
}

func noSamples(rec *lab.Record) error {
	return &lab.InputError{Field: "run", Value: fmt.Sprint(rec.Run.ID), Want: "a run with ticks: of this one none were recorded"}
}

// CanRedecide refuses what cannot be decided again, with a *lab.InputError: a run
// without samples; a program of the user's; and a policy on requests in flight where the series that the run was made of had
// none, for it would read 0. (Whatever else is not known a Sample says.)
func CanRedecide(rec *lab.Record, kind string, rule policy.Rule) error {
	if len(report.RunTicks(rec)) == 0 {
		return noSamples(rec)
	}
	if kind == "exec" {
		return &lab.InputError{Field: "policy", Value: kind, Want: "another kind: your own program is asked only while the lab runs"}
	}
	if rec.Run.Rig != series.Rig || slices.ContainsFunc(rec.Ticks, func(t lab.Tick) bool { return t.Sample.Front.Busy > 0 }) {
		return nil
	}
	for _, k := range rule.Knobs() {
		if strings.Contains(k.Text, lab.MetricInFlight.Name) || strings.Contains(k.Text, "concurrency") {
			return &lab.InputError{Field: kind + "." + k.Name, Value: k.Text, Want: "a metric that the run has: its series had no in_flight"}
		}
	}
	return nil
}

type desiredJSON struct {
	Policy          string       `json:"policy"`
	Min             *int         `json:"min,omitempty"`
	Max             *int         `json:"max,omitempty"`
	Mean            float64      `json:"desired_mean"`
	Peak            int          `json:"desired_peak"`
	InstanceSeconds float64      `json:"desired_instance_seconds"`
	Up              int          `json:"up_events"`
	Down            int          `json:"down_events"`
	Apart           *float64     `json:"apart_s,omitempty"`
	FirstApart      *float64     `json:"first_apart_s,omitempty"`
	Changes         []changeJSON `json:"changes"`
}

type changeJSON struct {
	At     float64 `json:"at_s"`
	From   int     `json:"from"`
	To     int     `json:"to"`
	Reason string  `json:"reason"`
}

type redecidedJSON struct {
	Run      int64         `json:"run"`
	Caveat   string        `json:"caveat"`
	Duration float64       `json:"duration_s"`
	Speed    float64       `json:"speed"`
	Was      desiredJSON   `json:"was"`
	Policies []desiredJSON `json:"policies"`
}

func desiredObject(policy string, d report.Desired) desiredJSON {
	out := desiredJSON{Policy: policy, Mean: d.Mean, Peak: d.Peak, InstanceSeconds: d.InstanceSeconds, Up: d.Up, Down: d.Down, Changes: []changeJSON{}}
	for _, c := range d.Changes {
		out.Changes = append(out.Changes, changeJSON{c.At.Seconds(), c.From, c.To, c.Reason})
	}
	return out
}

func (r *redecided) object() redecidedJSON {
	run := &r.rec.Run
	out := redecidedJSON{Run: run.ID, Caveat: caveat, Duration: run.Duration.Seconds(), Speed: max(r.speed, 0), Policies: []desiredJSON{}}
	if out.Speed == 0 {
		out.Speed = 1
	}
	out.Was = desiredObject(run.Experiment.Policy, report.DesiredOf(r.rec, r.was, nil))
	for _, b := range r.by {
		d := report.DesiredOf(r.rec, b.decisions, r.was)
		o := desiredObject(b.spec, d)
		apart := d.Apart.Seconds()
		o.Min, o.Max, o.Apart = &b.limits.Min, &b.limits.Max, &apart
		if d.Apart > 0 {
			first := d.FirstApart.Seconds()
			o.FirstApart = &first
		}
		out.Policies = append(out.Policies, o)
	}
	return out
}

// redecided prints it for people.
func (s *verbs) redecided(r *redecided) {
	w, run := s.Out, &r.rec.Run
	fmt.Fprintf(w, "%s\n%s\n", s.Bold(show.Title(run)), caveat)
	if run.Rig == series.Rig {
		fmt.Fprintf(w, "It has a row every %s: nothing is decided more often.\n", numeral.Length(run.Experiment.Interval))
	}
	if r.speed > 0 && r.speed != 1 {
		fmt.Fprintf(w, "Speed %g: periods and windows of the policies are divided by it.\n", r.speed)
	}
	all := []report.Desired{report.DesiredOf(r.rec, r.was, nil)}
	for _, b := range r.by {
		all = append(all, report.DesiredOf(r.rec, b.decisions, r.was))
	}
	peak := 1.0
	for _, d := range all {
		peak = max(peak, slices.Max(append(d.Spark, 0)))
	}
	fmt.Fprintln(w)
	t := shell.Columns("", "DESIRED", ">MEAN", ">PEAK", ">INSTANCE-S", ">UP", ">DOWN", "DIFFERS", "POLICY")
	for i, d := range all {
		letter, what, apart := "was", shell.Cut(lab.Clean(run.Policy), 48), ""
		if i > 0 {
			letter, what, apart = show.Letter(i), shell.Cut(lab.Clean(r.by[i-1].given), 48), "never"
			if d.Apart > 0 {
				apart = fmt.Sprintf("%s, first at %s", numeral.Length(d.Apart), stamp(d.FirstApart))
			}
		}
		t.Row(letter, bars(d.Spark, peak), shell.Figure(&d.Mean), fmt.Sprint(d.Peak), numeral.Count(int64(d.InstanceSeconds+.5)), fmt.Sprint(d.Up), fmt.Sprint(d.Down), apart, what)
	}
	t.Print(w, s.Bold)
	s.changes(r)
}

// changes prints a row for each moment at which somebody's wish changed.
func (s *verbs) changes(r *redecided) {
	head := []string{">TIME", ">WAS"}
	for i := range r.by {
		head = append(head, ">"+show.Letter(i+1))
	}
	t := shell.Columns(append(head, "WHY")...)
	ticks := report.RunTicks(r.rec)
	n := 0
	for i := range ticks {
		row := []string{stamp(ticks[i].Sample.At - r.rec.Run.Origin), fmt.Sprint(r.was[i].Desired)}
		changed, why := false, []string(nil)
		note := func(letter string, of []lab.Decision) {
			before := ticks[i].Sample.Desired
			if i > 0 {
				before = of[i-1].Desired
			}
			if of[i].Desired != before {
				changed = true
				why = append(why, letter+": "+lab.Clean(of[i].Reason))
			}
		}
		note("was", r.was)
		for k, b := range r.by {
			row = append(row, fmt.Sprint(b.decisions[i].Desired))
			note(show.Letter(k+1), b.decisions)
		}
		if !changed {
			continue
		}
		if n++; n <= shownChanges {
			t.Row(append(row, shell.Cut(strings.Join(why, "; "), 100))...)
		}
	}
	fmt.Fprintln(s.Out)
	if n == 0 {
		fmt.Fprintln(s.Out, "nobody's wish ever changed")
		return
	}
	t.Print(s.Out, s.Bold)
	if n > shownChanges {
		fmt.Fprintf(s.Out, "… and %d more moments (--json has all)\n", n-shownChanges)
	}
}

// stamp is a run time: 07:05, 1:07:05.
func stamp(d time.Duration) string {
	n := int(d.Seconds())
	if n >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
	return fmt.Sprintf("%02d:%02d", n/60, n%60)
}

// bars draws values from 0 to most.
func bars(values []float64, most float64) string {
	const levels = "▁▂▃▄▅▆▇█"
	marks := []rune(levels)
	out := make([]rune, len(values))
	for i, v := range values {
		out[i] = marks[max(0, min(len(marks)-1, int(v/most*float64(len(marks))+1e-6)))]
	}
	return string(out)
}
