package balancer

import (
	"context"
	"net/http"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// Watch asks all addresses (host:port) for /healthz every so often, at once,
// and waits as long for their answers. It sends requests to those that answer
// 200, and no more to those that have stopped to. changed is told of each
// change, in the order of addrs. It returns when ctx is done.
func (b *Balancer) Watch(ctx context.Context, addrs []string, every time.Duration, changed func(addr string, in bool)) {
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: every}
	in, now := make([]bool, len(addrs)), make([]bool, len(addrs))
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		var asking sync.WaitGroup
		for i, addr := range addrs {
			asking.Go(func() { now[i] = healthy(ctx, client, addr) })
		}
		asking.Wait()
		for i, addr := range addrs {
			if now[i] == in[i] {
				continue
			}
			if in[i] = now[i]; in[i] {
				b.Admit(lab.Instance{ID: addr, Addr: addr})
			} else {
				b.Evict(addr)
			}
			if ctx.Err() == nil {
				changed(addr, in[i])
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func healthy(ctx context.Context, client *http.Client, addr string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
