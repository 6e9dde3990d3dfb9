package manifest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest"
	"autoscale-lab/lab/policy"
)

// turned is the spec of a manifest with one knob at another text.
func turned(m *manifest.Manifest, knob, to string) string {
	s := lab.Spec{Kind: m.Spec.Kind, Settings: slices.DeleteFunc(slices.Clone(m.Spec.Settings), func(s lab.Setting) bool { return s.Name == knob })}
	s.Settings = append(s.Settings, lab.Setting{Name: knob, Text: to})
	return s.String()
}

// changes are the lines that went and came.
func changes(before, after []byte) []string {
	a, b := strings.SplitAfter(string(before), "\n"), strings.SplitAfter(string(after), "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	var out []string
	for _, l := range a {
		out = append(out, "-"+strings.TrimSuffix(l, "\n"))
	}
	for _, l := range b {
		out = append(out, "+"+strings.TrimSuffix(l, "\n"))
	}
	return out
}

// lost are the notes on what does not translate.
func lost(notes []string) []string {
	return slices.DeleteFunc(slices.Clone(notes), func(n string) bool { return strings.Contains(n, "to be filled in") })
}

func TestUnturnedIsTheSameByteForByte(t *testing.T) {
	for name, data := range samples(t) {
		m, err := manifest.Read(name, data)
		if err != nil {
			t.Fatal(err)
		}
		out, notes, err := m.Write(m.Spec.String(), m.Limits)
		if err != nil || len(notes) > 0 && m.Limited {
			t.Errorf("%s: %v %q", name, err, notes)
		}
		if string(out) != string(data) {
			t.Errorf("%s: %v", name, changes(data, out))
		}
	}
}

func TestOneKnobChangesItsFieldAlone(t *testing.T) {
	all := samples(t)
	for _, c := range []struct {
		says, file, knob, to string
		want                 []string
	}{
		{"a window, its comment kept", "web-hpa.yaml", "down_window", "2m", []string{
			"-      stabilizationWindowSeconds: 600   # we have slow starters", "+      stabilizationWindowSeconds: 120   # we have slow starters"}},
		{"one target of several", "web-hpa.yaml", "metrics", "cpu/72%|rps/30", []string{
			"-        averageUtilization: 60", "+        averageUtilization: 72"}},
		{"a quoted quantity stays quoted", "web-hpa.yaml", "metrics", "cpu/60%|rps/32.5", []string{
			`-        averageValue: "30"`, `+        averageValue: "32500m"`}},
		{"a choice", "web-hpa.yaml", "down_select", "max", []string{"-      selectPolicy: Min", "+      selectPolicy: Max"}},
		{"a rule among others", "web-hpa.yaml", "down", "10%/60s|7pods/60s", []string{"-        value: 5", "+        value: 7"}},
		{"a rule in braces", "web-hpa.yaml", "up", "100%/15s|8pods/15s", []string{
			"-      - {type: Pods, value: 4, periodSeconds: 15}", "+      - {type: Pods, value: 8, periodSeconds: 15}"}},
		{"a field that was not there", "web-hpa.yaml", "up_tolerance", "5%", []string{`+      tolerance: "0.05"`}},
		{"KEDA's threshold", "orders-keda.yaml", "target", "40", []string{`-        threshold: "25"`, `+        threshold: "40"`}},
		{"KEDA's activation, in single quotes", "orders-keda.yaml", "activation", "3", []string{`-        activationThreshold: '2'`, `+        activationThreshold: '3'`}},
		{"KEDA's cooldown, its spaces kept", "orders-keda.yaml", "cooldown", "90s", []string{"-  cooldownPeriod:  120", "+  cooldownPeriod:  90"}},
		{"a behavior that was not there in that direction", "orders-keda.yaml", "up_window", "30s", []string{
			"+        scaleUp:", "+          stabilizationWindowSeconds: 30"}},
		{"AWS' target", "cpu-target.json", "target", "55%", []string{`-    "TargetValue": 60.0,`, `+    "TargetValue": 55,`}},
		{"AWS' switch", "cpu-target.json", "scale_in", "on", []string{`-    "DisableScaleIn": true`, `+    "DisableScaleIn": false`}},
		{"requests are per minute there", "config.json", "target", "25", []string{`-    "TargetValue": 1200,`, `+    "TargetValue": 1500,`}},
		{"a key that was not there in JSON", "config.json", "scale_in", "off", []string{`+    "DisableScaleIn": true,`}},
		{"a step", "step-policies.json", "in_steps", "..0/-30", []string{`-                    "ScalingAdjustment": -20`, `+                    "ScalingAdjustment": -30`}},
	} {
		data := all[c.file]
		m, err := manifest.Read(c.file, data)
		if err != nil {
			t.Fatal(err)
		}
		spec := turned(m, c.knob, c.to)
		out, notes, err := m.Write(spec, lab.Limits{})
		if err != nil || len(notes) > 0 {
			t.Errorf("%s: %v %q", c.says, err, notes)
			continue
		}
		if d := cmp.Diff(c.want, changes(data, out)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.says, d)
		}
		back, err := manifest.Read(c.file, out)
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
			continue
		}
		_, want, _ := policy.Parse(spec)
		_, got, _ := policy.Parse(back.Spec.String())
		if d := cmp.Diff(want.Knobs(), got.Knobs()); d != "" {
			t.Errorf("%s: reads back otherwise (-want +got):\n%s", c.says, d)
		}
	}
}

