package kube

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The figures of Kubernetes' own HPA tests, and of random inputs to its
// functions, stand in testdata (their keys upstream, origin and schema name
// the source and explain every field); further files of the schema are read
// from the folder named by AUTOSCALE_LAB_CASES.
func TestHPACases(t *testing.T) {
	files := []string{"testdata/hpa_cases.json", "testdata/hpa_oracle_cases.json"}
	if dir := os.Getenv("AUTOSCALE_LAB_CASES"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	proven := 0
	for _, file := range files {
		n := hpaCases(t, file)
		if strings.HasPrefix(file, "testdata") {
			proven += n
		}
	}
	if proven != Proven {
		t.Errorf("%d cases pass, the badge says %d", proven, Proven)
	}
}

// hpaCases is how many cases of a file pass.
func hpaCases(t *testing.T, file string) (proven int) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Upstream json.RawMessage
		Cases    []json.RawMessage
	}
	if json.Unmarshal(text, &set) != nil { // another schema
		return 0
	}
	passed, total := map[string]int{}, map[string]int{}
	for _, raw := range set.Cases {
		var head struct{ ID, Group, Case string }
		if json.Unmarshal(raw, &head) != nil {
			continue
		}
		run, ok := hpaGroups[head.Group]
		if !ok && !bytes.Contains(set.Upstream, []byte("kubernetes")) {
			continue // another schema
		}
		if !ok {
			run = func(json.RawMessage) string { return "a group this test does not know" }
		}
		total[head.Group]++
		if wrong := tried(run, raw); wrong != "" {
			t.Errorf("%s %s (%s): %s", filepath.Base(file), head.ID, head.Case, wrong)
		} else {
			passed[head.Group]++
			proven++
		}
	}
	for _, g := range slices.Sorted(maps.Keys(total)) {
		fmt.Printf("%s %s: %d of %d\n", filepath.Base(file), g, passed[g], total[g])
	}
	if strings.HasPrefix(file, "testdata") && len(total) == 0 {
		t.Errorf("%s: no case", file)
	}
	return proven
}

var hpaGroups = map[string]func(json.RawMessage) string{
	"replica_calc": replicaCase, "pod_grouping": groupingCase, "limit": limitCase, "rate_limit": rateCase,
	"stabilize_default": stabilizeCase, "stabilize_behavior": stabilizeCase, "event_store": storeCase,
	"default_limits": defaultCase, "reconcile": reconcileCase, "trajectory": trajectoryCase,
}

// noon is now in the cases; ages of a billion seconds are before it.
const noon = 4_000_000_000 * time.Second

func ago(seconds float64) time.Duration { return noon - time.Duration(seconds*float64(time.Second)) }

