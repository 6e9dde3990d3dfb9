package balancer

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"autoscale-lab/lab"
)

// house is a balancer and its one instance over pipes, in virtual time.
type house struct {
	*Balancer
	t      *testing.T
	door   pipes
	client *http.Client
	asked  []string           // paths, in the order in which they were sent to the instance
	dial   chan time.Duration // how long the next dials take; then none does

	mu       sync.Mutex
	statuses map[string]int
	clients  sync.WaitGroup
}

// tap is a connection to the instance that notes what is asked on it: in which
// order the instance looks at its connections is its own affair.
type tap struct {
	net.Conn
	h *house
}

func (w tap) Write(p []byte) (int, error) {
	if f := strings.Fields(string(p)); len(f) > 1 && f[0] == "GET" {
		w.h.mu.Lock()
		w.h.asked = append(w.h.asked, f[1])
		w.h.mu.Unlock()
	}
	return w.Conn.Write(p)
}

func open(t *testing.T, hold bool) *house {
	h := &house{t: t, door: make(pipes), statuses: map[string]int{}, dial: make(chan time.Duration, 10)}
	instance := make(pipes)
	app := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) })}
	go app.Serve(instance)
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		select {
		case d := <-h.dial:
			time.Sleep(d)
		default:
		}
		c, err := instance.Dial(ctx, network, addr)
		return tap{c, h}, err
	}
	var err error
	if h.Balancer, err = New(Config{Dial: dial, Hold: hold}); err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- h.Serve(h.door) }()
	tr := &http.Transport{DialContext: h.door.Dial}
	h.client = &http.Client{Transport: tr}
	t.Cleanup(func() {
		h.clients.Wait()
		tr.CloseIdleConnections()
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		app.Close()
	})
	return h
}