func TestWhatHasToBeLaidOutAnewKeepsTheRest(t *testing.T) {
	data := samples(t)["web-hpa.yaml"]
	m, err := manifest.Read("web-hpa.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says, spec string
		has, lacks []string
	}{
		{"a metric goes, the one that is unknown stays", turned(m, "metrics", "cpu/60%"), []string{"name: memory", "averageUtilization: 60"}, []string{"http_requests"}},
		{"a metric comes", turned(m, "metrics", "cpu/60%|rps/30|p95/100ms"), []string{"name: memory", "name: http_request_latency_p95_seconds", "value: 100m"}, nil},
		{"a rule goes", turned(m, "down", "10%/60s"), []string{"value: 10"}, []string{"value: 5\n"}},
		{"the behavior goes", turned(m, "behavior", "off"), []string{"name: memory"}, []string{"behavior:", "scaleUp"}},
	} {
		out, notes, err := m.Write(c.spec, lab.Limits{})
		if notes = lost(notes); err != nil || len(notes) > 0 {
			t.Errorf("%s: %v %q", c.says, err, notes)
		}
		c.has = append(c.has, "# The shop's front end. Owner: team web.", "labels: {app: shop, tier: \"frontend\"}", "# kept as it is", "name: shop-frontend")
		for _, s := range c.has {
			if !strings.Contains(string(out), s) {
				t.Errorf("%s: %q is gone:\n%s", c.says, s, out)
			}
		}
		for _, s := range c.lacks {
			if strings.Contains(string(out), s) {
				t.Errorf("%s: %q is still there:\n%s", c.says, s, out)
			}
		}
	}
}

func TestLimitsAreWritten(t *testing.T) {
	data := samples(t)["web-hpa.yaml"]
	m, err := manifest.Read("web-hpa.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := m.Write(m.Spec.String(), lab.Limits{Min: 3, Max: 12})
	if d := cmp.Diff([]string{"-  maxReplicas: 20", "+  maxReplicas: 12"}, changes(data, out)); err != nil || d != "" {
		t.Error(err, d)
	}
	_, notes, err := manifest.Write("aws", "aws-target", lab.Limits{Min: 1, Max: 5}, "web")
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "belong to the Auto Scaling group") {
		t.Error(err, notes)
	}
}

