package local

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"autoscale-lab/engine/local/process"
	"autoscale-lab/lab"
)

// health is what the built-in app says of itself, in seconds since it began.
type health struct {
	Lost *float64 `json:"lost_s"` // CPU time of its size that the host did not deliver
}

// ask sends one request straight to the instance, past the balancer, so that
// it counts nowhere. It is done by hand and not by an http.Client: one
// connection, no goroutine, nothing kept.
func ask(ctx context.Context, addr, path string) (status int, h health, err error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, h, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: autoscale-lab-probe\r\nConnection: close\r\n\r\n", path, addr); err != nil {
		return 0, h, err
	}
	res, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, 64<<10)), nil)
	if err != nil {
		return 0, h, err
	}
	// The answer is in. Its body is read, if it comes soon, so that the server
	// does not find its connection broken; what it does not say is not known.
	conn.SetReadDeadline(time.Now().Add(bodyWait))
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		json.NewDecoder(res.Body).Decode(&h)
	}
	io.Copy(io.Discard, res.Body)
	return res.StatusCode, h, nil
}

const bodyWait = 250 * time.Millisecond

// target is where, and good tells whether an answer means ready.
func target(set *lab.Fleet) (path string, good func(status int) bool) {
	if len(set.App) > 0 {
		return set.ReadyPath, func(status int) bool { return status < 500 }
	}
	return "/healthz", func(status int) bool { return status == http.StatusOK }
}

// boot asks, ever more slowly, until the process answers as a ready one does
// or ctx is done. A user's server that listens on "localhost" may be found on
// ::1 only: then that becomes its address.
func (f *Fleet) boot(ctx context.Context, p *child, set *lab.Fleet) bool {
	path, good := target(set)
	addrs := []string{p.addr}
	if len(set.App) > 0 {
		addrs = append(addrs, fmt.Sprintf("[::1]:%d", p.port))
	}
	for wait := f.pace.ask; ; wait = min(wait*5/4+1, f.pace.askMost) {
		for _, addr := range addrs {
			once, cancel := context.WithTimeout(ctx, f.pace.first)
			status, _, err := ask(once, addr, path)
			cancel()
			if err == nil && good(status) {
				p.addr = addr
				return true
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
	}
}

// look probes a ready instance once a second, as long as its process lives:
// whether it answers, how much memory it holds, what it says of itself.
func (f *Fleet) look(in *instance, p *child, set *lab.Fleet) {
	tick := time.NewTicker(f.pace.probe)
	defer tick.Stop()
	path, _ := target(set)
	var mem process.Memory
	for {
		f.weigh(in, &mem)
		select {
		case <-p.life.Done():
			return
		case <-tick.C:
		}
		// A user's server that answers requests need not answer ours as well.
		f.mu.Lock()
		lively := len(set.App) > 0 && f.cfg.Now()-in.answered < f.pace.probe/2
		f.mu.Unlock()
		if lively {
			continue
		}
		once, cancel := context.WithTimeout(p.life, f.pace.answer)
		_, h, err := ask(once, p.addr, path)
		cancel()
		if err == nil {
			f.mu.Lock()
			in.answered = max(in.answered, f.cfg.Now())
			if len(set.App) == 0 {
				in.starve(in.answered, h)
			}
			f.mu.Unlock()
		}
	}
}

func (f *Fleet) weigh(in *instance, mem *process.Memory) {
	f.mu.Lock()
	pids := in.meter.PIDs()
	f.mu.Unlock()
	bytes, ok := mem.Look(pids)
	f.mu.Lock()
	defer f.mu.Unlock()
	if ok {
		in.Memory = lab.Known(bytes, f.cfg.Now(), 0)
	}
}

// loss is the CPU time lost so far, as the app told at a moment.
type loss struct{ at, lost time.Duration }

// starveWindow is the time over which starvation is averaged.
const starveWindow = 3 * time.Second

// starve keeps what the app says it has lost, and works out the share of its
// size that it was short of: Δlost / (size · Δt). f.mu is held.
func (in *instance) starve(at time.Duration, h health) {
	if h.Lost == nil {
		return
	}
	in.losses = append(in.losses, loss{at, time.Duration(*h.Lost * float64(time.Second))})
	// The oldest that is kept is the youngest to span the window.
	for len(in.losses) > 2 && at-in.losses[1].at >= starveWindow {
		in.losses = slices.Delete(in.losses, 0, 1)
	}
	from, to := in.losses[0], in.losses[len(in.losses)-1]
	if span := to.at - from.at; span > 0 {
		share := (to.lost - from.lost).Seconds() / (in.Size * span.Seconds())
		in.Starved = lab.Known(max(0, share), at, span)
	}
}
