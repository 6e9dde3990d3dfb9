package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/stat"
)

type comparisonJSON struct {
	Runs    [][]int64            `json:"runs"` // by side
	Same    bool                 `json:"load_identical"`
	Why     *string              `json:"load_difference"`
	Differ  map[string][]*string `json:"settings_differ"`
	Shadows []shadowJSON         `json:"shadows,omitempty"`
	Metrics []metricJSON         `json:"metrics"`
	Verdict *string              `json:"verdict"`
	Caveat  string               `json:"caveat,omitempty"` // on the figures of shadows
	Warn    []string             `json:"warnings,omitempty"`
}

type shadowJSON struct {
	Side   string `json:"side"`
	Policy string `json:"policy"`
}

type metricJSON struct {
	Name   string     `json:"name"`
	Unit   string     `json:"unit"`
	Values []*float64 `json:"values"`
	Delta  *float64   `json:"delta"` // B − A
	Word   stat.Word  `json:"word"`  // of B against A
	// Each side but the first against A, where there are more than two.
	Deltas []*float64  `json:"deltas,omitempty"`
	Words  []stat.Word `json:"words,omitempty"`
	// What the comparison's shadows come to, if any of them has a value.
	Shadows []*float64 `json:"shadow_values,omitempty"`
	// Where sides are of several runs: every run's value, by side, and how likely
	// it is that chance alone sets the sides so far apart, of B and of each.
	Runs    [][]*float64 `json:"run_values,omitempty"`
	P       *float64     `json:"p,omitempty"`
	LeastP  *float64     `json:"least_p,omitempty"` // that these values allow
	Ps      []*float64   `json:"ps,omitempty"`
	LeastPs []*float64   `json:"least_ps,omitempty"`
}

