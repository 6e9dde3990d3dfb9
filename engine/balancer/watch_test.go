package balancer

import (
	"context"
	"net/http"
	"net/http/httptest"
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
