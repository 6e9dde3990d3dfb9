package lab

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// KnobKind is what a knob's value is.
type KnobKind uint8

const (
	Number   KnobKind = iota // Value in Unit
	Percent                  // Value is a ratio 0..1, shown in percent
	Duration                 // Value in seconds, shown in Unit (s or ms)
	Choice                   // Text, one of Choices
	Toggle                   // Text, on or off
	Text                     // Text, free
	Table                    // Text, a list in a compact spelling
)

// Applies tells whom a change reaches.
type Applies uint8

const (
	AppliesNow   Applies = iota
	AppliesToNew         // only instances started from now on
)

// Knob is one thing that can be set: its name, its value, its range. It is
// data; a Tunable gives its knobs and takes their texts.
type Knob struct {
	Name, Label, Unit, Help string
	Kind                    KnobKind
	Value, Min, Max, Step   float64
	Whole                   bool // a Number without fraction
	Text                    string
	Choices                 []string
	Applies                 Applies
}

// Tunable is anything with knobs. Text is the one way in: Set serves the
// slider, the flag, the file, the palette and undo. It reports an *InputError
// and then has changed nothing.
type Tunable interface {
	Knobs() []Knob
	Set(name, text string) error
}

// Checker is a Tunable whose knobs must also agree with one another, such as
// lower < upper.
type Checker interface{ Check() error }

// Turn sets one knob of t and checks that all agree; on an error nothing has
// changed.
func Turn(t Tunable, name, text string) error {
	before := t.Knobs()
	if err := t.Set(name, text); err != nil {
		return err
	}
	c, ok := t.(Checker)
	if !ok {
		return nil
	}
	err := c.Check()
	if err != nil {
		if k, ok := Find(before, name); ok {
			t.Set(name, k.Spec()) // was valid a moment ago
		}
	}
	return err
}

// Configure sets knobs of t, in whatever order they are given: choices first,
// since they may decide which other knobs there are and what they mean. Then it
// checks that all agree. Errors name the field as kind.knob.
func Configure(t Tunable, spec Spec) error {
	left := spec.Settings
	for again := true; again; {
		var others []Setting
		for _, s := range left {
			if k, ok := Find(t.Knobs(), s.Name); !ok || k.Kind != Choice {
				others = append(others, s)
			} else if err := t.Set(s.Name, s.Text); err != nil {
				return within(spec.Kind, err)
			}
		}
		again = len(others) < len(left) // a choice may have brought others
		left = others
	}
	for _, s := range left {
		if err := t.Set(s.Name, s.Text); err != nil {
			return within(spec.Kind, err)
		}
	}
	if c, ok := t.(Checker); ok {
		return within(spec.Kind, c.Check())
	}
	return nil
}

func within(kind string, err error) error {
	if e, ok := err.(*InputError); ok {
		e := *e
		e.Field = kind + "." + e.Field
		return &e
	}
	return err
}

// Find is the knob of that name.
func Find(knobs []Knob, name string) (Knob, bool) {
	for _, k := range knobs {
		if k.Name == name {
			return k, true
		}
	}
	return Knob{}, false
}

// Parse is the knob with the value that text says: "40%", "40", "3s", "1m30s",
// "on", "rps". A bare number is in the knob's own unit.
func (k Knob) Parse(text string) (Knob, error) {
	bad := &InputError{Field: k.Name, Value: text, Want: k.Range()}
	t := strings.TrimSpace(text)
	switch k.Kind {
	case Text, Table:
		k.Text = t
		return k, nil
	case Toggle:
		switch strings.ToLower(t) {
		case "on", "true", "yes", "1":
			k.Text = "on"
		case "off", "false", "no", "0":
			k.Text = "off"
		default:
			return k, bad
		}
		return k, nil
	case Choice:
		for _, c := range k.Choices {
			if strings.EqualFold(c, t) {
				k.Text = c
				return k, nil
			}
		}
		bad.Near = Nearest(t, k.Choices)
		return k, bad
	}
	v, ok := k.number(strings.ReplaceAll(t, " ", ""))
	if !ok || math.IsNaN(v) || v < k.Min-1e-12 || v > k.Max+1e-12 {
		return k, bad
	}
	k.Value = max(k.Min, min(v, k.Max))
	return k, nil
}

func (k Knob) number(t string) (float64, bool) {
	switch k.Kind {
	case Percent:
		v, err := strconv.ParseFloat(strings.TrimSuffix(t, "%"), 64)
		return v / 100, err == nil
	case Duration:
		if v, err := strconv.ParseFloat(t, 64); err == nil {
			return v * k.scale(), true
		}
		d, err := time.ParseDuration(t)
		return d.Seconds(), err == nil
	}
	t = strings.TrimSuffix(t, k.Unit)
	v, err := strconv.ParseFloat(t, 64)
	if k.Whole && v != math.Trunc(v) {
		return v, false
	}
	return v, err == nil
}

// scale is the length of a Duration knob's unit in seconds.
func (k Knob) scale() float64 {
	if k.Unit == "ms" {
		return 1e-3
	}
	return 1
}

