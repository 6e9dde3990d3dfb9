package run

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
	"autoscale-lab/ui/cli/show"
)

// seriesHelp is what --repeat and several --policy do.
const seriesHelp = "With --repeat, or several --policy, each policy is run so many times under the identical load, each run with fresh processes and a run of its own in the history; the order is shuffled round by round, by the seed, so that a machine that gets slower is nobody's fault. At the end come the medians, and what may be said of the policies. " +
	"Ctrl-C keeps the run under way and begins no other; so does a run that fails. --expect holds for each."

// batch is what one command carries out.
type batch struct {
	variants    []flags.Variant
	repeat      int         // runs of each
	script      *lab.Script // the load of another run; nil: their own
	length      time.Duration
	title       string
	expected    []expectation
	json, ascii bool
	db          string
}

// turn is one run of a batch.
type turn struct{ variant, number int }

// order is the runs in rounds of each variant once, each round shuffled by the
// seed.
func (b *batch) order() []turn {
	r := rand.New(rand.NewPCG(b.variants[0].Seed, 0))
	var out []turn
	for n := range b.repeat {
		for _, v := range r.Perm(len(b.variants)) {
			out = append(out, turn{v, n + 1})
		}
	}
	return out
}

// label is what a variant is called: its policy as it was given, and its letter
// if another was given alike.
func (b *batch) label(v int) string {
	label := shell.Cut(lab.Clean(b.variants[v].Given), 48)
	for i := range b.variants {
		if i != v && b.variants[i].Given == b.variants[v].Given {
			return label + " " + show.Letter(v+1)
		}
	}
	return label
}

// name is what the run of a turn is called: TITLE POLICY 2/5.
func (b *batch) name(t turn) string {
	var words []string
	if b.title != "" {
		words = append(words, b.title)
	}
	if b.title == "" || len(b.variants) > 1 {
		words = append(words, b.label(t.variant))
	}
	if b.repeat > 1 {
		words = append(words, fmt.Sprintf("%d/%d", t.number, b.repeat))
	}
	return strings.Join(words, " ")
}

// done is what has been carried out of a batch.
type done struct {
	runs  []lab.Run // in the order they were made
	sides [][]int64 // their numbers by variant
	stop  error     // why it is not all
}

// carryOutSeries carries several runs out.
func (s *verbs) carryOutSeries(ctx context.Context, notes []string, b *batch) error {
	switch {
	case len(b.variants) > report.MostSides:
		return &lab.InputError{Field: "--policy", Value: b.variants[report.MostSides].Given, Want: fmt.Sprintf("at most %d policies: more cannot be told apart side by side", report.MostSides)}
	case b.length <= 0:
		return &lab.InputError{Field: "--duration", Value: "0s", Want: "a length: the runs of a series must end by themselves"}
	}
	s.Notes(notes)
	d := done{sides: make([][]int64, len(b.variants))}
	var p *shell.Progress
	said := map[string]bool{}
	status := func(text string) { // once, not for each run
		if !said[text] {
			said[text] = true
			p.End()
			s.Status(b.json)(text)
		}
	}
	token, turns := strings.ToLower(crand.Text()[:12]), b.order()
	var spent time.Duration
	disappointed := false
	for i, t := range turns {
		e := b.variants[t.variant].Experiment
		e.Name, e.Series = b.name(t), token+"-"+strings.ToLower(show.Letter(t.variant+1)) // A/A has two series of one setup
		each := b.length
		if i > 0 {
			each = max(each, spent/time.Duration(i))
		}
		p = s.Progress(b.length, b.ascii, b.json)
		p.Among(i+1, len(turns), b.label(t.variant), each*time.Duration(len(turns)-i-1))
		began := time.Now()
		r, err := s.d.Run(ctx, e, b.script, b.db, status, p.Tick)
		p.End()
		spent += time.Since(began)
		if r.Began.IsZero() && len(d.runs) == 0 {
			return shell.Until(ctx, err) // nothing has run
		}
		if !r.Began.IsZero() {
			d.runs = append(d.runs, r)
			d.sides[t.variant] = append(d.sides[t.variant], r.ID)
			if !b.json {
				s.oneLine(i+1, len(turns), &r)
			}
		}
		if d.stop = s.verdict(ctx, &r, nil, err); d.stop != nil {
			break
		}
		if s.disappointed(&r, b.expected, fmt.Sprintf("run %d: ", r.ID)) {
			disappointed = true
		}
	}
	if err := s.conclude(ctx, b, &d, len(turns)); err != nil {
		return err
	}
	if d.stop == nil && disappointed {
		return shell.ErrSaid
	}
	return d.stop
}

