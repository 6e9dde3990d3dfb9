package page

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/stat"
)

//go:embed page.html
var source embed.FS

// pages is made when first asked for: most invocations write none.
var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"entries": asEntries}).ParseFS(source, "page.html"))
})

// Chart is a picture to stand in a page: SVG in the colours that CSS names.
type Chart struct {
	SVG         string // as lab/report/draw makes it; it is not escaped again
	Light, Dark string // the colours, as custom properties
}

// picture is a Chart as the page takes it.
type picture struct {
	Light, Dark template.CSS
	Chart       template.HTML
}

func (c *Chart) picture() picture {
	if c == nil {
		return picture{}
	}
	return picture{template.CSS(c.Light), template.CSS(c.Dark), template.HTML(c.SVG)}
}

// HTML writes the page of a run. Without ticks it has no chart: nil.
func (p *Run) HTML(w io.Writer, c *Chart) error {
	err := pages().ExecuteTemplate(w, "run", struct {
		picture
		*Run
		Tiles    []Figure
		Settings []settings
	}{c.picture(), p, p.tiles(), p.settings()})
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}

const unknown = "—"

// tiles are the figures that are read first, as far as they are known.
func (p *Run) tiles() []Figure {
	var out []Figure
	for _, name := range []string{"score", "latency_ms.p95", "slo.violation_pct", "error_pct", "instance_seconds", "oscillations"} {
		for _, g := range p.Figures {
			for _, f := range g.Figures {
				if f.Name == name && f.Value != unknown {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// settings are those of one owner.
type settings struct {
	Name  string
	Facts []Fact
}

// settings puts what has an owner under it: policy.upper under policy.
func (p *Run) settings() []settings {
	out := []settings{{Name: "run"}}
	for _, f := range p.Settings {
		owner, name, owned := strings.Cut(f.Name, ".")
		if f.Name == "policy" || f.Name == "load" {
			owner, name, owned = f.Name, "kind", true
		}
		if !owned {
			owner, name = "run", f.Name
		}
		i := slices.IndexFunc(out, func(s settings) bool { return s.Name == owner })
		if i < 0 {
			i = len(out)
			out = append(out, settings{Name: owner})
		}
		out[i].Facts = append(out[i].Facts, Fact{name, f.Value})
	}
	return append(out[1:], out[0])
}

// asEntries is a list of what happened with its headings, "" for none.
func asEntries(kind, text string, list []Entry) any {
	return struct {
		Kind, Text string
		By         bool
		List       []Entry
	}{kind, text, slices.ContainsFunc(list, func(e Entry) bool { return e.By != "" }), list}
}

// Sides is what there is to say of runs side by side.
type Sides struct {
	Title    string
	Fair     bool
	Fairness string
	Why      string
	Verdict  string
	Caveat   string
	Shadows  []Fact // by their columns' names, the policies
	Of       []Side
	Differ   []Difference
	Same     string
	Fields   int // settings that were compared
	Warnings []string
	Heads    []string // of the table's columns behind the figure's name
	Rows     []Row
	Rules    []string
}

// Side is one of them: its letter and its runs.
type Side struct {
	Letter string
	Runs   []string
}

// Difference is a setting that is not the same in all runs, and its value in
// each.
type Difference struct {
	Name   string
	Values []string
}

// Row is a figure on every side. A heading has Group and nothing else.
type Row struct {
	Group, Label, Meaning string
	Cells                 []Cell
}

// Cell is a value, or a judgement, which has a Class for its word.
type Cell struct{ Text, Class, Small string }

// OfSides reads a comparison.
func OfSides(c *report.Comparison) *Sides {
	p := &Sides{
		Fair: c.Same, Fairness: c.Fairness(), Why: lab.Clean(c.Why), Verdict: lab.Clean(c.Verdict), Caveat: lab.Clean(c.Caveat),
		Same: lab.Clean(c.Differences.Same), Fields: c.Differences.Fields, Heads: c.Head()[1:],
	}
	var titles []string
	few := false
	for _, s := range c.Sides {
		side := Side{Letter: s.Letter}
		for i := range s.Runs {
			r := &s.Runs[i]
			text := Title(r) + ", " + ended(r)
			if !r.Began.IsZero() {
				text += ", " + r.Began.UTC().Format("2006-01-02 15:04 UTC")
			}
			side.Runs = append(side.Runs, text)
		}
		few = few || len(s.Runs) < stat.Claim
		p.Of = append(p.Of, side)
		title := Title(&s.Runs[0])
		if n := len(s.Runs); n > 1 {
			title = fmt.Sprintf("%d runs from %s", n, title)
		}
		titles = append(titles, title)
	}
	p.Title = "Comparison: " + strings.Join(titles, " · ")
	for _, d := range c.Differences.Differ {
		row := Difference{Name: lab.Clean(d.Name)}
		for _, v := range c.BySide(d) {
			text := unknown
			if v != nil {
				text = lab.Clean(*v)
			}
			row.Values = append(row.Values, text)
		}
		p.Differ = append(p.Differ, row)
	}
	for _, s := range c.Shadows {
		p.Shadows = append(p.Shadows, Fact{s.Title, lab.Clean(s.Policy)})
	}
	for _, w := range c.Warnings {
		p.Warnings = append(p.Warnings, lab.Clean(w))
	}
	p.rows(c)
	p.Rules = rules(few)
	return p
}

func (p *Sides) rows(c *report.Comparison) {
	group := ""
	for i := range c.Metrics {
		m := &c.Metrics[i]
		if m.Group != group {
			group = m.Group
			p.Rows = append(p.Rows, Row{Group: group})
		}
		row := Row{Label: lab.Clean(m.Label), Meaning: m.Meaning()}
		for side := range c.Sides {
			row.Cells = append(row.Cells, Cell{Text: m.Show(m.Value(side))})
		}
		for _, v := range m.Shadows {
			row.Cells = append(row.Cells, Cell{Text: m.Show(v)})
		}
		for k, j := range m.Judged {
			why := chance(j)
			if j.Word == stat.WordUnknown {
				why = lab.Clean(m.Why[k])
			}
			row.Cells = append(row.Cells, Cell{Text: m.ShowDelta(m.Deltas[k])}, Cell{m.Mark(k), class(j.Word), why})
		}
		p.Rows = append(p.Rows, row)
	}
}

func class(w stat.Word) string {
	switch w {
	case stat.WordBetter, stat.WordWorse, stat.WordChanged:
		return "word " + string(w)
	}
	return "word"
}

// chance is what speaks for a judgement from repeats.
func chance(j stat.Judgement) string {
	switch {
	case math.IsNaN(j.P) || j.Word == stat.WordSame || j.Word == stat.WordChanged || j.Word == stat.WordUnknown:
		return ""
	case j.Word == stat.WordTooFew:
		return fmt.Sprintf("least p %.3f", j.LeastP)
	}
	return fmt.Sprintf("p %.3f", j.P)
}

// rules says how the words came about.
func rules(few bool) []string {
	out := []string{
		"Sides are compared with A. Same: the difference is within the tolerance of the figure, or within an interval where it is a time.",
		"Changed: another value of a figure that is neither good nor bad in itself. n/a: not known on a side, or not the same thing on both.",
	}
	if few {
		return append(out, fmt.Sprintf("Fewer than %d runs on a side: better and worse speak of these runs alone, and claim nothing beyond them.", stat.Claim))
	}
	return append(out, "Medians of the repeats. Better or worse is said where Mann-Whitney's U gives p ≤ 0.05, two-sided; of 20 figures one falls under it by chance.")
}

// Columns is how many the table has.
func (p *Sides) Columns() int { return 1 + len(p.Heads) }

// HTML writes the page of a comparison. Without ticks on any side it has no
// chart: nil.
func (p *Sides) HTML(w io.Writer, c *Chart) error {
	if err := pages().ExecuteTemplate(w, "sides", struct {
		picture
		*Sides
	}{c.picture(), p}); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}
