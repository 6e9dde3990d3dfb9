package file

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
)

// Tables are the names of a run's tables.
var Tables = []string{"ticks", "instances", "events"}

// WriteTable writes one of a run's Tables as CSV, under a heading that names
// the units: a row for each tick, for each instance in each tick, or for each
// event. Times are seconds from the run's beginning; requests are those since
// the tick before. What is not known is empty. A text that a spreadsheet would
// take for a formula has an apostrophe before it.
func WriteTable(w io.Writer, rec *lab.Record, table string) error {
	out := csv.NewWriter(w)
	switch table {
	case "ticks":
		ticksTable(out, rec)
	case "instances":
		instancesTable(out, rec)
	case "events":
		eventsTable(out, rec)
	default:
		return lab.NotOneOf("table", table, Tables)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("file: write %s of run %d: %w", table, rec.Run.ID, err)
	}
	return nil
}

func ticksTable(w *csv.Writer, rec *lab.Record) {
	w.Write([]string{"at_s", "span_s", "gap", "desired", "decided", "min", "max", "running", "ready", "cpu_pct", "load_level",
		"offered", "sent", "ok", "failed", "late", "dropped", "slow", "offered_per_s", "served_per_s", "in_flight", "queued", "p50_ms", "p95_ms", "p99_ms",
		"front_offered", "front_ok", "front_failed", "foreign_offered", "system_cpu_pct", "free_memory_mb", "lab_cpu_pct", "saturated", "reason"})
	for _, t := range report.RunTicks(rec) {
		s := &t.Sample
		seen := s.Seen()
		ended, served := whole, float(s.ServedRate())
		if rec.Run.Rig == lab.RigImport { // how its requests ended is not known
			ended, served = func(int64) string { return "" }, ""
		}
		level := ""
		if s.LoadOn {
			level = float(s.Level)
		}
		w.Write([]string{seconds(s.At - rec.Run.Origin), seconds(s.Span), truth(s.Gap), strconv.Itoa(s.Desired), strconv.Itoa(t.Decision.Desired),
			strconv.Itoa(s.Limits.Min), strconv.Itoa(s.Limits.Max), strconv.Itoa(s.Running()), strconv.Itoa(s.Serving()), reading(s.InstanceCPU(), 100), level,
			whole(seen.Offered), whole(seen.Arrived), ended(seen.OK), ended(seen.Failures()), ended(seen.Late), ended(seen.Dropped), ended(seen.Slow),
			float(s.OfferedRate()), served, strconv.Itoa(seen.InFlight), strconv.Itoa(seen.Queued),
			quantile(seen.Latency, .5), quantile(seen.Latency, .95), quantile(seen.Latency, .99),
			whole(s.Front.Offered), ended(s.Front.OK), ended(s.Front.Failures()), whole(s.Foreign.Offered),
			reading(s.System, 100), reading(s.FreeMemory, 1./(1<<20)), reading(s.Lab, 100), words(s.Saturated), words(t.Decision.Reason)})
	}
}

func instancesTable(w *csv.Writer, rec *lab.Record) {
	w.Write([]string{"at_s", "instance", "num", "pid", "address", "state", "hung", "started_s", "ready_s", "ended_s", "size_cores", "cpu_pct", "starved_pct", "memory_mb",
		"offered", "ok", "failed", "in_flight", "queued", "busy_s", "p95_ms", "note"})
	for _, t := range report.RunTicks(rec) {
		for i := range t.Sample.Instances {
			in := &t.Sample.Instances[i]
			once := func(at time.Duration, was bool) string {
				if !was {
					return ""
				}
				return seconds(at - rec.Run.Origin)
			}
			f := &in.Traffic
			w.Write([]string{seconds(t.Sample.At - rec.Run.Origin), words(in.ID), strconv.Itoa(in.Num), strconv.Itoa(in.PID), words(in.Addr), in.State.String(), truth(in.Hung),
				once(in.Started, true), once(in.ReadySince, in.EverReady), once(in.Ended, !in.Alive()), float(in.Size),
				reading(in.CPU, 100), reading(in.Starved, 100), reading(in.Memory, 1./(1<<20)),
				whole(f.Offered), whole(f.OK), whole(f.Failures()), strconv.Itoa(f.InFlight), strconv.Itoa(f.Queued), seconds(f.Busy), quantile(f.Latency, .95), words(in.Note)})
		}
	}
}

func eventsTable(w *csv.Writer, rec *lab.Record) {
	w.Write([]string{"at_s", "kind", "by", "instance", "text", "action", "target", "name", "from", "to"})
	for _, t := range report.RunTicks(rec) {
		for _, e := range t.Events {
			a := lab.Action{}
			if e.Action != nil {
				a = *e.Action
			}
			w.Write([]string{seconds(e.At - rec.Run.Origin), words(string(e.Kind)), words(string(e.By)), words(e.Instance), words(e.Text),
				words(string(a.Kind)), words(a.Target), words(a.Name), words(a.From), words(a.To)})
		}
	}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
func whole(n int64) string           { return strconv.FormatInt(n, 10) }

// float is v to a millionth.
func float(v float64) string { return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64) }

func truth(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func reading(r lab.Reading, scale float64) string {
	if !r.OK {
		return ""
	}
	return float(r.Value * scale)
}

func quantile(h lab.Hist, q float64) string {
	d, ok := h.Quantile(q)
	if !ok {
		return ""
	}
	return float(float64(d) / 1e6)
}

// words is a text that no spreadsheet takes for a formula.
func words(s string) string {
	s = lab.Clean(s)
	if bare := strings.TrimLeft(s, " "); bare != "" && strings.Contains("=+-@", bare[:1]) {
		return "'" + s
	}
	return s
}
