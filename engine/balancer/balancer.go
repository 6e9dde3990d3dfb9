// Package balancer is the front of the lab: a reverse proxy over instances
// that come and go, which counts all that passes through it.
//
//	client ─▶ Server ─▶ ServeHTTP ─ arrive ─▶ pool ─ pick ─▶ member   one lock
//	                        │                                   │
//	                    exchange ─ ReverseProxy ─ RoundTrip ────┴─▶ instance
//	                        │           refused, nothing sent: the next member
//	                        └─ leave ─▶ accounts of front and member ─▶ Observe
//	fleet ─ Admit, Drain, Evict ─▶ pool
//	none is ready, and Hold: arrive ─▶ line ─ the first Admit, in order ─▶ pick
//
// A request counts as in flight at an instance from the very moment it is
// picked, under the same lock: a drain that sees none in flight knows that
// none is on its way.
package balancer

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// Config is what a Balancer is made from. The zero Config is usable.
type Config struct {
	Now       func() time.Duration // lab time; nil: the time since New
	Token     string               // value of lab.LoadHeader on our own generator's requests; "": all are foreign
	SLO       time.Duration        // good answers above it are Slow; 0: none is
	Algorithm string               // one of Algorithms; "": the first
	Hold      bool                 // hold requests while none is ready; see Hold
	Timeout   time.Duration        // how long an instance may take to the answer's header; 0: as long as the client waits

	// Dial opens connections to instances; nil: TCP, given up after 2 s.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Balancer proxies requests to the instances admitted. Its methods are safe
// for concurrent use.
type Balancer struct {
	now      func() time.Duration
	token    string
	slo      time.Duration
	timeout  time.Duration
	dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	errorLog *log.Logger
	server   http.Server
	ctx      context.Context // ended by Close: cuts off what is still under way
	stop     context.CancelFunc

	exchanges sync.Pool // of *exchange
	buffers   buffers
	observing sync.Mutex // one Observe at a time

	mu      sync.Mutex // guards all below, and members
	before  func(a, b *member) bool
	pool    []*member          // those requests are sent to, in the order of admission
	members map[string]*member // these and those that still have something to end or to report
	turns   uint64             // picks so far
	front   account
	foreign account       // of front, what is not our generator's
	latest  time.Duration // of the moments counted
	line    line
}

// New makes a Balancer without instances. An unknown algorithm is a
// *lab.InputError. It starts nothing.
func New(c Config) (*Balancer, error) {
	if c.Now == nil {
		start := time.Now()
		c.Now = func() time.Duration { return time.Since(start) }
	}
	if c.Algorithm == "" {
		c.Algorithm = algorithms[0].name
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: 2 * time.Second}).DialContext
	}
	b := &Balancer{
		now: c.Now, token: c.Token, slo: c.SLO, timeout: c.Timeout, dial: c.Dial,
		errorLog: log.New(debugLog{}, "", 0),
		members:  map[string]*member{},
		front:    newAccount(), foreign: newAccount(),
	}
	if err := b.Use(c.Algorithm); err != nil {
		return nil, err
	}
	b.line.open = c.Hold
	b.ctx, b.stop = context.WithCancel(context.Background())
	b.exchanges.New = func() any { return newExchange(b) }
	b.server = http.Server{
		Handler:           b,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return b.ctx },
		ErrorLog:          b.errorLog,
	}
	return b, nil
}

// Serve answers on ln until Close, and then returns nil. It closes ln.
func (b *Balancer) Serve(ln net.Listener) error {
	if err := b.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("balancer: serve: %w", err)
	}
	return nil
}

// Close stops listening, lets the requests in flight end, and returns when
// none is left. When ctx is done those that are left are cut off, and Close
// returns its error. (A server other than Serve's must be closed first.)
func (b *Balancer) Close(ctx context.Context) error {
	b.dismiss() // nobody will come for those
	err := b.server.Shutdown(ctx)
	if err == nil { // Shutdown knows nothing of upgraded connections
		select {
		case <-b.quiet():
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	b.stop()
	b.server.Close()
	<-b.quiet()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.members {
		m.transport.CloseIdleConnections()
	}
	if err != nil {
		return fmt.Errorf("balancer: close: %w", err)
	}
	return nil
}

func (b *Balancer) quiet() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.front.whenQuiet()
}

// debugLog takes what net/http would print.
type debugLog struct{}

func (debugLog) Write(p []byte) (int, error) {
	slog.Debug("balancer: " + lab.Clean(string(p)))
	return len(p), nil
}

// buffers lends the buffers answers are copied through.
type buffers struct{ sync.Pool }

const bufferSize = 32 << 10

func (p *buffers) Get() []byte {
	if b, ok := p.Pool.Get().(*[bufferSize]byte); ok {
		return b[:]
	}
	return make([]byte, bufferSize)
}

func (p *buffers) Put(b []byte) { p.Pool.Put((*[bufferSize]byte)(b)) }
