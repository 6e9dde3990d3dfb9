package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/filter"
	"autoscale-lab/ui/pane"
	"autoscale-lab/ui/theme"
)

const unknown = "—"

// Rows draws the screen as h rows of exactly w cells, the last of which is the
// status row.
func (m *Model) Rows(w, h int) []string {
	if w < 1 || h < 1 {
		return nil
	}
	rows := make([]string, 0, h)
	if h > 2 {
		rows = append(rows, m.header(w))
		body := h - 2
		below := max(9, min(20, body*9/20))
		if body < below+6 || len(m.runs) == 0 && m.form == nil {
			below = 0
		}
		rows = append(rows, m.list(w, body-below)...)
		rows = append(rows, m.below(w, below)...)
	}
	for len(rows) < h-1 {
		rows = append(rows, theme.Blank(w))
	}
	return append(rows, m.status(w))
}

// header says how many runs there are, and which are shown.
func (m *Model) header(w int) string {
	th := m.th
	bar := " " + th.Dim.Paint(th.Bar) + " "
	left := " " + th.Title.Paint("autoscale-lab") + "  " + th.Bold.Paint("History") + bar + m.counted()
	if m.filter.Empty() {
		left += bar + sortedBy(m.order)
	} else {
		left += bar + "filter " + th.Accent.Paint(th.Spell(m.applied)) + bar + sortedBy(m.order)
	}
	right := ""
	switch {
	case m.err != nil:
		right = th.Bad.Paint("! not all could be read ")
	case m.loading:
		right = th.Dim.Paint("reading" + th.Ellipsis + " ")
	}
	return th.Row(left, right, w)
}

func (m *Model) counted() string {
	all := len(m.runs)
	text := group(int64(all)) + " runs"
	if all == 1 {
		text = "1 run"
	}
	if !m.filter.Empty() {
		text = group(int64(len(m.shown))) + " of " + text
	}
	if m.size > 0 {
		text += ", " + bytes(m.size)
	}
	return text
}

