package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/lab/report"
)

// Run is what there is to say of one run.
type Run struct {
	Title     string
	Note      string
	Cautions  []string // what its figures must not be read without
	Facts     []Fact
	Figures   []Group
	Settings  []Fact
	Deeds     []Entry // what was changed on the way, and done to it
	Decisions []Entry // that changed the number of instances, with their reasons
	Events    []Entry
	Measured  []string // how
	Spark     []Spark
}

// Fact is a thing and what it is.
type Fact struct{ Name, Value string }

// Group is figures under a heading.
type Group struct {
	Name    string
	Figures []Figure
}

// Figure is a value of the table, by its name in JSON, in words, and what it is.
type Figure struct{ Name, Label, Value, Meaning string }

// Entry is something at a moment of the run.
type Entry struct{ At, Kind, Text, By string }

// Spark is a curve in a line of text.
type Spark struct{ Name, Curve, Range string }

// mostEntries is how many rows a list has at most: what is beyond is counted.
const mostEntries = 1000

// OfRun reads a run.
func OfRun(rec *lab.Record) *Run {
	if rec.Run.Summary.ScoreVersion == 0 && len(rec.Ticks) > 0 { // of a program before there were scores
		scored := *rec
		scored.Run.Summary = lab.SummaryOf(rec)
		rec = &scored
	}
	r := &rec.Run
	p := &Run{Title: Title(r), Note: lab.Clean(r.Note), Cautions: cautions(rec), Facts: facts(r), Measured: measured(rec)}
	for _, s := range r.Settings() {
		p.Settings = append(p.Settings, Fact{s.Name, lab.Clean(s.Text)})
	}
	c := report.Compare([]lab.Record{*rec})
	for i := range c.Metrics {
		m := &c.Metrics[i]
		if n := len(p.Figures); n == 0 || p.Figures[n-1].Name != m.Group {
			p.Figures = append(p.Figures, Group{Name: m.Group})
		}
		g := &p.Figures[len(p.Figures)-1]
		g.Figures = append(g.Figures, Figure{m.Name, lab.Clean(m.Label), m.Show(m.Value(0)), m.Meaning()})
	}
	for k, s := range c.Shadows {
		g := Group{Name: "shadow " + lab.Clean(s.Policy)}
		for i := range c.Metrics {
			if m := &c.Metrics[i]; !math.IsNaN(m.Shadows[k]) {
				g.Figures = append(g.Figures, Figure{"shadow." + m.Name, lab.Clean(m.Label), m.Show(m.Shadows[k]), m.Meaning()})
			}
		}
		p.Figures = append(p.Figures, g)
	}
	if c.Caveat != "" {
		p.Measured = append(p.Measured, c.Caveat)
	}
	p.happened(rec)
	p.Spark = sparks(rec)
	return p
}

// Title is how a run is called.
func Title(r *lab.Run) string {
	title := fmt.Sprintf("run %d", r.ID)
	if r.ID == 0 {
		title = "run"
	}
	if name := strings.TrimSpace(lab.Clean(r.Name)); name != "" {
		title += ": " + name
	}
	if r.Baseline {
		title = "★ " + title
	}
	return title
}

