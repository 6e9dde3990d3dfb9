// Package bench is the Workbench: the screen on which an experiment is set up,
// driven and watched, and on which a stored run is seen again.
//
//	Session ─ Snapshot ─▶ Picture ─▶ panes ─▶ rows
//	   ▲                    ▲
//	   │                    └── Snapshot of a moment ◀─ cursor ◀─ replay of a Record
//	   └── Action ◀── Bindings, Mouse ◀── keys, clicks
//
// It belongs to one goroutine, the screen's. It never waits for anything but
// Session.Send.
package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/chart"
	"autoscale-lab/ui/knobs"
	"autoscale-lab/ui/pane"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// Session is what the Workbench drives. Send checks and carries out at once:
// when it returns, Snapshot shows the effect.
type Session interface {
	Snapshot() *engine.Snapshot
	Send(lab.Action) error
}

// Config is what the Workbench is made of.
type Config struct {
	Session  Session
	Theme    *theme.Theme
	URL      string            // where to send requests to, as people type it: "127.0.0.1:8000"
	Warning  string            // what is wrong from the start, and stays so
	Policies []string          // kinds, in the order of p
	Badges   map[string]string // of a kind: what of it is certified, and what not
	Shapes   []string          // kinds of load, of both models, in the order of w
	Balances []string          // in the order of b
	// Logs is the last lines that an instance has written, oldest first; nil
	// where there are none.
	Logs func(id string) []string
	// SetupAt is how everything stood at a moment of a stored run, for
	// NewReplay: its experiment, and what was set until then, at included.
	SetupAt func(rec lab.Record, at time.Duration) engine.Setup
}

// Model is the screen.
type Model struct {
	cfg  Config
	th   *theme.Theme
	snap *engine.Snapshot
	pic  pane.Picture

	charts    *pane.Charts
	instances *pane.Instances
	load      *pane.Load
	policy    *pane.Policy
	events    *pane.Events
	scores    *pane.Scores
	why       *pane.Why

	bindings screen.Bindings
	focus    spot
	explain  bool // the pane why stands in the trends' place
	before   spot // that had the focus before why took it
	side     spot // what a compact screen shows beside the charts
	zoomed   spot
	input    *input
	undo     []change
	moved    map[string]time.Duration // "owner.name" → lab time it was turned
	coach    coach
	idle     time.Duration // when the lab became ready
	replay   *replay       // nil: the session is shown
	log      *logView      // an instance's lines, over the panes; or nil
	w, h     int           // as drawn last
	drag     *drag         // a slider held with the mouse
}

// New makes the screen, with the policy in focus.
func New(cfg Config) *Model {
	m := blank(cfg)
	m.Sync()
	return m
}

func blank(cfg Config) *Model {
	m := &Model{
		cfg: cfg, th: cfg.Theme, focus: policy, side: policy, zoomed: none, moved: map[string]time.Duration{},
		charts: pane.NewCharts(cfg.Theme), instances: pane.NewInstances(cfg.Theme), load: pane.NewLoad(cfg.Theme),
		policy: pane.NewPolicy(cfg.Theme), events: pane.NewEvents(cfg.Theme), scores: pane.NewScores(cfg.Theme), why: pane.NewWhy(cfg.Theme),
	}
	m.bindings = m.table()
	return m
}

// Bindings is what the keys do on this screen.
func (m *Model) Bindings() screen.Bindings { return m.bindings }

// Err is why the session is ending by itself, or nil.
func (m *Model) Err() error { return m.snap.Err }

// Sync takes the newest snapshot of the session. A replay has none.
func (m *Model) Sync() {
	if m.replay != nil {
		return
	}
	s := m.cfg.Session.Snapshot()
	if m.snap != nil && m.snap.Rev == s.Rev {
		return
	}
	if s.Phase == engine.Idle && m.snap != nil && m.snap.Phase != engine.Idle {
		m.idle = s.At
	}
	m.show(s)
	if m.log != nil {
		m.log.See(m.cfg.Logs(m.log.id))
	}
	if last := s.Last(); last != nil {
		for name, at := range m.moved {
			if last.Sample.At > at {
				delete(m.moved, name)
			}
		}
	}
	m.coach.see(s)
}

