package preview

import (
	"fmt"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/filter"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/pane"
	"autoscale-lab/ui/theme"
)

// Unknown is how a figure that is not known is shown.
const Unknown = "—"

// Facts is a run's figures and settings, the most telling first, for h rows of w
// cells. Of a run under way they are those so far, as it was when it was read;
// read may be nil.
func Facts(th *theme.Theme, r *lab.Run, read *Read, w, h int) []string {
	s := &r.Summary
	if read != nil && read.sum != nil {
		s = read.sum
	}
	var rows []string
	add := func(label, text string) {
		rows = append(rows, " "+th.Dim.Paint(theme.Fit(label, 10))+th.Clip(th.Spell(text), w-11))
	}
	word := filter.Outcome(r)
	ink := Ink(th, r.Outcome)
	so := ink.Paint(word)
	switch {
	case r.Outcome != lab.Unfinished:
		so += " after " + pane.Clock(r.Duration)
	case read != nil && read.sum != nil:
		so += ", the figures at " + pane.Clock(read.End)
	}
	if r.Baseline {
		so += "  " + th.Star + " baseline"
	}
	rows = append(rows, " "+th.Clip(so, w-1))
	if r.Incomplete != "" {
		add("missing", r.Incomplete)
	}
	if r.Note != "" {
		add("note", r.Note)
	}
	const wrapped = 14 // rows from which on settings may take two
	for _, spec := range [...][3]string{{"policy", r.Policy, r.Experiment.Policy}, {"load", r.Load, r.Experiment.Load}} {
		label, text := spec[0], th.Spell(settings(spec[0], spec[1], spec[2]))
		if first, rest := cut(text, w-11); h >= wrapped && rest != "" {
			add(label, first)
			label, text = "", rest
		}
		add(label, text)
	}
	if r.Outcome == lab.Unfinished && s == &r.Summary {
		add("figures", map[bool]string{true: "none yet", false: "not read yet"}[read != nil])
		return rows
	}
	if r.Blank() {
		add("figures", "none: no ticks were recorded")
		return rows
	}
	e := &s.Elasticity
	add("score", fmt.Sprintf("%s  missing %s  surplus %s", Figure(s.Score), percent(e.UnderPct), percent(e.OverPct)))
	if c := s.CoveragePct; r.Doubtful() && r.Outcome != lab.Unfinished {
		add("beware", fmt.Sprintf("ticks tell of %s %% of the run", Figure(c)))
	}
	add("target", fmt.Sprintf("%v missed by %s", r.Experiment.SLO, percent(s.SLO.ViolationPct)))
	add("reaction", reaction(s))
	add("cost", fmt.Sprintf("%.4f by second  %s instance·s", s.Cost.PerSecond, numeral.Count(int64(s.InstanceSeconds+0.5))))
	add("scaled", fmt.Sprintf("▲%d ▼%d  oscillations %d", s.Scale.Up, s.Scale.Down, s.Oscillations))
	ended := "failed " + failed(s)
	if !r.Answered() {
		ended = "how they ended is not known"
	}
	add("requests", numeral.Count(s.Requests.Offered)+"  "+ended)
	add("latency", fmt.Sprintf("p50 %s  p95 %s  p99 %s ms", Figure(s.Latency.P50), Figure(s.Latency.P95), Figure(s.Latency.P99)))
	add("CPU", fmt.Sprintf("mean %s  p95 %s %% of size", Figure(s.Utilization.MeanPct), Figure(s.Utilization.P95Pct)))
	add("instances", fmt.Sprintf("%d–%d  mean %s  peak %d", s.Instances.Min, s.Instances.Max, Figure(s.Instances.Mean), s.Instances.Peak))
	f := &r.Experiment.Fleet
	each := fmt.Sprintf("size %s core", strconv.FormatFloat(f.Size, 'g', 3, 64))
	if len(f.App) > 0 {
		each += ", " + lab.Clean(strings.Join(f.App, " "))
	} else {
		each += fmt.Sprintf("  work %v  boot %v", f.Work, f.Boot)
	}
	add("fleet", each+"  "+r.Experiment.Balance)
	if s.Saturated > 0 {
		add("beware", fmt.Sprintf("for %.0f s the host, not the instances, set the figures", s.Saturated))
	}
	if r.Changes > 0 {
		add("changed", fmt.Sprintf("%d settings on the way", r.Changes))
	}
	add("host", fmt.Sprintf("%s, %d cores, %s", r.Host.CPU, r.Host.Cores, r.Host.OS))
	add("version", strings.TrimSpace(r.Version+" "+r.Commit))
	return rows
}

// percent is a share with its sign, or a dash.
func percent(v *float64) string {
	if v == nil {
		return Unknown
	}
	return Figure(v) + " %"
}

// reaction is when the first breach was, and what followed it when.
func reaction(s *lab.Summary) string {
	r := &s.Reaction
	switch {
	case r.FirstBreach != nil:
	case s.SLO.ByTimePct == nil && s.Utilization.OverUpper == nil: // nothing that could be breached was measured
		return Unknown
	default:
		return "no breach of target or upper"
	}
	after := func(v *float64) string {
		if v == nil {
			return "never"
		}
		return "+" + Figure(v)
	}
	return fmt.Sprintf("at %s s  ready %s  relief %s", Figure(r.FirstBreach), after(r.NewReady), after(r.Relief))
}

// cut cuts a text of words two spaces apart at the last that fits w cells.
func cut(text string, w int) (first, rest string) {
	if theme.Width(text) <= w {
		return text, ""
	}
	for at := strings.LastIndex(text, "  "); at > 0; at = strings.LastIndex(text[:at], "  ") {
		if theme.Width(text[:at]) <= w {
			return text[:at], text[at+2:]
		}
	}
	return text, ""
}

// settings is a kind as it was at the end, and its settings at the beginning if
// it was the same then.
func settings(owner, end, begin string) string {
	last, err := lab.ParseSpec(owner, end)
	if err != nil {
		return end
	}
	if first, err := lab.ParseSpec(owner, begin); err == nil && len(last.Settings) == 0 && first.Kind == last.Kind {
		last = first
	}
	words := []string{last.Kind}
	for _, set := range last.Settings {
		words = append(words, set.Name+" "+set.Text)
	}
	return strings.Join(words, "  ")
}

// Ink is the colour of how a run ended.
func Ink(th *theme.Theme, o lab.Outcome) theme.Style {
	switch o {
	case lab.Unfinished:
		return th.Good
	case lab.Crashed, lab.Aborted:
		return th.Bad
	}
	return ""
}

// Figure is v with one decimal below a hundred, or a dash if it is not known.
func Figure(v *float64) string {
	switch {
	case v == nil:
		return Unknown
	case *v < 99.95:
		return strconv.FormatFloat(*v, 'f', 1, 64)
	}
	return strconv.FormatFloat(*v, 'f', 0, 64)
}

// failed is the requests that failed, and their share of those that ended.
func failed(s *lab.Summary) string {
	if s.ErrorPct == nil {
		return numeral.Count(s.Requests.Failed)
	}
	return fmt.Sprintf("%s (%s %%)", numeral.Count(s.Requests.Failed), Figure(s.ErrorPct))
}
