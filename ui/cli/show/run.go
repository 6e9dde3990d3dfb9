// Package show is how a run, and runs side by side, are printed by any verb.
//
//	lab.Run ─ Summary ─▶ text        report.Comparison ─ Comparison ─▶ text
//	        ─ RunOf ─▶ Run ─▶ JSON
package show

import (
	"fmt"
	"io"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/filter"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/cli/shell"
)

// Run is a run as run --json and history show --json print it. What is not
// known is null.
type Run struct {
	ID        int64               `json:"id"`
	Name      string              `json:"name"`
	Note      string              `json:"note"`
	Baseline  bool                `json:"baseline"`
	Outcome   *lab.Outcome        `json:"outcome"`
	Finished  bool                `json:"finished"` // it has an end, even if it failed
	Policy    string              `json:"policy"`
	Load      string              `json:"load"`
	Balance   string              `json:"balance"`
	Rig       string              `json:"rig"`
	Seed      uint64              `json:"seed"`
	Began     *time.Time          `json:"began"`
	Duration  float64             `json:"duration_s"`
	Requests  lab.RequestSummary  `json:"requests"`
	Latency   lab.LatencySummary  `json:"latency_ms"`
	Instances lab.InstanceSummary `json:"instances"`
	lab.Scores
	Lab             lab.LabSummary    `json:"lab_cpu_pct"`
	Host            hostJSON          `json:"host"`
	Version         string            `json:"version"`
	Commit          string            `json:"commit"`
	Incomplete      *string           `json:"incomplete"` // why ticks are missing, if any are
	Settings        map[string]string `json:"settings"`
	SettingsChanged int               `json:"settings_changed"`
	LoadOf          int64             `json:"load_of,omitempty"` // the run whose load this one was given again
	Series          string            `json:"series,omitempty"`  // what repeats of one another have in common
}

type hostJSON struct {
	lab.Host
	Saturated float64 `json:"saturated_s"`
}

// RunOf is a run as JSON.
func RunOf(r *lab.Run) Run {
	s := r.Summary
	out := Run{
		ID: r.ID, Name: r.Name, Note: r.Note, Baseline: r.Baseline,
		Outcome: shell.Known(r.Outcome), Finished: r.Outcome != lab.Unfinished && r.Outcome != lab.Crashed,
		Policy: r.Policy, Load: r.Load, Balance: r.Experiment.Balance, Rig: r.Rig, Seed: r.Experiment.Seed,
		Duration: r.Duration.Seconds(),
		Requests: s.Requests, Latency: s.Latency, Instances: s.Instances, Scores: s.Scores,
		Lab: s.Lab, Host: hostJSON{r.Host, s.Saturated},
		Version: r.Version, Commit: r.Commit, Incomplete: shell.Known(r.Incomplete),
		Settings: map[string]string{}, SettingsChanged: r.Changes, LoadOf: r.Experiment.Repeats, Series: r.Experiment.Series,
	}
	if !r.Began.IsZero() {
		began := r.Began.UTC().Truncate(time.Millisecond)
		out.Began = &began
	}
	if out.Requests.ByCause == nil {
		out.Requests.ByCause = map[string]int64{}
	}
	for _, set := range r.Settings() {
		out.Settings[set.Name] = set.Text
	}
	return out
}