// send begins requests, one after the other.
func (h *house) send(ctx context.Context, from, n int) {
	for i := from; i < from+n; i++ {
		h.clients.Go(func() {
			path := fmt.Sprintf("/%d", i)
			req, _ := http.NewRequestWithContext(ctx, "GET", "http://front"+path, nil)
			status := -1
			if res, err := h.client.Do(req); err == nil {
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				status = res.StatusCode
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			h.statuses[path] = status
		})
		synctest.Wait()
	}
}

// got counts the answers of a status.
func (h *house) got(status int) int {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, s := range h.statuses {
		if s == status {
			n++
		}
	}
	return n
}

// status is that of an answer; 0: none yet.
func (h *house) status(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.statuses[path]
}

func (h *house) observe() lab.Traffic {
	front, _, _ := h.Observe(h.now())
	return front
}

// inOrder checks that the instance got the first n, the first first.
func (h *house) inOrder(n int) {
	h.t.Helper()
	want := make([]string, n)
	for i := range want {
		want[i] = fmt.Sprintf("/%d", i)
	}
	if !slices.Equal(h.asked, want) {
		h.t.Errorf("the instance got %v", h.asked)
	}
}

func TestHold(t *testing.T) {
	story := func(name string, tell func(*testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, tell) })
	}
	story("the first ready instance gets them in their order", func(t *testing.T) {
		h := open(t, true)
		h.send(t.Context(), 0, 40)
		time.Sleep(4 * time.Second)
		if f := h.observe(); f.Offered != 40 || f.Arrived != 0 || f.Queued != 40 || f.InFlight != 40 || f.Busy != 160*time.Second {
			t.Errorf("held: %+v", f)
		}
		h.Admit(lab.Instance{ID: "i", Addr: "instance:1"})
		h.send(t.Context(), 40, 10)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		f := h.observe()
		if f.Offered != 10 || f.Arrived != 50 || f.OK != 50 || f.Queued != 0 || f.InFlight != 0 {
			t.Errorf("then: %+v", f)
		}
		if longest, _ := f.Latency.Max(); longest < 5*time.Second || longest > 5100*time.Millisecond {
			t.Errorf("the longest took %s, want 4 s of waiting and 1 s of work", longest)
		}
		h.inOrder(50)
	})
	story("not more than a hundred, nor longer than ten seconds", func(t *testing.T) {
		h := open(t, true)
		h.send(t.Context(), 0, 103)
		if n := h.got(503); n != 3 {
			t.Errorf("%d refused at once", n)
		}
		time.Sleep(holdFor - time.Millisecond)
		if n := h.got(503); n != 3 {
			t.Errorf("%d refused a moment before", n)
		}
		time.Sleep(time.Millisecond)
		if n := h.got(503); n != 103 {
			t.Errorf("%d refused in the end", n)
		}
		if f := h.observe(); f.Failed[lab.CauseRefused] != 103 || f.Queued != 0 || f.Offered != 103 {
			t.Errorf("%+v", f)
		}
	})
	story("a client that goes away leaves the line", func(t *testing.T) {
		h := open(t, true)
		ctx, leave := context.WithCancel(t.Context())
		h.send(ctx, 0, 2)
		h.send(t.Context(), 2, 1)
		leave()
		synctest.Wait()
		if f := h.observe(); f.Queued != 1 || f.Failed[lab.CauseCanceled] != 2 || f.Failures() != 0 {
			t.Errorf("%+v", f)
		}
		h.Admit(lab.Instance{ID: "i", Addr: "instance:1"})
		time.Sleep(2 * time.Second)
		if h.got(200) != 1 || len(h.asked) != 1 {
			t.Errorf("statuses %v, asked %v", h.statuses, h.asked)
		}
	})
	story("where there must be one, nobody is held", func(t *testing.T) {
		h := open(t, false)
		h.send(t.Context(), 0, 1)
		if h.got(503) != 1 {
			t.Errorf("statuses %v", h.statuses)
		}
		h.Hold(true)
		h.send(t.Context(), 1, 2)
		if h.got(503) != 1 {
			t.Errorf("statuses %v", h.statuses)
		}
	})
	story("the end of holding takes no more, and keeps those held", func(t *testing.T) {
		h := open(t, true)
		h.send(t.Context(), 0, 3)
		time.Sleep(holdFor - time.Second)
		h.send(t.Context(), 3, 2)
		h.Hold(false)
		h.send(t.Context(), 5, 1)
		if h.got(503) != 1 || h.status("/5") != 503 {
			t.Errorf("at once: statuses %v", h.statuses)
		}
		time.Sleep(time.Second)
		if h.got(503) != 4 {
			t.Errorf("after ten seconds: statuses %v", h.statuses)
		}
		h.Admit(lab.Instance{ID: "i", Addr: "instance:1"})
		time.Sleep(time.Second)
		if h.got(200) != 2 || !slices.Equal(h.asked, []string{"/3", "/4"}) {
			t.Errorf("statuses %v, the instance got %v", h.statuses, h.asked)
		}
		if f := h.observe(); f.Queued != 0 || f.InFlight != 0 {
			t.Errorf("left over: %+v", f)
		}
	})
	story("nobody overtakes one that is being sent", func(t *testing.T) {
		h := open(t, true)
		h.dial <- 100 * time.Millisecond
		h.send(t.Context(), 0, 1)
		h.Admit(lab.Instance{ID: "i", Addr: "instance:1"})
		h.Hold(false)
		h.send(t.Context(), 1, 5)
		time.Sleep(2 * time.Second)
		if h.got(200) != 6 {
			t.Errorf("statuses %v", h.statuses)
		}
		h.inOrder(6)
	})
	story("nobody overtakes a full line", func(t *testing.T) {
		h := open(t, true)
		h.dial <- 100 * time.Millisecond
		h.send(t.Context(), 0, 100)
		h.Admit(lab.Instance{ID: "i", Addr: "instance:1"})
		h.send(t.Context(), 100, 3)
		if h.got(503) != 2 || h.status("/100") != 0 {
			t.Errorf("at once: statuses %v", h.statuses)
		}
		time.Sleep(2 * time.Second)
		if h.got(200) != 101 {
			t.Errorf("statuses %v", h.statuses)
		}
		h.inOrder(101)
	})
	story("closing does not wait for those held", func(t *testing.T) {
		h := open(t, true)
		h.send(t.Context(), 0, 2)
		began := h.now()
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if took := h.now() - began; took >= holdFor || h.got(503) != 2 {
			t.Errorf("it took %s, statuses %v", took, h.statuses)
		}
	})
}