// JSON is the comparison as history compare --json prints it. What is not
// known is null: so is a reaction that nothing asked for, or that never came.
func (c *Comparison) JSON() ([]byte, error) {
	out := comparisonJSON{Same: c.Same, Why: some(c.Why), Differ: map[string][]*string{}, Metrics: []metricJSON{}, Verdict: some(c.Verdict), Caveat: c.Caveat, Warn: c.Warnings}
	repeated := false
	for _, s := range c.Sides {
		var ids []int64
		repeated = repeated || len(s.Runs) > 1
		for _, r := range s.Runs {
			ids = append(ids, r.ID)
		}
		out.Runs = append(out.Runs, ids)
	}
	for _, d := range c.Differences.Differ {
		out.Differ[d.Name] = c.BySide(d)
	}
	for _, s := range c.Shadows {
		out.Shadows = append(out.Shadows, shadowJSON{c.Sides[s.Side].Letter, s.Policy})
	}
	for i := range c.Metrics {
		m := &c.Metrics[i]
		row := metricJSON{Name: m.Name, Unit: m.Unit}
		for side := range c.Sides {
			row.Values = append(row.Values, finite(m.Value(side)))
		}
		for k := range m.Judged {
			row.Deltas, row.Words = append(row.Deltas, finite(m.Deltas[k])), append(row.Words, m.Judged[k].Word)
		}
		if len(row.Words) > 0 {
			row.Delta, row.Word = row.Deltas[0], row.Words[0]
		}
		if m.shadowed() {
			for _, v := range m.Shadows {
				row.Shadows = append(row.Shadows, finite(v))
			}
		}
		if repeated {
			row.repeats(m)
		}
		if len(row.Words) < 2 {
			row.Deltas, row.Words, row.Ps, row.LeastPs = nil, nil, nil, nil
		}
		out.Metrics = append(out.Metrics, row)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(out)
	return b.Bytes(), err
}

func (row *metricJSON) repeats(m *Metric) {
	for _, values := range m.Values {
		known := make([]*float64, len(values))
		for i, v := range values {
			known[i] = finite(v)
		}
		row.Runs = append(row.Runs, known)
	}
	for _, j := range m.Judged {
		row.Ps, row.LeastPs = append(row.Ps, finite(j.P)), append(row.LeastPs, finite(j.LeastP))
	}
	if len(m.Judged) > 0 {
		row.P, row.LeastP = row.Ps[0], row.LeastPs[0]
	}
}

// BySide is a setting's value for each side, nil if it has none: where repeats
// differ, all that they have, in their order.
func (c *Comparison) BySide(d Difference) []*string {
	values := d.Values
	out := make([]*string, len(c.Sides))
	for i, s := range c.Sides {
		var own []string
		for _, v := range values[:len(s.Runs)] {
			if v != "" && !slices.Contains(own, v) {
				own = append(own, v)
			}
		}
		out[i], values = some(strings.Join(own, ", ")), values[len(s.Runs):]
	}
	return out
}

func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Fairness is the line that a comparison begins with.
func (c *Comparison) Fairness() string {
	switch {
	case c.Same:
		return "load identical"
	case c.Unsure:
		return "load not known to be the same: not a fair comparison"
	}
	return "load differs: not a fair comparison"
}

// Head is the names of the table's columns: METRIC, A, B, those of shadows, Δ
// and the word; Δ and word for each side but the first.
func (c *Comparison) Head() []string {
	head := []string{"METRIC"}
	for _, s := range c.Sides {
		head = append(head, s.Letter)
	}
	for _, s := range c.Shadows {
		head = append(head, s.Title)
	}
	for _, s := range c.Sides[1:] {
		delta := "Δ"
		if len(c.Sides) > 2 {
			delta = "Δ" + s.Letter
		}
		head = append(head, delta, "")
	}
	return head
}

// Row is a metric's line of the table.
func (c *Comparison) Row(i int) []string {
	m := &c.Metrics[i]
	row := []string{m.Label}
	for side := range c.Sides {
		row = append(row, m.Show(m.Value(side)))
	}
	for _, v := range m.Shadows {
		row = append(row, m.Show(v))
	}
	for k := range m.Judged {
		word := strings.TrimSpace(m.Mark(k) + "  " + m.Judged[k].Odds())
		if m.Judged[k].Word == stat.WordUnknown && !math.IsNaN(m.Value(0)-m.Value(k+1)) { // else a dash tells
			word += ": " + m.Why[k]
		}
		row = append(row, m.ShowDelta(m.Deltas[k]), word)
	}
	return row
}

// Mark is the direction of a side's difference and its judgement: "▲ worse",
// "≈ same". The side counts from B.
func (m *Metric) Mark(k int) string {
	word := m.Judged[k].Word
	a, b := m.Value(0), m.Value(k+1)
	switch {
	case word == stat.WordUnknown:
		return string(word)
	case word == stat.WordSame:
		return "≈ same"
	case b > a:
		return "▲ " + string(word)
	}
	return "▼ " + string(word)
}

// Markdown is the comparison as a text with tables.
func (c *Comparison) Markdown() []byte {
	var b bytes.Buffer
	line := func(cells []string) {
		for i, s := range cells {
			cells[i] = Plain(s)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	rule := func(text, numbers int) {
		b.WriteString("|" + strings.Repeat(" --- |", text) + strings.Repeat(" ---: |", numbers))
	}
	b.WriteString("# Comparison\n\n")
	for _, s := range c.Sides {
		var runs []string
		for i := range s.Runs {
			r := &s.Runs[i]
			runs = append(runs, strings.TrimSpace(fmt.Sprintf("run %d %s", r.ID, Plain(r.Name)))+", "+r.Began.UTC().Format("2006-01-02 15:04 UTC"))
		}
		fmt.Fprintf(&b, "- %s: %s\n", s.Letter, strings.Join(runs, "; "))
	}
	fmt.Fprintf(&b, "\n**%s**", c.Fairness())
	if c.Why != "" {
		fmt.Fprintf(&b, " (%s)", Plain(c.Why))
	}
	for _, w := range c.Warnings {
		fmt.Fprintf(&b, "\n\nBeware: %s", Plain(w))
	}
	fmt.Fprintf(&b, "\n\n## Config differences\n\n%d of %d fields. Same: %s\n\n", len(c.Differences.Differ), c.Differences.Fields, Plain(c.Differences.Same))
	if len(c.Differences.Differ) > 0 {
		head := []string{"setting"}
		for _, s := range c.Sides {
			head = append(head, s.Letter)
		}
		columns := len(head) - 1
		line(head)
		rule(1+columns, 0)
		b.WriteByte('\n')
		for _, d := range c.Differences.Differ {
			cells := []string{d.Name}
			for _, v := range c.BySide(d) {
				text := "—"
				if v != nil {
					text = *v
				}
				cells = append(cells, text)
			}
			line(cells)
		}
	}
	b.WriteString("\n## Figures\n\n")
	line(c.Head())
	rule(1, len(c.Sides)+len(c.Shadows))
	b.WriteString(strings.Repeat(" ---: | --- |", len(c.Sides)-1) + "\n")
	for i := range c.Metrics {
		line(c.Row(i))
	}
	for i, s := range c.Shadows {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "- %s: %s\n", Plain(s.Title), Plain(s.Policy))
	}
	for _, text := range []string{c.Caveat, c.Verdict} {
		if text != "" {
			fmt.Fprintf(&b, "\n%s\n", Plain(text))
		}
	}
	return b.Bytes()
}

// Plain is a text from outside as Markdown shows it: clean, and without markup.
func Plain(s string) string { return markup.Replace(lab.Clean(s)) }

var markup = strings.NewReplacer(
	"|", `\|`, `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`,
)

// CSV is the table of figures: name, unit, a value for each side, then delta
// and word of each side against A, then a value for each shadow. What is not
// known is empty.
func (c *Comparison) CSV() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{"metric", "unit"}
	for _, s := range c.Sides {
		head = append(head, strings.ToLower(s.Letter))
	}
	for _, s := range c.Sides[1:] {
		head = append(head, "delta_"+strings.ToLower(s.Letter), "word_"+strings.ToLower(s.Letter))
	}
	for _, s := range c.Shadows {
		head = append(head, "shadow_"+strings.ToLower(c.Sides[s.Side].Letter)+" "+lab.Clean(s.Policy))
	}
	w.Write(head)
	for i := range c.Metrics {
		m := &c.Metrics[i]
		row := []string{m.Name, m.Unit}
		for side := range c.Sides {
			row = append(row, plain(m.Value(side)))
		}
		for k := range m.Judged {
			row = append(row, plain(m.Deltas[k]), string(m.Judged[k].Word))
		}
		for _, v := range m.Shadows {
			row = append(row, plain(v))
		}
		w.Write(row)
	}
	w.Flush() // into memory: cannot fail
	return b.Bytes()
}

func plain(v float64) string {
	if p := finite(v); p != nil {
		return fmt.Sprint(*p)
	}
	return ""
}
