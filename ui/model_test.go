package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
	"autoscale-lab/lab/policy"
	"autoscale-lab/ui/screen"
	"autoscale-lab/ui/theme"
)

// fake is a session on paper.
type fake struct {
	snap *engine.Snapshot
	sent []lab.Action
	send func(lab.Action) error
}

func (f *fake) Snapshot() *engine.Snapshot { return f.snap }

func (f *fake) Send(a lab.Action) error {
	f.sent = append(f.sent, a)
	if f.send != nil {
		return f.send(a)
	}
	return nil
}

func (f *fake) change(do func(*engine.Snapshot)) {
	next := *f.snap
	next.Rev++
	do(&next)
	f.snap = &next
}

// window is a frame of 100×30 over a session on paper, its timers caught.
func window(t *testing.T, cfg Config) (*model, *fake, *[]tea.Msg) {
	t.Helper()
	f := &fake{snap: &engine.Snapshot{Rev: 1, Desired: 1, Setup: engine.Setup{Policy: "threshold", Autoscale: true}}}
	cfg.Session, cfg.URL = f, "127.0.0.1:8000"
	if cfg.Theme == "" {
		cfg.Theme = "none,dark,unicode"
	}
	m := newModel(cfg)
	var timers []tea.Msg
	m.later = func(_ time.Duration, msg tea.Msg) { timers = append(timers, msg) }
	m.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
	return m, f, &timers
}

// press gives keys to the frame, and what their commands say.
func press(m *model, keys ...string) tea.Msg {
	var last tea.Msg
	for _, k := range keys {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
		switch k {
		case "esc":
			msg = tea.KeyMsg{Type: tea.KeyEsc}
		case "enter":
			msg = tea.KeyMsg{Type: tea.KeyEnter}
		case "up":
			msg = tea.KeyMsg{Type: tea.KeyUp}
		case "down":
			msg = tea.KeyMsg{Type: tea.KeyDown}
		case "ctrl+c":
			msg = tea.KeyMsg{Type: tea.KeyCtrlC}
		case " ":
			msg = tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(" ")}
		}
		_, cmd := m.Update(msg)
		last = nil
		if cmd != nil {
			last = cmd()
			batch, ok := last.(tea.BatchMsg)
			if !ok {
				batch = tea.BatchMsg{func() tea.Msg { return last }}
			}
			for _, cmd := range batch {
				if cmd != nil {
					m.Update(cmd())
				}
			}
		}
	}
	return last
}

func shows(t *testing.T, m *model, want string) {
	t.Helper()
	if !strings.Contains(m.View(), want) {
		t.Errorf("%q is not seen:\n%s", want, m.View())
	}
}

func hides(t *testing.T, m *model, not string) {
	t.Helper()
	if strings.Contains(m.View(), not) {
		t.Errorf("%q is seen:\n%s", not, m.View())
	}
}

func TestTheFrameIsAsLargeAsTheTerminal(t *testing.T) {
	m, _, _ := window(t, Config{})
	for _, size := range [][2]int{{1, 1}, {0, 0}, {79, 24}, {80, 23}, {80, 24}, {100, 30}, {120, 36}, {500, 200}, {3, 90}, {300, 2}} {
		m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		if size[0]*size[1] == 0 {
			if m.View() != "" {
				t.Error("something is drawn on nothing")
			}
			continue
		}
		rows := strings.Split(m.View(), "\n")
		if len(rows) != size[1] {
			t.Errorf("%v: %d rows", size, len(rows))
		}
		for _, row := range rows {
			if theme.Width(row) != size[0] {
				t.Errorf("%v: a row of %d: %q", size, theme.Width(row), row)
			}
		}
		small := size[0] < 80 || size[1] < 24
		if small && size[0] > 40 && size[1] > 2 && !strings.Contains(m.View(), "80×24 is needed") {
			t.Errorf("%v: what is needed is not said:\n%s", size, m.View())
		}
	}
}

func TestKeysWorkWhileTheTerminalIsTooSmall(t *testing.T) {
	m, f, _ := window(t, Config{})
	m.Update(tea.WindowSizeMsg{Width: 20, Height: 5})
	press(m, " ")
	if len(f.sent) != 1 || f.sent[0].Kind != lab.ActLoad {
		t.Errorf("sent %v", f.sent)
	}
}

func TestAToastGoesAfterItsTimeAndAnErrorWithAKey(t *testing.T) {
	m, f, timers := window(t, Config{})
	m.Update(screen.Toast{Text: "first"})
	m.Update(screen.Toast{Text: "second"})
	m.Update((*timers)[0])
	shows(t, m, "second")
	m.Update((*timers)[1])
	hides(t, m, "second")

	f.send = func(lab.Action) error { return errors.New("engine: no such thing") }
	press(m, " ")
	shows(t, m, "! no such thing")
	if len(*timers) != 2 {
		t.Error("an error has a timer")
	}
	press(m, "?", "esc")
	hides(t, m, "no such thing")
}

