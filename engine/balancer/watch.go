package balancer

import (
	"context"
	"net/http"
	"time"

	"autoscale-lab/lab"
)

// Watch asks each address (host:port) for /healthz every so often, sends
// requests to those that answer 200, and no more to those that have stopped to.
// changed is told of each change. It returns when ctx is done.
func (b *Balancer) Watch(ctx context.Context, addrs []string, every time.Duration, changed func(addr string, in bool)) {
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: every}
	in := map[string]bool{}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for _, addr := range addrs {
			ok := healthy(ctx, client, addr)
			switch {
			case ok && !in[addr]:
				b.Admit(lab.Instance{ID: addr, Addr: addr})
			case !ok && in[addr]:
				b.Evict(addr)
			default:
				continue
			}
			if in[addr] = ok; ctx.Err() == nil {
				changed(addr, ok)
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