// written are specs that translate whole, by format.
var written = map[string][]string{
	"hpa": {"hpa", "hpa:target=70", "hpa:metric=rps,target=25", "hpa:metric=in-flight,target=2.5", "hpa:metric=p95,target=120ms", "hpa:metric=system-cpu,target=80",
		"hpa:metrics=cpu/60%|rps/30|in-flight/0.5|p95/80ms|system-cpu/90%", "hpa:behavior=on", "hpa:behavior=off",
		"hpa:up=2pods/30s|50%/60s,up_select=min,up_window=15s,up_tolerance=5%,down=1pods/120s,down_select=disabled,down_window=1m0s,down_tolerance=2.5%"},
	"keda": {"keda", "keda:target=30,activation=5,cooldown=60s,poll=10s", "keda:metric=in-flight,target=2.5,activation=0.5", "keda:down_window=60s,up=1pods/15s",
		"hpa:target=60", "hpa:target=60,down_window=30s"},
	"aws": {"aws-target", "aws-target:target=40,scale_in=off,warmup=60s", "aws-target:metric=rps,target=20", "aws-target:metric=p95,target=80ms", "aws-target:metric=in-flight,target=3",
		"aws-target:metrics=cpu/50%|rps/20|system-cpu/70%",
		"aws-step", "aws-step:upper=70,lower=30,steps=0..10/+10|10..20/+20|20../+30,in_steps=..-10/-20|-10..0/-10,adjust=percent,min_change=2,points=3,warmup=120s,resolution=30s",
		"aws-step:metric=rps,upper=30,lower=10,steps=0..2.5/+1|2.5../+4", "aws-step:metric=p95,upper=200ms,lower=50ms,steps=0..100/+1|100../+2", "aws-step:adjust=exact,steps=0../5,in_steps=..0/2",
		"aws-simple", "aws-simple:out=3,in=2,cooldown=60s,points=1,resolution=30s", "aws-simple:metric=in-flight,upper=2,lower=0.5,adjust=percent,out=50,in=25,min_change=1", "aws-simple:adjust=exact,out=8,in=2"},
}

func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	for format, specs := range written {
		for _, spec := range specs {
			out, notes, err := manifest.Write(format, spec, lab.Limits{}, "web")
			if notes = lost(notes); err != nil || len(notes) > 0 {
				t.Errorf("%s %s: %v %q", format, spec, err, notes)
				continue
			}
			if format == "aws" && !json.Valid(out) {
				t.Errorf("%s: no JSON:\n%s", spec, out)
			}
			back, err := manifest.Read("web", out)
			if err != nil {
				t.Errorf("%s %s: %v\n%s", format, spec, err, out)
				continue
			}
			kind, want, _ := policy.Parse(spec)
			_, got, err := policy.Parse(back.Spec.String())
			if err != nil || back.Spec.Kind != kind {
				t.Errorf("%s %s: %v %s", format, spec, err, back.Spec.Kind)
				continue
			}
			for _, k := range want.Knobs() {
				if k.Name == "behavior" {
					continue // auto, on and off say the same in several ways
				}
				if g, _ := lab.Find(got.Knobs(), k.Name); g.Spec() != k.Spec() {
					t.Errorf("%s %s: %s reads back as %s, not %s\n%s", format, spec, k.Name, g.Spec(), k.Spec(), out)
				}
			}
		}
	}
}

