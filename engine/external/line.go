package external

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// maxLine is the longest line a program may print.
const maxLine = 64 << 10

// line is a line of a program's, without its end.
type line struct {
	text []byte
	long bool // longer than maxLine: the child has been given up
}

// hello is the first line a program gets:
//
//	{"knobs": {"target": 60, "metric": "rps"}, "timeout_ms": 500}
func hello(knobs []lab.Setting, limit time.Duration) []byte {
	values := map[string]any{}
	for _, k := range knobs {
		values[k.Name] = k.Text
		if json.Valid([]byte(k.Text)) && strings.ContainsAny(k.Text[:1], "-0123456789") {
			values[k.Name] = json.Number(k.Text)
		}
	}
	return marshal(map[string]any{"knobs": values, "timeout_ms": limit.Milliseconds()})
}

// sample is every other line. Times are seconds, shares 0 to 1, and what is not
// known is null. At a speed of n the moments (at, started, ready_since) pass n
// times as fast, as they do for every policy, so that a cooldown told from them
// is that of production; lengths and counts (span, p95, busy) stay real, and
// count / span is a rate per real second.
type sample struct {
	At       float64  `json:"at"`   // lab time times speed
	Span     float64  `json:"span"` // real length of the interval that ends at at
	Gap      bool     `json:"gap"`  // the machine slept: the interval is not to be trusted
	Desired  int      `json:"desired"`
	Min      int      `json:"min"`
	Max      int      `json:"max"`
	Ready    int      `json:"ready"`
	Capacity *float64 `json:"capacity"` // requests/s that one instance carries

	CPU       *float64 `json:"cpu"` // mean of the ready instances, share of their size
	SystemCPU *float64 `json:"system_cpu"`
	RPS       *float64 `json:"rps"`       // requests/s per ready instance
	InFlight  *float64 `json:"in_flight"` // mean, per ready instance
	P95       *float64 `json:"p95"`       // s

	Front     front      `json:"front"`
	Instances []instance `json:"instances"`
}

// front is what the balancer saw in the interval.
type front struct {
	Offered  int64   `json:"offered"`
	OK       int64   `json:"ok"`
	Failed   int64   `json:"failed"`
	InFlight int     `json:"in_flight"` // now
	Queued   int     `json:"queued"`    // of these, waiting for the first instance
	Busy     float64 `json:"busy"`      // ∫ in flight dt, s
}

type instance struct {
	ID      string   `json:"id"`
	State   string   `json:"state"` // starting, ready, draining, gone, failed
	Started float64  `json:"started"`
	Ready   *float64 `json:"ready_since"`
	Size    float64  `json:"size"` // cores
	CPU     *float64 `json:"cpu"`
	Memory  *float64 `json:"memory"` // bytes
	Offered int64    `json:"offered"`
	OK      int64    `json:"ok"`
}

func encode(s *lab.Sample) []byte {
	out := sample{
		At: s.At.Seconds(), Span: s.Span.Seconds(), Gap: s.Gap, Desired: s.Desired, Min: s.Limits.Min, Max: s.Limits.Max,
		Ready: s.Count(lab.Ready), SystemCPU: known(s.System),
		CPU: known(lab.MetricCPU.Read(s)), RPS: known(lab.MetricRPS.Read(s)),
		InFlight: known(lab.MetricInFlight.Read(s)), P95: known(lab.MetricP95.Read(s)),
		Front: front{
			Offered: s.Front.Offered, OK: s.Front.OK, Failed: s.Front.Failures(),
			InFlight: s.Front.InFlight, Queued: s.Front.Queued, Busy: s.Front.Busy.Seconds(),
		},
		Instances: make([]instance, len(s.Instances)),
	}
	if s.Capacity > 0 {
		out.Capacity = &s.Capacity
	}
	for i := range s.Instances {
		in := &s.Instances[i]
		o := &out.Instances[i]
		*o = instance{
			ID: in.ID, State: in.State.String(), Started: in.Started.Seconds(), Size: in.Size,
			CPU: known(in.CPU), Memory: known(in.Memory), Offered: in.Traffic.Offered, OK: in.Traffic.OK,
		}
		if in.EverReady {
			since := in.ReadySince.Seconds()
			o.Ready = &since
		}
	}
	return marshal(out)
}

// known is the value of a Reading, or nil.
func known(r lab.Reading) *float64 {
	if !r.OK || math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		return nil
	}
	return &r.Value
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // every number has been looked at
	}
	return append(text, '\n')
}

// decode reads a program's answer: {"desired": 4, "reason": "…"}.
func decode(text []byte) (desired int, reason string, err error) {
	var d struct {
		Desired *float64 `json:"desired"`
		Reason  string   `json:"reason"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return 0, "", errors.New(`not a decision such as {"desired": 4}`)
	}
	if d.Desired == nil {
		return 0, "", errors.New("it names no desired")
	}
	n, ok := whole(*d.Desired)
	if !ok {
		return 0, "", errors.New("desired is not a number of instances")
	}
	return n, short([]byte(d.Reason)), nil
}

// short is a text for one line of the screen.
func short(text []byte) string {
	const most = 160
	r := []rune(strings.TrimSpace(lab.Clean(string(text[:min(len(text), 4*most)]))))
	if len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return string(r)
}

func moreLines(n int) string { return fmt.Sprintf(" … and %d lines more", n) }

var lineEnd = []byte("\n")

func trimmed(text []byte) []byte { return bytes.TrimSpace(bytes.TrimSuffix(text, lineEnd)) }
