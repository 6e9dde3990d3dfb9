// Package app is one instance: an HTTP server that burns CPU for every request
// and keeps its whole process within a size, so that five of them carry five
// times what one does, however small the machine is.
//
//	GET / ─▶ line ─ the turn ─▶ burn thread CPU ─▶ page
//	          │ full             ▲ pays for each slice
//	          ▼                  │
//	         503              bucket ◀─ size · time − CPU of the process
//
//	/requests, /healthz, /metrics: answered at once, beside the line
//
// The process is the instance: the bucket is charged with all the CPU of the
// process, the HTTP server and the garbage collector included. Start it with
// GOMAXPROCS=1, in the environment or by runtime.GOMAXPROCS(1): Serve leaves
// that to its caller, for it concerns the whole process. A lab's own processes
// are each a Child, and RunChild is all that they do.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Config says what an instance is.
type Config struct {
	Size     float64       // cores; above 0, at most 1
	Work     time.Duration // CPU time that a request costs, all in all
	Boot     time.Duration // how long it burns CPU, within its size, before it is ready
	Queue    int           // requests that may wait; the next one is refused
	Workers  int           // 1 (or 0): first come, first served; more take turns of 2 ms
	WorkDist string        // fixed (or ""); exp: exponential around Work
	Seed     uint64        // of WorkDist exp
}

func (c Config) check() error {
	switch {
	case !(c.Size > 0 && c.Size <= 1):
		return fmt.Errorf("app: size %g: above 0, at most 1 core", c.Size)
	case c.Work < 0:
		return fmt.Errorf("app: work %v: 0 or more", c.Work)
	case c.Boot < 0:
		return fmt.Errorf("app: boot %v: 0 or more", c.Boot)
	case c.Queue < 0:
		return fmt.Errorf("app: queue %d: 0 or more", c.Queue)
	case c.Workers < 0:
		return fmt.Errorf("app: workers %d: 1 or more", c.Workers)
	case c.WorkDist != "" && c.WorkDist != "fixed" && c.WorkDist != "exp":
		return fmt.Errorf("app: work distribution %q: fixed or exp", c.WorkDist)
	}
	return nil
}

// Serve answers on ln until ctx is done, and closes ln. Then it refuses what
// waits with 503, lets what burns finish, resets nobody, and returns nil. It
// returns an error for a bad cfg, before it answers anything, and when ln
// breaks. When it returns, its goroutines have ended, but for those of silent
// connections that it has just closed: they end at once.
func Serve(ctx context.Context, ln net.Listener, cfg Config) error {
	in, err := newInstance(cfg, realClocks())
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	var open connections
	srv := &http.Server{Handler: in.handler(ln.Addr()), ReadHeaderTimeout: 10 * time.Second, ConnState: open.note}

	booting, endBoot := context.WithCancel(ctx)
	booted := make(chan struct{})
	go func() { defer close(booted); in.boot(booting) }()
	broken := make(chan error, 1)
	go func() { broken <- srv.Serve(ln) }()

	select {
	case err = <-broken:
		err = fmt.Errorf("app: serve %s: %w", ln.Addr(), err)
		in.refuseAll()
	case <-ctx.Done():
		in.refuseAll()
		lastInQueue(ln.Addr())
		ln.Close()
		<-broken
	}
	endBoot()
	<-booted
	open.drain(in)
	return errors.Join(err, srv.Close())
}

// lastInQueue returns when everybody has been accepted who stood in the
// kernel's queue before: closing the listener would reset them. That queue is
// first in, first out, so one connection of our own, once answered, tells.
func lastInQueue(addr net.Addr) {
	const patience = time.Second
	conn, err := net.DialTimeout(addr.Network(), addr.String(), patience)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET /requests HTTP/1.0\r\n\r\n")
	io.Copy(io.Discard, conn)
}

// connections counts a server's.
type connections struct{ open, changes atomic.Int64 }

func (c *connections) note(_ net.Conn, to http.ConnState) {
	c.changes.Add(1)
	switch to {
	case http.StateNew:
		c.open.Add(1)
	case http.StateClosed:
		c.open.Add(-1)
	}
}

// drain returns when no connection is left, or only such as have been silent
// for half a second. It takes the place of http.Server.Shutdown, which drops
// without a word every request that it reads after it was called.
func (c *connections) drain(in *instance) {
	const look, silence = 10 * time.Millisecond, 500 * time.Millisecond
	tick := time.NewTicker(look)
	defer tick.Stop()
	seen := c.changes.Load()
	for calm := time.Duration(0); calm < silence && c.open.Load() > 0; calm += look {
		<-tick.C
		if now := c.changes.Load(); now != seen || in.active.Load() > 0 {
			seen, calm = now, 0
		}
	}
}
