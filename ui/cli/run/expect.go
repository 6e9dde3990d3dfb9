package run

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/show"
)

// expectation is a condition on a path into a run's JSON: latency_ms.p95<200.
type expectation struct{ path, op, want string }

var operators = []string{"<=", ">=", "==", "!=", "<", ">", "="} // the longer first

// parseExpect reads an expectation and finds out, before anything is started,
// whether a run made from e will have such a path.
func parseExpect(text string, e lab.Experiment) (expectation, error) {
	bad := func(want string) error { return &lab.InputError{Field: "--expect", Value: text, Want: want} }
	var x expectation
	at := strings.IndexAny(text, "<>=!")
	if at < 0 {
		return x, bad("PATH<VALUE, with one of < <= > >= == !=")
	}
	for _, op := range operators {
		if strings.HasPrefix(text[at:], op) {
			x = expectation{strings.TrimSpace(text[:at]), op, strings.TrimSpace(text[at+len(op):])}
			break
		}
	}
	if x.op == "" || x.path == "" || x.want == "" {
		return x, bad("PATH<VALUE, with one of < <= > >= == !=")
	}
	if _, err := strconv.ParseFloat(x.want, 64); err != nil && strings.ContainsAny(x.op, "<>") {
		return x, bad("a number after " + x.op + ", in the unit that the path names")
	}
	paths := leaves(&lab.Run{Experiment: e})
	if _, ok := paths[x.path]; !ok {
		names := slices.Sorted(maps.Keys(paths))
		return x, &lab.InputError{Field: "--expect", Value: x.path, Want: "a path into the JSON of run --json, such as latency_ms.p95", Near: lab.Nearest(x.path, names)}
	}
	return x, nil
}

// failed says how the run differs from what was expected; "" if it does not.
func (x expectation) failed(r *lab.Run) string {
	v := leaves(r)[x.path]
	if !x.holds(v) {
		if v == nil {
			v = "not known"
		}
		return fmt.Sprintf("expected %s %s %s, found %v", x.path, x.op, x.want, v)
	}
	return ""
}

func (x expectation) holds(v any) bool {
	if v == nil {
		return false
	}
	want, err := strconv.ParseFloat(x.want, 64)
	got, number := v.(float64)
	if err != nil || !number {
		same := fmt.Sprint(v) == x.want
		return strings.HasPrefix(x.op, "=") && same || x.op == "!=" && !same
	}
	switch x.op {
	case "<":
		return got < want
	case "<=":
		return got <= want
	case ">":
		return got > want
	case ">=":
		return got >= want
	case "!=":
		return got != want
	}
	return got == want
}

// leaves are all values in the run's JSON by their dotted paths: float64,
// string, bool, or nil for what is not known. A cause that did not occur is 0.
func leaves(r *lab.Run) map[string]any {
	out := map[string]any{}
	for c := range lab.NCauses {
		out["requests.by_cause."+lab.Cause(c).String()] = 0.0
	}
	text, err := json.Marshal(show.RunOf(r))
	if err != nil {
		return out
	}
	var doc map[string]any
	json.Unmarshal(text, &doc) // just made by Marshal
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		m, ok := v.(map[string]any)
		if !ok {
			out[prefix] = v
			return
		}
		for k, v := range m {
			walk(strings.TrimPrefix(prefix+"."+k, "."), v)
		}
	}
	walk("", doc)
	return out
}
