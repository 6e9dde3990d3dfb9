package cli

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/capacity"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

func (s *verbs) calibrate() *cobra.Command {
	c := &cobra.Command{
		Use: "calibrate", Short: "find how many requests/s one instance carries here, and keep it", Args: flags.NoArgs,
		Long: fmt.Sprintf("Starts one instance and tries rates, each for a few seconds: the most is looked for at which the instance uses at most %.0f %% of its --size and p95 is within --slo. It takes about a minute on an otherwise idle machine. What is found is kept in the notebook: runs of the same instance on this machine, begun later, take their scores' demand from it. Ctrl-C keeps nothing.", 100*lab.DemandUtilization),
		Example: `autoscale-lab calibrate
autoscale-lab calibrate --size 0.5 --work 10ms --slo 100ms
autoscale-lab calibrate --app 'python3 app.py --port {port}' --ready-path /healthz --size 0.5`,
	}
	u := flags.NewInstance(c, lab.DefaultExperiment())
	u.Group = "Result"
	asJSON := u.Truth("json", "print what was found as JSON, and nothing else")
	db := u.Place()
	c.RunE = func(c *cobra.Command, _ []string) error {
		e, err := u.Instance()
		if err != nil {
			return err
		}
		v := &sweepView{verbs: s, quiet: *asJSON, live: s.ErrTTY && os.Getenv("TERM") != "dumb"}
		found, path, err := s.d.Calibrate(c.Context(), e, db.Notebook(), v.told)
		v.wipe()
		switch {
		case c.Context().Err() != nil && err != nil:
			return shell.ErrInterrupted
		case err != nil:
			return err
		case *asJSON:
			return s.PrintJSON(calibrationObject(&found, &e, v.steps, path))
		}
		s.calibration(&found, &e, path)
		return nil
	}
	return c
}

// sweepView shows the steps of a calibration: a line each, and on a terminal
// the one under way.
type sweepView struct {
	*verbs
	quiet, live bool
	begun       bool
	steps       []capacity.Step
}

func (v *sweepView) told(step capacity.Step, done bool) {
	switch {
	case !done && v.live:
		width := max(v.Width, 20)
		if v.Width == 0 {
			width = 80
		}
		fmt.Fprintf(v.Err, "\r%s\x1b[K", ansi.Truncate(stepLine(&step)+"…", width-1, ""))
	case done:
		v.wipe()
		v.steps = append(v.steps, step)
		if v.quiet {
			return
		}
		if !v.begun {
			v.begun = true
			fmt.Fprintln(v.Out, v.Bold(fmt.Sprintf(stepFormat, "offered", "served", "CPU of size", "p95", "")))
		}
		fmt.Fprintln(v.Out, stepLine(&step)+verdictOf(&step))
	}
}

func (v *sweepView) wipe() {
	if v.live {
		fmt.Fprint(v.Err, "\r\x1b[K")
	}
}

const stepFormat = "%10s  %10s  %11s  %10s  %s"

func stepLine(t *capacity.Step) string {
	p95 := shell.Unknown
	if t.P95 > 0 {
		p95 = millis(t.P95) + " ms"
	}
	cpu := shell.Unknown
	if t.Utilization.OK {
		cpu = fmt.Sprintf("%.1f %%", 100*t.Utilization.Value)
	}
	return fmt.Sprintf(stepFormat, perSecond(t.PerSecond), perSecond(t.Served), cpu, p95, "")
}

func verdictOf(t *capacity.Step) string {
	switch {
	case t.Held:
		return "holds"
	case t.Doubt != "":
		return lab.Clean("not to be trusted: " + t.Why + "; " + t.Doubt)
	}
	return lab.Clean(t.Why)
}

