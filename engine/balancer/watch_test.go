package balancer

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestWatchFollowsHealth(t *testing.T) {
	var sick atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sick.Load() || r.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer srv.Close()
	b, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	changes, done := make(chan bool, 4), make(chan struct{})
	addr := srv.Listener.Addr().String()
	go func() {
		defer close(done)
		b.Watch(ctx, []string{addr, "127.0.0.1:1"}, 10*time.Millisecond, func(a string, in bool) {
			if a == addr {
				changes <- in
			}
		})
	}()
	if in := <-changes; !in || len(b.Members()) != 1 {
		t.Errorf("a healthy backend is not in: %v", b.Members())
	}
	sick.Store(true)
	if in := <-changes; in || len(b.Members()) != 0 {
		t.Errorf("a sick backend is still in: %v", b.Members())
	}
	sick.Store(false)
	if in := <-changes; !in {
		t.Error("a backend that is well again is not back in")
	}
	cancel()
	<-done
}

// Each of three backends answers when all have been asked.
func TestWatchAsksAllAtOnce(t *testing.T) {
	var asked atomic.Int32
	all := make(chan struct{})
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 3 {
			close(all)
		}
		select {
		case <-all:
		case <-r.Context().Done():
		}
	})
	var addrs []string
	for range 3 {
		srv := httptest.NewServer(h)
		defer srv.Close()
		addrs = append(addrs, srv.Listener.Addr().String())
	}
	b, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told []string
	b.Watch(ctx, addrs, 5*time.Second, func(addr string, _ bool) {
		if told = append(told, addr); len(told) == len(addrs) {
			cancel()
		}
	})
	if !slices.Equal(told, addrs) {
		t.Errorf("told of %v, not of %v", told, addrs)
	}
}