// show gives a snapshot to the panes.
func (m *Model) show(s *engine.Snapshot) {
	m.snap = s
	set := &s.Setup
	m.pic = pane.Picture{
		Record: s.Record, Pending: s.Pending, At: s.At, Idle: s.Phase != engine.Running,
		Desired: s.Desired, Decision: s.Decision, Autoscale: set.Autoscale, LoadOn: set.LoadOn,
		LoadKind: set.LoadKind, Model: set.LoadModel, Policy: set.Policy,
		PolicyKnobs: set.PolicyKnobs, LoadKnobs: set.LoadKnobs, FleetKnobs: set.FleetKnobs,
		Shadows: set.Shadows, Speed: set.Speed, Badge: m.cfg.Badges[set.Policy],
	}
	if s.Phase == engine.Idle { // nothing is recorded: the clock begins with being ready
		m.pic.Record.Run.Origin, m.pic.Record.Run.Summary = m.idle, lab.Summary{}
	}
	m.charts.See(&m.pic)
	m.instances.See(&m.pic)
	m.load.See(&m.pic)
	m.events.See(&m.pic)
}

// dials are the knobs of a pane, the fleet's below the policy's.
func (m *Model) dials(s spot) []knobs.Dial {
	var out []knobs.Dial
	add := func(owner string, all []lab.Knob) {
		for _, k := range all {
			_, moved := m.moved[owner+"."+k.Name]
			out = append(out, knobs.Dial{Owner: owner, Knob: k, Moved: moved})
		}
	}
	switch s {
	case load:
		add("load", m.pic.LoadKnobs)
	case policy:
		add("policy", m.pic.PolicyKnobs)
		add("fleet", m.pic.FleetKnobs)
	}
	return out
}

// list is the dials that have the focus, or nil.
func (m *Model) list() *knobs.List { return m.listOf(m.focus) }

func (m *Model) listOf(s spot) *knobs.List {
	switch s {
	case load:
		return &m.load.List
	case policy:
		return &m.policy.List
	}
	return nil
}

// dial is the knob that ←→ turn, if there is one.
func (m *Model) dial() (knobs.Dial, bool) {
	if m.frozen() {
		return knobs.Dial{}, false
	}
	return m.selected()
}

// selected is the selected knob of the pane that has the focus, if it has knobs.
func (m *Model) selected() (knobs.Dial, bool) {
	d, list := m.dials(m.focus), m.list()
	if list == nil || len(d) == 0 {
		return knobs.Dial{}, false
	}
	return d[list.Selected(len(d))], true
}

// Rows draws the screen as h rows of exactly w cells, the last of which is the
// status row. It needs MinWidth and MinHeight-1.
func (m *Model) Rows(w, h int) []string {
	m.w, m.h = w, h
	rows := append(make([]string, 0, h), m.header(w))
	if m.log != nil {
		return append(append(rows, m.log.Draw(w, h-2)...), m.status(w))
	}
	l := m.layout()
	m.pic.Explained = l.panes[why].w > 0
	rows = append(rows, l.rows(h-2, func(s spot, w, h int) []string {
		out := m.draw(s, w, h)
		if l.compact && s > trends && m.zoomed == none {
			out[h-1] = m.tabs(s, w)
		}
		return out
	})...)
	return append(rows, m.status(w))
}

func (m *Model) draw(s spot, w, h int) []string {
	lit := m.focus == s
	switch s {
	case usage:
		return m.charts.DrawUsage(&m.pic, w, h, lit)
	case trends:
		return m.charts.DrawTrends(&m.pic, w, h, lit)
	case instances:
		return m.instances.Draw(&m.pic, w, h, lit)
	case load:
		return m.load.Draw(&m.pic, m.dials(load), m.edit(load), w, h, lit)
	case policy:
		return m.policy.Draw(&m.pic, m.dials(policy), m.edit(policy), w, h, lit)
	case scores:
		if m.zoomed == scores {
			return m.scores.Table(&m.pic, w, h, lit)
		}
		return m.scores.Draw(&m.pic, w, h, lit)
	case why:
		return m.why.Draw(m.moment(), w, h, lit)
	}
	return m.events.Draw(&m.pic, w, h, lit)
}

// tabs is the lower border of the one side pane of a compact screen: which
// there are, and which this is.
func (m *Model) tabs(now spot, w int) string {
	th := m.th
	f, ink := th.Light, th.Border
	if m.focus == now {
		f, ink = th.Heavy, th.BorderFocused
	}
	text := ""
	for i, name := range tabNames(w) {
		if instances+spot(i) == now {
			text += th.Bold.Paint(th.Select + name)
		} else {
			text += " " + th.Dim.Paint(name)
		}
	}
	text += " "
	rest := w - 4 - theme.Width(text)
	return ink.Paint(f.BottomLeft+f.H) + text + ink.Paint(strings.Repeat(f.H, max(rest, 0))+f.H+f.BottomRight)
}

