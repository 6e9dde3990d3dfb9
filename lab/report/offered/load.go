// Package offered is what load a run was given: whether two were given the same,
// and where on a common time axis it began.
//
//	Record ─ sending ─┬─▶ Same: may they be compared?    Untold: why it is not known
//	                  └─▶ First, Align: zero on the axis
package offered

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/numeral"
)

// send is what a run's generator was told from a moment on: a spec, or "" for
// nothing. The moment counts from the run's beginning.
type send struct {
	at   time.Duration
	spec string
}

// sending reads what a run was told to send, and when: two runs with the same
// sending were offered the same load, whatever keys it took.
func sending(rec *lab.Record) []send {
	spec, on := rec.Run.Experiment.Load, firstOn(rec)
	out := []send{{spec: silent(spec, on)}}
	for _, deed := range lab.ScriptOf(*rec).Deeds {
		turned := false
		switch {
		case deed.Kind == lab.ActLoad:
			on = deed.To == "on"
		case deed.Kind == lab.ActShape:
			spec, turned = deed.To, true
		case deed.Kind == lab.ActSet && deed.Target == "load":
			spec, turned = lab.WithKnob(spec, deed.Name, deed.To), true
		default:
			continue
		}
		now := send{deed.At, silent(spec, on)}
		switch last := &out[len(out)-1]; {
		case now.at-last.at <= deedSlack:
			last.spec = now.spec
		case now.spec != last.spec || turned && on: // a shape begins anew, even the same
			out = append(out, now)
		}
	}
	return out
}

// deedSlack is by how much the moments of one deed may differ in two runs.
const deedSlack = time.Millisecond

// firstOn tells whether the load was on when the run began.
func firstOn(rec *lab.Record) bool {
	for i := range rec.Ticks {
		t := &rec.Ticks[i]
		for _, e := range t.Events {
			if e.Action != nil && e.Action.Kind == lab.ActLoad && e.At >= rec.Run.Origin {
				return e.Action.To != "on"
			}
		}
	}
	for i := range rec.Ticks {
		if s := &rec.Ticks[i].Sample; s.At > rec.Run.Origin {
			return s.LoadOn || s.Generator.Offered > 0
		}
	}
	return false
}

func silent(spec string, on bool) string {
	if !on || spec == "none" {
		return ""
	}
	return spec
}

// Same tells whether two runs were offered the same load, so that they can
// be compared: told to send the same at the same moments, from the same seed if
// arrivals are random, for the same time, and nobody else sent anything. If
// not, why says the first difference. Of a run whose ticks are not all there it
// cannot be told, and is not.
func Same(a, b lab.Record) (same bool, why string) {
	for _, rec := range []*lab.Record{&a, &b} {
		if why = Untold(rec); why != "" {
			return false, why
		}
	}
	for _, rec := range []*lab.Record{&a, &b} {
		if foreign(rec) {
			return false, name(&rec.Run) + " had requests from elsewhere"
		}
	}
	sa, sb := sending(&a), sending(&b)
	for i := range max(len(sa), len(sb)) {
		switch {
		case i >= len(sa):
			return false, fmt.Sprintf("%s at %s in %s only", told(sb[i].spec), numeral.Moment(sb[i].at), name(&b.Run))
		case i >= len(sb):
			return false, fmt.Sprintf("%s at %s in %s only", told(sa[i].spec), numeral.Moment(sa[i].at), name(&a.Run))
		case sa[i].spec != sb[i].spec:
			x, y := apart(sa[i].spec, sb[i].spec)
			return false, fmt.Sprintf("at %s %s, not %s", numeral.Moment(sa[i].at), x, y)
		case (sa[i].at - sb[i].at).Abs() > deedSlack:
			return false, fmt.Sprintf("%s at %s, not at %s", told(sa[i].spec), numeral.Moment(sa[i].at), numeral.Moment(sb[i].at))
		}
	}
	if x, y := a.Run.Experiment.Seed, b.Run.Experiment.Seed; x != y && random(sa) {
		return false, fmt.Sprintf("random arrivals from seed %d, not %d", x, y)
	}
	if x, y := a.Run.Duration, b.Run.Duration; (x - y).Abs() > max(a.Run.Experiment.Interval, b.Run.Experiment.Interval) {
		return false, fmt.Sprintf("for %s, not %s", seconds(x), seconds(y))
	}
	return true, ""
}

