package page

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"autoscale-lab/lab"
	"autoscale-lab/lab/golden"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/stat"
)

// hostile is a text that tries to be more than text.
const hostile = `</style><script>alert(1)</script><img src="http://evil/x" onerror=alert(1)> {{.}} " ' &`

// written is a page that must be whole, run nothing and load nothing.
func written(t *testing.T, write func(w *bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	open := []string{}
	void := []string{"meta", "br", "link", "img"}
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken:
			if slices.Contains([]string{"script", "link", "img", "iframe", "object", "embed", "base", "form"}, token.Data) {
				t.Errorf("<%s> in a page", token.Data)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "://") && !strings.HasPrefix(a.Key, "xmlns") && a.Key != "title" || strings.Contains(a.Val, "javascript:") {
					t.Errorf("<%s %s=%q> in a page", token.Data, a.Key, a.Val)
				}
			}
			if !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> where %v are open", token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%v were not closed", open)
	}
	_, style, _ := strings.Cut(text, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	if strings.Contains(style, "url(") || strings.Contains(style, "@import") || strings.Contains(style, "{{") {
		t.Errorf("style: %s", style)
	}
	return text
}

func TestPageOfARun(t *testing.T) {
	p := &Run{
		Title: "run 42: " + hostile, Note: hostile, Cautions: []string{hostile}, Facts: []Fact{{"outcome", "completed after 60 s"}, {"machine", hostile}},
		Figures:   []Group{{"fit to demand", []Figure{{"score", "score", "87.1", "how well it fits"}, {"elasticity.under_pct", "under %", unknown, hostile}}}, {"service", []Figure{{"latency_ms.p95", "p95 ms", "12.0", ""}}}},
		Settings:  []Fact{{"policy", "threshold"}, {"policy.upper", "35%"}, {"fleet.min", "1"}, {"seed", hostile}},
		Decisions: []Entry{{At: "00:03", Kind: "1 → 2", Text: hostile}}, Deeds: []Entry{{"00:02.5", "action", "rate 15 /s → 20 /s", "user"}},
		Events: []Entry{{"00:03", "up", hostile, "policy"}}, Measured: []string{hostile},
	}
	chart := &Chart{SVG: `<svg viewBox="0 0 1 1"></svg>`, Light: "--chart-a:#0072B2;", Dark: "--chart-a:#56B4E9;"}
	text := written(t, func(w *bytes.Buffer) error { return p.HTML(w, chart) })
	golden.Check(t, "run.html", []byte(text))
	if strings.Contains(text, "<script") || strings.Contains(text, "<img") {
		t.Error("markup from outside came through")
	}
}

func TestPageOfRecords(t *testing.T) {
	a, b := record(41, "35%"), record(42, "40%")
	text := written(t, func(w *bytes.Buffer) error { return OfRun(&a).HTML(w, nil) })
	for _, want := range []string{
		"<h1>run 41: &lt;script&gt;alert(1)&lt;/script&gt; &amp; | co</h1>", "<dt>slow or failed %</dt><dd>5.00</dd>",
		`<td class="short">1 → 2</td><td>CPU 30 % &gt; 35%: 1 → 2 &lt;img src=x onerror=alert(1)&gt;</td>`, `<td>upper</td><td class="n">35%</td>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not in the page: %s", want)
		}
	}
	c := report.Compare([]lab.Record{a, b})
	text = written(t, func(w *bytes.Buffer) error { return OfSides(&c).HTML(w, nil) })
	for _, want := range []string{
		`<p class="fair yes">load identical</p>`, `<p class="verdict">load identical · `, "no claim beyond these", "<tr><td class=\"short\">policy.upper</td><td>35%</td><td>40%</td></tr>",
		`<td class="word">≈ same</td>`, `<td class="word">n/a<small>`, "Fewer than 3 runs on a side", `<dt class="letter s1">B</dt><dd>run 42: &lt;script&gt;`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not in the page: %s", want)
		}
	}
	b.Run.Experiment.Load = "constant:rate=<240>"
	c = report.Compare([]lab.Record{a, b})
	text = written(t, func(w *bytes.Buffer) error { return OfSides(&c).HTML(w, nil) })
	if !strings.Contains(text, `<p class="fair no">load differs: not a fair comparison: `) || strings.Contains(text, `class="verdict"`) {
		t.Error("another load is not said first, or there is a verdict")
	}
}

// What shadows wished for has columns beside the sides, and on the page of one
// run a group of its own.
func TestPagesOfShadows(t *testing.T) {
	a, b := record(41, "35%"), record(42, "40%")
	for i := range b.Ticks {
		b.Ticks[i].Shadows = []lab.Shadow{{Policy: "hpa:<b>", Decision: lab.Decision{Desired: 4}}}
	}
	c := report.Compare([]lab.Record{a, b})
	text := written(t, func(w *bytes.Buffer) error { return OfSides(&c).HTML(w, nil) })
	for _, want := range []string{
		`<th class="n">A</th><th class="n">B</th><th class="n">B·hpa</th><th class="n">Δ</th>`, `peak desired</td><td class="n">2</td><td class="n">2</td><td class="n">4</td><td class="n">0</td>`,
		`peak ready</td><td class="n">2</td><td class="n">2</td><td class="n">—</td>`, "<dt>B·hpa</dt><dd>hpa:&lt;b&gt;</dd>", "a shadow does not feel its own decisions",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not in the page: %s", want)
		}
	}
	p := OfRun(&b)
	if text = string(p.Markdown()); !strings.Contains(text, "| **shadow hpa:&lt;b&gt;** | | |") || !strings.Contains(text, "| peak desired | 4 |") {
		t.Errorf("the shadow is not on the run's page:\n%s", text)
	}
	if n := len(p.tiles()); n != len(OfRun(&a).tiles()) {
		t.Errorf("a shadow adds to the tiles: %d", n)
	}
}

func TestPageOfRepeats(t *testing.T) {
	var a, b []lab.Record
	for i := range 5 {
		for k, side := range []*[]lab.Record{&a, &b} {
			rec := record(int64(10*k+i+1), []string{"35%", "40%"}[k])
			p95 := float64(10 + 20*k + i)
			rec.Run.Summary.Latency.P95 = &p95
			*side = append(*side, rec)
		}
	}
	c := report.CompareGroups([][]lab.Record{a, b})
	text := written(t, func(w *bytes.Buffer) error { return OfSides(&c).HTML(w, nil) })
	for _, want := range []string{
		`>p95 ms</td><td class="n">12.0</td><td class="n">32.0</td><td class="n">&#43;20.0</td><td class="word worse">▲ worse<small>p 0.008</small></td>`,
		"Medians of the repeats", "5 runs from run 1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not in the page: %s", want)
		}
	}
}

func TestWhatSpeaksForAJudgement(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		j    stat.Judgement
		want string
	}{
		{stat.Judgement{Word: stat.WordBetter, P: nan, LeastP: nan}, ""},
		{stat.Judgement{Word: stat.WordBetter, P: .008, LeastP: .008}, "p 0.008"},
		{stat.Judgement{Word: stat.WordNotShown, P: .31, LeastP: .008}, "p 0.310"},
		{stat.Judgement{Word: stat.WordTooFew, P: .1, LeastP: .1}, "least p 0.100"},
		{stat.Judgement{Word: stat.WordSame, P: .4, LeastP: .008}, ""},
	} {
		if got := chance(c.j); got != c.want {
			t.Errorf("%+v: %q, want %q", c.j, got, c.want)
		}
	}
}
