package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/lab/report/offered"
	"autoscale-lab/lab/stat"
)

// Comparison is runs side by side: A, B and so on. A side is one run, or
// repeats of it.
type Comparison struct {
	Sides       []Side
	Same        bool   // all were offered the same load
	Why         string // not, if so
	Unsure      bool   // whether they were is not known
	Differences Differences
	Shadows     []ShadowColumn
	Metrics     []Metric
	Verdict     string // "" where nothing may be said
	Caveat      string // on the figures of shadows, if there are any
	Warnings    []string
}

// Side is one of the things compared.
type Side struct {
	Letter string
	Runs   []lab.Run
}

// Metric is one figure on every side.
type Metric struct {
	Name    string // its path in a run's JSON: "latency_ms.p95"
	Label   string // in a table, the unit in it: "p95 ms"
	Unit    string
	Group   string // its heading in a table: figures of one follow one another
	Rule    stat.Rule
	Values  [][]float64 // by side and run; NaN is not known, ±Inf see Show
	Shadows []float64   // by the comparison's Shadows; NaN: that one has none
	// Against A, for each side but the first.
	Deltas []float64 // of the medians; NaN where there is none
	Judged []stat.Judgement
	// Why a side is n/a: "the latency targets differ", or "not known in A"; else "".
	Why    []string
	metric *metric
	base   int // instances of A when its load came
}

// Value is a side's median; NaN if it is not known.
func (m *Metric) Value(side int) float64 { return stat.Median(stat.Known(m.Values[side])) }

// Show is a value as people read it: "1,012", "4.1", "—", "no breach", "never".
func (m *Metric) Show(v float64) string {
	switch {
	case math.IsNaN(v):
		return "—"
	case math.IsInf(v, 1):
		return "never"
	case math.IsInf(v, -1):
		return "no breach"
	}
	return number(v, m.digits(v))
}

// digits is how many behind the point a value needs: one where the median of
// counts lies between two of them.
func (m *Metric) digits(v float64) int {
	repeats := slices.ContainsFunc(m.Values, func(side []float64) bool { return len(side) > 1 })
	if d := m.metric.digit; d > 0 || !repeats || v == math.Trunc(v) || 2*v != math.Trunc(2*v) {
		return d
	}
	return 1
}

// ShowDelta is a difference with its sign.
func (m *Metric) ShowDelta(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "—"
	}
	text := number(v, m.digits(v))
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	if v > 0 {
		text = "+" + text
	}
	return text
}

// number writes v with so many digits behind the point, thousands apart.
func number(v float64, digits int) string {
	return numeral.Group(strconv.FormatFloat(v, 'f', digits, 64))
}

// Compare puts single runs side by side. It needs at least one.
func Compare(records []lab.Record) Comparison {
	groups := make([][]lab.Record, len(records))
	for i := range records {
		groups[i] = records[i : i+1]
	}
	return CompareGroups(groups)
}

// CompareGroups puts groups of repeats side by side. Each needs at least one run.
func CompareGroups(groups [][]lab.Record) Comparison {
	c := Comparison{Same: true}
	var all []lab.Run
	var measured [][]figures
	least := leasts{}
	for i, group := range groups {
		side, figs := Side{Letter: letter(i)}, make([]figures, len(group))
		for j := range group {
			rec := &group[j]
			if c.Same && (i > 0 || j > 0) {
				c.Same, c.Why = offered.Same(groups[0][0], *rec)
				c.Unsure = !c.Same && offered.Untold(&groups[0][0])+offered.Untold(rec) != ""
			}
			side.Runs = append(side.Runs, rec.Run)
			figs[j] = measure(rec)
			least.widen(&figs[j])
		}
		if d := apartFrom(side.Runs); len(d) > 0 {
			c.Warnings = append(c.Warnings, fmt.Sprintf("the runs of %s are not repeats of one another: they differ in %s", side.Letter, words(firstOf(d))))
		}
		c.Sides, measured = append(c.Sides, side), append(measured, figs)
		all = append(all, side.Runs...)
	}
	c.Differences = Differ(all)
	c.Differences.mishaps(groups)
	for i := range sections {
		for k := range sections[i].metrics {
			m := sections[i].metrics[k].compare(measured, least)
			m.Group = sections[i].heading
			c.Metrics = append(c.Metrics, m)
		}
	}
	c.speedups(measured)
	c.shadows(groups, measured)
	if c.Same && len(groups) > 1 {
		c.Verdict = c.verdict()
	}
	return c
}

