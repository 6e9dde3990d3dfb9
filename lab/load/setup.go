package load

import (
	"slices"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// shape is a profile with knobs.
type shape interface {
	profile() lab.Profile         // as it is turned now; later turns do not reach it
	panel(m lab.Model) lab.Panel  // its dials
	levelKnob(m lab.Model) string // which of them is the level; "" if none is
	clone() shape
}

// shapes is every shape there is.
var shapes = []struct {
	name, help string
	models     []lab.Model
	make       func(lab.Model) shape
}{
	{"constant", "the same all the time", []lab.Model{lab.Open, lab.Closed}, newConstant},
	{"none", "sends nothing, and measures what others send to the balancer", []lab.Model{lab.Open}, newSilent},
}

// closedPrefix before a shape makes its level the number of threads.
const closedPrefix = "closed/"

// Kind is a load that Parse knows.
type Kind struct {
	Name  string // as Parse takes it and Setup.Kind gives it: "constant", "closed/constant", "none"
	Help  string // one line
	Model lab.Model
}

// Kinds is every load that Parse knows, open ones first.
func Kinds() []Kind {
	var out []Kind
	for _, m := range []lab.Model{lab.Open, lab.Closed} {
		for _, s := range shapes {
			if slices.Contains(s.models, m) {
				out = append(out, Kind{kindName(s.name, m), s.help, m})
			}
		}
	}
	return out
}

func kindName(shape string, m lab.Model) string {
	if m == lab.Closed {
		return closedPrefix + shape
	}
	return shape
}

// Defaults is what a load's spec does not say.
type Defaults struct {
	Seed        uint64        // of Poisson arrivals
	Timeout     time.Duration // of one request
	MaxInFlight int
}

// Setup is a load that can be turned: lab.Tunable over a shape. It is not safe
// for concurrent use; what Load gives is.
type Setup struct {
	name     string // of the shape
	model    lab.Model
	shape    shape
	spacing  string
	think    time.Duration
	seed     float64 // a whole number up to maxSeed
	defaults Defaults
}

// maxSeed is the greatest seed that a knob can hold.
const maxSeed = 1 << 53

// Parse reads a load as users spell it: "constant:rate=15,spacing=poisson",
// "closed/constant:threads=20" or "closed:threads=20" for short, "none". A
// mistake is a *lab.InputError, with the nearest right name if one is near.
func Parse(text string, d Defaults) (*Setup, error) {
	spec, err := lab.ParseSpec("load", text)
	if err != nil {
		return nil, err
	}
	if spec.Kind == "closed" {
		spec.Kind = closedPrefix + "constant"
	}
	s := &Setup{name: spec.Kind, spacing: lab.Even.String(), seed: float64(d.Seed % maxSeed), defaults: d}
	if name, closed := strings.CutPrefix(spec.Kind, closedPrefix); closed {
		s.name, s.model = name, lab.Closed
	}
	for _, row := range shapes {
		if row.name == s.name && slices.Contains(row.models, s.model) {
			s.shape = row.make(s.model)
		}
	}
	if s.shape == nil {
		names := []string{"closed"}
		for _, k := range Kinds() {
			names = append(names, k.Name)
		}
		return nil, lab.NotOneOf("load", spec.Kind, names)
	}
	if err := lab.Configure(s, spec); err != nil {
		return nil, err
	}
	return s, nil
}

// Kind is "constant", "closed/constant", "none" …
func (s *Setup) Kind() string { return kindName(s.name, s.model) }

// Model tells whether the load's level is requests/s or threads.
func (s *Setup) Model() lab.Model { return s.model }

// LevelKnob is the name of the knob that sets the level; "" if there is none.
func (s *Setup) LevelKnob() string { return s.shape.levelKnob(s.model) }

// Spec spells the load with all its knobs, as Parse reads it.
func (s *Setup) Spec() string { return lab.SpecOf(s.Kind(), s).String() }

// Knobs is what can be turned.
func (s *Setup) Knobs() []lab.Knob { return s.panel().Knobs() }

// Set turns one of the Knobs. It does not change a Load given before.
func (s *Setup) Set(name, text string) error { return s.panel().Set(name, text) }

func (s *Setup) panel() lab.Panel {
	p := s.shape.panel(s.model)
	switch {
	case s.LevelKnob() == "":
		return p
	case s.model == lab.Closed:
		return append(p, lab.DialDuration(lab.Knob{Name: "think", Label: "think", Help: "a thread's pause between answer and next request", Max: 600, Step: 0.1}, &s.think))
	}
	p = append(p, lab.DialChoice(lab.Knob{Name: "spacing", Label: "spacing", Help: "how the requests lie in time: evenly, or independent of one another", Choices: []string{lab.Even.String(), lab.Poisson.String()}}, &s.spacing))
	if s.spacing == lab.Poisson.String() {
		p = append(p, lab.DialFloat(lab.Knob{Name: "seed", Label: "seed", Help: "the same seed gives the same moments", Max: maxSeed, Step: 1, Whole: true}, &s.seed))
	}
	return p
}

// Load is the load as it is turned now.
func (s *Setup) Load() lab.Load {
	l := lab.Load{Model: s.model, Shape: s.shape.profile(), Seed: uint64(s.seed), Think: s.think, Timeout: s.defaults.Timeout, MaxInFlight: s.defaults.MaxInFlight}
	if s.spacing == lab.Poisson.String() {
		l.Spacing = lab.Poisson
	}
	return l
}

// Clone is a Setup of its own, turned the same.
func (s *Setup) Clone() *Setup {
	c := *s
	c.shape = s.shape.clone()
	return &c
}

// levelDial is the dial of a level in the model's unit.
func levelDial(m lab.Model, v *float64) lab.Dial {
	if m == lab.Closed {
		return lab.DialFloat(lab.Knob{Name: levelName(m), Label: "threads", Help: "each sends its next request when its last has come back", Max: 10000, Step: 1, Whole: true}, v)
	}
	return lab.DialFloat(lab.Knob{Name: levelName(m), Label: "rate", Unit: "/s", Help: "requests a second, whether or not answers come back", Max: 100000, Step: 5}, v)
}

func levelName(m lab.Model) string {
	if m == lab.Closed {
		return "threads"
	}
	return "rate"
}
