package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"autoscale-lab/lab/policy"
	"autoscale-lab/ui/cli/shell"
)

func TestEveryPolicyIsListedWithAllItsKnobs(t *testing.T) {
	_, text, _ := invoke(t.Context(), t, shell.Stdio{}, fakeDeps(), "policies")
	_, coded, _ := invoke(t.Context(), t, shell.Stdio{}, fakeDeps(), "policies", "--json")
	var all []kindJSON
	if err := json.Unmarshal([]byte(coded), &all); err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(text, "\n\n")
	if len(all) != len(policy.Kinds()) || len(sections) != len(all) || len(all) < 12 {
		t.Fatalf("%d kinds in JSON, %d in the text, %d there are", len(all), len(sections), len(policy.Kinds()))
	}
	for i, k := range policy.Kinds() {
		lines := strings.Split(strings.TrimSpace(sections[i]), "\n")
		knobs := k.New().Knobs()
		if !strings.HasPrefix(lines[0], k.Name+"  ") || len(lines) != 2+len(knobs) || len(all[i].Knobs) != len(knobs) {
			t.Errorf("%s: %d lines for %d knobs", k.Name, len(lines), len(knobs))
			continue
		}
		for j, n := range knobs {
			l := lines[2+j]
			if fields := strings.Fields(l); fields[0] != n.Name || !strings.Contains(l, n.Spec()) || !strings.HasSuffix(l, n.Help) || n.Help == "" {
				t.Errorf("%s.%s: %q", k.Name, n.Name, l)
			}
			if got := all[i].Knobs[j]; got.Name != n.Name || got.Default != n.Spec() || got.Range == "" || got.Kind == "" {
				t.Errorf("%s.%s: %+v", k.Name, n.Name, got)
			}
		}
		for _, paced := range []string{"period", "metric_age", "resolution"} {
			if k.Name != "schedule" && !strings.Contains(sections[i], "\n  "+paced+" ") {
				t.Errorf("%s has no %s", k.Name, paced)
			}
		}
	}
}