func TestWhatDoesNotTranslateIsSaid(t *testing.T) {
	for _, c := range []struct{ format, spec, want string }{
		{"hpa", "hpa:period=30s", "--horizontal-pod-autoscaler-sync-period"},
		{"hpa", "hpa:cpu_initialization=60s", "--horizontal-pod-autoscaler-cpu-initialization-period"},
		{"hpa", "hpa:initial_readiness=60s", "--horizontal-pod-autoscaler-initial-readiness-delay"},
		{"hpa", "hpa:metric_age=0s", "--metric-resolution"},
		{"hpa", "hpa:target=62.5", "metric and target cpu/62.5%: written as cpu/63%"},
		{"hpa", "hpa:down_window=1.5s", "down_window=1.5s: written as 2s"},
		{"hpa", "keda:activation=5", "keda.activation=5: hpa has nothing like it"},
		{"hpa", "aws-target:target=40", "aws-target is written as hpa; what both know is carried over: metric, target"},
		{"keda", "hpa:metrics=cpu/50|rps/20", "metric and target cpu/50%|rps/20: written as cpu/50%"},
		{"keda", "hpa:metric=p95", "hpa.metric=p95: keda has nothing like it"},
		{"aws", "aws-target:low=80", "low=80%: AWS sets the low alarm itself"},
		{"aws", "aws-target:high_points=2", "high_points=2: AWS sets the high alarm itself"},
		{"aws", "aws-step:metric_age=0s", "metric_age=0s: how late CloudWatch is"},
		{"aws", "aws-simple:warmup=60s", "warmup=1m0s: has no field here"},
		{"aws", "threshold:upper=80,lower=50", "threshold is written as aws-simple"},
	} {
		out, notes, err := manifest.Write(c.format, c.spec, lab.Limits{}, "web")
		if err != nil {
			t.Errorf("%s: %v", c.spec, err)
			continue
		}
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, c.want) }) {
			t.Errorf("%s as %s: notes %q, want %q", c.spec, c.format, notes, c.want)
		}
		for _, n := range lost(notes) {
			if !strings.Contains(string(out), "# autoscale-lab: "+n+"\n") {
				t.Errorf("%s: the note %q is no comment in\n%s", c.spec, n, out)
			}
		}
		if _, err := manifest.Read("web", out); err != nil {
			t.Errorf("%s: %v", c.spec, err)
		}
	}
}

func TestWhatIsToBeFilledInIsSaid(t *testing.T) {
	for _, c := range [][3]string{
		{"aws", "aws-target:metric=rps", "ResourceLabel"},
		{"aws", "aws-step:metric=rps", "MetricName, Namespace and Dimensions"},
		{"keda", "keda", "serverAddress and query"},
		{"hpa", "hpa:metric=rps", "the metric's name"},
		{"hpa", "hpa", ""},
	} {
		_, notes, err := manifest.Write(c[0], c[1], lab.Limits{}, "web")
		if said := strings.Join(notes, "|"); err != nil || !strings.HasPrefix(said, c[2]) || (said == "") != (c[2] == "") {
			t.Errorf("%s: %v %q", c[1], err, notes)
		}
	}
}

func TestWhatHasNoFormIsRefused(t *testing.T) {
	for _, c := range []struct{ format, spec, want string }{
		{"hpa", "threshold", "a policy that hpa has a form for: hpa, keda, aws-target"},
		{"keda", "manual", "a policy that keda has a form for"},
		{"aws", "schedule", "a policy that aws has a form for"},
		{"helm", "hpa", `format: "helm": want one of hpa, keda, aws`},
		{"hpa", "hpa:targt=3", `did you mean "target"?`},
	} {
		if _, _, err := manifest.Write(c.format, c.spec, lab.Limits{}, "web"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s as %s: got %v, want %s", c.spec, c.format, err, c.want)
		}
	}
}

