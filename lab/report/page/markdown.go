package page

import (
	"bytes"
	"fmt"
	"strings"

	"autoscale-lab/lab/report"
)

// Markdown is the page as a text with tables.
func (p *Run) Markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", report.Plain(p.Title))
	for _, f := range p.Facts {
		fmt.Fprintf(&b, "- %s: %s\n", f.Name, report.Plain(f.Value))
	}
	if p.Note != "" {
		fmt.Fprintf(&b, "\n> %s\n", report.Plain(p.Note))
	}
	for _, c := range p.Cautions {
		fmt.Fprintf(&b, "\n**%s**\n", report.Plain(c))
	}
	if len(p.Spark) > 0 {
		b.WriteString("\n```text\n")
		for _, s := range p.Spark {
			fmt.Fprintf(&b, "%-6s %s  %s\n", s.Name, s.Curve, s.Range)
		}
		b.WriteString("```\n")
	}
	b.WriteString("\n## Figures\n\n| figure | value | what it is |\n| --- | ---: | --- |\n")
	for _, g := range p.Figures {
		fmt.Fprintf(&b, "| **%s** | | |\n", report.Plain(g.Name))
		for _, f := range g.Figures {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", report.Plain(f.Label), report.Plain(f.Value), report.Plain(f.Meaning))
		}
	}
	b.WriteString("\n## Settings\n\n| setting | value |\n| --- | --- |\n")
	for _, s := range p.Settings {
		fmt.Fprintf(&b, "| %s | %s |\n", report.Plain(s.Name), report.Plain(s.Value))
	}
	entries(&b, "Decisions", "instances", "why", p.Decisions)
	entries(&b, "Changed on the way", "", "deed", p.Deeds)
	entries(&b, "Events", "kind", "event", p.Events)
	b.WriteString("\n## How it was measured\n\n")
	for _, m := range p.Measured {
		fmt.Fprintf(&b, "- %s\n", report.Plain(m))
	}
	return b.Bytes()
}

// entries is a table of what happened; kind heads the second column, "" leaves
// it out.
func entries(b *bytes.Buffer, title, kind, text string, list []Entry) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n", title)
	by := false
	for _, e := range list {
		by = by || e.By != ""
	}
	row := func(at, k, t, who string) {
		cells := []string{at}
		if kind != "" {
			cells = append(cells, k)
		}
		if cells = append(cells, t); by {
			cells = append(cells, who)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	row("at", kind, text, "by")
	row("---:", "---", "---", "---")
	for _, e := range list {
		row(e.At, report.Plain(e.Kind), report.Plain(e.Text), report.Plain(e.By))
	}
}
