package ui

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
)

// owned is the window's own work in the background, every command of a screen:
// none begins after, and none is left when, wait returns.
type owned struct {
	ctx    context.Context // of the work; it ends with the window
	cancel context.CancelFunc
	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

func newOwned() *owned {
	o := &owned{}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	return o
}

// begin counts a piece of work, unless the window has closed.
func (o *owned) begin() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.wg.Add(1)
	}
	return !o.closed
}

func (o *owned) wait() {
	o.cancel()
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.wg.Wait()
}

// within is a context that ends with the window too.
func (o *owned) within(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(o.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// guard makes a command, and those that it gives, the window's own: counted,
// and ending the window in good order if they panic.
func (o *owned) guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		if !o.begin() {
			return nil
		}
		defer o.wg.Done()
		defer func() {
			if r := recover(); r != nil {
				msg = fault{panicked(r)}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = o.guard(batch[i])
			}
		}
		return msg
	}
}

// Panic is what Run returns when the screen, or a command of it, has panicked.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that did
}

// Error is one short line, without the stack.
func (p *Panic) Error() string {
	line, _, _ := strings.Cut(fmt.Sprint(p.Value), "\n")
	return "ui: panic: " + lab.Clean(line)
}

// fault is a panic in a command.
type fault struct{ err *Panic }

// panicked tells of a panic just recovered from.
func panicked(r any) *Panic { return &Panic{r, debug.Stack()} }
