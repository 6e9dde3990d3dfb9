package app

import (
	"fmt"
	"net/http"
)

// metrics shows the figures in Prometheus' text format. It is written by hand:
// the client library's package init costs every instance a tenth of its start.
// https://prometheus.io/docs/instrumenting/exposition_formats/
func metrics(read func() figures) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		f := read()
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		for _, m := range []struct {
			kind, name, help string
			value            float64
		}{
			{"gauge", "size_cores", "CPU this instance keeps itself to.", f.Size},
			{"counter", "cpu_seconds_total", "CPU used by the process.", f.CPU},
			{"counter", "throttled_seconds_total", "Time requests waited for CPU within the size.", f.Throttled},
			{"counter", "starved_seconds_total", "Time requests waited for CPU of the host.", f.Starved},
			{"counter", "lost_seconds_total", "CPU within the size that the host did not deliver.", f.Lost},
			{"counter", "forgiven_seconds_total", "CPU used above the size and not paid back.", f.Forgiven},
			{"gauge", "overhead_seconds", "CPU a request costs beside its burning.", f.Overhead},
			{"gauge", "waiting_requests", "Requests waiting for their turn.", float64(f.Waiting)},
			{"gauge", "in_flight_requests", "Requests not yet answered.", float64(f.InFlight)},
		} {
			fmt.Fprintf(w, "# HELP autoscale_lab_%[1]s %[2]s\n# TYPE autoscale_lab_%[1]s %[3]s\nautoscale_lab_%[1]s %[4]g\n", m.name, m.help, m.kind, m.value)
		}
		fmt.Fprint(w, "# HELP autoscale_lab_requests_total Requests that ended, by outcome.\n# TYPE autoscale_lab_requests_total counter\n")
		for _, o := range []struct {
			outcome string
			n       int64
		}{{"handled", int64(f.Handled)}, {"refused", int64(f.Refused)}, {"cancelled", int64(f.Cancelled)}} {
			fmt.Fprintf(w, "autoscale_lab_requests_total{outcome=%q} %d\n", o.outcome, o.n)
		}
	}
}