// bytes is a size as people read it: 640 kB, 12.3 MB.
func bytes(n int64) string {
	v, unit := float64(n)/1e3, "kB"
	for _, next := range []string{"MB", "GB", "TB"} {
		if v >= 999.5 {
			v, unit = v/1e3, next
		}
	}
	if v < 99.95 && unit != "kB" {
		return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " " + unit
}

func sortedBy(order string) string {
	switch order {
	case "id":
		return "newest first"
	case "started":
		return "last started first"
	case "duration":
		return "longest first"
	case "name":
		return "by name"
	case "score":
		return "best score first"
	}
	return "most " + map[string]string{"p95": "p95", "error": "errors", "cpu": "CPU", "scaled": "scaled"}[order] + " first"
}

// list is the table in its box.
func (m *Model) list(w, h int) []string {
	th := m.th
	right := ""
	if n := len(m.shown); n > 0 {
		right = group(int64(m.cursor+1)) + " of " + group(int64(n))
	}
	rows := m.message(max(w-2, 0))
	if rows == nil {
		rows = m.rows(w-2, h-2)
	}
	return th.Box("Runs", right, rows, w, h, true)
}

// message is what is said instead of a table, or nil.
func (m *Model) message(w int) []string {
	th := m.th
	var lines []string
	switch {
	case len(m.shown) > 0:
		return nil
	case !m.opened && m.err != nil:
		lines = []string{"the notebook cannot be read:", lab.Clean(m.err.Error())}
	case !m.opened:
		lines = []string{"reading the notebook…"}
	case len(m.runs) > 0:
		lines = []string{"no run matches " + m.applied, "esc clears the filter"}
		if m.form != nil && m.form.run == 0 {
			lines = lines[:1]
		}
	default:
		lines = []string{"No runs yet. To make the first:", "",
			"1      shows the Workbench", "space  starts the load there, and with it a run", "s      ends the run and keeps it", "",
			"or at the shell: autoscale-lab run --duration 60s"}
	}
	rows := []string{""}
	for _, l := range lines {
		rows = append(rows, th.Clip("  "+th.Spell(l), w))
	}
	return rows
}

// rows is the heading and as many runs as fit, the selected one among them.
func (m *Model) rows(w, h int) []string {
	if h < 2 {
		return nil
	}
	m.visible = h - 1
	m.top = max(0, min(m.top, len(m.shown)-m.visible))
	m.top = min(m.top, m.cursor)
	m.top = max(m.top, m.cursor-m.visible+1)
	cols := m.columns(w)
	rows := append(make([]string, 0, h), m.heading(cols, w))
	for i := m.top; i < min(m.top+m.visible, len(m.shown)); i++ {
		rows = append(rows, m.row(cols, m.shown[i], i == m.cursor, w))
	}
	return rows
}

// status is one line: what is typed, what can be undone, what is marked.
func (m *Model) status(w int) string {
	th := m.th
	switch {
	case m.exporting != nil:
		return m.exporting.Draw(th, w)
	case m.form != nil:
		return m.typed(w)
	}
	if n := len(m.undo); n > 0 {
		text := fmt.Sprintf(" run %d is deleted: u has it back", m.undo[n-1].ID)
		if n > 1 {
			text = fmt.Sprintf(" %d runs are deleted: u has the last one back", n)
		}
		return th.Clip(th.Accent.Paint(" "+th.Select)+th.Bold.Paint(text), w)
	}
	text := ""
	if len(m.shown) > 1 || len(m.marks) > 0 {
		text = m.marked()
	}
	if m.text != "" && len(m.marks) > 0 || len(m.shown) < 2 && m.text != "" {
		text = strings.TrimSpace(text + "  " + th.Dim.Paint("esc clears the filter"))
	}
	return th.Clip(" "+text, w)
}

// below is the selected run, or its name and note being typed, in a box.
func (m *Model) below(w, h int) []string {
	if h < 1 {
		return nil
	}
	th, r := m.th, m.selected()
	if f := m.form; f != nil && f.run != 0 && !f.spec {
		rows := []string{""}
		for i, label := range f.labels {
			rows = append(rows, "  "+th.Bold.Paint(label)+"  "+f.field(th, i, max(w-12, 1)))
		}
		return th.Box(fmt.Sprintf("Name and note of run %d", f.run), "", rows, w, h, true)
	}
	if r == nil {
		return th.Box("", "", nil, w, h, false)
	}
	title := fmt.Sprintf("Run %d", r.ID)
	if r.Name != "" {
		title += " " + th.Spell(r.Name)
	}
	facts := max(44, min(w/2, 78))
	rows := m.facts(r, facts-2, h-2)
	if room := w - 2 - facts; room >= 20 {
		rows = theme.HJoin(fill(rows, facts, h-2), fill(m.preview.charts(th, r.Summary.Spark, room, h-2), room, h-2))
	}
	return th.Box(title, th.Spell(r.Began.Local().Format("2006-01-02 15:04:05")), rows, w, h, false)
}

// fill makes h rows of w cells.
func fill(rows []string, w, h int) []string {
	out := make([]string, max(h, 0))
	for i := range out {
		if i < len(rows) {
			out[i] = theme.Fit(rows[i], w)
		} else {
			out[i] = theme.Blank(w)
		}
	}
	return out
}

// facts is the selected run's figures and settings, the most telling first, for
// h rows of w cells. Of a run under way they are those so far, as it was when
// its ticks were read.
func (m *Model) facts(r *lab.Run, w, h int) []string {
	th, s := m.th, &r.Summary
	read := m.preview.find()
	if read != nil && read.sum != nil {
		s = read.sum
	}
	var rows []string
	add := func(label, text string) {
		rows = append(rows, " "+th.Dim.Paint(theme.Fit(label, 10))+th.Clip(th.Spell(text), w-11))
	}
	word := filter.Outcome(r)
	ink := outcomeInk(th, r.Outcome)
	so := ink.Paint(word)
	switch {
	case r.Outcome != lab.Unfinished:
		so += " after " + pane.Clock(r.Duration)
	case read != nil && read.sum != nil:
		so += ", the figures at " + pane.Clock(read.end)
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
	e := &s.Elasticity
	add("score", fmt.Sprintf("%s  missing %s  surplus %s", figure(s.Score), percent(e.UnderPct), percent(e.OverPct)))
	if c := s.CoveragePct; c != nil && *c < leastCoverage && r.Outcome != lab.Unfinished {
		add("beware", fmt.Sprintf("ticks tell of %s %% of the run", figure(c)))
	}
	add("target", fmt.Sprintf("%v missed by %s", r.Experiment.SLO, percent(s.SLO.ViolationPct)))
	add("reaction", reaction(&s.Reaction))
	add("cost", fmt.Sprintf("%.4f by second  %s instance·s", s.Cost.PerSecond, group(int64(s.InstanceSeconds+0.5))))
	add("scaled", fmt.Sprintf("▲%d ▼%d  oscillations %d", s.Scale.Up, s.Scale.Down, s.Oscillations))
	add("requests", group(s.Requests.Offered)+"  failed "+failed(s))
	add("latency", fmt.Sprintf("p50 %s  p95 %s  p99 %s ms", figure(s.Latency.P50), figure(s.Latency.P95), figure(s.Latency.P99)))
	add("CPU", fmt.Sprintf("mean %s  p95 %s %% of size", figure(s.Utilization.MeanPct), figure(s.Utilization.P95Pct)))
	add("instances", fmt.Sprintf("%d–%d  mean %s  peak %d", s.Instances.Min, s.Instances.Max, figure(s.Instances.Mean), s.Instances.Peak))
	f := &r.Experiment.Fleet
	each := fmt.Sprintf("size %s core", strconv.FormatFloat(f.Size, 'g', 3, 64))
	if len(f.App) > 0 {
		each += ", " + strings.Join(f.App, " ")
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

// leastCoverage is how much of a run must be known, in percent, for its figures
// to be taken as the run's.
const leastCoverage = 95

// percent is a share with its sign, or a dash.
func percent(v *float64) string {
	if v == nil {
		return unknown
	}
	return figure(v) + " %"
}

// reaction is when the first breach was, and what followed it when.
func reaction(r *lab.ReactionScore) string {
	if r.FirstBreach == nil {
		return "no breach of target or upper"
	}
	after := func(v *float64) string {
		if v == nil {
			return "never"
		}
		return "+" + figure(v)
	}
	return fmt.Sprintf("at %s s  ready %s  relief %s", figure(r.FirstBreach), after(r.NewReady), after(r.Relief))
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

func outcomeInk(th *theme.Theme, o lab.Outcome) theme.Style {
	switch o {
	case lab.Unfinished:
		return th.Good
	case lab.Crashed, lab.Aborted:
		return th.Bad
	}
	return ""
}

// figure is v with one decimal below a hundred, or a dash if it is not known.
func figure(v *float64) string {
	switch {
	case v == nil:
		return unknown
	case *v < 99.95:
		return strconv.FormatFloat(*v, 'f', 1, 64)
	}
	return strconv.FormatFloat(*v, 'f', 0, 64)
}

// group is n with its thousands apart.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// failed is the requests that failed, and their share of those that ended.
func failed(s *lab.Summary) string {
	if s.ErrorPct == nil {
		return group(s.Requests.Failed)
	}
	return fmt.Sprintf("%s (%s %%)", group(s.Requests.Failed), figure(s.ErrorPct))
}

// shortLoad is a load's kind and its level: constant 60/s, ramp, 20 threads.
func shortLoad(text string) string {
	s, err := lab.ParseSpec("load", text)
	if err != nil {
		return text
	}
	short := s.Kind
	if shape, closed := strings.CutPrefix(s.Kind, "closed/"); closed {
		short = "closed " + shape
	}
	for _, set := range s.Settings {
		switch set.Name {
		case "rate":
			return short + " " + set.Text + "/s"
		case "threads":
			return strings.TrimPrefix(short+" ", "closed constant ") + set.Text + " threads"
		}
	}
	return short
}

// started is the date and time, shorter where there is less room.
func started(t time.Time, w int) string {
	if w < 16 {
		return t.Local().Format("01-02 15:04")
	}
	return t.Local().Format("2006-01-02 15:04")
}