// tabNames are the side panes of a compact screen, for tabs of w cells.
func tabNames(w int) []string {
	if w < 45 {
		return []string{"Inst", "Load", "Policy", "Events", "Scores", "Why"}
	}
	return []string{"Instances", "Load", "Policy", "Events", "Scores", "Why"}
}

// header says which run this is, what decides, where to send to, and what the
// lab itself takes.
func (m *Model) header(w int) string {
	th, s := m.th, m.snap
	run := ""
	switch {
	case m.replay != nil:
		since := s.At - s.Record.Run.Origin
		run = th.Accent.Paint(th.Play+" REPLAY") + number(s.Record.Run.ID) + " " + kindOf(s.Setup.LoadKind) + " " +
			pane.Clock(since) + " of " + pane.Clock(s.Record.Run.Duration) + " " + m.pace()
	case s.Phase == engine.Idle:
		run = th.Circle + " ready"
	case s.Phase == engine.Running:
		run = th.Good.Paint(th.Dot+" RUN") + number(s.Record.Run.ID) + " " + kindOf(s.Setup.LoadKind) + " " + pane.Clock(s.At-s.Record.Run.Origin)
	case s.Phase == engine.Kept:
		run = th.Square + " kept as" + number(s.Record.Run.ID)
		if s.Record.Run.ID == 0 {
			run = th.Square + " kept"
		}
	}
	decides := th.Spell(s.Setup.Policy) + " on " + m.pic.MetricLabel()
	switch _, scales := lab.Find(s.Setup.PolicyKnobs, "metric"); {
	case !s.Setup.Autoscale:
		decides = "by hand"
	case !scales:
		decides = th.Spell(s.Setup.Policy)
	}
	bar := " " + th.Dim.Paint(th.Bar) + " "
	if v := s.Setup.Speed; v > 0 && v != 1 {
		run += bar + th.Warn.Paint("speed "+th.Times+pane.Times(v))
	}
	name, url := th.Title.Paint("autoscale-lab")+"  ", th.Bold.Paint(th.Spell(m.cfg.URL))
	if m.replay != nil {
		url = th.Dim.Paint(th.Spell(cmp.Or(lab.Clean(s.Record.Run.Name), "of "+s.Record.Run.Began.Format("2006-01-02 15:04"))))
	}
	cpu := th.Spell("lab — %")
	if last := m.pic.Last(); last != nil && last.Sample.Lab.OK {
		cpu = fmt.Sprintf("lab %.1f %%", last.Sample.Lab.Value*100)
	}
	warn := ""
	if all := m.warnings(); len(all) > 0 {
		warn = th.Warn.Paint("! "+all[0].word) + "  "
	}
	// from all there is to say to what must be said
	left, right := "", ""
	least := run + bar + url
	if m.replay != nil { // it is sent nowhere
		least = run + bar + decides
	}
	for _, try := range [][2]string{
		{name + run + bar + decides + bar + url + bar + th.Spell(s.Setup.Balance), warn + cpu + " of a core"},
		{name + run + bar + decides + bar + url, warn + cpu + " of a core"},
		{name + run + bar + decides + bar + url, warn + cpu},
		{run + bar + decides + bar + url, warn + cpu},
		{run + bar + decides + bar + url, warn},
		{least, warn},
	} {
		left, right = try[0], try[1]
		if theme.Width(left)+theme.Width(right)+4 <= w {
			break
		}
	}
	return th.Row(" "+left, right+" ", w)
}

func number(id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf(" %d", id)
}

// kindOf is a load's kind as the header shows it.
func kindOf(kind string) string {
	if shape, closed := strings.CutPrefix(kind, "closed/"); closed {
		return "closed " + shape
	}
	return kind
}

// warning is why the figures, or the recording of them, are not to be trusted.
type warning struct{ word, text string }

func (m *Model) warnings() []warning {
	var out []warning
	if last := m.pic.Last(); last != nil {
		s := &last.Sample
		if s.Saturated != "" {
			out = append(out, warning{"host saturated", "these figures are the host's, not the instances': " + s.Saturated})
		}
		if g := &s.Generator; g.Arrived > 0 && g.Late*100 > g.Arrived {
			out = append(out, warning{"late load", fmt.Sprintf("the load generator cannot keep up: %.0f %% sent late, figures are unreliable", float64(g.Late)*100/float64(g.Arrived))})
		}
		if s.Gap {
			out = append(out, warning{"gap", "the last interval is not to be trusted: the machine slept, or its clock jumped"})
		}
	}
	if n := &m.snap.Notebook; n.Trouble != "" {
		out = append(out, warning{"notebook", fmt.Sprintf("the notebook cannot be written, %d ticks wait: %s", n.Waiting, n.Trouble)})
	}
	if n := &m.snap.Notebook; n.Lost > 0 {
		out = append(out, warning{"ticks lost", fmt.Sprintf("the notebook has lost %d ticks of this run", n.Lost)})
	}
	if why := m.snap.Record.Run.Incomplete; why != "" {
		out = append(out, warning{"incomplete", "ticks of this run are missing: " + why})
	}
	if m.cfg.Warning != "" {
		out = append(out, warning{"warning", m.cfg.Warning})
	}
	return out
}

