package ui

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/bench"
	"autoscale-lab/ui/pane"
	"autoscale-lab/ui/theme"
)

// Screen is one of the window's screens.
type Screen interface {
	Bindings() pane.Bindings     // what its keys do
	Sync()                       // takes the newest picture
	Rows(w, h int) []string      // h rows of exactly w cells, the last its status
	Typing() bool                // keys are text just now
	Type(msg tea.KeyMsg) tea.Cmd // takes one of them
}

// model is the frame: it gives keys to whom they are for, and shows the screen
// with toast and footer, the help, or why neither can be shown.
type model struct {
	cfg      Config
	th       *theme.Theme
	later    func(time.Duration, tea.Msg) // sends a message after a time
	bench    *bench.Model
	screen   Screen
	bindings pane.Bindings

	w, h    int
	frame   string // as drawn last
	stale   bool   // something that it shows has changed
	toast   *pane.Toast
	toastNo int
	help    bool
	scroll  int
	warned  bool  // of what leaving would lose
	leaving bool  // the user has asked for it
	broken  error // a panic of the screen
}

// changed says that the session has a new snapshot.
type changed struct{}

// faded says that a toast has been up long enough.
type faded struct{ no int }

func newModel(cfg Config) *model {
	th := theme.New(cfg.Theme)
	b := bench.New(bench.Config{
		Session: cfg.Session, Theme: th, URL: cfg.URL, Warning: lab.Clean(cfg.Warning),
		Policies: cfg.Policies, Shapes: cfg.Shapes, Balances: cfg.Balances,
	})
	m := &model{cfg: cfg, th: th, bench: b, screen: b}
	m.bindings = pane.Bindings{
		{Group: "Everywhere", Keys: []string{"?"}, Shown: "?", Short: pane.Say("help"), Rank: 1, Long: "what works now", Do: func(string) tea.Cmd {
			m.help, m.scroll = true, 0
			return nil
		}},
		{Group: "Everywhere", Keys: []string{"q"}, Shown: "q", Short: pane.Say("quit"), Rank: 6, Long: "end and keep the run, leave", Do: m.quit},
		{Group: "Everywhere", Keys: []string{"ctrl+c"}, Shown: "ctrl+c", Long: "the same; twice: at once", Do: m.quit},
	}
	return m
}

func (m *model) Init() tea.Cmd {
	if m.cfg.Note == "" {
		return nil
	}
	note := pane.Toast{Text: m.cfg.Note, Stays: true}
	return func() tea.Msg { return note }
}

// Update does what a message says, and draws. A panic in it ends the window in
// good order; Run returns it.
func (m *model) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer m.measure()()
	defer func() {
		if r := recover(); r != nil {
			m.broken = fmt.Errorf("ui: panic: %v\n%s", r, debug.Stack())
			cmd = tea.Quit
		}
	}()
	if cmd = m.take(msg); m.stale {
		m.frame, m.stale = strings.Join(m.rows(), "\n"), false
	}
	return m, cmd
}

// View is the frame as drawn last.
func (m *model) View() string { return m.frame }

func (m *model) take(msg tea.Msg) tea.Cmd {
	m.stale = true
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = max(msg.Width, 0), max(msg.Height, 0)
	case changed:
		m.screen.Sync()
	case pane.Toast:
		m.show(msg)
	case faded:
		if m.stale = msg.no == m.toastNo; m.stale {
			m.toast = nil
		}
	case tea.KeyMsg:
		return m.keys(msg)
	default:
		m.stale = false
	}
	return nil
}

// keys takes one key after the other: those typed fast come as one message.
func (m *model) keys(msg tea.KeyMsg) tea.Cmd {
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
func (m *model) show(t pane.Toast) {
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
	case m.screen.Typing():
		return m.screen.Type(msg)
	case msg.Paste:
		return nil // pasted text is no command
	case m.help:
		return m.helpKey(key)
	}
	warned := m.warned
	m.warned = false
	if b := m.bindings.Find(key); b != nil {
		m.warned = warned
		return b.Do(key)
	}
	if b := m.screen.Bindings().Find(key); b != nil {
		return b.Do(key)
	}
	return nil
}

func (m *model) helpKey(key string) tea.Cmd {
	switch key {
	case "?", "esc", "q":
		m.help = false
	case "up", "k":
		m.scroll--
	case "down", "j":
		m.scroll++
	}
	return nil
}

// quit leaves; it asks once if that would lose the run.
func (m *model) quit(key string) tea.Cmd {
	if why := m.bench.Unsafe(); why != "" && !m.warned {
		m.warned = true
		m.show(pane.Toast{Text: why + "; " + key + " again leaves all the same", Error: true})
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
var typing = pane.Bindings{
	{Shown: "⏎", Short: pane.Say("set"), Rank: 1},
	{Shown: "esc", Short: pane.Say("leave as it is"), Rank: 2},
	{Shown: "ctrl+c", Short: pane.Say("quit"), Rank: 3},
}

// all is every binding that works now: the screen's, then the frame's.
func (m *model) all() pane.Bindings {
	if m.screen.Typing() {
		return typing
	}
	return append(append(pane.Bindings{}, m.screen.Bindings()...), m.bindings...)
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
