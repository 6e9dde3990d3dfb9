package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsHandler shows what read returns as Prometheus metrics. It is built at
// the first scrape: an instance that nobody scrapes does not pay for it.
func metricsHandler(read func() figures) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(newCollector(read))
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{DisableCompression: true})
}

// metric is one row of the collector: how to read it off the figures.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*figures) float64
	lbls []string
}

// collector reads the figures once a scrape, so that they agree.
type collector struct {
	read    func() figures
	metrics []metric
}

func newCollector(read func() figures) *collector {
	c := &collector{read: read}
	add := func(kind prometheus.ValueType, name, help string, of func(*figures) float64) {
		c.metrics = append(c.metrics, metric{desc: prometheus.NewDesc("autoscale_lab_"+name, help, nil, nil), kind: kind, of: of})
	}
	counter, gauge := prometheus.CounterValue, prometheus.GaugeValue
	add(gauge, "size_cores", "CPU this instance keeps itself to.", func(f *figures) float64 { return f.Size })
	add(counter, "cpu_seconds_total", "CPU used by the process.", func(f *figures) float64 { return f.CPU })
	add(counter, "throttled_seconds_total", "Time requests waited for CPU within the size.", func(f *figures) float64 { return f.Throttled })
	add(counter, "starved_seconds_total", "Time requests waited for CPU of the host.", func(f *figures) float64 { return f.Starved })
	add(counter, "lost_seconds_total", "CPU within the size that the host did not deliver.", func(f *figures) float64 { return f.Lost })
	add(counter, "forgiven_seconds_total", "CPU used above the size and not paid back.", func(f *figures) float64 { return f.Forgiven })
	add(gauge, "overhead_seconds", "CPU a request costs beside its burning.", func(f *figures) float64 { return f.Overhead })
	add(gauge, "waiting_requests", "Requests waiting for their turn.", func(f *figures) float64 { return float64(f.Waiting) })
	add(gauge, "in_flight_requests", "Requests not yet answered.", func(f *figures) float64 { return float64(f.InFlight) })

	requests := prometheus.NewDesc("autoscale_lab_requests_total", "Requests that ended, by outcome.", []string{"outcome"}, nil)
	for outcome, of := range map[string]func(*figures) float64{
		"handled":   func(f *figures) float64 { return float64(f.Handled) },
		"refused":   func(f *figures) float64 { return float64(f.Refused) },
		"cancelled": func(f *figures) float64 { return float64(f.Cancelled) },
	} {
		c.metrics = append(c.metrics, metric{requests, counter, of, []string{outcome}})
	}
	return c
}

func (c *collector) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, to) }

func (c *collector) Collect(to chan<- prometheus.Metric) {
	f := c.read()
	for _, m := range c.metrics {
		to <- prometheus.MustNewConstMetric(m.desc, m.kind, m.of(&f), m.lbls...)
	}
}