// A target is a figure of its metric: it goes where the metric goes.
func TestATargetIsNotCarriedToAnotherMetric(t *testing.T) {
	for _, c := range []struct{ format, spec, kind, metric, target, note string }{
		{"hpa", "knative", "hpa", "in-flight", "70", "knative.metric=concurrency: written as hpa.metric=in-flight"},
		{"hpa", "knative:target=20,utilization=50%", "hpa", "in-flight", "10", "knative.target=20: written as hpa.target=10"},
		{"hpa", "knative:metric=rps,target=50,utilization=100%", "hpa", "rps", "50", ""},
		{"keda", "knative", "keda", "in-flight", "70", "knative.target=100: written as keda.target=70"},
		{"keda", "knative:metric=rps", "keda", "rps", "140", ""},
		{"keda", "nomad:target=40", "keda", "rps", "18", "metric and target are keda's own: rps/18"},
		{"keda", "nomad:metric=p95", "keda", "rps", "18", "nomad.target=100ms: keda has nothing like it"},
		{"keda", "hpa:metric=system-cpu", "keda", "rps", "18", "metric and target are keda's own: rps/18"},
		{"keda", "nomad:metric=in-flight,target=3", "keda", "in-flight", "3", ""},
		{"aws", "keda:metric=in-flight,target=3", "aws-target", "in-flight", "3", ""},
		{"aws", "keda", "aws-target", "rps", "18", ""},
		{"aws", "gcp:metric=p95,target=80ms", "aws-target", "p95", "80ms", ""},
	} {
		out, notes, err := manifest.Write(c.format, c.spec, lab.Limits{}, "web")
		if err != nil || !strings.Contains(strings.Join(notes, "|"), c.note) {
			t.Errorf("%s as %s: %v %q", c.spec, c.format, err, notes)
			continue
		}
		back, err := manifest.Read("web", out)
		if err != nil {
			t.Fatal(err)
		}
		kind, rule, _ := policy.Parse(back.Spec.String())
		metric, _ := lab.Find(rule.Knobs(), "metric")
		target, _ := lab.Find(rule.Knobs(), "target")
		if kind != c.kind || metric.Text != c.metric || target.Spec() != c.target {
			t.Errorf("%s as %s: %s scales on %s/%s, want %s/%s", c.spec, c.format, kind, metric.Text, target.Spec(), c.metric, c.target)
		}
	}
}

func TestANoteIsThereOnce(t *testing.T) {
	spec := "hpa:period=30s"
	once, _, err := manifest.Write("hpa", spec, lab.Limits{}, "web")
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Read("web", once)
	if err != nil {
		t.Fatal(err)
	}
	if twice, _, err := m.Write(spec, lab.Limits{}); err != nil || string(twice) != string(once) {
		t.Errorf("%v %v", err, changes(once, twice))
	}
}

func TestNames(t *testing.T) {
	for _, c := range [][2]string{{"", "web"}, {"Web Shop #2", "web-shop--2"}, {"日本", "web"}, {strings.Repeat("a", 80), strings.Repeat("a", 63)}, {"a: {b", "a---b"}} {
		out, _, err := manifest.Write("hpa", "hpa", lab.Limits{}, c[0])
		if err != nil || !strings.Contains(string(out), "\n  name: "+c[1]+"\n") {
			t.Errorf("%q: %v\n%s", c[0], err, out)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data)
	}
	for _, s := range []string{hpa("behavior: {}"), keda(requests), out, in, "a: &a [*a]", "&a {kind: HorizontalPodAutoscaler, spec: *a}", "? {a: b}\n: c", "- - - {}", "kind: ScaledObject\nspec: !!binary x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Read("fuzz", data)
		if err != nil {
			if _, ok := err.(*lab.InputError); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		kind, rule, err := policy.Parse(m.Spec.String())
		if err != nil {
			t.Fatalf("the spec of a manifest that was read: %v", err)
		}
		if out, _, err := m.Write(m.Spec.String(), m.Limits); err != nil || string(out) != string(data) {
			t.Fatalf("unturned: %v %v", err, changes(data, out))
		}
		for _, k := range rule.Knobs() {
			if turn := k.Turned(1); turn != "" && lab.Turn(rule, k.Name, turn) == nil {
				spec := lab.SpecOf(kind, rule).String()
				if _, _, err := m.Write(spec, lab.Limits{Min: 1, Max: 7}); err != nil {
					if _, ok := err.(*lab.InputError); !ok {
						t.Fatalf("%s: %v", spec, err)
					}
				}
			}
		}
	})
}
