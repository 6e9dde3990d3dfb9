package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/ui/bench"
	"autoscale-lab/ui/compare"
	"autoscale-lab/ui/history"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// model is the frame: it gives keys to whom they are for, and shows the screen
// with toast and footer, the palette, the help, or why none can be shown.
type model struct {
	cfg      Config
	th       *theme.Theme                 // one for all that is drawn; changed in place
	later    func(time.Duration, tea.Msg) // sends a message after a time
	owned    *owned
	terminal terminal
	words    string  // of the theme there is
	kept     Choices // as read, and as changed since
	keeper   keeper
	saving   bool // choices are about to be kept

	bench    *bench.Model
	history  *history.Model // nil without a notebook
	compare  *compare.Model // the same
	replay   *bench.Model   // nil until a run has been opened
	screen   Screen         // the one shown
	at       string         // its name
	visit    int            // of a screen, or what was asked for on it last; older answers do not lead away
	back     []string       // those it was reached through
	bindings screen.Bindings
	run      seenRun

	w, h    int
	frame   string // as drawn last
	stale   bool   // something that it shows has changed
	toast   *screen.Toast
	toastNo int
	sift    sift
	palette *palette // nil while it is closed
	help    bool
	scroll  int
	warned  bool   // of what leaving would lose
	leaving bool   // the user has asked for it
	broken  *Panic // of the screen
}

// What the frame tells itself.
type (
	changed struct{}           // the session has a new snapshot
	faded   struct{ no int }   // a toast has been up long enough
	torn    struct{ turn int } // a sequence has not gone on for a while
	keep    struct{}           // choices have rested long enough to be kept
)

// seenRun tells when a run has been begun, ended or numbered.
type seenRun struct {
	phase engine.Phase
	id    int64
}

func newModel(cfg Config) *model {
	m := &model{cfg: cfg, owned: newOwned(), terminal: cfg.terminal, keeper: keeper{path: cfg.ConfigPath}}
	kept, trouble := ReadChoices(cfg.ConfigPath)
	m.kept, m.keeper.last = kept, kept
	m.cfg.Theme = strings.Join(slices.DeleteFunc(split(cfg.Theme), func(w string) bool { return w == "auto" }), ",") // it says nothing
	m.words = with(kept.Theme, m.cfg.Theme)
	look, err := m.look(m.words)
	if err != nil { // what was kept is wrong
		m.kept.Theme, m.words = "", with("", m.cfg.Theme)
		look, _ = m.look(m.words)
	}
	m.th = theme.New(look)
	m.bench = bench.New(m.benchConfig())
	if cfg.Store != nil {
		m.history = history.New(history.Config{Theme: m.th, Store: cfg.Store, Context: m.owned.ctx, After: m.after, Formats: cfg.Formats})
		m.compare = compare.New(compare.Config{Theme: m.th, Formats: cfg.Formats, Load: func(ctx context.Context, id int64) (lab.Record, error) {
			ctx, leave := m.owned.within(ctx)
			defer leave()
			return cfg.Store.Outline(ctx, id)
		}})
	}
	m.screen, m.at = m.bench, atWorkbench
	m.bench.Choose(kept.Screens[atWorkbench])
	if m.history != nil {
		m.history.SetSort(kept.Screens[atHistory]["sort"])
	}
	m.bindings = m.table()
	if trouble != nil {
		m.show(screen.Toast{Text: trouble.Error(), Stays: true})
	}
	return m
}

func (m *model) benchConfig() bench.Config {
	c := &m.cfg
	return bench.Config{
		Session: c.Session, Theme: m.th, URL: c.URL, Warning: lab.Clean(c.Warning), Logs: c.Logs,
		Policies: c.Policies, Shapes: c.Shapes, Balances: c.Balances, Badges: c.Badges,
	}
}

func (m *model) Init() tea.Cmd {
	var cmds []tea.Cmd
	if !m.kept.NoMouse {
		cmds = append(cmds, tea.EnableMouseCellMotion)
	}
	if m.cfg.Note != "" {
		note := screen.Toast{Text: m.cfg.Note, Stays: true}
		cmds = append(cmds, func() tea.Msg { return note })
	}
	return tea.Batch(cmds...)
}

// Update does what a message says, and draws. A panic in it ends the window in
// good order; Run returns it.
func (m *model) Update(msg tea.Msg) (same tea.Model, cmd tea.Cmd) {
	defer m.measure()()
	defer func() {
		if r := recover(); r != nil {
			m.broken = panicked(r)
			same, cmd = m, tea.Quit
		}
	}()
	if cmd = m.take(msg); m.stale {
		m.frame, m.stale = strings.Join(m.rows(), "\n"), false
	}
	return m, m.owned.guard(cmd)
}

// View is the frame as drawn last.
func (m *model) View() string { return m.frame }

