package lab

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Cause is why a request has no whole, good answer.
type Cause uint8

const (
	CauseTimeout   Cause = iota // no whole answer within the timeout
	CauseRefused                // status 503: a full queue, or no instance ready
	CauseStatus                 // any other status of 500 and above
	CauseConnect                // no connection
	CauseReset                  // connection lost before the answer's header
	CauseTruncated              // connection lost within the answer's body
	CauseCanceled               // the client went away
	CauseOther
	NCauses = iota
)

var causeNames = [NCauses]string{"timeout", "status_503", "status_5xx", "connect", "reset", "truncated", "canceled", "other"}

// String is the cause's key in JSON.
func (c Cause) String() string { return nameOf(causeNames[:], int(c)) }

// StatusCause tells whether an answer with this status failed, and why.
func StatusCause(status int) (Cause, bool) {
	switch {
	case status == 503:
		return CauseRefused, true
	case status >= 500:
		return CauseStatus, true
	}
	return 0, false
}

// ByCause counts failures by their Cause. In JSON it is an object of those that
// are not 0: {"timeout": 3}.
type ByCause [NCauses]int64

// MarshalJSON writes the causes in their order.
func (b ByCause) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for c, n := range b {
		if n == 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = strconv.AppendQuote(out, causeNames[c])
		out = strconv.AppendInt(append(out, ':'), n, 10)
	}
	return append(out, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (b *ByCause) UnmarshalJSON(text []byte) error {
	var named map[string]int64
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	*b = ByCause{}
	for name, n := range named {
		i := slices.Index(causeNames[:], name)
		if i < 0 {
			return fmt.Errorf("%q is no cause of a failure", name)
		}
		b[i] = n
	}
	return nil
}

// Traffic is what was counted over one Span. Counts, not rates: they add up
// exactly; Sample turns them into rates.
type Traffic struct {
	Offered int64   `json:"offered,omitzero"` // requests that were due (generator) or came in (balancer)
	Arrived int64   `json:"arrived,omitzero"` // of these, sent (generator) or given to an instance (balancer)
	OK      int64   `json:"ok,omitzero"`
	Failed  ByCause `json:"failed,omitzero"`
	Late    int64   `json:"late,omitzero"`    // sent more than 10 ms after they were due
	Dropped int64   `json:"dropped,omitzero"` // not sent: the cap on requests in flight was reached
	Slow    int64   `json:"slow,omitzero"`    // of OK, above the latency target

	InFlight int           `json:"in_flight,omitzero"`  // at the end of the Span
	Queued   int           `json:"queued,omitzero"`     // waiting for an instance at the end of the Span
	Busy     time.Duration `json:"busy_ns,omitzero"`    // ∫ in flight dt: mean concurrency = Busy/Span
	Latency  Hist          `json:"latency_ns,omitzero"` // of all good answers, from the moment each was due
	Service  Hist          `json:"service_ns,omitzero"` // of the same, from the moment each was sent
}

// Failures is the number of requests that failed, whatever the cause. A client
// that went away is not a failure of the service.
func (t *Traffic) Failures() int64 {
	var n int64
	for c, k := range t.Failed {
		if Cause(c) != CauseCanceled {
			n += k
		}
	}
	return n
}

// Ended is the number of requests that ended, well or not.
func (t *Traffic) Ended() int64 { return t.OK + t.Failures() }

// Add adds the counts of u; the instants (InFlight, Queued) become u's.
func (t *Traffic) Add(u *Traffic) {
	t.Offered += u.Offered
	t.Arrived += u.Arrived
	t.OK += u.OK
	for c := range t.Failed {
		t.Failed[c] += u.Failed[c]
	}
	t.Late += u.Late
	t.Dropped += u.Dropped
	t.Slow += u.Slow
	t.InFlight, t.Queued = u.InFlight, u.Queued
	t.Busy += u.Busy
	t.Latency = t.Latency.Merge(u.Latency)
	t.Service = t.Service.Merge(u.Service)
}