// Untold is why it is not known what load a run was offered; "" if it is.
func Untold(rec *lab.Record) string {
	switch {
	case rec.Run.Outcome == lab.Unfinished:
		return name(&rec.Run) + " is still being recorded"
	case len(rec.Ticks) == 0:
		return name(&rec.Run) + " has no ticks"
	case rec.Run.Incomplete != "":
		return name(&rec.Run) + " is not whole"
	case !rec.Run.Answered():
		return name(&rec.Run) + " is a series, of which it is not known when each request came"
	}
	return ""
}

func foreign(rec *lab.Record) bool {
	for i := range rec.Ticks {
		if s := &rec.Ticks[i].Sample; s.At > rec.Run.Origin && s.Foreign.Offered > 0 {
			return true
		}
	}
	return false
}

// random tells whether a run sent at random moments that its seed decided; a
// spec may have a seed of its own.
func random(sent []send) bool {
	for _, s := range sent {
		spec, err := lab.ParseSpec("load", s.spec)
		poisson, own := false, false
		for _, k := range spec.Settings {
			poisson = poisson || k.Name == "spacing" && k.Text == lab.Poisson.String()
			own = own || k.Name == "seed"
		}
		if err == nil && poisson && !own {
			return true
		}
	}
	return false
}

// apart says how two specs differ: of one kind, by the settings that do.
func apart(a, b string) (string, string) {
	x, errX := lab.ParseSpec("load", a)
	y, errY := lab.ParseSpec("load", b)
	if errX != nil || errY != nil || x.Kind != y.Kind {
		return told(a), told(b)
	}
	only := func(s, other lab.Spec) string {
		var out []string
		for _, k := range s.Settings {
			if !slices.Contains(other.Settings, k) {
				out = append(out, k.Name+"="+k.Text)
			}
		}
		return strings.Join(out, ",")
	}
	if onlyX, onlyY := only(x, y), only(y, x); onlyX != "" && onlyY != "" {
		return onlyX, onlyY
	}
	return told(a), told(b)
}

func told(spec string) string {
	if spec == "" {
		return "no load"
	}
	return spec
}

// name is how a run is called in a sentence.
func name(r *lab.Run) string { return fmt.Sprintf("run %d", r.ID) }

// Origin is where a run's time begins when runs are laid one over the other.
type Origin uint8

const (
	AtStart Origin = iota // with the run
	AtLoad                // with the first request offered
)

func (o Origin) String() string { return [...]string{"start", "first load"}[o] }

// Align gives, for each record, the lab time that is zero on the common axis.
// A run that never had a load is aligned at its start.
func Align(records []lab.Record, at Origin) []time.Duration {
	out := make([]time.Duration, len(records))
	for i := range records {
		out[i] = records[i].Run.Origin
		if at == AtLoad {
			load, _ := First(&records[i])
			out[i] += load
		}
	}
	return out
}

// First is the run time at which a load was first offered, if one was.
func First(rec *lab.Record) (at time.Duration, ok bool) {
	for _, s := range sending(rec) {
		if s.spec != "" && !foreign(rec) {
			return s.at, true
		}
	}
	for i := range rec.Ticks {
		if s := &rec.Ticks[i].Sample; s.At > rec.Run.Origin && s.OfferedRate() > 0 {
			return max(0, s.At-s.Span-rec.Run.Origin), true
		}
	}
	return 0, false
}

func seconds(d time.Duration) string {
	return numeral.Group(strconv.FormatFloat(d.Seconds(), 'f', 1, 64)) + " s"
}
