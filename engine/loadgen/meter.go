package loadgen

import (
	"maps"
	"sync"
	"time"

	"autoscale-lab/lab"
)

// maxTexts is how many different errors are told apart.
const maxTexts = 32

// meter counts requests. It is locked for a few dozen nanoseconds at a time.
type meter struct {
	slo time.Duration

	mu      sync.Mutex
	traffic lab.Traffic // since the last cut
	flying  int
	last    time.Duration // up to which Busy is summed
	hists   hists
	codes   map[int]int64
	errors  map[string]int64

	cutting sync.Mutex // guards spare: they are read without mu
	spare   hists
}

type hists struct{ latency, service *lab.Histogram }

func newHists() hists { return hists{lab.NewHistogram(), lab.NewHistogram()} }

func (m *meter) init(slo time.Duration) {
	m.slo = slo
	m.hists, m.spare = newHists(), newHists()
	m.codes, m.errors = map[int]int64{}, map[string]int64{}
}

func (m *meter) begin(at time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = at
}

// flow sums Busy up to now and then changes the number in flight.
func (m *meter) flow(now time.Duration, by int) {
	if now > m.last {
		m.traffic.Busy += time.Duration(m.flying) * (now - m.last)
		m.last = now
	}
	m.flying += by
}

// offer counts a request that is due; false if it is dropped, because most are
// in flight already. A most of 0 is no cap.
func (m *meter) offer(now time.Duration, most int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traffic.Offered++
	if most > 0 && m.flying >= most {
		m.traffic.Dropped++
		return false
	}
	m.flow(now, 1)
	return true
}

// skipped counts n requests that were due and will not be sent.
func (m *meter) skipped(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traffic.Offered += n
	m.traffic.Dropped += n
}

func (m *meter) sent(late bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traffic.Arrived++
	if late {
		m.traffic.Late++
	}
}

func (m *meter) good(now time.Duration, status int, latency, service time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flow(now, -1)
	m.codes[status]++
	m.traffic.OK++
	if m.slo > 0 && latency > m.slo {
		m.traffic.Slow++
	}
	m.hists.latency.Record(latency)
	m.hists.service.Record(service)
}

// failed counts a failure. A status of 0: none came. A text of "": the cause
// says all.
func (m *meter) failed(now time.Duration, status int, cause lab.Cause, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flow(now, -1)
	m.traffic.Failed[cause]++
	if status != 0 {
		m.codes[status]++
	}
	key := cause.String()
	if text != "" {
		key += ": " + text
	}
	if _, known := m.errors[key]; !known && len(m.errors) >= maxTexts {
		key = lab.CauseOther.String() + ": …"
	}
	m.errors[key]++
}

// cutAt is what was counted since the last cut.
func (m *meter) cutAt(at time.Duration) lab.Traffic {
	m.cutting.Lock()
	defer m.cutting.Unlock()
	m.mu.Lock()
	m.flow(at, 0)
	t := m.traffic
	t.InFlight = m.flying
	m.traffic = lab.Traffic{}
	m.hists, m.spare = m.spare, m.hists
	m.mu.Unlock()
	t.Latency, t.Service = m.spare.latency.Cut(), m.spare.service.Cut()
	return t
}

func (m *meter) statuses() map[int]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.codes)
}

func (m *meter) failures() map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.errors)
}
