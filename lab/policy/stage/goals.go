package stage

import (
	"slices"
	"strings"

	"autoscale-lab/lab"
)

// Goal is a metric and its target.
type Goal struct {
	Signal *Signal
	Target float64
}

// SpellGoals spells goals as "cpu/60%|rps/30".
func SpellGoals(goals []Goal) string {
	var out []string
	for i := range goals {
		k := goals[i].Signal.Dial("", "", &goals[i].Target)
		out = append(out, goals[i].Signal.Name+"/"+k.Spec())
	}
	return strings.Join(out, "|")
}

// ParseGoals reads them; an error is a *lab.InputError of that field.
func ParseGoals(field, text string) ([]Goal, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var out []Goal
	for part := range strings.SplitSeq(text, "|") {
		part = strings.TrimSpace(part)
		cut := strings.IndexAny(part, "/:=")
		if cut < 0 {
			return nil, &lab.InputError{Field: field, Value: part, Want: "metric/target, as cpu/60% or rps/30"}
		}
		name := strings.TrimSpace(part[:cut])
		if !slices.Contains(SignalNames(), name) {
			return nil, lab.NotOneOf(field, name, SignalNames())
		}
		g := Goal{Signal: SignalOf(name)}
		k := g.Signal.Dial(field, "", &g.Target).Knob
		k.Min = max(k.Min, 0.001)
		k, err := k.Parse(part[cut+1:])
		if err != nil {
			return nil, err
		}
		g.Target = k.Value
		for _, o := range out {
			if o.Signal == g.Signal {
				return nil, &lab.InputError{Field: field, Value: text, Want: "each metric once; " + name + " is there twice"}
			}
		}
		out = append(out, g)
	}
	return out, nil
}