func TestTheNoteIsSaidUntilAKey(t *testing.T) {
	m, _, timers := window(t, Config{Note: "port 8000 was taken:\x1b[2J using 8001"})
	for _, cmd := range m.Init()().(tea.BatchMsg) {
		m.Update(cmd())
	}
	shows(t, m, "port 8000 was taken: using 8001")
	if len(*timers) != 0 {
		t.Error("the note has a timer")
	}
	press(m, "j")
	hides(t, m, "8001")
}

func TestHelpShowsWhatWorksNow(t *testing.T) {
	m, f, _ := window(t, Config{})
	press(m, "?")
	for _, want := range []string{"What works now", "load on or off", "↑↓ more"} {
		shows(t, m, want)
	}
	press(m, strings.Repeat("j", 40))
	shows(t, m, "end and keep the run, leave")
	press(m, strings.Repeat("k", 40))
	hides(t, m, "one instance less or more")
	f.change(func(s *engine.Snapshot) { s.Setup.Autoscale = false })
	m.Update(changed{})
	shows(t, m, "one instance less or more")
	press(m, " ", "x")
	if len(f.sent) != 0 {
		t.Errorf("behind the help %v was done", f.sent)
	}
	press(m, "q")
	hides(t, m, "What works now")
	if m.leaving {
		t.Error("q left the lab and not the help")
	}
}

func TestQuestionMarkIsTheLastHintToGo(t *testing.T) {
	m, _, _ := window(t, Config{})
	if row := m.all().Footer(m.th, 8); strings.TrimSpace(row) != "? help" {
		t.Errorf("the last hint is %q", row)
	}
}

func TestQuitAsksOnlyIfTheRunCannotBeKept(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		m, _, _ := window(t, Config{})
		if msg := press(m, key); msg != tea.Quit() || !m.leaving {
			t.Errorf("%s says %v", key, msg)
		}

		m, f, _ := window(t, Config{})
		f.change(func(s *engine.Snapshot) {
			s.Phase, s.Notebook = engine.Running, engine.Notebook{Trouble: "disk full"}
		})
		m.Update(changed{})
		if msg := press(m, key); msg != nil || m.leaving {
			t.Errorf("%s left although the run is not kept", key)
		}
		shows(t, m, "disk full")
		if msg := press(m, key); msg != tea.Quit() {
			t.Errorf("the second %s says %v", key, msg)
		}
	}
}

func TestQuitAsksWhileAKeptRunIsNotWritten(t *testing.T) {
	m, f, _ := window(t, Config{Store: newPaperStore(3)})
	f.change(func(s *engine.Snapshot) {
		s.Phase, s.Notebook = engine.Kept, engine.Notebook{Trouble: "disk full", Waiting: 12}
	})
	m.Update(changed{})
	settle(m, "2") // from any screen
	if press(m, "q") != nil || m.leaving {
		t.Error("it left although the run is not written")
	}
	shows(t, m, "disk full")
	f.change(func(s *engine.Snapshot) { s.Notebook = engine.Notebook{} })
	m.Update(changed{})
	if press(m, "q") != tea.Quit() {
		t.Error("it does not leave now that it is")
	}
}

func TestScreensAreReachedAndLeft(t *testing.T) {
	m, _, _ := window(t, Config{Store: newPaperStore(3)})
	m.bench.Choose(map[string]string{"coached": "true"})
	at := func(want string) {
		t.Helper()
		if m.at != want {
			t.Errorf("at %s, not %s", m.at, want)
		}
	}
	for _, step := range [][2]string{
		{"3", atCompare}, {"esc", atWorkbench}, {"2", atHistory}, {"enter", atReplay}, {"esc", atHistory}, {"esc", atWorkbench}, {"esc", atWorkbench},
		{"2", atHistory}, {"enter", atReplay}, {"1", atWorkbench}, {"esc", atWorkbench},
		{"2", atHistory}, {"3", atCompare}, {"2", atHistory}, {"esc", atWorkbench},
		{"?", atWorkbench}, {"2", atHistory}, {"9", atHistory},
	} {
		settle(m, step[0])
		at(step[1])
	}
	shows(t, m, "there is no screen 9: 1 Workbench 2 History 3 Compare")
	m.Update(screen.CompareRuns{Sides: [][]int64{{1}, {2}}})
	at(atCompare)
	_, cmd := m.Update(screen.OpenRun{ID: 99})
	m.Update(cmd())
	at(atCompare)

	alone, _, _ := window(t, Config{})
	press(alone, "2")
	shows(t, alone, "without a notebook")
}