// Spec is the value as Parse takes it and specs spell it: "35%", "3s".
func (k Knob) Spec() string { return k.text(k.Value, "") }

// Show is the value as people read it: "35 %", "3 s".
func (k Knob) Show() string { return k.text(k.Value, " ") }

func (k Knob) text(v float64, gap string) string {
	switch k.Kind {
	case Percent:
		return trim(v*100) + gap + "%"
	case Duration:
		if d := time.Duration(math.Round(v * 1e9)); gap == "" {
			return d.String()
		}
		return trim(v/k.scale()) + gap + k.Unit
	case Number:
		if gap != "" && k.Unit != "" {
			return trim(v) + gap + k.Unit
		}
		return trim(v)
	}
	return k.Text
}

// trim spells v with as few digits as tell it apart at nine.
func trim(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e9)/1e9, 'f', -1, 64)
}

// Range says in words what is allowed: "1 % to 100 %", "one of cpu, rps".
func (k Knob) Range() string {
	switch k.Kind {
	case Choice:
		return "one of " + strings.Join(k.Choices, ", ")
	case Toggle:
		return "on or off"
	case Text, Table:
		return "text"
	}
	s := k.text(k.Min, " ") + " to " + k.text(k.Max, " ")
	if k.Whole {
		s = "a whole number, " + s
	}
	return s
}

// Turned is the text of the value that many steps away: within the range;
// choices and toggles go round.
func (k Knob) Turned(steps int) string {
	switch k.Kind {
	case Toggle:
		if (k.Text == "on") == (steps%2 == 0) {
			return "on"
		}
		return "off"
	case Choice:
		n := len(k.Choices)
		for i, c := range k.Choices {
			if c == k.Text {
				return k.Choices[((i+steps)%n+n)%n]
			}
		}
		return k.Text
	case Text, Table:
		return k.Text
	}
	return k.text(max(k.Min, min(k.Value+float64(steps)*k.Step, k.Max)), "")
}

// Dial binds a knob to the variable it turns.
type Dial struct {
	Knob
	put func(Knob) error
}

// Panel is the dials of one Tunable, which returns it anew at each call and so
// gets Knobs and Set from it.
type Panel []Dial

// Knobs is the panel as data.
func (p Panel) Knobs() []Knob {
	out := make([]Knob, len(p))
	for i, d := range p {
		out[i] = d.Knob
	}
	return out
}

// Set parses the text and turns the dial of that name.
func (p Panel) Set(name, text string) error {
	names := make([]string, len(p))
	for i, d := range p {
		if d.Name != name {
			names[i] = d.Name
			continue
		}
		k, err := d.Parse(text)
		if err != nil {
			return err
		}
		return d.put(k)
	}
	return &InputError{Field: name, Value: text, Want: "a knob: one of " + strings.Join(names, ", "), Near: Nearest(name, names)}
}

// DialInt, and its siblings below, bind a variable; the Knob gives names,
// range and step, and the variable the value.
func DialInt(k Knob, v *int) Dial {
	k.Kind, k.Whole, k.Value, k.Step = Number, true, float64(*v), max(1, k.Step)
	return Dial{k, func(k Knob) error { *v = int(k.Value); return nil }}
}

// DialFloat binds a number, a ratio or seconds, as the knob's Kind says.
func DialFloat(k Knob, v *float64) Dial {
	k.Value = *v
	return Dial{k, func(k Knob) error { *v = k.Value; return nil }}
}

// DialDuration binds a time; Min, Max and Step are in seconds.
func DialDuration(k Knob, v *time.Duration) Dial {
	k.Kind, k.Value = Duration, v.Seconds()
	if k.Unit == "" {
		k.Unit = "s"
	}
	return Dial{k, func(k Knob) error { *v = time.Duration(math.Round(k.Value * 1e9)); return nil }}
}

// DialChoice binds one of the knob's Choices.
func DialChoice(k Knob, v *string) Dial {
	k.Kind, k.Text = Choice, *v
	return Dial{k, func(k Knob) error { *v = k.Text; return nil }}
}

// DialToggle binds a switch.
func DialToggle(k Knob, v *bool) Dial {
	k.Kind, k.Text = Toggle, OnOffText(*v)
	return Dial{k, func(k Knob) error { *v = k.Text == "on"; return nil }}
}

// DialTable binds a list in its compact spelling, which put reads; on an error
// it has changed nothing.
func DialTable(k Knob, text string, put func(text string) error) Dial {
	k.Kind, k.Text = Table, text
	return Dial{k, func(k Knob) error { return put(k.Text) }}
}

// DialText binds a text, which put takes; on an error it has changed nothing.
func DialText(k Knob, put func(text string) error) Dial {
	k.Kind = Text
	return Dial{k, func(k Knob) error { return put(k.Text) }}
}

// OnOff reads a switch as text.
func OnOff(field, text string) (bool, error) {
	k, err := Knob{Name: field, Kind: Toggle}.Parse(text)
	return k.Text == "on", err
}

// OnOffText spells it.
func OnOffText(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