// apartFrom are the settings in which runs differ that should be repeats of one
// another.
func apartFrom(runs []lab.Run) []string {
	var out []string
	for _, d := range Differ(runs).Differ {
		if !strings.HasPrefix(d.Name, "host.") && d.Name != "version" {
			out = append(out, d.Name)
		}
	}
	return out
}

// firstOf is the first of many names, and how many more there are.
func firstOf(names []string) []string {
	const most = 4
	if n := len(names); n > most {
		return append(slices.Clone(names[:most-1]), fmt.Sprintf("%d more settings", n-most+1))
	}
	return names
}

// leasts are the tolerances that depend on the runs.
type leasts [oneEach + 1]float64

func (l *leasts) widen(f *figures) {
	l[tick] = max(l[tick], f.run.Experiment.Interval.Seconds())
	if known := f.sum.Elasticity.KnownS; known > 0 {
		l[oneEach] = max(l[oneEach], 3600/known)
	}
}

func (k *metric) compare(sides [][]figures, least leasts) Metric {
	m := Metric{Name: k.name, Label: k.label, Unit: k.unit, Rule: k.rule, metric: k, base: sides[0][0].base}
	m.Rule.Abs = max(m.Rule.Abs, least[k.slack])
	for i, runs := range sides {
		values := make([]float64, len(runs))
		for j := range runs {
			values[j] = k.of(&runs[j])
		}
		m.Values = append(m.Values, values)
		if i > 0 {
			delta := m.Value(i) - m.Value(0)
			if math.IsInf(delta, 0) {
				delta = unknown
			}
			judged := m.Rule.Judge(m.Values[0], values)
			why := k.apart(sides[0], runs)
			if why != "" {
				delta, judged = unknown, stat.Judgement{Word: stat.WordUnknown, P: unknown, LeastP: unknown}
			} else if judged.Word == stat.WordUnknown {
				why = m.missing(i)
			}
			m.Deltas = append(m.Deltas, delta)
			m.Judged = append(m.Judged, judged)
			m.Why = append(m.Why, why)
		}
	}
	return m
}

// apart is why a figure does not measure the same in all runs of two sides; ""
// if it does.
func (k *metric) apart(a, b []figures) string {
	for _, side := range [][]figures{a, b} {
		for i := range side {
			if k.alike != nil {
				if why := k.alike(&a[0], &side[i]); why != "" {
					return why
				}
			}
		}
	}
	return ""
}

// missing says on which of two sides, A and another, there is no value.
func (m *Metric) missing(side int) string {
	var of []string
	for _, i := range []int{0, side} {
		if math.IsNaN(m.Value(i)) {
			of = append(of, letter(i))
		}
	}
	return "not known in " + words(of)
}

// find is the metric of a name.
func (c *Comparison) find(name string) *Metric {
	for i := range c.Metrics {
		if c.Metrics[i].Name == name {
			return &c.Metrics[i]
		}
	}
	return nil
}

// verdict is what may be said of each side against A, in one sentence. Figures
// that move together are said but once.
func (c *Comparison) verdict() string {
	var sides []string
	for i := 1; i < len(c.Sides); i++ {
		sides = append(sides, c.against(i))
	}
	return strings.Join(append([]string{"load identical", strings.Join(sides, "; ")}, c.cautions()...), " · ")
}

// phrase is how a metric is said in a sentence, of a side that is below or
// above by so much.
type phrase struct {
	metric       string
	below, above func(m *Metric, by, of float64) string
}

