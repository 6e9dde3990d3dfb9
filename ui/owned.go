package ui

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	tea "github.com/charmbracelet/bubbletea"
)

// owned is the window's own work in the background: none begins after, and none
// is left when, wait returns.
type owned struct {
	ctx    context.Context
	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

// cmd makes a command of some work that ends soon after its context.
func (o *owned) cmd(work func(context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		o.mu.Lock()
		if o.closed {
			o.mu.Unlock()
			return nil
		}
		o.wg.Add(1)
		o.mu.Unlock()
		defer o.wg.Done()
		return work(o.ctx)
	}
}

func (o *owned) wait() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.wg.Wait()
}

// fault is a panic in a command.
type fault struct{ err error }

// guarded makes a command's panic a message, so that it ends the window in good
// order.
func guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = fault{panicked(r)}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = guarded(batch[i])
			}
		}
		return msg
	}
}

func panicked(r any) error { return fmt.Errorf("ui: panic: %v\n%s", r, debug.Stack()) }
