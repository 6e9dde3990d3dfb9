package lab

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"
)

// ScoreCase is a run with every figure of the scores: see the schema key of
// testdata/elasticity_cases.json.
type ScoreCase struct {
	ID, Why   string
	End       *int64 `json:"end_ms"`
	Series    map[string][][2]*float64
	Requests  [][4]*int64
	Instances [][2]*int64
	Baseline  *struct {
		UnderPct        float64 `json:"under_pct"`
		OverPct         float64 `json:"over_pct"`
		UnderTimePct    float64 `json:"under_time_pct"`
		OverTimePct     float64 `json:"over_time_pct"`
		InstanceSeconds float64 `json:"instance_seconds"`
	}
	Params map[string]any
	Expect map[string]*float64
}

type scoreParams struct {
	Interval    int64    `json:"interval_ms"`
	MaxHold     int64    `json:"max_hold_ms"`
	Min         int      `json:"min"`
	Capacity    *float64 `json:"capacity_rps"`
	Target      float64  `json:"p95_target_ms"`
	Upper       float64  `json:"upper"`
	Oscillation int64    `json:"oscillation_window_ms"`
	Window      int64    `json:"instability_window_ms"`
	ReliefHold  int64    `json:"relief_hold_ms"`
	Floor       float64  `json:"speedup_floor_pct"`
	Price       float64  `json:"price_per_hour"`
	Billing     map[string]struct {
		Granularity int64 `json:"granularity_ms"`
		Minimum     int64 `json:"minimum_ms"`
	}
}

const milli = time.Millisecond

// Check scores the run and compares.
func (c *ScoreCase) Check(t *testing.T, defaults map[string]any) {
	p := c.params(t, defaults)
	r := rules{
		interval: time.Duration(p.Interval) * milli, maxHold: time.Duration(p.MaxHold) * milli, target: time.Duration(math.Round(p.Target * 1e6)),
		oscillation: time.Duration(p.Oscillation) * milli, width: time.Duration(p.Window) * milli, reliefHold: time.Duration(p.ReliefHold) * milli, price: p.Price,
	}
	for i, scheme := range []string{"per_second", "per_hour"} {
		b, ok := p.Billing[scheme]
		if !ok {
			b.Granularity = 1 // its figures are not asked for
		}
		r.billing[i] = billing{time.Duration(b.Granularity) * milli, time.Duration(b.Minimum) * milli}
	}
	s := newScore(r, "")
	s.uppers = true // known from the policy, whatever the ticks tell
	moments := c.moments(&p)
	end := time.Duration(0)
	if n := len(moments); n > 0 {
		end = moments[n-1].at + r.interval
	}
	if c.End != nil {
		end = time.Duration(*c.End) * milli
	}
	for i, in := range c.Instances {
		process := Instance{ID: string(rune(i)), PID: 1, Started: time.Duration(*in[0]) * milli}
		if in[1] != nil {
			process.State, process.Ended = Gone, time.Duration(*in[1])*milli
		}
		s.live(&process, 0)
	}
	for _, m := range moments {
		if m.at <= end {
			s.add(m)
			s.Scores(m.at) // to ask on the way changes nothing
		}
	}
	scores := s.Scores(end)
	if b := c.Baseline; b != nil {
		base := Scores{InstanceSeconds: b.InstanceSeconds}
		base.Elasticity.UnderPct, base.Elasticity.OverPct, base.Elasticity.UnderTimePct, base.Elasticity.OverTimePct = &b.UnderPct, &b.OverPct, &b.UnderTimePct, &b.OverTimePct
		scores.over(&base, p.Floor)
	}
	got := figuresOf(t, scores)
	got["end_s"] = end.Seconds()
	for scheme, b := range p.Billing {
		if _, ours := got["cost."+scheme]; !ours {
			s.billing[0] = billing{time.Duration(b.Granularity) * milli, time.Duration(b.Minimum) * milli}
			by := s.Scores(end)
			got["billed_instance_seconds."+scheme], got["cost."+scheme] = by.Billed.PerSecond, by.Cost.PerSecond
		}
	}
	for name, want := range c.Expect {
		v, known := got[name]
		if !known {
			t.Errorf("there is no figure %s", name)
		}
		f, isNumber := v.(float64)
		switch {
		case want == nil && isNumber:
			t.Errorf("%s is %v, want none", name, f)
		case want != nil && (!isNumber || math.Abs(f-*want) > max(1e-9, 1e-9*math.Abs(*want))):
			t.Errorf("%s is %v, want %v", name, v, *want)
		}
	}
	if t.Failed() {
		t.Log(c.Why)
	}
}

func (c *ScoreCase) params(t *testing.T, defaults map[string]any) (p scoreParams) {
	for _, set := range []map[string]any{defaults, c.Params} {
		if _, own := set["billing"]; own {
			p.Billing = nil // replaces all schemes
		}
		data, err := json.Marshal(set)
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// figuresOf are a run's figures by their paths in its JSON.
func figuresOf(t *testing.T, s Scores) map[string]any {
	data, err := json.Marshal(s)
	var tree map[string]any
	if err == nil {
		err = json.Unmarshal(data, &tree)
	}
	if err != nil {
		t.Fatal(err)
	}
	flat := map[string]any{}
	var walk func(prefix string, node map[string]any)
	walk = func(prefix string, node map[string]any) {
		for k, v := range node {
			if inner, ok := v.(map[string]any); ok {
				walk(prefix+k+".", inner)
			} else {
				flat[prefix+k] = v
			}
		}
	}
	walk("", tree)
	return flat
}

// moments are one for every distinct time of a record.
func (c *ScoreCase) moments(p *scoreParams) []moment {
	var times []int64
	for _, records := range c.Series {
		for _, r := range records {
			times = append(times, int64(*r[0]))
		}
	}
	for _, r := range c.Requests {
		times = append(times, *r[0])
	}
	slices.Sort(times)
	var out []moment
	for _, at := range slices.Compact(times) {
		value := func(name string) value {
			var v value
			for _, r := range c.Series[name] {
				if int64(*r[0]) <= at {
					if v.ok = r[1] != nil; v.ok {
						v.v = *r[1]
					}
				}
			}
			return v
		}
		number := func(name string) count {
			v := value(name)
			return count{int(v.v), v.ok}
		}
		m := moment{
			at: time.Duration(at) * milli, demand: number("demand"), ready: number("ready"), running: number("running"), wanted: number("desired"),
			used: value("utilization"), p95: value("p95_ms"), upper: valueOf(p.Upper), histogram: true,
		}
		if m.p95.v < 1e290 {
			m.p95.v = time.Duration(math.Round(m.p95.v * 1e6)).Seconds() // as Add makes it
		} else {
			m.p95.v = math.Inf(1)
		}
		if rate := value("rate"); rate.ok && p.Capacity != nil && c.Series["demand"] == nil {
			m.demand = count{demandFor(rate.v, *p.Capacity, p.Min), true}
		}
		for _, r := range c.Requests {
			if *r[0] == at { // the last one wins
				m.ok, m.failed, m.slow = *r[1], *r[3], 0
				if m.histogram = r[2] != nil; m.histogram {
					m.slow = *r[2]
				}
			}
		}
		out = append(out, m)
	}
	return out
}

func valueOf(v float64) value { return value{v, true} }
