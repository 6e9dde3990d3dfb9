package manifest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest"
	"autoscale-lab/lab/policy"
)

// hpa is a HorizontalPodAutoscaler with that in its spec.
func hpa(spec string) string {
	return "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n" +
		"  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 8\n" + indent(spec)
}

func keda(spec string) string {
	return "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {name: web}\n" + indent(spec)
}

func indent(s string) string {
	if s == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ") + "\n"
}

func metric(m string) string { return hpa("metrics:\n- " + m) }

const requests = `triggers:
- type: prometheus
  metadata: {query: "sum(rate(http_requests_total[1m]))", threshold: "20"}`

const (
	out = `{"AutoScalingGroupName":"g","PolicyName":"out","PolicyType":"StepScaling","AdjustmentType":"ChangeInCapacity","StepAdjustments":[{"MetricIntervalLowerBound":0,"ScalingAdjustment":2}]}`
	in  = `{"AutoScalingGroupName":"g","PolicyName":"in","PolicyType":"StepScaling","AdjustmentType":"ChangeInCapacity","StepAdjustments":[{"MetricIntervalUpperBound":0,"ScalingAdjustment":-1}]}`
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ says, text, spec, note string }{
		{"a CPU utilization is the target", metric("{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}"),
			"hpa:metric=cpu,target=70%", ""},
		{"a container's CPU is taken as the instance's", metric("{type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 70}}}"),
			"hpa:metric=cpu,target=70%", "web:8: spec.metrics[0]: an instance is one container"},
		{"requests per pod are the lab's", metric("{type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: 1500m}}}"),
			"hpa:metric=rps,target=1.5", "taken as the lab's rps"},
		{"less than a request per second is possible too", metric("{type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: 500m}}}"),
			"hpa:metrics=rps/0.5", "taken as the lab's rps"},
		{"an object's average is taken as per instance", metric("{type: Object, object: {describedObject: {kind: Ingress, name: web}, metric: {name: requests-per-second}, target: {type: AverageValue, averageValue: 2k}}}"),
			"hpa:metric=rps,target=2000", "taken as the lab's rps"},
		{"an object's whole value is not", metric("{type: Object, object: {describedObject: {kind: Ingress, name: web}, metric: {name: requests-per-second}, target: {type: Value, value: 10k}}}"),
			"hpa", "rps with a target of type Value is not known here, only AverageValue; it is left out"},
		{"concurrency is in flight", metric("{type: Pods, pods: {metric: {name: queue_concurrency}, target: {type: AverageValue, averageValue: 3}}}"),
			"hpa:metric=in-flight,target=3", "taken as the lab's in-flight"},
		{"an external latency in seconds is p95", metric("{type: External, external: {metric: {name: request_latency_p95}, target: {type: Value, value: 250m}}}"),
			"hpa:metric=p95,target=250ms", "taken as the lab's p95"},
		{"an external latency in milliseconds is p95 too", metric("{type: External, external: {metric: {name: latency_ms}, target: {type: Value, value: 250}}}"),
			"hpa:metric=p95,target=250ms", "taken as the lab's p95"},
		{"a queue in the cloud is not measured here", metric("{type: External, external: {metric: {name: sqs_messages}, target: {type: AverageValue, averageValue: 30}}}"),
			"hpa", "nothing like External metric sqs_messages is measured here; it is left out"},
		{"memory is left out", metric("{type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 70}}}"),
			"hpa", "the lab does not scale on memory"},
		{"cores are not a share", metric("{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 500m}}}"),
			"hpa", "CPU as an absolute amount (500m) is not known here"},
		{"more than all of the CPU is all of it", metric("{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 150}}}"),
			"hpa:metric=cpu,target=100%", "150 % is beyond the lab's range"},
		{"no metric is Kubernetes' own default", hpa(""), "hpa:target=80%", "Kubernetes then takes CPU at 80 %"},
		{"an empty behavior is one all the same", hpa("behavior: {}"), "hpa:target=80%,behavior=on", ""},
		{"a behavior is read whole", hpa(`behavior:
  scaleUp: {stabilizationWindowSeconds: 30, selectPolicy: Min, tolerance: 50m, policies: [{type: Pods, value: 2, periodSeconds: 60}]}
  scaleDown: {stabilizationWindowSeconds: 60, selectPolicy: Disabled, tolerance: "0.2", policies: [{type: Percent, value: 10, periodSeconds: 120}, {type: Pods, value: 1, periodSeconds: 1800}]}`),
			"hpa:target=80%,behavior=on,up=2pods/60s,up_select=min,up_window=30s,up_tolerance=5%,down=10%/120s|1pods/1800s,down_select=disabled,down_window=1m0s,down_tolerance=20%", ""},
		{"the first of a list is taken", "kind: List\nitems:\n- {kind: Service, metadata: {name: web}}\n- " + strings.ReplaceAll(strings.TrimSpace(metric("{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}")), "\n", "\n  "),
			"hpa:metric=cpu,target=70%", "Service web is passed over"},
		{"the second manifest is passed over", hpa("") + "---\n" + strings.Replace(hpa(""), "name: web}\nspec", "name: other}\nspec", 1), "hpa:target=80%", "HorizontalPodAutoscaler other is passed over"},

		{"a Prometheus trigger is the lab's keda", keda(requests), "keda:metric=rps,target=20", "is taken as the lab's rps"},
		{"polling, cooldown and activation are knobs", keda("pollingInterval: 10\ncooldownPeriod: 60\n" + strings.Replace(requests, `"20"`, `"20", activationThreshold: "5"`, 1)),
			"keda:metric=rps,target=20,activation=5,poll=10s,cooldown=1m0s", ""},
		{"CPU alone is the HPA's work", keda("triggers: [{type: cpu, metricType: Utilization, metadata: {value: '60'}}]\nadvanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 30}}}}"),
			"hpa:metric=cpu,target=60%,behavior=on,down_window=30s", "it runs as hpa, and never goes to zero"},
		{"CPU beside requests is left out", keda(requests + "\n- {type: cpu, metricType: Utilization, metadata: {value: '60'}}"), "keda:metric=rps,target=20", "watches requests alone"},
		{"a queue is nothing to measure here", keda("triggers: [{type: kafka, metadata: {lagThreshold: '5'}}]"), "keda", "a trigger of type kafka has nothing here to measure"},
		{"an idle size is left out", keda("idleReplicaCount: 0\nminReplicaCount: 2\n" + requests), "keda:metric=rps,target=20", "spec.idleReplicaCount: is not known here"},
		{"a formula is left out", keda("advanced: {scalingModifiers: {formula: a+b, target: '2'}}\n" + requests), "keda:metric=rps,target=20", "a formula over triggers is not known here"},

		{"target tracking of CPU", `{"PolicyType":"TargetTrackingScaling","TargetTrackingConfiguration":{"TargetValue":40,"DisableScaleIn":true,"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageCPUUtilization"}},"EstimatedInstanceWarmup":60}`,
			"aws-target:metric=cpu,target=40%,scale_in=off,warmup=1m0s", ""},
		{"the configuration alone", `{"TargetValue":1200,"PredefinedMetricSpecification":{"PredefinedMetricType":"ALBRequestCountPerTarget","ResourceLabel":"app/a/b/targetgroup/c/d"}}`,
			"aws-target:metric=rps,target=20", ""},
		{"network traffic is not measured here", `{"TargetValue":1e6,"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageNetworkIn"}}`,
			"aws-target", "ASGAverageNetworkIn is not measured here"},
		{"a step policy alone never goes in", out, "aws-step:adjust=change,steps=0../+2,in_steps=..0/0", "there is no policy that goes in: it never does"},
		{"and does not know its alarm", out, "aws-step:adjust=change,steps=0../+2,in_steps=..0/0", "the alarm that calls it is not in the manifest: it runs with upper=60%"},
		{"out, in and their alarms belong together", "[" + out + "," + in + `,{"ComparisonOperator":"GreaterThanThreshold","MetricName":"CPUUtilization","Period":120,"EvaluationPeriods":3,"Threshold":75},
			{"ComparisonOperator":"LessThanThreshold","MetricName":"CPUUtilization","Period":120,"EvaluationPeriods":3,"Threshold":20}]`,
			"aws-step:metric=cpu,points=3,resolution=2m0s,upper=75%,lower=20%,adjust=change,steps=0../+2,in_steps=..0/-1", ""},
		{"requests are counted in a period", "[" + out + `,{"ComparisonOperator":"GreaterThanThreshold","MetricName":"RequestCountPerTarget","Period":60,"EvaluationPeriods":1,"Threshold":1200}]`,
			"aws-step:metric=rps,points=1,resolution=1m0s,upper=20,adjust=change,steps=0../+2,in_steps=..0/0", ""},
		{"simple scaling is the type when none is said", `{"AutoScalingGroupName":"g","PolicyName":"p","AdjustmentType":"PercentChangeInCapacity","ScalingAdjustment":50,"MinAdjustmentMagnitude":2,"Cooldown":120}`,
			"aws-simple:adjust=percent,min_change=2,cooldown=2m0s,out=50,in=0", "no policy that goes in"},
		{"policies of another type are passed over", "[" + out + `,{"PolicyName":"t","PolicyType":"TargetTrackingScaling","TargetTrackingConfiguration":{}}]`,
			"aws-step:adjust=change,steps=0../+2,in_steps=..0/0", "policy t is passed over"},
	} {
		m, err := manifest.Read("web", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
			continue
		}
		if notes := strings.Join(m.Notes, "\n"); !strings.Contains(notes, c.note) {
			t.Errorf("%s: notes %q, want one with %q", c.says, notes, c.note)
		}
		// the order of knobs is no matter: compare what they make
		_, got, err := policy.Parse(m.Spec.String())
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
			continue
		}
		_, want, err := policy.Parse(c.spec)
		if err != nil {
			t.Fatalf("%s: %v", c.says, err)
		}
		if g, w := lab.SpecOf(m.Spec.Kind, got).String(), lab.SpecOf(strings.Split(c.spec, ":")[0], want).String(); g != w {
			t.Errorf("%s:\n got %s\nwant %s", c.says, g, w)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		says, text string
		limited    bool
		want       lab.Limits
		note       string
	}{
		{"an HPA has at least one", hpa(""), true, lab.Limits{Min: 1, Max: 8}, ""},
		{"an HPA may start at zero", hpa("minReplicas: 0"), true, lab.Limits{Min: 0, Max: 8}, ""},
		{"a ScaledObject goes to zero", keda(requests), true, lab.Limits{Min: 0, Max: 100}, ""},
		{"one of CPU alone does not", keda("triggers: [{type: cpu, metricType: Utilization, metadata: {value: '60'}}]"), true, lab.Limits{Min: 1, Max: 100}, ""},
		{"the lab has no more than it can start", keda("maxReplicaCount: 5000\n" + requests), true, lab.Limits{Min: 0, Max: lab.MaxInstances}, "at most 100 instances"},
		{"AWS has them in the group", out, false, lab.Limits{}, ""},
	} {
		m, err := manifest.Read("web", []byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", c.says, err)
		}
		if m.Limited != c.limited || m.Limits != c.want || !strings.Contains(strings.Join(m.Notes, "\n"), c.note) {
			t.Errorf("%s: got %v %v %q", c.says, m.Limited, m.Limits, m.Notes)
		}
	}
}

