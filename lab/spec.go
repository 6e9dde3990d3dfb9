package lab

import (
	"strconv"
	"strings"
)

// Spec is a kind with settings, as users spell it: kind:knob=value,knob=value.
// A value that has a comma in it is put in double quotes as a whole:
// exec:command="python3 policy.py --hosts a,b",timeout=500ms. An empty value is
// "", or nothing; whether it may be empty is the knob's to say.
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
	for more = true; more; {
		var part string
		part, rest, more = cutSetting(rest)
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" {
			return s, &InputError{Field: field, Value: strings.TrimSpace(part), Want: "knob=value"}
		}
		if whole, err := strconv.Unquote(value); err == nil && value[0] == '"' {
			value = whole
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

// cutSetting cuts off the first knob=value.
func cutSetting(s string) (part, rest string, more bool) {
	_, value, _ := strings.Cut(s, "=")
	value = strings.TrimLeft(value, " ")
	if quoted, err := strconv.QuotedPrefix(value); err == nil && quoted[0] == '"' && !strings.Contains(s[:len(s)-len(value)], ",") {
		end := len(s) - len(value) + len(quoted)
		part, rest, more = strings.Cut(s[end:], ",")
		return s[:end] + part, rest, more
	}
	return strings.Cut(s, ",")
}

// String spells the spec as ParseSpec reads it.
func (s Spec) String() string {
	var b strings.Builder
	b.WriteString(s.Kind)
	for i, set := range s.Settings {
		b.WriteByte(",:"[btoi(i == 0)])
		text := set.Text
		if text == "" || strings.Contains(text, ",") || strings.HasPrefix(text, `"`) || text != strings.TrimSpace(text) {
			text = strconv.Quote(text)
		}
		b.WriteString(set.Name + "=" + text)
	}
	return b.String()
}

// WithKnob is a spec with one of its knobs set.
func WithKnob(spec, name, text string) string {
	s, err := ParseSpec("", spec)
	if err != nil {
		return spec + "," + name + "=" + text
	}
	for i := range s.Settings {
		if s.Settings[i].Name == name {
			s.Settings[i].Text = text
			return s.String()
		}
	}
	s.Settings = append(s.Settings, Setting{name, text})
	return s.String()
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
