package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/history/preview"
	"autoscale-lab/ui/theme"
)

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
	text := numeral.Count(int64(all)) + " runs"
	if all == 1 {
		text = "1 run"
	}
	if !m.filter.Empty() {
		text = numeral.Count(int64(len(m.shown))) + " of " + text
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
		right = numeral.Count(int64(m.cursor+1)) + " of " + numeral.Count(int64(n))
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
	rows := preview.Facts(th, r, m.seeing.find(), facts-2, h-2)
	if room := w - 2 - facts; room >= 20 {
		rows = theme.HJoin(fill(rows, facts, h-2), fill(m.seeing.charts.Draw(th, m.seeing.find(), r.Summary.Spark, room, h-2), room, h-2))
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