func fixed(format string) func(*Metric, float64, float64) string {
	return func(m *Metric, by, _ float64) string {
		return fmt.Sprintf(format, strings.TrimSpace(number(math.Abs(by), m.metric.digit)+" "+m.Unit))
	}
}

// inPoints is for figures in percent.
func inPoints(format string) func(*Metric, float64, float64) string {
	return func(_ *Metric, by, _ float64) string {
		return fmt.Sprintf(format, number(math.Abs(by), 1)+" points")
	}
}

func share(format string) func(*Metric, float64, float64) string {
	return func(_ *Metric, by, of float64) string {
		if of == 0 {
			return strings.ReplaceAll(format, "%s ", "")
		}
		return fmt.Sprintf(format, number(100*math.Abs(by/of), 0)+" %")
	}
}

// next is when the first instance more comes: "has its second instance 17.0 s
// later".
func next(format string) func(*Metric, float64, float64) string {
	return func(m *Metric, by, _ float64) string {
		which := fmt.Sprintf("%dth instance", m.base+1)
		if names := []string{"first", "second", "third", "fourth", "fifth"}; m.base < len(names) {
			which = names[m.base] + " instance"
		}
		return fmt.Sprintf(format, which, number(math.Abs(by), m.metric.digit)+" "+m.Unit)
	}
}

// phrases by groups; of each group the first that is better or worse is said.
var phrases = [][]phrase{
	{
		{"reaction.new_ready_s", fixed("reacts %s sooner"), fixed("reacts %s later")},
		{"reaction.ready_after_load_s", next("has its %s %s sooner"), next("has its %s %s later")},
		{"reaction.relief_s", fixed("is relieved %s sooner"), fixed("is relieved %s later")},
		{"utilization.over_upper_s", fixed("is %s less over upper"), fixed("is %s longer over upper")},
	},
	{{"score", inPoints("fits demand %s worse"), inPoints("fits demand %s better")}},
	{
		{"error_pct", inPoints("fails %s less"), inPoints("fails %s more")},
		{"slo.violation_pct", inPoints("misses its latency target %s less"), inPoints("misses its latency target %s more")},
		{"latency_ms.p95", fixed("has a p95 %s lower"), fixed("has a p95 %s higher")},
	},
	{{"instance_seconds", share("costs %s less"), share("costs %s more")}},
	{{"oscillations", times("oscillates %s less"), times("oscillates %s more")}},
}

// times is how often a side oscillates: more than never is how often.
func times(format string) func(*Metric, float64, float64) string {
	return func(_ *Metric, by, of float64) string {
		if of+by == 0 {
			return "does not oscillate"
		}
		n := number(math.Abs(by), 0) + " times"
		if math.Abs(by) == 1 {
			n = "once"
		}
		if of == 0 {
			return "oscillates " + n
		}
		return fmt.Sprintf(format, n)
	}
}

// against says what is better of a side than of A, then what is worse.
func (c *Comparison) against(side int) string {
	var good, bad []string
	open := false // something differs, but that is not shown
	var few few
	for _, group := range phrases {
		for _, p := range group {
			m := c.find(p.metric)
			word := m.Judged[side-1].Word
			open = open || word == stat.WordNotShown
			if word == stat.WordTooFew {
				few.add(m, side)
			}
			if word != stat.WordBetter && word != stat.WordWorse {
				continue
			}
			say := p.below
			if m.Value(side) > m.Value(0) {
				say = p.above
			}
			text := say(m, m.Deltas[side-1], m.Value(0))
			if math.IsNaN(m.Deltas[side-1]) {
				text = map[stat.Word]string{stat.WordBetter: "stays within its limits where A does not", stat.WordWorse: "comes over its limits where A does not"}[word]
				if math.IsInf(m.Value(side), 1) || math.IsInf(m.Value(0), 1) {
					text = map[stat.Word]string{stat.WordBetter: "is relieved where A is not", stat.WordWorse: "is not relieved where A is"}[word]
				}
			}
			if word == stat.WordBetter {
				good = append(good, text)
			} else {
				bad = append(bad, text)
			}
			break
		}
	}
	name := c.Sides[side].Letter
	switch {
	case len(good)+len(bad) == 0 && few.any():
		return few.say(len(c.Sides[0].Runs), len(c.Sides[side].Runs), name)
	case len(good)+len(bad) == 0 && open:
		return "no difference between A and " + name + " is shown"
	case len(good)+len(bad) == 0:
		return "A and " + name + " are the same within tolerance"
	case len(good) == 0:
		return name + " " + words(bad)
	case len(bad) == 0:
		return name + " " + words(good)
	}
	return name + " " + words(good) + ", but " + words(bad)
}

