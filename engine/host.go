package engine

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/mem"

	"autoscale-lab/lab"
)

// hostWatch measures the machine and the lab itself, and tells when figures
// are the machine's rather than the instances'.
type hostWatch struct {
	screen atomic.Int64 // CPU time of drawing since the last observe, ns

	cores  float64
	busy   float64 // s, all cores
	total  float64
	own    time.Duration
	at     time.Duration
	before bool
	draws  bool          // there is a screen
	full   time.Duration // how long the machine has been full
}

// The machine counts as saturated when it has been this full for this long: a
// short burst is not worth a word.
const (
	fullShare   = 0.97
	fullFor     = 3 * time.Second
	starvedOver = 0.02 // of an instance's size
)

func newHostWatch() *hostWatch { return &hostWatch{cores: float64(runtime.NumCPU())} }

// observe fills in what concerns the host. Readings over an interval are
// unknown the first time.
func (h *hostWatch) observe(at time.Duration, s *lab.Sample) {
	span := at - h.at
	if times, err := cpu.Times(false); err == nil && len(times) == 1 {
		t := times[0]
		idle := t.Idle + t.Iowait
		total := t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal + idle
		if d := total - h.total; h.before && d > 0 {
			s.System = lab.Known(min(1, max(0, (total-idle-h.busy)/d)), at, span)
		}
		h.busy, h.total = total-idle, total
	}
	if v, err := mem.VirtualMemory(); err == nil {
		s.FreeMemory = lab.Known(float64(v.Available), at, 0)
	}
	drawn := time.Duration(h.screen.Swap(0))
	if own, ok := ownCPU(); ok {
		if h.before && span > 0 {
			s.Lab = lab.Known((own-h.own).Seconds()/span.Seconds(), at, span)
			if h.draws = h.draws || drawn > 0; h.draws {
				s.Screen = lab.Known(drawn.Seconds()/span.Seconds(), at, span)
			}
		}
		h.own = own
	}
	h.at, h.before = at, true
	s.Saturated = h.saturated(span, s)
}

func (h *hostWatch) saturated(span time.Duration, s *lab.Sample) string {
	if s.System.OK && s.System.Value >= fullShare {
		h.full += span
	} else {
		h.full = 0
	}
	for i := range s.Instances {
		if in := &s.Instances[i]; in.State == lab.Ready && in.Starved.OK && in.Starved.Value > starvedOver {
			return fmt.Sprintf("the host withholds %.0f %% of its size from instance %d", 100*in.Starved.Value, in.Num)
		}
	}
	if h.full >= fullFor {
		return fmt.Sprintf("the host's CPU is full (%.0f %%)", 100*s.System.Value)
	}
	return ""
}

// ThisHost describes the machine.
func ThisHost(ctx context.Context) lab.Host {
	h := lab.Host{OS: runtime.GOOS, Cores: runtime.NumCPU(), CPU: runtime.GOARCH}
	if info, err := host.InfoWithContext(ctx); err == nil {
		h.OS = lab.Clean(info.OS + " " + info.Platform + " " + info.PlatformVersion)
		h.Kernel = lab.Clean(info.KernelVersion)
	}
	if info, err := cpu.InfoWithContext(ctx); err == nil && len(info) > 0 {
		h.CPU = lab.Clean(info[0].ModelName)
	}
	if v, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		h.MemoryMB = int64(v.Total >> 20)
	}
	return h
}
