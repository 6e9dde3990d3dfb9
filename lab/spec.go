package lab

import "strings"

// Spec is a kind with settings, as users spell it: kind:knob=value,knob=value.
type Spec struct {
	Kind     string
	Settings []Setting
}

// Setting is a knob's name and the text it is set to.
type Setting struct{ Name, Text string }

// ParseSpec reads "threshold:upper=40,lower=20,cooldown=5s".
func ParseSpec(field, text string) (Spec, error) {
	kind, rest, more := strings.Cut(strings.TrimSpace(text), ":")
	s := Spec{Kind: strings.TrimSpace(kind)}
	if s.Kind == "" {
		return s, &InputError{Field: field, Value: text, Want: "kind:knob=value,knob=value"}
	}
	if !more || strings.TrimSpace(rest) == "" {
		return s, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || value == "" {
			return s, &InputError{Field: field, Value: strings.TrimSpace(part), Want: "knob=value"}
		}
		for _, before := range s.Settings {
			if before.Name == name {
				return s, &InputError{Field: field, Value: strings.TrimSpace(part), Want: name + " once"}
			}
		}
		s.Settings = append(s.Settings, Setting{name, value})
	}
	return s, nil
}

// String spells the spec as ParseSpec reads it.
func (s Spec) String() string {
	var b strings.Builder
	b.WriteString(s.Kind)
	for i, set := range s.Settings {
		b.WriteByte(",:"[btoi(i == 0)])
		b.WriteString(set.Name + "=" + set.Text)
	}
	return b.String()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// SpecOf spells a Tunable with all its knobs.
func SpecOf(kind string, t Tunable) Spec {
	s := Spec{Kind: kind}
	for _, k := range t.Knobs() {
		if text := k.Spec(); text != "" {
			s.Settings = append(s.Settings, Setting{k.Name, text})
		}
	}
	return s
}