// few is what differs in runs too few to show it.
type few struct {
	labels map[string][]string // of figures, by how b lies to a
	least  float64             // the least p of them
}

func (f *few) any() bool { return len(f.labels) > 0 }

func (f *few) add(m *Metric, side int) {
	a, b := stat.Known(m.Values[0]), stat.Known(m.Values[side])
	where := "mostly above A"
	switch {
	case slices.Max(b) < slices.Min(a):
		where = "below A in all"
	case slices.Min(b) > slices.Max(a):
		where = "above A in all"
	case stat.Median(b) < stat.Median(a):
		where = "mostly below A"
	}
	if f.labels == nil {
		f.labels, f.least = map[string][]string{}, 1
	}
	f.labels[where] = append(f.labels[where], m.Label)
	f.least = min(f.least, m.Judged[side-1].LeastP)
}

// say is "3 + 3: B below A in all (p95 ms); p = 0.10 is the least possible:
// nothing is claimed. Take 4, better 5, each".
func (f *few) say(n, m int, letter string) string {
	var parts []string
	for _, where := range []string{"below A in all", "above A in all", "mostly below A", "mostly above A"} {
		if labels := f.labels[where]; len(labels) > 0 {
			parts = append(parts, fmt.Sprintf("%s %s (%s)", letter, where, words(labels)))
		}
	}
	advice := "Take more"
	if min(n, m) < 4 {
		advice = "Take 4, better 5, each"
	}
	return fmt.Sprintf("%d + %d: %s; p = %.2f is the least possible: nothing is claimed. %s", n, m, strings.Join(parts, ", "), f.least, advice)
}

// cautions is what the sentence must not be read without.
func (c *Comparison) cautions() []string {
	var out []string
	for _, d := range c.Differences.Differ {
		if strings.HasPrefix(d.Name, "host.") || d.Name == "rig" {
			out = append(out, "made on different machines")
			break
		}
	}
	add := func(what string, is func(*lab.Run) bool) {
		var of []string
		for _, s := range c.Sides {
			for i := range s.Runs {
				if is(&s.Runs[i]) {
					of = append(of, s.Letter)
					break
				}
			}
		}
		if len(of) > 0 {
			out = append(out, words(of)+" "+what)
		}
	}
	out = append(out, c.Warnings...)
	add("not whole: what is missing is not known", func(r *lab.Run) bool { return r.Outcome == lab.Crashed })
	if m := c.find("host.saturated_s"); m != nil {
		var of []string
		for i, s := range c.Sides {
			if m.Value(i) > 0 {
				of = append(of, s.Letter)
			}
		}
		if len(of) > 0 {
			out = append(out, "the host was saturated in "+words(of))
		}
	}
	least, equal := len(c.Sides[0].Runs), true
	sizes := make([]string, len(c.Sides))
	for i, s := range c.Sides {
		sizes[i] = strconv.Itoa(len(s.Runs))
		equal = equal && len(s.Runs) == least
		least = min(least, len(s.Runs))
	}
	n := strings.Join(sizes, " + ") + " runs"
	switch {
	case equal && least == 1:
		n = "1 run each"
	case equal:
		n = fmt.Sprintf("%d runs each", least)
	}
	switch {
	case least < stat.Claim:
		return append(out, n+": no claim beyond these")
	case equal && !stat.CanShow(least):
		return append(out, n+": too few to show a difference")
	}
	return append(out, n+", p ≤ 0.05: of 20 figures one falls under it by chance")
}