// perSecond is a rate with three digits: 40.0/s, 1,230/s.
func perSecond(v float64) string {
	if v >= 1000 {
		return numeral.Count(int64(math.Round(v))) + "/s"
	}
	digits := 2
	if v >= 10 {
		digits = 1
	}
	if v >= 100 {
		digits = 0
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + "/s"
}

func millis(d time.Duration) string {
	v := float64(d) / float64(time.Millisecond)
	return shell.Figure(&v)
}

// expectedOf is the rate that size and work promise; 0 if they do not.
func expectedOf(e *lab.Experiment) float64 { return e.Fleet.Capacity() * lab.DemandUtilization }

// calibration prints what was found for people.
func (s *verbs) calibration(c *lab.Calibration, e *lab.Experiment, path string) {
	w := s.Out
	fmt.Fprintln(w, s.Bold(fmt.Sprintf("one instance carries %s", perSecond(c.PerSecond))))
	shell.Line(w, "there", "CPU %.1f %% of its %g core, p95 %s ms", 100*c.Utilization, e.Fleet.Size, millis(c.P95))
	shell.Line(w, "targets", "CPU at most %.0f %%, p95 at most %s ms", 100*c.Target, millis(c.SLO))
	if x := expectedOf(e); x > 0 {
		shell.Line(w, "expected", "%s: size/work × %g; found %+.1f %%", perSecond(x), lab.DemandUtilization, 100*(c.PerSecond/x-1))
	}
	shell.Line(w, "kept", "%s", lab.Clean(path))
	shell.Line(w, "", "runs of this instance on this machine take their scores' demand from it:")
	shell.Line(w, "", "instances needed = requests/s offered / %s", perSecond(c.PerSecond))
}

// calibrationJSON is what calibrate --json prints. What is not known is null.
type calibrationJSON struct {
	PerSecond   float64    `json:"requests_per_s"`
	Utilization *float64   `json:"utilization_pct"`
	P95         *float64   `json:"p95_ms"`
	Target      targetJSON `json:"targets"`
	Expected    *float64   `json:"expected_per_s"`
	Size        float64    `json:"size_cores"`
	At          time.Time  `json:"at"`
	Host        lab.Host   `json:"host"`
	Notebook    string     `json:"notebook"`
	Key         string     `json:"key"`
	Steps       []stepJSON `json:"steps"`
}

type targetJSON struct {
	Utilization float64 `json:"utilization_pct"`
	P95         float64 `json:"p95_ms"`
}

type stepJSON struct {
	PerSecond   float64  `json:"offered_per_s"`
	Served      float64  `json:"served_per_s"`
	Utilization *float64 `json:"utilization_pct"`
	P95         *float64 `json:"p95_ms"`
	Failed      int64    `json:"failed"`
	Held        bool     `json:"held"`
	Why         *string  `json:"why"`   // it did not hold
	Doubt       *string  `json:"doubt"` // why the instance may not be to blame
}

func calibrationObject(c *lab.Calibration, e *lab.Experiment, steps []capacity.Step, path string) calibrationJSON {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	out := calibrationJSON{
		PerSecond: c.PerSecond, Utilization: shell.Known(100 * c.Utilization), P95: shell.Known(ms(c.P95)),
		Target:   targetJSON{100 * c.Target, ms(c.SLO)},
		Expected: shell.Known(expectedOf(e)), Size: e.Fleet.Size,
		At: c.At.UTC().Truncate(time.Millisecond), Host: c.Host, Notebook: path, Key: c.Key, Steps: []stepJSON{},
	}
	for i := range steps {
		s := &steps[i]
		row := stepJSON{PerSecond: s.PerSecond, Served: s.Served, P95: shell.Known(ms(s.P95)), Failed: s.Failed, Held: s.Held, Why: shell.Known(lab.Clean(s.Why)), Doubt: shell.Known(lab.Clean(s.Doubt))}
		if s.Utilization.OK {
			pct := 100 * s.Utilization.Value
			row.Utilization = &pct
		}
		out.Steps = append(out.Steps, row)
	}
	return out
}