func TestARunIsRepeatedAndShown(t *testing.T) {
	var asked int64
	var refusal error
	m, _, _ := window(t, Config{Store: newPaperStore(3), Repeat: func(id int64) error { asked = id; return refusal }})
	settle(m, "2")
	settle(m, "r")
	if asked != 3 || m.at != atWorkbench {
		t.Errorf("run %d repeated, at %s", asked, m.at)
	}
	refusal = errors.New("engine: its load is unknown")
	settle(m, "2")
	settle(m, "r")
	if m.at != atHistory {
		t.Errorf("refused, at %s", m.at)
	}
	shows(t, m, "! its load is unknown")
}

func TestFilesAreWrittenAndNamed(t *testing.T) {
	var asked screen.ExportRuns
	var refusal error
	m, _, _ := window(t, Config{Store: newPaperStore(3), Formats: []string{"csv", "md"}, Export: func(_ context.Context, what screen.ExportRuns) ([]string, error) {
		asked = what
		return []string{"run-3-ticks.csv", "run-3-events.csv"}, refusal
	}})
	settle(m, "2")
	settle(m, "e")
	shows(t, m, "export run 3 as")
	settle(m, "c")
	shows(t, m, "written: run-3-ticks.csv, run-3-events.csv")
	if fmt.Sprint(asked) != "{[[3]] csv false}" {
		t.Errorf("asked for %v", asked)
	}
	refusal = &lab.InputError{Field: "export", Value: "run-3.md", Want: "a file that is not there yet"}
	settle(m, "e")
	settle(m, "m")
	shows(t, m, `! export: "run-3.md": want a file that is not there yet`)
}

func TestARunIsDecidedAgainAndShown(t *testing.T) {
	m, _, _ := window(t, Config{Store: newPaperStore(3), Redecide: func(_ context.Context, id int64, spec string) (lab.Record, error) {
		if id != 3 || spec != "hpa:target=60" {
			return lab.Record{}, lab.NotOneOf("policy", spec, policy.Names())
		}
		return policy.Beside(paperRun(id), spec, 1)
	}})
	for _, key := range []string{"2", "d", "hpaa", "enter"} {
		settle(m, key)
	}
	if m.at != atHistory || m.replay != nil {
		t.Errorf("refused, at %s", m.at)
	}
	shows(t, m, `! policy: "hpaa": did you mean hpa?`)
	settle(m, "d") // what was refused is there to be mended
	settle(m, "backspace")
	settle(m, ":target=60")
	settle(m, "enter")
	if m.at != atReplay {
		t.Fatalf("at %s", m.at)
	}
	shows(t, m, "decided again by hpa:target=60: it does not feel its own decisions")
	shows(t, m, "REPLAY 3")
	shows(t, m, "hpa 1") // the legend of its line
	settle(m, "y")
	shows(t, m, "shadows do not feel what they decide")
	shows(t, m, "hpa:target=60%")
	settle(m, "esc")
	if m.at != atHistory {
		t.Errorf("esc leads to %s", m.at)
	}
	settle(m, "enter")
	settle(m, "y")
	hides(t, m, "hpa:target=60%") // the stored run is as it was

	alone, _, _ := window(t, Config{Store: newPaperStore(3)})
	for _, key := range []string{"2", "d", "hpa", "enter"} {
		settle(alone, key)
	}
	shows(t, alone, "runs cannot be decided again here")
}

func TestBackFromARunIsAtThatRun(t *testing.T) {
	m, _, _ := window(t, Config{Store: newPaperStore(3)})
	for _, key := range []string{"2", "j", "enter", "esc", "enter", "esc"} {
		settle(m, key)
	}
	if msg := press(m, "enter"); msg != (screen.OpenRun{ID: 2}) {
		t.Errorf("back at another run: %v", msg)
	}
}

// A run, or a repetition, that comes late does not lead away from where the
// user has gone meanwhile; of two runs asked for, the last is shown.
func TestWhatComesLateDoesNotTakeTheScreen(t *testing.T) {
	m, _, _ := window(t, Config{Store: newPaperStore(3), Repeat: func(int64) error { return nil }})
	settle(m, "2")
	answer := func(asked tea.Msg) tea.Msg {
		_, cmd := m.Update(asked)
		return cmd()
	}
	late := answer(screen.OpenRun{ID: 1})
	settle(m, "3")
	m.Update(late)
	if m.at != atCompare || m.replay != nil {
		t.Errorf("a late run has taken the screen: at %s", m.at)
	}
	late = answer(screen.RepeatRun{ID: 2})
	settle(m, "2")
	_, cmd := m.Update(late)
	m.Update(cmd())
	if m.at != atHistory {
		t.Errorf("a late repetition has taken the screen: at %s", m.at)
	}
	shows(t, m, "run 2's load again, with the settings as they are")
	first, second := answer(screen.OpenRun{ID: 1}), answer(screen.OpenRun{ID: 3})
	m.Update(second)
	m.Update(first)
	if m.at != atReplay {
		t.Errorf("at %s", m.at)
	}
	shows(t, m, "REPLAY 3")
}

