package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// awsCase is a case of testdata/aws_step_cases.json, whose schema explains it.
type awsCase struct {
	ID, Case, Group string
	Policy          struct {
		Type  string  `json:"adjustment_type"`
		Least float64 `json:"min_adjustment_magnitude"`
		Steps []struct {
			Lower, Upper *float64
			Adjustment   float64
		}
	}
	Threshold float64 `json:"alarm_threshold"`
	Metric    float64
	Current   float64 `json:"current_capacity"`
	Expect    float64
}

func (c *awsCase) table() Steps {
	var t Steps
	for _, s := range c.Policy.Steps {
		step := Step{math.Inf(-1), math.Inf(1), int(s.Adjustment)}
		if s.Lower != nil {
			step.Lower = *s.Lower
		}
		if s.Upper != nil {
			step.Upper = *s.Upper
		}
		t = append(t, step)
	}
	return t
}

func (c *awsCase) how() string {
	return map[string]string{"ChangeInCapacity": byChange, "ExactCapacity": byExact, "PercentChangeInCapacity": byPercent}[c.Policy.Type]
}

// paper is the case by table and adjustment alone.
func (c *awsCase) paper() int {
	step, ok := c.table().Find(c.Metric - c.Threshold)
	if !ok {
		return int(c.Current)
	}
	return Adjust(c.how(), step.Change, int(c.Current), int(c.Policy.Least))
}

// whole is the case by the policy with its alarms, where such a group can be
// had: instances that measure the metric as CPU, and a table of one side.
func (c *awsCase) whole() (int, bool) {
	a := NewStepScaling()
	a.steps, a.inSteps, a.how, a.least, a.points, a.resolution, a.warm = nil, nil, c.how(), int(c.Policy.Least), 1, time.Second, stage.Warmup{}
	a.bands.Metric = "system-cpu" // the mean of many would not be the figure to the last bit
	*a.bands.Band() = stage.Band{Upper: math.Inf(1), Lower: math.Inf(-1)}
	for _, s := range c.table() {
		switch {
		case s.Lower >= 0:
			a.steps = append(a.steps, s)
			a.bands.Band().Upper = c.Threshold / 100
		case s.Upper <= 0:
			a.inSteps = append(a.inSteps, s)
			a.bands.Band().Lower = c.Threshold / 100
		default:
			return 0, false
		}
	}
	if c.Current <= 0 {
		return 0, false
	}
	s := lab.Sample{At: time.Second, Span: time.Second, Desired: int(c.Current), Limits: lab.Limits{Max: 1 << 30}}
	for range int(c.Current) {
		s.Instances = append(s.Instances, lab.Instance{State: lab.Ready})
	}
	s.System = lab.Known(c.Metric/100, s.At, s.Span)
	return a.Decide(s).Desired, true
}

// The figures of the documentation, and those of every file of their schema in
// the folder that AUTOSCALE_LAB_CASES names.
func TestStepCases(t *testing.T) {
	files := []string{filepath.Join("testdata", "aws_step_cases.json")}
	if dir := os.Getenv("AUTOSCALE_LAB_CASES"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte(`"adjustment_type"`)) {
			continue // of another policy
		}
		var all struct{ Cases []awsCase }
		if err := json.Unmarshal(data, &all); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		passed, total, proven := map[string]int{}, map[string]int{}, 0
		for _, c := range all.Cases {
			group := c.Group
			if group == "" {
				group = "step"
			}
			total[group]++
			got := c.paper()
			if live, ok := c.whole(); ok && live != got {
				t.Errorf("%s, %s: by the table %d, by the policy %d", c.ID, c.Case, got, live)
			} else if float64(got) != c.Expect {
				t.Errorf("%s, %s: %d, want %v", c.ID, c.Case, got, c.Expect)
			} else {
				passed[group]++
				proven++
			}
		}
		if strings.HasPrefix(file, "testdata") && proven != Proven {
			t.Errorf("%d cases pass, the badge says %d", proven, Proven)
		}
		for _, group := range slices.Sorted(maps.Keys(total)) {
			fmt.Printf("%s %s: %d of %d\n", filepath.Base(file), group, passed[group], total[group])
		}
	}
}