func (m *model) take(msg tea.Msg) tea.Cmd {
	m.stale = true
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = max(msg.Width, 0), max(msg.Height, 0)
	case changed:
		return m.sync()
	case screen.Toast:
		m.show(msg)
	case faded:
		if m.stale = msg.no == m.toastNo; m.stale {
			m.toast = nil
		}
	case tea.KeyMsg:
		key, ok := m.sift.pass(msg)
		if m.sift.in != 0 {
			m.later(tornTime, torn{m.sift.turn})
		}
		if m.stale = ok; !ok {
			return nil
		}
		cmd := m.keys(key)
		m.remember()
		return cmd
	case tea.MouseMsg:
		cmd := m.mouse(msg)
		m.remember()
		return cmd
	case tea.ResumeMsg:
		if !m.kept.NoMouse {
			return tea.EnableMouseCellMotion
		}
	case torn:
		m.stale = false
		m.sift.forget(msg.turn)
	case keep:
		m.stale, m.saving = false, false
		return m.save()
	case screen.OpenRun:
		return m.load(msg.ID)
	case opened:
		return m.openRun(msg)
	case screen.CompareRuns:
		return m.compareRuns(msg.Sides)
	case screen.ExportRuns:
		return m.export(msg)
	case screen.RepeatRun:
		return m.repeat(msg.ID)
	case screen.RedecideRun:
		return m.redecide(msg)
	case repeated:
		return m.taken(msg)
	case fault:
		m.broken = msg.err
		return tea.Quit
	default:
		return m.hand(msg)
	}
	return nil
}

// sync takes the newest picture: the Workbench always, so that it is whole when
// it is shown again, and the screen that is shown.
func (m *model) sync() tea.Cmd {
	m.bench.Sync()
	if m.at != atWorkbench {
		m.screen.Sync()
	}
	s := m.cfg.Session.Snapshot()
	now := seenRun{s.Phase, s.Record.Run.ID}
	before := m.run
	m.run = now
	if o, ok := m.screen.(opener); ok && now != before {
		return o.Reread()
	}
	return nil
}

// after brings a message after a time; no goroutine waits for it.
func (m *model) after(d time.Duration, msg tea.Msg) tea.Cmd {
	m.later(d, msg)
	return nil
}

// hand gives a message to the screen whose command it is from.
func (m *model) hand(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	if m.history != nil {
		cmds = append(cmds, m.history.Take(msg), m.compare.Take(msg))
	}
	if m.replay != nil {
		cmds = append(cmds, m.replay.Take(msg))
	}
	return tea.Batch(cmds...)
}

// remember has choices kept, once they have rested for a while.
func (m *model) remember() {
	if m.saving || m.keeper.path == "" {
		return
	}
	if c := m.choices(); m.keeper.differs(&c) {
		m.saving = true
		m.later(2*time.Second, keep{})
	}
}

// save keeps what has changed.
func (m *model) save() tea.Cmd {
	c := m.choices()
	if !m.keeper.differs(&c) {
		return nil
	}
	write := m.keeper.keep(c)
	return func() tea.Msg { write(); return nil }
}

// pasted is how many letters at once are no longer taken for fast typing.
const pasted = 64

// keys takes one key after the other: those typed fast come as one message.
func (m *model) keys(msg tea.KeyMsg) tea.Cmd {
	if msg.Type == tea.KeyRunes && len(msg.Runes) > pasted { // and where text is typed, less is enough
		msg.Paste = true
		msg.Runes = msg.Runes[:min(len(msg.Runes), 4096)]
	}
	if msg.Type == tea.KeyEsc && msg.Alt { // two of them
		msg.Alt = false
		return tea.Batch(m.key(msg), m.key(msg))
	}
	if msg.Type != tea.KeyRunes || len(msg.Runes) < 2 || msg.Paste {
		return m.key(msg)
	}
	var cmds []tea.Cmd
	for _, r := range msg.Runes {
		one := msg
		one.Runes = []rune{r}
		cmds = append(cmds, m.key(one))
	}
	return tea.Batch(cmds...)
}

// show puts a toast up: an error until a key, else for three seconds.
func (m *model) show(t screen.Toast) {
	m.toast = &t
	m.toastNo++
	if !t.Error && !t.Stays {
		m.later(3*time.Second, faded{m.toastNo})
	}
}

func (m *model) key(msg tea.KeyMsg) tea.Cmd {
	m.toast = nil
	key := msg.String()
	switch {
	case key == "ctrl+c":
		return m.quit(key)
	case m.palette != nil:
		return m.paletteKey(msg)
	case m.help && !msg.Paste:
		return m.helpKey(key)
	case m.screen.Typing():
		return m.screen.Type(msg)
	case msg.Paste:
		return nil // pasted text is no command
	}
	if key != "q" {
		m.warned = false
	}
	return m.do(key)
}

// do finds what a key does now, the frame's own keys first.
func (m *model) do(key string) tea.Cmd {
	if b := m.bindings.Find(key); b != nil {
		return b.Do(key)
	}
	if b := m.screen.Bindings().Find(key); b != nil {
		return b.Do(key)
	}
	return nil
}

