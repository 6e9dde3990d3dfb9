package balancer

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"autoscale-lab/lab"
)

const (
	// rest is how long an instance that could not be connected to is passed
	// over. It is picked all the same when no other is left.
	rest = time.Second
	// idleTimeout is below the keep-alive time of common servers (gunicorn 2 s,
	// node and uvicorn 5 s): they should not close a connection just as a
	// request that cannot be repeated goes out on it.
	idleTimeout = 1500 * time.Millisecond
	// maxIdle is how many idle connections to one instance are kept.
	maxIdle = 1024
)

// member is an instance as the balancer knows it.
//
//	Admit ─▶ in the pool ─ Drain, Evict ─▶ out ─ in flight 0, observed ─▶ forgotten
//	             ▲                          │
//	             └───────── Admit ──────────┘
type member struct {
	account
	id, addr  string
	pooled    bool
	turn      uint64        // number of its last pick
	restUntil time.Duration // passed over until then
	last      atomic.Int64  // lab time of its last sign of life
	transport *http.Transport
}

// Member is an instance that requests are sent to.
type Member struct {
	ID, Addr string
	InFlight int
}

// An algorithm says which of two members is the better pick. The one whose
// last pick is longest ago wins a tie: fair, whoever comes and goes.
var algorithms = []struct {
	name   string
	before func(a, b *member) bool
}{
	{"least-connections", func(a, b *member) bool {
		if a.InFlight != b.InFlight {
			return a.InFlight < b.InFlight
		}
		return a.turn < b.turn
	}},
	{"round-robin", func(a, b *member) bool { return a.turn < b.turn }},
}

// Algorithms are the names of the balancing algorithms, the default first.
func Algorithms() []string {
	var names []string
	for _, a := range algorithms {
		names = append(names, a.name)
	}
	return names
}

// Use balances by another algorithm from the next request on. An unknown one
// is a *lab.InputError and changes nothing.
func (b *Balancer) Use(algorithm string) error {
	for _, a := range algorithms {
		if a.name == algorithm {
			b.mu.Lock()
			b.before = a.before
			b.mu.Unlock()
			return nil
		}
	}
	return lab.NotOneOf("balance", algorithm, Algorithms())
}

// pick takes the best member that is not resting and not not; if all rest, the
// best of them; nil if there is none. Under the lock.
func (b *Balancer) pick(now time.Duration, not *member) *member {
	var best, resting *member
	for _, m := range b.pool {
		if m == not {
			continue
		}
		into := &best
		if now < m.restUntil {
			into = &resting
		}
		if *into == nil || b.before(m, *into) {
			*into = m
		}
	}
	if best == nil {
		best = resting
	}
	if best != nil {
		b.turns++
		best.turn = b.turns
	}
	return best
}

// Admit sends requests to the instance (known by ID, at Addr) from now on. One
// that was drained or evicted comes back.
func (b *Balancer) Admit(i lab.Instance) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.members[i.ID]
	if m == nil {
		m = &member{account: newAccount(), id: i.ID, transport: b.newTransport()}
		b.members[i.ID] = m
	}
	if m.addr != i.Addr {
		m.transport.CloseIdleConnections()
		m.addr = i.Addr
	}
	m.restUntil = 0
	if !m.pooled {
		m.pooled = true
		b.pool = append(b.pool, m)
	}
	b.advance()
}

// Drain sends the instance nothing more, and returns nil once its last request
// in flight has ended and its idle connections are closed; or ctx's error, if
// that comes first. An unknown instance is drained already.
func (b *Balancer) Drain(ctx context.Context, id string) error {
	b.mu.Lock()
	m := b.members[id]
	if m == nil {
		b.mu.Unlock()
		return nil
	}
	b.remove(m)
	quiet := m.whenQuiet()
	b.mu.Unlock()
	defer m.transport.CloseIdleConnections()
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Evict sends the instance nothing more. Its requests in flight go on until
// they end by themselves. It may be admitted again.
func (b *Balancer) Evict(id string) {
	b.mu.Lock()
	m := b.members[id]
	if m != nil {
		b.remove(m)
	}
	b.mu.Unlock()
	if m != nil {
		m.transport.CloseIdleConnections()
	}
}

func (b *Balancer) remove(m *member) {
	m.pooled = false
	b.pool = slices.DeleteFunc(b.pool, func(o *member) bool { return o == m })
}

// Answered is how many requests an instance has in flight, and the lab time of
// its last sign of life: the header of an answer, or a part of its body. It is
// 0 if there was none; both are for an unknown instance.
func (b *Balancer) Answered(id string) (inFlight int, last time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.members[id]
	if m == nil {
		return 0, 0
	}
	return m.InFlight, time.Duration(m.last.Load())
}

// Members are the instances that requests are sent to, in the order of
// admission.
func (b *Balancer) Members() []Member {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Member, len(b.pool))
	for i, m := range b.pool {
		out[i] = Member{ID: m.id, Addr: m.addr, InFlight: m.InFlight}
	}
	return out
}

// newTransport makes the connections of one instance: its own, so that they
// can be closed with it.
func (b *Balancer) newTransport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			// The transport lets a dial outlive its request; Close must not.
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(b.ctx, cancel)()
			conn, err := b.dial(ctx, network, addr)
			if err != nil {
				return nil, dialError{err}
			}
			return &wire{Conn: conn}, nil
		},
		MaxIdleConnsPerHost:   maxIdle,
		IdleConnTimeout:       idleTimeout,
		ResponseHeaderTimeout: b.timeout,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true,
	}
}

// dialError marks the errors before anything was sent.
type dialError struct{ error }

func (e dialError) Unwrap() error { return e.error }