// oneLine is a run among others.
func (s *verbs) oneLine(i, n int, r *lab.Run) {
	sum := &r.Summary
	fmt.Fprintf(s.Out, "%d/%d  %s  p95 %s ms  errors %s %%  mean ready %s  scaled %d\n",
		i, n, show.Title(r), shell.Figure(sum.Latency.P95), shell.Figure(sum.ErrorPct), shell.Figure(sum.Instances.Mean), sum.Scale.Up+sum.Scale.Down)
}

type batchJSON struct {
	Runs       []show.Run      `json:"runs"` // in the order they were made
	Comparison json.RawMessage `json:"comparison"`
}

// conclude prints what a batch came to.
func (s *verbs) conclude(ctx context.Context, b *batch, d *done, n int) error {
	var c *report.Comparison
	if d.stop == nil {
		groups, err := s.d.Load(ctx, b.db, d.sides...)
		if err != nil {
			return err
		}
		all := report.CompareGroups(groups)
		c = &all
	}
	if b.json {
		out := batchJSON{Runs: []show.Run{}}
		for i := range d.runs {
			out.Runs = append(out.Runs, show.RunOf(&d.runs[i]))
		}
		if c != nil && len(b.variants) > 1 {
			text, err := c.JSON()
			if err != nil {
				return err
			}
			out.Comparison = text
		}
		return s.PrintJSON(out)
	}
	if c == nil {
		fmt.Fprintf(s.Out, "stopped: %d of %d runs are not made\n", n-len(d.runs), n)
		return nil
	}
	fmt.Fprintln(s.Out)
	s.medians(b, c)
	sides := make([]string, len(d.sides))
	for i := range d.sides {
		sides[i] = report.SpellSide(d.sides[i])
	}
	if len(sides) > 1 {
		fmt.Fprintln(s.Out)
		show.Comparison(s.Stdio, c)
		shell.Line(s.Out, "compare", "%s history compare %s", shell.Name, strings.Join(sides, " "))
	} else if b.script != nil {
		shell.Line(s.Out, "compare", "%s history compare %d %s", shell.Name, b.script.Run, sides[0])
	}
	return nil
}

// mainFigures are those that a line of each policy has room for.
var mainFigures = []string{"score", "latency_ms.p95", "slo.violation_pct", "error_pct", "instance_seconds", "instances.mean", "oscillations"}

// medians prints a line for each policy.
func (s *verbs) medians(b *batch, c *report.Comparison) {
	head := []string{"", "POLICY", ">RUNS"}
	var figures []*report.Metric
	for _, name := range mainFigures {
		for i := range c.Metrics {
			if m := &c.Metrics[i]; m.Name == name {
				head, figures = append(head, ">"+m.Label), append(figures, m)
			}
		}
	}
	t := shell.Columns(head...)
	for i := range c.Sides {
		row := []string{c.Sides[i].Letter, b.label(i), strconv.Itoa(len(c.Sides[i].Runs))}
		for _, m := range figures {
			row = append(row, m.Show(m.Value(i)))
		}
		t.Row(row...)
	}
	if b.repeat > 1 {
		fmt.Fprintln(s.Out, s.Bold("medians"))
	}
	t.Print(s.Out, s.Bold)
}
