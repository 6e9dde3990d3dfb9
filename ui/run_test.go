//go:build !windows

package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"

	"autoscale-lab/engine"
	"autoscale-lab/lab"
)

// live is a session whose snapshot may change at any time.
type live struct {
	snap atomic.Pointer[engine.Snapshot]
	sent chan lab.Action
}

func (l *live) Snapshot() *engine.Snapshot { return l.snap.Load() }

func (l *live) Send(a lab.Action) error {
	l.sent <- a
	return nil
}

// stage is the window on a pseudo-terminal.
type stage struct {
	t       *testing.T
	session *live
	keys    *os.File
	shown   chan []byte
	seen    bytes.Buffer
	ended   chan error
}

func open(t *testing.T, ctx context.Context) *stage {
	t.Helper()
	session := &live{sent: make(chan lab.Action, 10)}
	session.snap.Store(&engine.Snapshot{Rev: 1, Desired: 1, Setup: engine.Setup{Policy: "threshold"}})
	s := openOn(t, ctx, Config{Session: session, URL: "127.0.0.1:8000", Theme: "none,dark,unicode"})
	s.session = session
	return s
}

// openOn opens the window on a terminal of its own.
func openOn(t *testing.T, ctx context.Context, cfg Config) *stage {
	t.Helper()
	others := goleak.IgnoreCurrent()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	if err := pty.Setsize(ptmx, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, keys: ptmx, shown: make(chan []byte, 1000), ended: make(chan error, 1)}
	cfg.Input, cfg.Output = tty, tty
	go func() {
		s.ended <- Run(ctx, cfg)
		tty.Close()
	}()
	go func() {
		defer close(s.shown)
		for {
			buf := make([]byte, 4096)
			n, err := ptmx.Read(buf)
			if n > 0 {
				s.shown <- buf[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		ptmx.Close()
		for range s.shown {
		}
		goleak.VerifyNone(t, others)
	})
	return s
}

// sees waits until the terminal has been sent a text.
func (s *stage) sees(want string) {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for !strings.Contains(s.seen.String(), want) {
		select {
		case b, ok := <-s.shown:
			if !ok {
				s.t.Fatalf("%q was never shown in\n%s", want, s.seen.String())
			}
			s.seen.Write(b)
		case <-deadline:
			s.t.Fatalf("%q was not shown in\n%s", want, s.seen.String())
		}
	}
	s.seen.Reset()
}

// ends waits until the window has closed, the terminal as it was.
func (s *stage) ends() {
	s.t.Helper()
	s.sees("\x1b[?1049l")
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("it ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		s.t.Fatal("it did not end")
	}
}

func TestTheWindowShowsWhatChangesAndDoesWhatIsPressed(t *testing.T) {
	s := open(t, t.Context())
	s.sees("○ ready")
	s.keys.WriteString(" ")
	if a := <-s.session.sent; a.Kind != lab.ActLoad || a.To != "on" {
		t.Errorf("space sent %+v", a)
	}
	next := *s.session.Snapshot()
	next.Rev, next.Phase, next.Record.Run.ID = 2, engine.Running, 42
	s.session.snap.Store(&next)
	s.sees("● RUN 42")
	s.keys.WriteString("q")
	s.ends()
}

func TestTheWindowEndsInGoodOrder(t *testing.T) {
	for name, end := range map[string]func(*stage, context.CancelFunc){
		"ctrl+c":            func(s *stage, _ context.CancelFunc) { s.keys.WriteString("\x03") },
		"SIGTERM":           func(*stage, context.CancelFunc) { syscall.Kill(os.Getpid(), syscall.SIGTERM) },
		"SIGHUP":            func(*stage, context.CancelFunc) { syscall.Kill(os.Getpid(), syscall.SIGHUP) },
		"the context ended": func(_ *stage, cancel context.CancelFunc) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := open(t, ctx)
			s.sees("○ ready")
			end(s, cancel)
			s.ends()
		})
	}
}

func TestTheTerminalGoneEndsTheWindow(t *testing.T) {
	s := open(t, t.Context())
	s.sees("○ ready")
	syscall.Kill(os.Getpid(), syscall.SIGHUP) // as the kernel does
	s.keys.Close()
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it did not end")
	}
}

func TestRunTellsOfAPanic(t *testing.T) {
	session := &broken{live: live{sent: make(chan lab.Action, 1)}}
	session.snap.Store(&engine.Snapshot{Rev: 1, Setup: engine.Setup{Policy: "threshold"}})
	s := openOn(t, t.Context(), Config{Session: session, Theme: "none,dark,unicode"})
	s.sees("○ ready")
	s.keys.WriteString(" ")
	s.sees("\x1b[?1049l")
	var p *Panic
	if err := <-s.ended; !errors.As(err, &p) || p.Value != "ouch" || !strings.Contains(string(p.Stack), "run_test.go") {
		t.Errorf("it is told as %v", err)
	}
}

// broken is a session with a fault.
type broken struct{ live }

func (*broken) Send(lab.Action) error { panic("ouch") }

