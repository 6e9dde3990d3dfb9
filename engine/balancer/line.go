package balancer

import (
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync/atomic"
	"time"
)

const (
	// maxHeld is how many requests are held at once, and holdFor how long each:
	// as long as our own load waits for an answer.
	maxHeld = 100
	holdFor = 10 * time.Second
)

// line is the requests that came while no instance was ready, the first first.
// One at a time is on its way out of it, until it has been sent: so
// they reach the instance in their order. Guarded by the balancer's lock.
type line struct {
	open    bool
	held    []*exchange
	leaving *exchange
}

// Hold sets whether requests that come while no instance is ready wait for one,
// as they must where there may be none at all: they are what calls for the
// first. At most 100 wait, up to 10 s each; any other is refused. Hold(false)
// takes no more, and leaves those that wait.
func (b *Balancer) Hold(open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.line.open = open
}

// dismiss refuses those that wait, and takes no more.
func (b *Balancer) dismiss() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, x := range b.line.held {
		x.step(-1)
		close(x.gate)
	}
	b.line.open, b.line.held = false, nil
}

// admit gives a request to an instance if one is ready and nobody came before
// it; else the request goes to the end of the line. One that finds it closed or
// full gets neither, and is refused: it may not overtake. Under the lock.
func (b *Balancer) admit(x *exchange, now time.Duration) {
	l := &b.line
	ready := len(b.pool) > 0
	switch {
	case ready && len(l.held) == 0 && l.leaving == nil:
		x.dispatch(now)
	case (ready || l.open) && len(l.held) < maxHeld:
		x.gate = make(chan struct{})
		l.held = append(l.held, x)
		x.step(1)
	}
}

// step counts a request into the line or out of it. Under the lock.
func (x *exchange) step(n int) {
	x.b.front.Queued += n
	if x.foreign {
		x.b.foreign.Queued += n
	}
}

// advance lets the first of the line go, if an instance is ready and nobody is
// on the way. Under the lock.
func (b *Balancer) advance() {
	l := &b.line
	if l.leaving != nil || len(l.held) == 0 || len(b.pool) == 0 {
		return
	}
	x := l.held[0]
	l.held = slices.Delete(l.held, 0, 1)
	x.step(-1)
	x.dispatch(b.moment(b.now()))
	l.leaving = x
	close(x.gate)
}

// tracked is the request of one that was held: once it is sent, but for a body,
// which may take its time, the next may go.
func (x *exchange) tracked(out *http.Request) *http.Request {
	sent := &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		got.Conn.(*wire).first.Store(x)
	}}
	if out.Body != nil {
		sent = &httptrace.ClientTrace{WroteHeaders: x.passOn}
	}
	return out.WithContext(httptrace.WithClientTrace(out.Context(), sent))
}

// wire is a connection to an instance. It knows when a request has been sent:
// httptrace's WroteRequest comes before what is buffered has been.
type wire struct {
	net.Conn
	first atomic.Pointer[exchange] // passes on once it has been sent
}

// Write writes, and lets the next of the line go.
func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	if w.first.Load() != nil && err == nil {
		w.first.Swap(nil).passOn()
	}
	return n, err
}

// ReadFrom keeps the connection's own way to send a file or another connection.
func (w *wire) ReadFrom(r io.Reader) (int64, error) { return io.Copy(w.Conn, r) }

// CloseWrite lets one side of an upgraded connection end before the other.
func (w *wire) CloseWrite() error {
	if c, ok := w.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return http.ErrNotSupported
}

// passOn lets the next of the line go. It may be called more than once.
func (x *exchange) passOn() {
	if x.gate == nil {
		return
	}
	x.b.mu.Lock()
	defer x.b.mu.Unlock()
	if x.b.line.leaving == x {
		x.b.line.leaving = nil
		x.b.advance()
	}
}

// wait returns when the request has been given to an instance, or when it has
// waited long enough, or nobody waits for its answer any more.
func (x *exchange) wait() {
	patience := time.NewTimer(holdFor)
	defer patience.Stop()
	select {
	case <-x.gate:
		return
	case <-patience.C:
	case <-x.in.Context().Done():
	}
	x.b.mu.Lock()
	defer x.b.mu.Unlock()
	l := &x.b.line
	if i := slices.Index(l.held, x); i >= 0 {
		l.held = slices.Delete(l.held, i, i+1)
		x.step(-1)
	}
}