func secs(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

// read decodes a case; keys that are for reading only are passed over.
func read(raw json.RawMessage, v any) {
	if err := json.Unmarshal(raw, v); err != nil {
		panic(err)
	}
}

// tried is what is wrong with a case, of which the text may be broken too.
func tried(run func(json.RawMessage) string, raw json.RawMessage) (wrong string) {
	defer func() {
		if r := recover(); r != nil {
			wrong = fmt.Sprint(r)
		}
	}()
	return run(raw)
}

type headJSON struct {
	ID, Group, Test, Case string
}

type podJSON struct {
	Name       string
	Deleted    bool
	Phase      string
	Ready      *bool
	Transition *float64 `json:"ready_transition_age_s"`
	Start      *float64 `json:"start_age_s"`
	Request    *int64   `json:"request_milli"`
}

type metricJSON struct {
	Age    float64 `json:"age_s"`
	Pod    string
	Value  int64   `json:"value_milli"`
	Window float64 `json:"window_s"`
}

func podsOf(list []podJSON) []pod {
	var out []pod
	for _, p := range list {
		v := pod{deleted: p.Deleted, request: -1}
		v.phase = map[string]phase{"Running": running, "Pending": pending, "Failed": failed, "Succeeded": succeeded}[p.Phase]
		if p.Ready != nil {
			v.conditioned, v.ready = true, *p.Ready
			v.transition = ago(1e9)
			if p.Transition != nil {
				v.transition = ago(*p.Transition)
			}
		}
		if p.Start != nil {
			v.hasStart, v.started = true, ago(*p.Start)
		}
		if p.Request != nil {
			v.request = *p.Request
		}
		out = append(out, v)
	}
	return out
}

// samplesOf pairs samples with pods; what no pod reported is superfluous.
func samplesOf(list []podJSON, metrics []metricJSON) (out []reading, superfluous []int64) {
	out = make([]reading, len(list))
	for _, m := range metrics {
		i := slices.IndexFunc(list, func(p podJSON) bool { return p.Name == m.Pod })
		if i < 0 {
			superfluous = append(superfluous, m.Value)
			continue
		}
		out[i] = reading{m.Value, ago(m.Age), secs(m.Window), true}
	}
	return out, superfluous
}

type rulesJSON struct {
	Policies []struct {
		Type   string
		Value  int64
		Period float64 `json:"period_s"`
	}
	Select    string   `json:"select_policy"`
	Window    *float64 `json:"stabilization_window_s"`
	Tolerance *float64
}

func (r *rulesJSON) scaling() scalingRules {
	out := scalingRules{window: 300 * time.Second}
	if r.Window != nil {
		out.window = secs(*r.Window)
	}
	out.choice = map[string]choice{"": mostChange, "Max": mostChange, "Min": leastChange, "Disabled": noChange}[r.Select]
	for _, p := range r.Policies {
		out.rules = append(out.rules, scalingRule{p.Type == "Percent", p.Value, secs(p.Period)})
	}
	return out
}

type eventJSON struct {
	Age      float64 `json:"age_s"`
	Change   int
	Outdated *bool
}

func eventsOf(list []eventJSON) (out events) {
	for _, e := range list {
		out = append(out, scaleEvent{change: e.Change, at: ago(e.Age)})
	}
	return out
}

type recJSON struct {
	Age      float64 `json:"age_s"`
	Replicas int
}

func logOf(list []recJSON) (out []recommendation) {
	for _, r := range list {
		out = append(out, recommendation{r.Replicas, ago(r.Age)})
	}
	return out
}

func differ(got, want any) string {
	if fmt.Sprint(got) == fmt.Sprint(want) {
		return ""
	}
	return fmt.Sprintf("%v, want %v", got, want)
}

func replicaCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Current    int `json:"current_replicas"`
		Kind       string
		Resource   string
		Metrics    []metricJSON
		Values     []int64 `json:"metric_values_milli"`
		Pods       []podJSON
		Target     int64
		Down       float64 `json:"tolerance_down"`
		Up         float64 `json:"tolerance_up"`
		Initialize float64 `json:"cpu_initialization_period_s"`
		Delay      float64 `json:"initial_readiness_delay_s"`
		Expect     struct {
			Replicas    *int
			Utilization *int64 `json:"utilization_percent"`
			Average     *int64 `json:"average_value_milli"`
			Usage       *int64 `json:"usage_milli"`
			Error       string
			Message     string `json:"upstream_message"`
		}
	}
	read(raw, &c)
	m := hpaMetric{target: c.Target, value: total(c.Values)}
	m.per.target = c.Target
	m.per.samples, m.per.superfluous = samplesOf(c.Pods, c.Metrics)
	switch c.Kind {
	case "resource_utilization":
		m.per.cpu, m.per.utilization = true, true
	case "pods_average":
		m.per.cpu = c.Resource == "cpu"
	case "object_value", "external_value":
		m.source = fromValue
	case "object_average", "external_average":
		m.source = fromAverage
	default:
		return "kind " + c.Kind + " is not known"
	}
	ctl := controller{readiness: readiness{secs(c.Initialize), secs(c.Delay)}, tolerance: tolerance{c.Up, c.Down}}
	var r result
	ctl.propose(noon, c.Current, c.Current, podsOf(c.Pods), []hpaMetric{m}, &r)
	if c.Expect.Error != "" || r.err != nil {
		name := ""
		switch {
		case errors.Is(r.err, errNoRequest):
			name = "missing_request"
		case errors.Is(r.err, errNoMetrics), errors.Is(r.err, errNoPods):
			name = "no_metrics"
		case r.err != nil:
			name = r.err.Error()
		}
		return differ(name, c.Expect.Error)
	}
	var wrong []string
	check := func(what string, got int64, want *int64) {
		if want != nil && got != *want {
			wrong = append(wrong, fmt.Sprintf("%s %d, want %d", what, got, *want))
		}
	}
	if c.Expect.Replicas != nil && r.raw != *c.Expect.Replicas {
		wrong = append(wrong, fmt.Sprintf("%d replicas, want %d", r.raw, *c.Expect.Replicas))
	}
	check("utilization", r.from.utilization, c.Expect.Utilization)
	check("average", r.from.usage, c.Expect.Average)
	check("usage", r.from.usage, c.Expect.Usage)
	return strings.Join(wrong, "; ")
}

func groupingCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Metrics  []metricJSON
		Pods     []podJSON
		Resource string
		Expect   struct {
			Ignored, Missing, Unready []string
			Ready                     int `json:"ready_count"`
		}
	}
	read(raw, &c)
	pods := podsOf(c.Pods)
	samples, _ := samplesOf(c.Pods, c.Metrics)
	got := map[group][]string{}
	for i := range pods {
		g := readiness{120 * time.Second, 10 * time.Second}.groupOf(&pods[i], samples[i], c.Resource == "cpu", noon)
		got[g] = append(got[g], c.Pods[i].Name)
	}
	sorted := func(s []string) []string { s = slices.Clone(s); slices.Sort(s); return s }
	return cmp.Or(
		differ(len(got[podReady]), c.Expect.Ready),
		differ(sorted(got[podUnready]), sorted(c.Expect.Unready)),
		differ(sorted(got[podMissing]), sorted(c.Expect.Missing)),
		differ(sorted(got[podIgnored]), sorted(c.Expect.Ignored)))
}

func limitCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Current   int `json:"current_replicas"`
		Direction string
		Rules     rulesJSON
		Expect    struct{ Limit int }
	}
	read(raw, &c)
	rules := c.Rules.scaling()
	var m memory
	if c.Direction == "scale_up" {
		return differ(m.upLimit(c.Current, &rules, noon), c.Expect.Limit)
	}
	return differ(m.downLimit(c.Current, &rules, noon), c.Expect.Limit)
}

func rateCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Current    int         `json:"current_replicas"`
		Desired    int         `json:"desired_in"`
		Max        int         `json:"max_replicas"`
		Min        int         `json:"min_replicas"`
		Up         rulesJSON   `json:"scale_up"`
		Down       rulesJSON   `json:"scale_down"`
		UpEvents   []eventJSON `json:"scale_up_events"`
		DownEvents []eventJSON `json:"scale_down_events"`
		Expect     struct {
			Replicas int
			Reason   string
		}
	}
	read(raw, &c)
	m := memory{up: eventsOf(c.UpEvents), down: eventsOf(c.DownEvents)}
	b := behavior{on: true, up: c.Up.scaling(), down: c.Down.scaling()}
	n, why := m.limitRate(c.Current, c.Desired, &b, bounds{c.Min, c.Max}, noon)
	return cmp.Or(differ(n, c.Expect.Replicas), differ(why, c.Expect.Reason))
}

func stabilizeCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Current    int       `json:"current_replicas"`
		Desired    int       `json:"desired_in"`
		Window     *float64  `json:"downscale_stabilization_window_s"`
		Up         float64   `json:"scale_up_window_s"`
		Down       float64   `json:"scale_down_window_s"`
		Recommends []recJSON `json:"recommendations"`
		Expect     struct {
			Replicas int
			Stored   []int `json:"stored_recommendations"`
			Length   *int  `json:"log_length"`
		}
	}
	read(raw, &c)
	m := memory{log: logOf(c.Recommends), seeded: true}
	var got int
	if c.Group == "stabilize_default" {
		window := 300.0
		if c.Window != nil {
			window = *c.Window
		}
		got = m.stabilizeDown(c.Desired, secs(window), noon)
	} else {
		got = m.stabilize(c.Current, c.Desired, secs(c.Up), secs(c.Down), noon)
	}
	var stored []int
	for _, r := range m.log {
		stored = append(stored, r.replicas)
	}
	if c.Expect.Length != nil && len(stored) != *c.Expect.Length {
		return fmt.Sprintf("%d kept, want %d", len(stored), *c.Expect.Length)
	}
	if c.Expect.Stored != nil {
		if wrong := differ(stored, c.Expect.Stored); wrong != "" {
			return wrong
		}
	}
	return differ(got, c.Expect.Replicas)
}

func storeCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Before []eventJSON `json:"events_before"`
		Period float64     `json:"period_s"`
		Change int         `json:"replica_change"`
		Rules  *rulesJSON
		Expect struct {
			Change int         `json:"change_in_period_before"`
			After  []eventJSON `json:"events_after"`
		}
	}
	read(raw, &c)
	// Both directions are kept alike.
	for _, up := range []bool{true, false} {
		var m memory
		var b behavior
		list, rules, from, to := &m.down, &b.down, c.Change+1, 1
		if up {
			list, rules, from, to = &m.up, &b.up, 1, c.Change+1
		}
		*list = eventsOf(c.Before)
		if c.Rules != nil {
			b.on, *rules = true, c.Rules.scaling()
		}
		before := list.within(secs(c.Period), noon)
		m.scaled(from, to, &b, noon)
		var got, want []string
		for _, e := range *list {
			got = append(got, fmt.Sprint(e.change, e.outdated))
		}
		for _, e := range c.Expect.After {
			want = append(want, fmt.Sprint(e.Change, e.Outdated != nil && *e.Outdated))
		}
		if wrong := cmp.Or(differ(before, c.Expect.Change), differ(got, want)); wrong != "" {
			return wrong
		}
	}
	return ""
}

func defaultCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Current int     `json:"current_replicas"`
		Desired int     `json:"desired_in"`
		Max     int     `json:"max_replicas"`
		Min     int     `json:"min_replicas"`
		Factor  float64 `json:"scale_up_limit_factor"`
		Minimum float64 `json:"scale_up_limit_minimum"`
		Expect  struct {
			Replicas int
			Reason   string
		}
	}
	read(raw, &c)
	n, why := limitDefault(c.Current, c.Desired, &behavior{factor: c.Factor, minimum: c.Minimum}, bounds{c.Min, c.Max})
	return cmp.Or(differ(n, c.Expect.Replicas), differ(why, c.Expect.Reason))
}

type behaviorJSON struct {
	Up   rulesJSON `json:"scale_up"`
	Down rulesJSON `json:"scale_down"`
}

// settings are those of upstream's tests.
func (b *behaviorJSON) settings(ctl *controller, factor, minimum float64) {
	ctl.behavior = behavior{factor: factor, minimum: minimum, down: scalingRules{window: 300 * time.Second}}
	if b != nil {
		ctl.behavior.on, ctl.behavior.up, ctl.behavior.down = true, b.Up.scaling(), b.Down.scaling()
	}
	ctl.readiness, ctl.tolerance = readiness{120 * time.Second, 10 * time.Second}, tolerance{0.1, 0.1}
}

func reconcileCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Behavior *behaviorJSON
		Gate     bool `json:"configurable_tolerance_gate"`
		Current  int  `json:"current_replicas"`
		Max      int  `json:"max_replicas"`
		Specs    []struct {
			Metrics    []metricJSON
			Values     []int64 `json:"metric_values_milli"`
			Resource   string
			Source     string
			Target     int64
			TargetType string `json:"target_type"`
			Fails      bool   `json:"fetch_fails"`
			Invalid    bool
			Fraction   *float64 `json:"container_request_fraction"`
		} `json:"metric_specs"`
		Min        int `json:"min_replicas"`
		Pods       []podJSON
		Recommends *[]recJSON `json:"recommendations"`
		ZeroGate   bool       `json:"scale_to_zero_gate"`
		AtZero     bool       `json:"scaled_to_zero_by_controller"`
		Status     int        `json:"status_replicas"`
		Factor     float64    `json:"scale_up_limit_factor"`
		Minimum    float64    `json:"scale_up_limit_minimum"`
		Expect     struct {
			Replicas int
			Error    bool
		}
		Production *struct {
			Replicas int
			Error    bool
		} `json:"expect_production"`
	}
	read(raw, &c)
	try := func(factor, minimum float64, replicas int, fails bool) string {
		ctl := controller{toZero: c.ZeroGate}
		c.Behavior.settings(&ctl, factor, minimum)
		if c.Behavior != nil && c.Gate {
			if v := c.Behavior.Up.Tolerance; v != nil {
				ctl.tolerance.up = *v
			}
			if v := c.Behavior.Down.Tolerance; v != nil {
				ctl.tolerance.down = *v
			}
		}
		ctl.atZero = c.AtZero
		if c.Recommends != nil {
			ctl.log, ctl.seeded = logOf(*c.Recommends), true
		}
		pods := podsOf(c.Pods)
		var metrics []hpaMetric
		for _, s := range c.Specs {
			m := hpaMetric{target: s.Target, value: total(s.Values), fails: s.Fails}
			m.per.target = s.Target
			m.per.samples, m.per.superfluous = samplesOf(c.Pods, s.Metrics)
			m.per.cpu = s.Resource == "cpu"
			m.per.utilization = s.TargetType == "Utilization"
			switch {
			case s.Invalid:
				m.source = fromNowhere
			case s.Source == "Object" || s.Source == "External":
				m.source = fromValue
				if s.TargetType == "AverageValue" {
					m.source = fromAverage
				}
			case s.Source == "Resource" || s.Source == "ContainerResource" || s.Source == "Pods":
			default:
				m.source = fromNowhere
			}
			if s.Fraction != nil {
				for i := range pods {
					request := pods[i].request
					if request >= 0 {
						request = int64(float64(request) * *s.Fraction)
					}
					m.per.requests = append(m.per.requests, request)
				}
			}
			metrics = append(metrics, m)
		}
		r := ctl.sync(noon, c.Current, c.Status, bounds{c.Min, c.Max}, pods, metrics)
		return cmp.Or(differ(r.desired, replicas), differ(r.err != nil, fails))
	}
	wrong := try(c.Factor, c.Minimum, c.Expect.Replicas, c.Expect.Error)
	if wrong == "" && c.Production != nil {
		wrong = try(2, 4, c.Production.Replicas, c.Production.Error)
	}
	return wrong
}

func trajectoryCase(raw json.RawMessage) string {
	var c struct {
		headJSON
		Behavior *behaviorJSON
		Window   float64 `json:"downscale_stabilization_window_s"`
		Initial  int     `json:"initial_replicas"`
		Max      int     `json:"max_replicas"`
		Min      int     `json:"min_replicas"`
		Raw      []int   `json:"raw_desired"`
		Period   float64 `json:"sync_period_s"`
		Expect   struct{ Replicas []int }
	}
	read(raw, &c)
	var ctl controller
	c.Behavior.settings(&ctl, 2, 4)
	if c.Behavior == nil {
		ctl.behavior.down.window = secs(c.Window)
	}
	size, now := c.Initial, noon
	var got []int
	for _, raw := range c.Raw {
		ctl.seed(size, now)
		n := ctl.normalize(size, raw, &ctl.behavior, bounds{c.Min, c.Max}, now).desired
		if n != size {
			ctl.scaled(size, n, &ctl.behavior, now)
		}
		size = n
		got = append(got, size)
		now += secs(c.Period)
	}
	return differ(got, c.Expect.Replicas)
}

// total sums values, at most the largest int64.
func total(values []int64) int64 {
	var s int64
	for _, v := range values {
		if v > 0 && s > math.MaxInt64-v {
			return math.MaxInt64
		}
		s += v
	}
	return s
}
