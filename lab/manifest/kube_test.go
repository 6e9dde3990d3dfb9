package manifest

import (
	"reflect"
	"strings"
	"testing"

	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"autoscale-lab/lab"
)

// These tests hold the package's own knowledge of Kubernetes against its types;
// nothing of k8s.io is in the program.

func TestWhatIsWrittenIsStrictlyAHorizontalPodAutoscaler(t *testing.T) {
	for _, spec := range []string{"hpa", "hpa:target=70,behavior=on", "hpa:metrics=cpu/60%|rps/30|in-flight/0.5|p95/80ms|system-cpu/90%",
		"hpa:up=2pods/30s|50%/60s,up_select=min,up_window=15s,up_tolerance=5%,down=1pods/120s,down_select=disabled,down_window=1m0s,down_tolerance=2.5%", "keda", "aws-target:target=40"} {
		out, _, err := Write("hpa", spec, lab.Limits{Min: 2, Max: 9}, "web")
		if err != nil {
			t.Fatal(err)
		}
		var h autoscaling.HorizontalPodAutoscaler
		if err := yaml.UnmarshalStrict(out, &h); err != nil {
			t.Fatalf("%s: %v\n%s", spec, err, out)
		}
		if h.Name != "web" || *h.Spec.MinReplicas != 2 || h.Spec.MaxReplicas != 9 || len(h.Spec.Metrics) == 0 {
			t.Errorf("%s: %+v", spec, h.Spec)
		}
	}

	out, _, err := Write("hpa", "hpa:metrics=cpu/60%|rps/0.5|p95/80ms,up=2pods/30s,up_select=min,up_window=15s,up_tolerance=5%", lab.Limits{}, "web")
	if err != nil {
		t.Fatal(err)
	}
	var h autoscaling.HorizontalPodAutoscaler
	if err := yaml.UnmarshalStrict(out, &h); err != nil {
		t.Fatal(err)
	}
	m, up := h.Spec.Metrics, h.Spec.Behavior.ScaleUp
	switch {
	case *m[0].Resource.Target.AverageUtilization != 60,
		m[1].Pods.Target.AverageValue.MilliValue() != 500,
		m[2].External.Target.Value.MilliValue() != 80,
		*up.StabilizationWindowSeconds != 15, *up.SelectPolicy != autoscaling.MinChangePolicySelect, up.Tolerance.MilliValue() != 50,
		up.Policies[0] != autoscaling.HPAScalingPolicy{Type: autoscaling.PodsScalingPolicy, Value: 2, PeriodSeconds: 30}:
		t.Errorf("not what was asked for:\n%s", out)
	}
}

// full has every field that there is.
func full() *autoscaling.HorizontalPodAutoscaler {
	p := func(v int32) *int32 { return &v }
	q := func(s string) *resource.Quantity { v := resource.MustParse(s); return &v }
	choice := autoscaling.MinChangePolicySelect
	rules := &autoscaling.HPAScalingRules{StabilizationWindowSeconds: p(60), SelectPolicy: &choice, Tolerance: q("50m"),
		Policies: []autoscaling.HPAScalingPolicy{{Type: autoscaling.PercentScalingPolicy, Value: 10, PeriodSeconds: 60}}}
	id := autoscaling.MetricIdentifier{Name: "http_requests_per_second", Selector: &meta.LabelSelector{MatchLabels: map[string]string{"a": "b"}}}
	ref := autoscaling.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}
	cpu := autoscaling.MetricTarget{Type: autoscaling.UtilizationMetricType, AverageUtilization: p(60)}
	value := autoscaling.MetricTarget{Type: autoscaling.ValueMetricType, Value: q("10k")}
	average := autoscaling.MetricTarget{Type: autoscaling.AverageValueMetricType, AverageValue: q("1500m")}
	return &autoscaling.HorizontalPodAutoscaler{
		TypeMeta:   meta.TypeMeta{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler"},
		ObjectMeta: meta.ObjectMeta{Name: "web"},
		Spec: autoscaling.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: ref, MinReplicas: p(2), MaxReplicas: 9,
			Metrics: []autoscaling.MetricSpec{
				{Type: autoscaling.ResourceMetricSourceType, Resource: &autoscaling.ResourceMetricSource{Name: core.ResourceCPU, Target: cpu}},
				{Type: autoscaling.ContainerResourceMetricSourceType, ContainerResource: &autoscaling.ContainerResourceMetricSource{Name: core.ResourceCPU, Container: "app", Target: cpu}},
				{Type: autoscaling.PodsMetricSourceType, Pods: &autoscaling.PodsMetricSource{Metric: id, Target: average}},
				{Type: autoscaling.ObjectMetricSourceType, Object: &autoscaling.ObjectMetricSource{DescribedObject: ref, Metric: id, Target: value}},
				{Type: autoscaling.ExternalMetricSourceType, External: &autoscaling.ExternalMetricSource{Metric: id, Target: average}},
			},
			Behavior: &autoscaling.HorizontalPodAutoscalerBehavior{ScaleUp: rules, ScaleDown: rules},
		},
	}
}

// fields notes which JSON fields of v's type, of autoscaling/v2, are set somewhere.
func fields(v reflect.Value, set map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fields(v.Elem(), set)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields(v.Index(i), set)
		}
	case reflect.Struct:
		if !strings.HasSuffix(v.Type().PkgPath(), "autoscaling/v2") {
			return
		}
		for i := range v.NumField() {
			name := v.Type().Name() + "." + v.Type().Field(i).Name
			set[name] = set[name] || !v.Field(i).IsZero()
			fields(v.Field(i), set)
		}
	}
}

func TestEveryFieldOfKubernetesIsRead(t *testing.T) {
	set := map[string]bool{}
	h := full()
	fields(reflect.ValueOf(h.Spec), set)
	for name, is := range set {
		if !is {
			t.Errorf("%s is new, or not set by this test", name)
		}
	}
	if len(set) < 30 {
		t.Errorf("only %d fields found", len(set))
	}
	data, err := yaml.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read("web", data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	want := "hpa:metrics=cpu/60%|rps/1.5,behavior=on,up=10%/60s,up_select=min,up_window=1m0s,up_tolerance=5%,down=10%/60s,down_select=min,down_window=1m0s,down_tolerance=5%"
	if got := m.Spec.String(); got != want || m.Limits != (lab.Limits{Min: 2, Max: 9}) {
		t.Errorf("got %s %v\nwant %s", got, m.Limits, want)
	}
}
