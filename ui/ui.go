// Package ui is the window: the frame around the screens.
//
//	Session.Snapshot ─ poll (a changed Rev) ─▶ Model.Update ─▶ frame ─▶ terminal
//	keys ─▶ Bindings of the frame, then of the screen ─▶ Session.Send
//
// The screen pulls pictures, at most thirty a second and only new ones; a
// frame is drawn once, when something has changed, and kept. Run is the only
// thing here that starts goroutines, and its return means that none is left.
package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/ui/bench"
	"autoscale-lab/ui/history"
	"autoscale-lab/ui/screen"
)

// Notebook is the recorded runs.
type Notebook interface {
	history.Store
	// Load gives a run with all that its ticks hold.
	Load(ctx context.Context, id int64) (lab.Record, error)
}

// Config is what the window is made of.
type Config struct {
	Session bench.Session
	Store   Notebook             // the notebook; nil: there is no History and no Compare
	Repeat  func(id int64) error // puts a stored run's load in again; from any goroutine
	// Redecide gives a stored run with what the policy of a spec would have
	// decided in it, as a shadow; from any goroutine.
	Redecide func(ctx context.Context, id int64, spec string) (lab.Record, error)
	Logs     func(id string) []string // an instance's last lines, oldest first
	// Export writes a run, or a comparison of sides, in one of Formats into the
	// current folder, never over a file: then nothing is written, and it is a
	// *lab.InputError. It tells the names of the files; from any goroutine.
	Export   func(context.Context, screen.ExportRuns) (files []string, err error)
	Formats  []string
	URL      string // where to send requests to, as people type it: "127.0.0.1:8000"
	Note     string // said once, at the start: "port 8000 was taken"
	Warning  string // said as long as nothing else is: "the notebook is read-only: …"
	Log      string // path of the log file, named when something broke
	Policies []string
	Shapes   []string
	Balances []string
	Badges   map[string]string // of a kind of policy: what of it is certified

	Theme      string   // words of theme.Detect, which win over what was kept
	Environ    []string // what they are measured against; nil: the process's own
	ConfigPath string   // where choices are kept (DefaultConfigPath); "": nowhere

	Input  io.Reader // the terminal, unless a test brings its own
	Output io.Writer
	// ScreenCPU is told of the CPU time that each turn of the screen took:
	// deciding what to draw, and drawing it; not the writing to the terminal.
	ScreenCPU func(time.Duration)

	terminal terminal // as it answered
}

// fps is how often the terminal is written to, at most, and how often the
// session is asked whether there is something new.
const fps = 30

// Run shows the window until the user leaves it (nil), ctx is done, the
// process is told to end (SIGHUP, SIGTERM; nil) or the screen has broken (a
// *Panic). The terminal is then as it was before. The session is left running.
func Run(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithCancel(ctx)
	var owned sync.WaitGroup
	defer owned.Wait()
	defer cancel()

	cfg.terminal = cfg.ask()
	m := newModel(cfg)
	defer m.owned.wait()
	defer context.AfterFunc(ctx, m.owned.cancel)()
	options := []tea.ProgramOption{tea.WithAltScreen(), tea.WithFPS(fps), tea.WithoutSignalHandler()}
	if cfg.Input != nil {
		options = append(options, tea.WithInput(cfg.Input))
	}
	if cfg.Output != nil {
		options = append(options, tea.WithOutput(cfg.Output))
	}
	p := tea.NewProgram(m, options...)
	m.later = func(d time.Duration, msg tea.Msg) { time.AfterFunc(d, func() { p.Send(msg) }) }
	owned.Go(func() { poll(ctx, cfg.Session, p.Send) })

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, endings...)
	defer signal.Stop(signals)
	owned.Go(func() {
		select {
		case <-signals:
		case <-ctx.Done():
		}
		p.Quit()
	})

	_, err := p.Run() // from here on p.Send returns at once
	if write := m.save(); write != nil {
		write()
	}
	if m.broken != nil {
		return m.broken
	}
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		err = nil
	}
	if m.leaving || err == nil {
		return nil // a terminal that is gone cannot be restored, and need not be
	}
	return fmt.Errorf("ui: %w", err)
}

// poll tells of snapshots, each at most once and only the newest.
func poll(ctx context.Context, session bench.Session, send func(tea.Msg)) {
	tick := time.NewTicker(time.Second / fps)
	defer tick.Stop()
	seen := session.Snapshot().Rev
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if rev := session.Snapshot().Rev; rev != seen {
			seen = rev
			send(changed{})
		}
	}
}

// ask asks the terminal what it is, where one is there and may answer.
func (cfg *Config) ask() terminal {
	in, out := io.Reader(os.Stdin), io.Writer(os.Stdout)
	if cfg.Input != nil {
		in = cfg.Input
	}
	if cfg.Output != nil {
		out = cfg.Output
	}
	from, ok := in.(*os.File)
	to, also := out.(*os.File)
	if !ok || !also || os.Getenv("TERM") == "dumb" {
		return terminal{}
	}
	return probe(from, to, probeLimit)
}
