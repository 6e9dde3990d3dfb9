package policy

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/policy/stage"
)

// tables are lists that knobs of their names may hold.
var tables = map[string][]string{
	"table":    {"0s/1..5|60s/3..5/4|120s/1..5", "10s/0..100/7", "5s/2..2|6s/9..9"},
	"steps":    {"0..10/+1|10../+3", "0..20/0|20..40/+50|40../+1000", "5../-3"},
	"in_steps": {"..0/-1", "..-20/-30|-20..-10/-10|-10..0/0", "..-1/+4"},
	"metrics":  {"cpu/60%|rps/30", "p95:100ms", "in-flight/0.5|system-cpu/80"},
	"up":       {"1pods/60s", "2pods/30s|50%/120s", "1000%/1s"},
	"down":     {"1pods/15s", "10%/60s|3pods/600s"},
}

// settings turns some knobs of a kind at random.
func settings(r *rand.Rand, t lab.Tunable) []lab.Setting {
	var out []lab.Setting
	for _, k := range t.Knobs() {
		if r.IntN(3) > 0 {
			continue
		}
		switch k.Kind {
		case lab.Choice:
			k.Text = k.Choices[r.IntN(len(k.Choices))]
		case lab.Toggle:
			k.Text = lab.OnOffText(r.IntN(2) == 0)
		case lab.Table, lab.Text:
			all := tables[k.Name]
			if len(all) == 0 {
				continue
			}
			k.Text = all[r.IntN(len(all))]
		default:
			if r.IntN(2) == 0 { // near where it stands
				k.Value = max(k.Min, min(k.Value*(0.5+r.Float64()), k.Max))
			} else {
				k.Value = k.Min + r.Float64()*(k.Max-k.Min)
			}
			if k.Whole {
				k.Value = math.Round(k.Value)
			}
		}
		out = append(out, lab.Setting{Name: k.Name, Text: k.Spec()})
	}
	return out
}

// wild is a sample of a group in whatever state.
func wild(r *rand.Rand, at time.Duration, span time.Duration, desired int, limits lab.Limits) lab.Sample {
	s := lab.Sample{At: at, Span: span, Gap: r.IntN(50) == 0, Desired: desired, Limits: limits}
	amount := func() float64 { return math.Exp(r.Float64()*20 - 10) }
	for i := range min(desired+r.IntN(3), 30) {
		in := lab.Instance{ID: string(rune('a' + i)), Num: i, State: lab.State(r.IntN(5)), Hung: r.IntN(20) == 0,
			Started: at - time.Duration(r.IntN(900))*time.Second, Size: 0.2}
		in.ReadySince = in.Started + time.Duration(r.IntN(60))*time.Second
		in.StateSince, in.EverReady = in.ReadySince, in.State != lab.Starting
		if r.IntN(5) > 0 {
			in.CPU = lab.Known(min(amount()/5, 5), at, span)
		}
		in.Traffic.Arrived, in.Traffic.Busy = int64(amount()), time.Duration(amount()*1e9)
		s.Instances = append(s.Instances, in)
	}
	if r.IntN(5) > 0 {
		s.System = lab.Known(r.Float64(), at, span)
		s.Front.Offered, s.Front.Busy, s.Front.Queued = int64(amount()), time.Duration(amount()*1e9), r.IntN(100)
		s.Front.Latency = lab.Hist{{Top: time.Duration(amount() * 1e8), N: 1 + int64(amount())}}
	}
	if r.IntN(30) == 0 {
		s.Front.Offered = math.MaxInt64
	}
	return s
}

// Whatever the knobs, in whatever order they are set, and whatever is measured
// over an hour and more: within the limits, the same for the same samples,
// figures that are figures, what comes next in order, and no change without a
// reason.
func FuzzKinds(f *testing.F) {
	for i := range Kinds() {
		for seed := range uint64(8) {
			f.Add(uint8(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		kind := Kinds()[int(which)%len(Kinds())]
		rule, again := kind.New(), kind.New()
		spec := lab.Spec{Kind: kind.Name, Settings: settings(r, rule)}
		other := lab.Spec{Kind: kind.Name, Settings: slices.Clone(spec.Settings)}
		r.Shuffle(len(other.Settings), func(i, j int) {
			other.Settings[i], other.Settings[j] = other.Settings[j], other.Settings[i]
		})
		err, err2 := lab.Configure(rule, spec), lab.Configure(again, other)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%s: %v, but %s: %v", spec, err, other, err2)
		}
		if err != nil {
			return // knobs that do not agree, or are not there with another metric
		}
		if a, b := lab.SpecOf(kind.Name, rule).String(), lab.SpecOf(kind.Name, again).String(); a != b {
			t.Fatalf("%s is %s, but %s is %s", spec, a, other, b)
		}
		speed := []float64{1, 1, 10, 30}[r.IntN(4)]
		Hasten(rule, speed)
		Hasten(again, speed)
		limits := lab.Limits{Min: r.IntN(3), Max: 3 + r.IntN(20)}
		desired, at := r.IntN(20), time.Duration(r.IntN(7200))*time.Second
		for range 150 {
			span := time.Duration(200+r.IntN(1500)) * time.Millisecond
			if r.IntN(4) == 0 {
				span = time.Duration(r.IntN(90)+1) * time.Second
			}
			at += span
			s := wild(r, at, span, desired, limits)
			before := s.Instances
			d, e := Guard{rule}.Decide(s), Guard{again}.Decide(s)
			switch {
			case !reflect.DeepEqual(d, e):
				t.Fatalf("%s at %s: two answers: %+v, %+v", spec, at, d, e)
			case d.Desired < limits.Min || d.Desired > limits.Max:
				t.Fatalf("%s at %s: %d is not within %v", spec, at, d.Desired, limits)
			case d.Reason == "" || strings.Contains(d.Reason, "NaN"):
				t.Fatalf("%s at %s: reason %q", spec, at, d.Reason)
			case d.Desired != desired && !strings.Contains(d.Reason, "→"):
				t.Fatalf("%s at %s: %d → %d without a word: %q", spec, at, desired, d.Desired, d.Reason)
			case !slices.IsSortedFunc(d.Next, stage.Sooner):
				t.Fatalf("%s at %s: next is %+v", spec, at, d.Next)
			case !reflect.DeepEqual(before, s.Instances):
				t.Fatalf("%s at %s: it has changed the sample", spec, at)
			}
			for _, stage := range d.Stages {
				if stage.Name == "" || math.IsNaN(stage.Value) || math.IsInf(stage.Value, 0) {
					t.Fatalf("%s at %s: stage %+v", spec, at, stage)
				}
			}
			for _, w := range d.Next {
				if w.At < at {
					t.Fatalf("%s at %s: next is over: %+v", spec, at, w)
				}
			}
			desired = d.Desired
			if r.IntN(20) == 0 {
				desired = r.IntN(20) // by hand
			}
			if r.IntN(40) == 0 {
				limits = lab.Limits{Min: r.IntN(3), Max: 3 + r.IntN(20)}
			}
		}
	})
}