func TestBroken(t *testing.T) {
	for _, c := range []struct{ says, text, want string }{
		{"nothing", "", `web: "empty": want a HorizontalPodAutoscaler`},
		{"comments alone", "# nothing\n---\n", `web: "empty"`},
		{"another kind", "kind: Deployment", `web: "kind: Deployment"`},
		{"a list of nothing", "[]", `web: "empty"`},
		{"a scalar", "hello", "no manifest of a known kind"},
		{"YAML that ends too early", "a: [1,\nb", "web:"},
		{"a tab", "kind: HorizontalPodAutoscaler\n\tspec: 1", "web:2: "},
		{"a key that is there twice", hpa("minReplicas: 1\nminReplicas: 2"), `web:8: minReplicas: "minReplicas": want each key once`},
		{"an older version", strings.Replace(hpa(""), "v2", "v1", 1), `web:1: apiVersion: "autoscaling/v1": want autoscaling/v2`},
		{"a misspelt field", hpa("behaviour: {}"), `web:7: spec: "behaviour": want one of scaleTargetRef, minReplicas, maxReplicas, metrics, behavior (did you mean "behavior"?)`},
		{"a misspelt field deep inside", hpa("behavior:\n  scaleDown:\n    stabilisationWindowSeconds: 3"), `web:9: spec.behavior.scaleDown: "stabilisationWindowSeconds": want one of stabilizationWindowSeconds, selectPolicy, policies, tolerance (did you mean "stabilizationWindowSeconds"?)`},
		{"no most", strings.Replace(hpa(""), "  maxReplicas: 8\n", "", 1), "spec.maxReplicas"},
		{"least above most", hpa("minReplicas: 9"), `web:7: spec.minReplicas: "9": want at most maxReplicas, which is 8`},
		{"a number that is a text", hpa("minReplicas: '2'"), `web:7: spec.minReplicas: "2": want a whole number`},
		{"no target to scale", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {maxReplicas: 3}", "spec.scaleTargetRef"},
		{"no spec", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler", "spec: \"\": want a HorizontalPodAutoscaler's spec; it is missing"},
		{"a window of more than an hour", hpa("behavior: {scaleUp: {stabilizationWindowSeconds: 3601}}"), `web:7: spec.behavior.scaleUp.stabilizationWindowSeconds: "3601": want a whole number, 0 to 3600`},
		{"a rule over more than half an hour", hpa("behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 1801}]}}"), `policies[0].periodSeconds: "1801": want a whole number, 1 to 1800`},
		{"a rule of nothing", hpa("behavior: {scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 15}]}}"), `policies[0].value: "0": want a whole number, 1 or more`},
		{"a rule of another type", hpa("behavior: {scaleUp: {policies: [{type: Pod, value: 1, periodSeconds: 15}]}}"), `"Pod": want one of Pods, Percent (did you mean "Pods"?)`},
		{"no rule in the list", hpa("behavior: {scaleUp: {policies: []}}"), "at least one policy"},
		{"a choice in small letters", hpa("behavior: {scaleUp: {selectPolicy: max}}"), `(did you mean "Max"?)`},
		{"a tolerance below zero", hpa("behavior: {scaleUp: {tolerance: -1}}"), `tolerance: "-1": want a quantity, 0 or more`},
		{"a metric without a type", metric("{resource: {name: cpu}}"), "spec.metrics[0].type"},
		{"a metric of another type than it says", metric("{type: Pods, resource: {name: cpu}}"), "spec.metrics[0].pods"},
		{"a metric without a target", metric("{type: Resource, resource: {name: cpu}}"), "spec.metrics[0].resource.target"},
		{"a target of another kind than it says", metric("{type: Resource, resource: {name: cpu, target: {type: Utilization, averageValue: 1}}}"), "spec.metrics[0].resource.target"},
		{"a quantity that is none", metric("{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 5q}}}"), `web:8: spec.metrics[0].pods.target.averageValue: "5q": want a quantity above 0`},
		{"metrics that are no list", hpa("metrics: {}"), `spec.metrics: "a mapping": want a list`},
		{"control characters", hpa("metrics: \"a\\x1b[2Jb\""), `spec.metrics: "ab": want a list`},
		{"an unknown trigger field", keda(requests + "\n  threshold: 5"), `"threshold": want one of type, name, metadata`},
		{"no triggers", keda("minReplicaCount: 1"), "spec.triggers"},
		{"a trigger without a target", keda("triggers: [{type: prometheus, metadata: {query: http_requests}}]"), "spec.triggers[0].metadata.threshold"},
		{"a trigger whose target is a word", keda("triggers: [{type: prometheus, metadata: {query: http_requests, threshold: many}}]"), `spec.triggers[0].metadata.threshold: "many": want a number`},
		{"steps that overlap", strings.Replace(out, `"ScalingAdjustment":2}`, `"MetricIntervalUpperBound":10,"ScalingAdjustment":2},{"MetricIntervalLowerBound":5,"ScalingAdjustment":3}`, 1), "0..10/+2 and 5../+3"},
		{"steps with a gap", strings.Replace(out, `"ScalingAdjustment":2}`, `"MetricIntervalUpperBound":10,"ScalingAdjustment":2},{"MetricIntervalLowerBound":20,"ScalingAdjustment":3}`, 1), "0..10/+2 and 20../+3"},
		{"an unknown adjustment", strings.Replace(out, "ChangeInCapacity", "Change", 1), "want one of ChangeInCapacity"},
		{"an unknown field of AWS", strings.Replace(out, "PolicyName", "Policyname", 1), `did you mean "PolicyName"?`},
		{"prediction", `{"PolicyType":"PredictiveScaling"}`, "the lab does not predict"},
		{"target tracking of nothing", `{"TargetValue":40}`, "what is measured; it is missing"},
		{"a target of zero", `{"TargetValue":0,"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageCPUUtilization"}}`, `TargetValue: "0": want a number above 0`},
		{"an alarm alone", `{"ComparisonOperator":"LessThanThreshold"}`, "a scaling policy beside the alarms"},
		{"lower above upper", "[" + out + "," + in + `,{"ComparisonOperator":"LessThanThreshold","MetricName":"CPUUtilization","Period":60,"EvaluationPeriods":3,"Threshold":70}]`, "want less than upper"},
	} {
		_, err := manifest.Read("web", []byte(c.text))
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.says, err, c.want)
		}
	}
	if _, err := manifest.Read("web", make([]byte, manifest.MaxSize+1)); err == nil || !strings.Contains(err.Error(), "at most 1 MB") {
		t.Errorf("more than 1 MB: got %v", err)
	}
}

// samples are the manifests of testdata, by name.
func samples(t testing.TB) map[string][]byte {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = b
	}
	return all
}
