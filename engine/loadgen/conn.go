package loadgen

import (
	"context"
	"net"
	"sync"
)

// conns dials, and knows when all that was dialled is closed.
type conns struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	life context.Context // when it ends, dialling is given up

	mu      sync.Mutex
	open    map[*conn]struct{}
	dialing int
	none    chan struct{} // closed when none is left; nil until somebody waits
}

func (c *conns) dialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	c.mu.Lock()
	c.dialing++
	c.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx) // the transport's own outlives the request
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	nc, err := c.dial(ctx, network, addr)

	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialing--
	if err == nil && c.life.Err() != nil {
		nc.Close()
		err = c.life.Err()
	}
	if err != nil {
		c.tell()
		return nil, &dialError{err}
	}
	k := &conn{nc, c}
	c.open[k] = struct{}{}
	return k, nil
}

// shut closes all connections and returns when none is left. Life must have
// ended, and no request may follow.
func (c *conns) shut() {
	c.mu.Lock()
	if c.none == nil {
		c.none = make(chan struct{})
	}
	none := c.none
	for k := range c.open {
		k.Conn.Close()
		delete(c.open, k)
	}
	c.tell()
	c.mu.Unlock()
	<-none
}

// tell tells shut if none is left.
func (c *conns) tell() {
	if c.none != nil && c.dialing == 0 && len(c.open) == 0 {
		close(c.none)
		c.none = nil
	}
}

// conn is a connection that conns knows of.
type conn struct {
	net.Conn
	of *conns
}

func (k *conn) Close() error {
	err := k.Conn.Close()
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	delete(k.of.open, k)
	k.of.tell()
	return err
}

// dialError is a connection that could not be made.
type dialError struct{ error }

func (e *dialError) Unwrap() error { return e.error }