// Whatever a screen has asked for is over when Run returns.
func TestNoCommandOutlivesTheWindow(t *testing.T) {
	store := &slow{paperStore: newPaperStore(3), asked: make(chan struct{}, 10)}
	session := &live{sent: make(chan lab.Action, 1)}
	session.snap.Store(&engine.Snapshot{Rev: 1, Setup: engine.Setup{Policy: "threshold"}})
	s := openOn(t, t.Context(), Config{Session: session, Store: store, Theme: "none,dark,unicode"})
	s.sees("○ ready")
	s.keys.WriteString("2")
	<-store.asked
	s.keys.WriteString("q")
	s.ends()
	if n := store.under.Load(); n != 0 {
		t.Errorf("%d questions are still open", n)
	}
}

// slow is a notebook that answers no one until he gives up, and then late.
type slow struct {
	*paperStore
	asked chan struct{}
	under atomic.Int32
}

func (s *slow) List(ctx context.Context, _ int, _ int64) ([]lab.Run, error) {
	s.under.Add(1)
	defer s.under.Add(-1)
	s.asked <- struct{}{}
	<-ctx.Done()
	for range 1000 { // those who do not wait are gone by now
		runtime.Gosched()
	}
	return nil, ctx.Err()
}

// steady is a session on which a run is always under way.
type steady struct{ *paperSession }

func (s steady) Send(a lab.Action) error {
	if a.Kind == lab.ActNew || a.Kind == lab.ActStop {
		return errors.New("engine: not now")
	}
	return s.paperSession.Send(a)
}

// A monkey on a terminal, and nothing left behind: the bytes it sends are keys
// of all sorts, mouse events whole and torn, pastes, and what no terminal sends.
func TestMonkeyOnATerminal(t *testing.T) {
	before := descriptors(t)
	r := rand.New(rand.NewPCG(9, 9))
	keys := append(strings.Split("\x1b[A \x1b[B \x1b[C \x1b[D \t \r \x1b \x1b[H \x1b[F \x1b[5~ \x1b[1;2C \x7f \x1b[ \x1b]11; \xff \x00 \x1b[<0;3", " "), " ")
	for c := '!'; c <= '~'; c++ {
		if c != 'q' {
			keys = append(keys, string(c))
		}
	}
	for left := 3000; left > 0 && !t.Failed(); {
		t.Run("", func(t *testing.T) {
			cfg := Config{Session: steady{newPaperSession(t)}, Store: newPaperStore(30), Theme: "16,dark,unicode", Policies: []string{"threshold"}, Shapes: []string{"constant"}, Balances: []string{"a"}}
			s := openOn(t, t.Context(), cfg)
			s.sees("RUN")
			go func() {
				for range s.shown {
				}
			}()
			for ; left > 0 && len(s.ended) == 0; left-- {
				switch n := r.IntN(100); {
				case n < 75:
					s.keys.WriteString(keys[r.IntN(len(keys))])
				case n < 92:
					fmt.Fprintf(s.keys, "\x1b[<%d;%d;%d%c", []int{0, 0, 1, 2, 32, 64, 65}[r.IntN(7)], r.IntN(120), r.IntN(40), "Mm"[r.IntN(2)])
				case n < 94:
					s.keys.WriteString("\x1b[200~" + strings.Repeat("q1 :\r", r.IntN(2000)) + "\x1b[201~")
				default:
					pty.Setsize(s.keys, &pty.Winsize{Rows: uint16(1 + r.IntN(60)), Cols: uint16(1 + r.IntN(200))})
					syscall.Kill(os.Getpid(), syscall.SIGWINCH)
				}
			}
			for tries := 0; ; tries++ {
				s.keys.WriteString("\x03") // out of a text, a palette, a question
				select {
				case err := <-s.ended:
					if err != nil {
						t.Fatalf("it ended with %v", err)
					}
					return
				case <-time.After(100 * time.Millisecond):
					if tries > 300 {
						t.Fatal("it does not end")
					}
				}
			}
		})
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("descriptors cannot be counted here")
	}
	return len(open)
}

// A terminal that says nothing is waited for within bounds; one that answers is
// believed, and its answers are no keys.
func TestTheTerminalIsAskedAndBelieved(t *testing.T) {
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	defer ptmx.Close()
	defer tty.Close()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		buf := make([]byte, 4096)
		for got := ""; !strings.Contains(got, "\x1b[6n"); {
			n, err := ptmx.Read(buf)
			if err != nil {
				return
			}
			got += string(buf[:n])
		}
		ptmx.WriteString("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[1;11R")
	}()
	if got, want := probe(tty, tty, time.Minute), (terminal{answered: true, known: true, wide: true}); got != want {
		t.Errorf("understood as %+v", got)
	}
	<-asked
	if got := probe(tty, tty, 10*time.Millisecond); got != (terminal{}) {
		t.Errorf("silence is understood as %+v", got)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := probe(file, file, time.Minute); got != (terminal{}) {
		t.Errorf("no terminal is understood as %+v", got)
	}
}