// Unsafe says why leaving now would lose something, or "".
func (m *Model) Unsafe() string {
	n := &m.snap.Notebook
	if n.Trouble == "" || m.snap.Phase != engine.Running && n.Waiting == 0 {
		return ""
	}
	return "the notebook cannot keep this run: " + n.Trouble
}

// status is one line above the footer: what is typed, else what is under the
// cursor, else what is wrong (of which the header has a word anyway), else the
// coach's line, else the help of what is selected.
func (m *Model) status(w int) string {
	th := m.th
	switch warn := m.warnings(); {
	case m.input != nil:
		return m.input.status(th, w)
	case m.log != nil:
		return th.Clip(th.Dim.Paint(" the newest line is the last"), w)
	case m.frozen():
		return m.read(w)
	case len(warn) > 0:
		return th.Clip(th.Warn.Paint(" ! "+th.Spell(warn[0].text)), w)
	}
	if line := m.coach.line(m.snap); line != "" {
		line = " " + th.Accent.Paint(th.Select) + " " + th.Spell(line)
		if end := th.Dim.Paint("esc: no more hints "); theme.Width(line)+theme.Width(end) < w {
			return th.Row(line, end, w)
		}
		return th.Clip(line, w)
	}
	if d, ok := m.selected(); ok && d.Help != "" {
		text := " " + d.Name + ": " + d.Help + " (" + d.Range() + ")"
		if d.Kind == lab.Table || d.Kind == lab.Text {
			text = " " + d.Name + " = " + d.Knob.Text + ": " + d.Help
		}
		if d.Applies == lab.AppliesToNew {
			text += "; only instances started from now on"
		}
		return th.Clip(th.Dim.Paint(th.Spell(text)), w)
	}
	if m.focus == instances {
		if i := m.instances.Selected(); i != nil && i.Note != "" {
			return th.Clip(th.Dim.Paint(th.Spell(fmt.Sprintf(" %d %s: %s", i.Num, i.State, i.Note))), w)
		}
	}
	return theme.Blank(w)
}

// read is what is under the cursor of frozen charts, in words: the selected
// event and what is marked there, as much of it as fits, else why it was decided
// so.
func (m *Model) read(w int) string {
	th := m.th
	right := th.Dim.Paint("read only ")
	if m.replay == nil {
		right = th.Dim.Paint("frozen; the experiment goes on ")
	}
	left := " " + th.Accent.Paint(th.Bar+" "+pane.Clock(m.charts.Cursor()-m.pic.Record.Run.Origin))
	if m.replay != nil && len(m.replay.rec.Ticks) == 0 {
		left += "  " + th.Warn.Paint(th.Spell("no ticks of this run were recorded: there is nothing to play"))
	}
	marks := m.charts.Marks()
	if e := m.events.Selected(); e != nil && m.charts.Under(&m.pic, e.At) {
		glyph, ink := pane.Sign(th, e.Kind)
		marks = slices.DeleteFunc(marks, func(k chart.Marker) bool { return k.At == e.At && k.Text == e.Text })
		marks = slices.Insert(marks, 0, chart.Marker{Glyph: glyph, Style: ink, Text: e.Text})
	}
	for i, mark := range marks {
		text := "  " + mark.Style.Paint(mark.Glyph) + " " + th.Spell(lab.Clean(mark.Text))
		if i > 0 && theme.Width(left)+theme.Width(text)+theme.Width(right)+10 > w {
			left += th.Dim.Paint(fmt.Sprintf("  +%d more", len(marks)-i))
			break
		}
		left += text
	}
	if p := m.moment(); len(marks) == 0 && p.Decision.Reason != "" && !p.Idle {
		left += th.Dim.Paint(th.Spell("  why: " + lab.Clean(p.Decision.Reason)))
	}
	if theme.Width(left)+theme.Width(right) < w {
		return th.Row(left, right, w)
	}
	return th.Clip(left, w)
}

// next is the name that many places after the one there is, going round.
func next(names []string, now string, by int) (string, bool) {
	if len(names) == 0 {
		return "", false
	}
	i := slices.Index(names, now)
	if i < 0 {
		return names[0], true
	}
	n := len(names)
	return names[((i+by)%n+n)%n], true
}