func facts(r *lab.Run) []Fact {
	var out []Fact
	add := func(name, value string) {
		if value = strings.TrimSpace(lab.Clean(value)); value != "" {
			out = append(out, Fact{name, value})
		}
	}
	add("outcome", ended(r))
	if !r.Began.IsZero() {
		add("began", r.Began.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	e := &r.Experiment
	first, _, _ := strings.Cut(e.Policy, ":")
	if r.Rig != lab.RigImport { // of which neither is known
		add("policy", changed(first, r.Policy))
		add("load", changed(e.Load, r.Load))
	}
	h := &r.Host
	switch {
	case r.Rig == lab.RigImport:
		add("made of", "a series of what happened elsewhere")
	case h.OS != "":
		add("machine", fmt.Sprintf("%s %s, %s, %d cores, %s MB", h.OS, h.Kernel, h.CPU, h.Cores, numeral.Count(h.MemoryMB)))
		add("rig", r.Rig)
	}
	add("by", strings.TrimSpace("autoscale-lab "+r.Version+" "+r.Commit))
	return out
}

// changed is what something was at first, and at the end if that is another.
func changed(first, last string) string {
	if first == last || last == "" || first == "" {
		return cmp.Or(last, first)
	}
	return first + ", at the end " + last
}

func ended(r *lab.Run) string {
	lasted := numeral.Length(r.Duration)
	switch r.Outcome {
	case lab.Unfinished:
		return "still being recorded, " + lasted + " so far"
	case lab.Crashed:
		return "crashed after " + lasted + ": its lab ended before it did"
	}
	return string(r.Outcome) + " after " + lasted
}

// cautions are the reasons to doubt a run's figures.
func cautions(rec *lab.Record) []string {
	r := &rec.Run
	var out []string
	add := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	ticks := report.RunTicks(rec)
	switch r.Outcome {
	case lab.Unfinished:
		add("The run had not ended when this was written: these are the figures so far.")
	case lab.Crashed:
		add("The lab that made it ended before it did: the last second may be missing.")
	}
	if r.Incomplete != "" {
		add("Ticks are missing: %s.", lab.Clean(r.Incomplete))
	}
	if c := r.Summary.CoveragePct; r.Doubtful() && r.Outcome != lab.Unfinished {
		add("Ticks tell of %.1f %% of its time only.", *c)
	}
	if s := &r.Summary; s.Saturated > 0 {
		add("The host was saturated for %s: figures of that time are the host's rather than the instances'.", numeral.Length(time.Duration(s.Saturated*float64(time.Second))))
	}
	if q := &r.Summary.Requests; q.Arrived > 0 && q.Late*100 > q.Arrived {
		add("The generator sent %.1f %% of its requests late: latency is its own as much as the service's.", 100*float64(q.Late)/float64(q.Arrived))
	}
	if n := r.Summary.Requests.Dropped; n > 0 {
		add("%s requests were due but not sent, for too many were in flight.", numeral.Count(n))
	}
	var gap time.Duration
	var foreign int64
	for i := range ticks {
		if s := &ticks[i].Sample; s.Gap {
			gap += s.Span
		}
		foreign += ticks[i].Sample.Foreign.Offered
	}
	if gap > 0 {
		add("Nothing is known of %s of it: the machine slept, or the data have a gap.", numeral.Length(gap))
	}
	if foreign > 0 && r.Rig != lab.RigImport {
		add("%s requests came from elsewhere than the lab's own generator.", numeral.Count(foreign))
	}
	return out
}

// measured says how figures came about.
func measured(rec *lab.Record) []string {
	r := &rec.Run
	out := []string{fmt.Sprintf("One tick every %s, %s of them. A tick's values hold to the next.", numeral.Length(r.Experiment.Interval), numeral.Count(int64(len(report.RunTicks(rec)))))}
	if r.Rig == lab.RigImport {
		return append(out, "Made of a series: how requests ended, and what decided, are not known.")
	}
	if d := &r.Summary.Demand; d.CapacityRPS != nil {
		how := fmt.Sprintf("size/work × %g", lab.DemandUtilization)
		if d.Calibrated {
			how = "as calibrated"
		}
		out = append(out, fmt.Sprintf("Demand is the instances that the offered rate needs, at %s requests/s each (%s). Under and over are against it.", strconv.FormatFloat(*d.CapacityRPS, 'g', 4, 64), how))
	}
	if v := r.Summary.ScoreVersion; v > 0 {
		out = append(out, fmt.Sprintf("Scored by version %d of the rules.", v))
	}
	return append(out,
		"Latency is that of good answers, counted from the moment a request was due, so that an overload cannot hide behind late sending; to two significant digits.",
		"CPU is the instances' own, in percent of their size, as the mean over those that are ready.",
		"Ready are the instances that requests are sent to; instance·seconds count each process from its start to its end.")
}

// happened fills in the lists of what happened.
func (p *Run) happened(rec *lab.Record) {
	origin := rec.Run.Origin
	for _, d := range report.DesiredOf(rec, report.Recorded(rec), nil).Changes {
		p.Decisions = append(p.Decisions, Entry{At: numeral.Moment(d.At), Kind: fmt.Sprintf("%d → %d", d.From, d.To), Text: lab.Clean(d.Reason)})
	}
	var turn *lab.Event // that the last of both lists are of
	for _, t := range report.RunTicks(rec) {
		for i := range t.Events {
			e := &t.Events[i]
			entry := Entry{numeral.Moment(e.At - origin), lab.Clean(string(e.Kind)), lab.Clean(e.Text), lab.Clean(string(e.By))}
			if turn != nil && report.OneTurn(turn, e) {
				n, k := len(p.Events)-1, len(p.Deeds)-1
				before, _, _ := strings.Cut(p.Events[n].Text, " → ")
				_, after, _ := strings.Cut(entry.Text, " → ")
				p.Events[n].Text, p.Deeds[k].Text = before+" → "+after, before+" → "+after
				turn = e
				continue
			}
			turn = nil
			p.Events = append(p.Events, entry)
			if e.Action != nil {
				p.Deeds, turn = append(p.Deeds, entry), e
			}
		}
	}
	p.Decisions, p.Deeds, p.Events = most(p.Decisions), most(p.Deeds), most(p.Events)
}

// most is a list with what is beyond its limit counted.
func most(list []Entry) []Entry {
	if n := len(list) - mostEntries; n > 0 {
		return append(slices.Clone(list[:mostEntries]), Entry{Text: fmt.Sprintf("… and %s more: they are in the tables", numeral.Count(int64(n)))})
	}
	return list
}