// Summary prints a run's figures for people.
func Summary(s shell.Stdio, r *lab.Run) {
	w := s.Out
	fmt.Fprintln(w, s.Bold(Title(r)))
	fmt.Fprintf(w, "  %s\n", strings.Join([]string{r.Policy, r.Load, r.Experiment.Balance, fmt.Sprintf("seed %d", r.Experiment.Seed)}, " · "))
	if r.Blank() {
		shell.Line(w, "figures", "none: no ticks were recorded")
		kept(w, r)
		return
	}
	sum := &r.Summary
	q := &sum.Requests
	if r.Answered() {
		shell.Line(w, "requests", "offered %s%s  ok %s  failed %s (%s %%)  late %s  dropped %s", numeral.Count(q.Offered), shell.Rate(q.Offered, r.Duration), numeral.Count(q.OK), numeral.Count(q.Failed), shell.Figure(sum.ErrorPct), numeral.Count(q.Late), numeral.Count(q.Dropped))
	} else {
		shell.Line(w, "requests", "offered %s%s  how they ended is not known of a series", numeral.Count(q.Offered), shell.Rate(q.Offered, r.Duration))
	}
	if by := shell.Causes(q.ByCause); by != "" {
		shell.Line(w, "  by cause", "%s", by)
	}
	shell.Line(w, "latency", "%s", shell.Latency(sum.Latency))
	shell.Line(w, "instances", "mean %s  peak %d  limits %d to %d", shell.Figure(sum.Instances.Mean), sum.Instances.Peak, sum.Instances.Min, sum.Instances.Max)
	shell.Line(w, "CPU of size", "mean %s %%  p95 %s %%", shell.Figure(sum.Utilization.MeanPct), shell.Figure(sum.Utilization.P95Pct))
	shell.Line(w, "scaling", "%d up  %d down  oscillations %d", sum.Scale.Up, sum.Scale.Down, sum.Oscillations)
	if sum.ScoreVersion > 0 {
		scores(w, r)
	}
	shell.Line(w, "the lab", "%s %% of a core", shell.Figure(sum.Lab.Total))
	if sum.Saturated > 0 {
		shell.Line(w, "warning", "for %s s this machine was the limit, not the instances: the figures are its own", shell.Figure(&sum.Saturated))
	}
	kept(w, r)
}

// kept tells what is missing of a run, and where it is.
func kept(w io.Writer, r *lab.Run) {
	if r.Incomplete != "" {
		shell.Line(w, "warning", "%s", lab.Clean(r.Incomplete))
	}
	if r.ID > 0 {
		shell.Line(w, "kept", "%s history show %d", shell.Name, r.ID)
	}
}

// scores prints what a run's scores come to.
func scores(w io.Writer, r *lab.Run) {
	s := &r.Summary.Scores
	e := &s.Elasticity
	if s.Score == nil {
		model := lab.Open
		if strings.HasPrefix(r.Load, "closed") {
			model = lab.Closed
		}
		shell.Line(w, "score", "%s  %s", shell.Unknown, s.WhyNone(model))
	} else {
		shell.Line(w, "score", "%s of 100  missing %s %%  surplus %s %% of demand", shell.Figure(s.Score), shell.Figure(e.UnderPct), shell.Figure(e.OverPct))
	}
	shell.Line(w, "service", "slow or failed %s %%, slow is over %s", shell.Figure(s.SLO.ViolationPct), r.Experiment.SLO)
	if re := &s.Reaction; re.FirstBreach != nil {
		shell.Line(w, "reaction", "breach at %s s  decided +%s s  one more ready +%s s  relief +%s s", shell.Figure(re.FirstBreach), shell.Figure(re.Decision), shell.Figure(re.NewReady), shell.Figure(re.Relief))
	}
	shell.Line(w, "cost", "%s instance·s  %.4f by the second  %.4f by the hour", numeral.Count(int64(s.InstanceSeconds+.5)), s.Cost.PerSecond, s.Cost.PerHour)
	if r.Doubtful() {
		shell.Line(w, "warning", "of the run only %s %% is known", shell.Figure(s.CoveragePct))
	}
}

// Title names a run and tells how it ended.
func Title(r *lab.Run) string {
	what := "run"
	if r.ID > 0 {
		what = fmt.Sprintf("run %d", r.ID)
	}
	if r.Name != "" {
		what += " " + lab.Clean(r.Name)
	}
	return fmt.Sprintf("%s: %s after %s", what, filter.Outcome(r), numeral.Length(r.Duration))
}
