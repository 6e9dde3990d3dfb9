package report

// meanings is what each figure is, in a sentence's half, by its path.
var meanings = map[string]string{
	"score":                            "100 − σ: fit to demand, not latency or cost",
	"elasticity.under_pct":             "mean share of the demanded instances that was missing",
	"elasticity.over_pct":              "mean surplus of ready instances, in shares of demand",
	"elasticity.under_time_pct":        "time with fewer instances ready than demanded",
	"elasticity.over_time_pct":         "time with more instances ready than demanded",
	"elasticity.over_running_pct":      "θO of all that ran: starting and draining ones are paid too",
	"elasticity.deviation_pct":         "θU, θO, τU and τO in one: how far from the ideal",
	"elasticity.jitter_per_hour":       "steps of supply less those of demand: > 0 restless, < 0 sluggish",
	"elasticity.instability_pct":       "time in which supply and demand moved in different directions",
	"elasticity.speedup":               "how many times better than A the fit to demand is",
	"elasticity.speedup_cost_adjusted": "ε, less for whoever paid more",

	"slo.violation_pct": "requests that failed or took longer than the latency target",
	"error_pct":         "requests that failed, of all that ended",
	"latency_ms.p50":    "latency that half of the good answers stayed within",
	"latency_ms.p95":    "latency that 95 % of the good answers stayed within",
	"latency_ms.p99":    "latency that 99 % of the good answers stayed within",
	"requests.ok":       "requests that were answered well",

	"reaction.first_breach_s":     "when p95 or CPU first came over its limit",
	"reaction.decision_s":         "from the first breach to the first wish for more instances",
	"reaction.new_ready_s":        "from the first breach to one more instance ready",
	"reaction.relief_s":           "from the first breach until there was none for a while",
	"reaction.ready_after_load_s": "from the first load to one more instance than there were",
	"utilization.over_upper_s":    "time with CPU over the policy's upper",

	"instance_seconds":                   "lifetimes of all instances, from process start to exit",
	"ready_instance_seconds":             "time of instances that were ready",
	"billed_instance_seconds.per_second": "lifetimes as billed by the second, a minute at least",
	"billed_instance_seconds.per_hour":   "lifetimes as billed by the hour begun",
	"cost.per_second":                    "price of what is billed by the second",
	"cost.per_hour":                      "price of what is billed by the hour",

	"oscillations":        "times that desired turned back within a minute",
	"demand_oscillations": "times that demand did: what following it costs",
	"scale.up_events":     "rises of desired, whoever made them",
	"scale.down_events":   "falls of desired, whoever made them",

	"desired.instance_seconds": "desired over time: what was asked for",
	"desired.mean":             "mean of the desired instances",
	"desired.peak":             "most instances desired at once",

	"instances.mean":       "mean of the ready instances",
	"instances.peak":       "most instances ready at once",
	"utilization.mean_pct": "CPU of the ready instances, in percent of their size",
	"utilization.p95_pct":  "CPU that was not exceeded for 95 % of instance time",
	"host.saturated_s":     "time in which the host, not the instances, set the figures",
	"coverage_pct":         "how much of the run its ticks tell of",
}

// Meaning is what the figure is, in a few words.
func (m *Metric) Meaning() string { return meanings[m.Name] }
