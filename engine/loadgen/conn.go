package loadgen

import (
	"context"
	"net"
	"sync"
)

// conns dials, and knows when all it dialled is closed, which at the latest
// happens when life ends.
type conns struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	life context.Context

	mu   sync.Mutex
	n    int           // dialling or open
	none chan struct{} // closed when n is 0; nil until somebody waits
}

func (c *conns) open(ctx context.Context, network, addr string) (net.Conn, error) {
	c.add(1)
	ctx, cancel := context.WithCancel(ctx) // the transport's own does not end with the request
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	nc, err := c.dial(ctx, network, addr)
	if err != nil {
		c.add(-1)
		return nil, &dialError{err}
	}
	k := &conn{Conn: nc}
	stop := context.AfterFunc(c.life, func() { k.Close() })
	k.gone = func() { stop(); c.add(-1) }
	return k, nil
}

func (c *conns) add(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += by
	if c.n == 0 && c.none != nil {
		close(c.none)
		c.none = nil
	}
}

// wait returns when no connection is left.
func (c *conns) wait() {
	c.mu.Lock()
	if c.n == 0 {
		c.mu.Unlock()
		return
	}
	if c.none == nil {
		c.none = make(chan struct{})
	}
	none := c.none
	c.mu.Unlock()
	<-none
}

type conn struct {
	net.Conn
	once sync.Once
	gone func()
}

func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.gone)
	return err
}

// dialError is a connection that could not be made.
type dialError struct{ error }

func (e *dialError) Unwrap() error { return e.error }
