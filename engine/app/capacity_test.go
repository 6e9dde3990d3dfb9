package app

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// saturate keeps threads requests in flight for d, and counts the good answers.
func saturate(tb testing.TB, url string, threads int, d time.Duration) int64 {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: threads}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	ctx, stop := context.WithTimeout(context.Background(), d)
	defer stop()
	var ok atomic.Int64
	var all sync.WaitGroup
	for range threads {
		all.Go(func() {
			for ctx.Err() == nil {
				req, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
				r, err := client.Do(req)
				if err != nil {
					continue
				}
				io.Copy(io.Discard, r.Body)
				r.Body.Close()
				if r.StatusCode == http.StatusOK {
					ok.Add(1)
				}
			}
		})
	}
	all.Wait()
	return ok.Load()
}

// An instance at the defaults under 20 threads: all of its size in CPU, and
// size/work requests a second. What the host did not deliver is taken out of
// the account: it is the host's, and the instance says how much it was.
func TestCapacity(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	cfg := Config{Size: .2, Work: 4 * time.Millisecond, Queue: 256}
	p := startApp(t, cfg)
	saturate(t, p.url, 20, 4*time.Second) // it learns its overhead
	before, _ := p.health(t)
	began := time.Now()
	saturate(t, p.url, 20, 4*time.Second)
	wall := time.Since(began).Seconds()
	after, _ := p.health(t)

	lost := after.Lost - before.Lost
	if lost > cfg.Size*wall/4 {
		t.Skipf("the host delivered too little: %.2f of %.2f core seconds lost", lost, cfg.Size*wall)
	}
	share := (after.CPU - before.CPU + lost) / wall / cfg.Size
	served := float64(after.Handled-before.Handled) / wall
	due := (cfg.Size - lost/wall) / cfg.Work.Seconds()
	t.Logf("CPU %.1f %% of size, %.1f served/s of %.1f, overhead %.2f ms, lost %.3f s, starved %.2f s",
		100*share, served, due, 1e3*after.Overhead, lost, after.Starved-before.Starved)
	if share < .95 || share > 1.05 {
		t.Errorf("CPU is %.1f %% of the size, not 95 to 105", 100*share)
	}
	if served < .9*due || served > 1.1*due {
		t.Errorf("served %.1f/s, not %.1f within 10 %%", served, due)
	}

	p.end()
	u := p.cmd.ProcessState
	if whole := (u.UserTime() + u.SystemTime()).Seconds(); whole < .95*after.CPU || whole > 1.05*after.CPU+.1 {
		t.Errorf("the system counted %.3f s of CPU, the instance %.3f", whole, after.CPU)
	}
}