func TestAPanicInACommandLeavesInGoodOrder(t *testing.T) {
	m, _, _ := window(t, Config{Store: newPaperStore(3), Repeat: func(int64) error { panic("ouch") }})
	settle(m, "2")
	_, cmd := m.Update(runes("r"))
	_, cmd = m.Update(cmd()) // what History asks for
	_, cmd = m.Update(cmd()) // the panic, as a message
	if cmd() != tea.Quit() || m.broken == nil || m.broken.Value != "ouch" {
		t.Errorf("the panic is told as %v", m.broken)
	}
}

func TestSuspendIsRefusedUnderARun(t *testing.T) {
	m, f, _ := window(t, Config{})
	f.change(func(s *engine.Snapshot) { s.Phase = engine.Running })
	m.Update(changed{})
	_, cmd := m.Update(tea.KeyMsg{Type: tea.KeyCtrlZ})
	m.Update(cmd())
	shows(t, m, "not while a run is under way")
}

func TestKeysAreTextWhileTyping(t *testing.T) {
	m, f, _ := window(t, Config{})
	press(m, "t", "q", "?", " ")
	shows(t, m, "note: q? ")
	shows(t, m, "esc cancel")
	hides(t, m, "load on")
	if m.leaving || m.help || len(f.sent) != 0 {
		t.Error("text was taken for commands")
	}
	m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("pasted"), Paste: true})
	m.Update(tea.KeyMsg{Type: tea.KeyEnter})
	if len(f.sent) != 1 || f.sent[0].To != "q? pasted" {
		t.Errorf("sent %v", f.sent)
	}
}

func TestKeysTypedFastAreAllTaken(t *testing.T) {
	m, f, _ := window(t, Config{})
	m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("ana")})
	if len(f.sent) != 3 || f.sent[0].Kind != lab.ActAutoscale || f.sent[1].Kind != lab.ActNew || f.sent[2].Kind != lab.ActAutoscale {
		t.Errorf("sent %v", f.sent)
	}
}

func TestTwoEscapesTypedFastAreTwo(t *testing.T) {
	m, _, _ := window(t, Config{})
	m.bench.Choose(map[string]string{"zoom": "policy"})
	m.Update(tea.KeyMsg{Type: tea.KeyEsc, Alt: true})
	if c := m.bench.Choices(); c["zoom"] != "" || c["coached"] != "true" {
		t.Errorf("left as %v", c)
	}
}

func TestPastedTextIsNoCommand(t *testing.T) {
	m, f, _ := window(t, Config{})
	m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("x"), Paste: true})
	if len(f.sent) != 0 {
		t.Errorf("a paste did %v", f.sent)
	}
}

func TestABrokenRigIsSaidWithItsLog(t *testing.T) {
	m, f, _ := window(t, Config{Log: "/tmp/lab.log"})
	f.change(func(s *engine.Snapshot) { s.Err = errors.New("local: start: \x1b[31mno memory") })
	m.Update(changed{})
	for _, want := range []string{"is broken", "local: start: no memory", "/tmp/lab.log", "q leaves"} {
		shows(t, m, want)
	}
	if press(m, "q") != tea.Quit() {
		t.Error("q does not leave")
	}
}

func TestAPanicOfTheScreenLeavesInGoodOrder(t *testing.T) {
	m, f, _ := window(t, Config{})
	f.send = func(lab.Action) error { panic("ouch\nin many words") }
	if same, cmd := m.Update(tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(" ")}); same != tea.Model(m) || cmd() != tea.Quit() {
		t.Errorf("after a panic: %v", same)
	}
	if m.broken == nil || m.broken.Error() != "ui: panic: ouch" || !strings.Contains(string(m.broken.Stack), "deeds.go") {
		t.Errorf("the panic is told as %v", m.broken)
	}
}

func TestTheScreensCPUIsTold(t *testing.T) {
	var told time.Duration
	m, _, _ := window(t, Config{ScreenCPU: func(d time.Duration) { told += d }})
	before := told
	for range 50 {
		m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	}
	if told <= before {
		t.Error("fifty frames took no time")
	}
}

// BenchmarkFrameSame is a message that changes nothing, and the View that
// follows every message.
func BenchmarkFrameSame(b *testing.B) {
	m := newModel(Config{Session: &fake{snap: &engine.Snapshot{Rev: 1}}})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	for b.Loop() {
		m.Update(faded{-1})
		if m.View() == "" {
			b.Fatal("no frame")
		}
	}
}