// helpKey scrolls and closes the help; what leads elsewhere works.
func (m *model) helpKey(key string) tea.Cmd {
	switch key {
	case "?", "esc", "q":
		m.help = false
	case "up", "k":
		m.scroll--
	case "down", "j":
		m.scroll++
	case "pgup":
		m.scroll -= m.h - 3
	case "pgdown", " ":
		m.scroll += m.h - 3
	default:
		if b := m.bindings.Find(key); b != nil {
			m.help = false
			return b.Do(key)
		}
	}
	return nil
}

// mouse goes to what is on top.
func (m *model) mouse(msg tea.MouseMsg) tea.Cmd {
	switch {
	case m.w < bench.MinWidth || m.h < bench.MinHeight || m.bench.Err() != nil:
		m.stale = false
	case m.palette != nil:
		return m.paletteMouse(msg)
	case m.help:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			m.scroll--
		case tea.MouseButtonWheelDown:
			m.scroll++
		}
	case msg.Y < m.h-1:
		if s, ok := m.screen.(mouser); ok {
			if msg.Action == tea.MouseActionPress {
				m.toast = nil
			}
			return s.Mouse(msg)
		}
		m.stale = false
	default:
		m.stale = false
	}
	return nil
}

// quit leaves; it asks once if that would lose the run.
func (m *model) quit(key string) tea.Cmd {
	if why := m.bench.Unsafe(); why != "" && !m.warned {
		m.warned = true
		m.show(screen.Toast{Text: why + "; " + key + " again leaves all the same", Error: true})
		return nil
	}
	m.leaving = true
	return tea.Quit
}

// rows is the whole frame.
func (m *model) rows() []string {
	w, h := m.w, m.h
	switch {
	case w == 0 || h == 0:
		return nil
	case m.bench.Err() != nil:
		return m.breakage(w, h)
	case w < bench.MinWidth || h < bench.MinHeight:
		return message(w, h, fmt.Sprintf("%d×%d is too small", w, h), fmt.Sprintf("%d×%d is needed", bench.MinWidth, bench.MinHeight))
	case m.palette != nil:
		return append(m.paletteRows(w, h-1), choosing.Footer(m.th, w))
	case m.help:
		var rows []string
		rows, m.scroll = m.all().Help(m.th, w, h, m.scroll)
		return rows
	}
	rows := m.screen.Rows(w, h-1)
	if t := m.toast; t != nil {
		text := m.th.Spell(lab.Clean(t.Text))
		ink, sign := m.th.Accent, m.th.Select
		if t.Error {
			ink, sign = m.th.Bad, "!"
		}
		rows[h-2] = m.th.Clip(" "+ink.Paint(sign+" "+text), w)
	}
	return append(rows, m.all().Footer(m.th, w))
}

// typing is what the keys do while they are text.
var typing = screen.Bindings{
	{Shown: "⏎", Short: screen.Say("done"), Rank: 1},
	{Shown: "esc", Short: screen.Say("cancel"), Rank: 2},
	{Shown: "ctrl+c", Short: screen.Say("quit"), Rank: 3},
}

// choosing is what the keys do in the palette.
var choosing = screen.Bindings{
	{Shown: "⏎", Short: screen.Say("do it"), Rank: 1},
	{Shown: "↑↓", Short: screen.Say("select"), Rank: 2},
	{Shown: "esc", Short: screen.Say("close"), Rank: 3},
	{Shown: "type", Short: screen.Say("to filter"), Rank: 4},
}

// all is every binding that works now: the screen's, then the frame's.
func (m *model) all() screen.Bindings {
	if m.screen.Typing() {
		return typing
	}
	return append(append(screen.Bindings{}, m.screen.Bindings()...), m.bindings...)
}

// breakage says that the rig is broken, and what that means.
func (m *model) breakage(w, h int) []string {
	lines := []string{"the lab is broken and is ending:", lab.Clean(m.bench.Err().Error()), "", "what was recorded so far is kept: autoscale-lab history list"}
	if m.cfg.Log != "" {
		lines = append(lines, "the log is "+lab.Clean(m.cfg.Log))
	}
	return message(w, h, append(lines, "", "q leaves")...)
}

// message is some lines in the middle of an otherwise empty screen.
func message(w, h int, lines ...string) []string {
	rows := make([]string, h)
	top := max(0, (h-len(lines))/2)
	for i := range rows {
		line := ""
		if n := i - top; n >= 0 && n < len(lines) {
			line = theme.Blank((w-theme.Width(lines[n]))/2) + lines[n]
		}
		rows[i] = theme.Fit(line, w)
	}
	return rows
}

// measure tells the lab what CPU time the function around it took.
func (m *model) measure() func() {
	if m.cfg.ScreenCPU == nil {
		return func() {}
	}
	stop := threadCPU()
	return func() { m.cfg.ScreenCPU(stop()) }
}
