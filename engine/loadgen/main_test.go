package loadgen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipes is a network without sockets, so that time in a bubble advances.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	shut  chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.shut:
		return nil, errors.New("nobody listens")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.shut:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.shut) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// inBubble runs a story in virtual time with a generator, off and open, that
// sends to h. Story time begins at 0 and is the generator's.
func inBubble(t *testing.T, h http.HandlerFunc, c Config, story func(t *testing.T, g *Generator)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), shut: make(chan struct{})}
		server := &http.Server{Handler: h}
		served := make(chan struct{})
		go func() { defer close(served); server.Serve(p) }()
		c.URL, c.dial = "http://bubble.test/", p.dial
		g, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		story(t, g)
		if err := g.Close(t.Context()); err != nil {
			t.Error(err)
		}
		server.Shutdown(t.Context())
		<-served
	})
}

// parse is the load of that spec.
func parse(t testing.TB, spec string) lab.Load {
	t.Helper()
	s, err := load.Parse(spec, load.Defaults{Seed: 1, Timeout: 10 * time.Second, MaxInFlight: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return s.Load()
}

// takes is a handler that answers after d.
func takes(d time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			w.Write([]byte("done"))
		case <-r.Context().Done():
		}
	}
}
