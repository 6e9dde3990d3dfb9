//go:build !windows

package ui

import (
	"bytes"
	"context"
	"os"
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
	others := goleak.IgnoreCurrent()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	if err := pty.Setsize(ptmx, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, session: &live{sent: make(chan lab.Action, 10)}, keys: ptmx, shown: make(chan []byte, 1000), ended: make(chan error, 1)}
	s.session.snap.Store(&engine.Snapshot{Rev: 1, Desired: 1, Setup: engine.Setup{Policy: "threshold"}})
	go func() {
		s.ended <- Run(ctx, Config{Session: s.session, URL: "127.0.0.1:8000", Theme: "none,dark,unicode", Input: tty, Output: tty})
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
