package lab

import (
	"strconv"
	"time"
)

// Script is what was done to a run from outside, as far as it makes its load
// and its mishaps: what has to be done again for the same load again.
type Script struct {
	Run      int64 // the run it is from
	Load     string
	Seed     uint64
	Duration time.Duration
	Deeds    []Action // At counts from the run's beginning, in order
}

// ScriptOf reads the script of a run: its load, switched and turned as it was,
// and the instances killed, hung, let go and drained. Instances are told by
// their place among those alive, the oldest first: Target "#1", "#2" …
func ScriptOf(rec Record) Script {
	s := Script{Run: rec.Run.ID, Load: rec.Run.Experiment.Load, Seed: rec.Run.Experiment.Seed, Duration: rec.Run.Duration}
	var before *Sample
	for i := range rec.Ticks {
		t := &rec.Ticks[i]
		for _, e := range t.Events {
			if e.Action == nil || e.At < rec.Run.Origin || e.At > rec.Run.Origin+rec.Run.Duration {
				continue
			}
			a := *e.Action
			a.At -= rec.Run.Origin
			a.By = ByReplay
			switch a.Kind {
			case ActLoad, ActShape, ActMark:
			case ActSet:
				if a.Target != "load" {
					continue
				}
			case ActKill, ActHang, ActResume, ActDrain:
				if a.Target = place(before, &t.Sample, a.Target); a.Target == "" {
					continue
				}
			default:
				continue
			}
			s.Deeds = append(s.Deeds, a)
		}
		before = &t.Sample
	}
	return s
}

// Unrepeatable is what a run must be for its load to be given again, if it is
// not.
func (rec *Record) Unrepeatable() string {
	own, foreign := false, false
	for i := range rec.Ticks {
		s := &rec.Ticks[i].Sample
		own, foreign = own || s.LoadOn || s.Generator.Offered > 0, foreign || s.Foreign.Offered > 0
	}
	switch {
	case rec.Run.Rig == RigImport:
		return "a run of the lab: of an imported series it is known how many requests came, not when (history redecide decides on it)"
	case rec.Run.Outcome == Unfinished:
		return "a run that has ended: this one is still being recorded"
	case len(rec.Ticks) == 0 || rec.Run.Duration <= 0:
		return "a run with ticks: of this one none were recorded"
	case rec.Run.Incomplete != "":
		return "a run that is whole: of this one ticks are missing"
	case foreign && !own:
		return "a run with a load of the lab's own: this one's came from elsewhere"
	}
	return ""
}

// place is an instance's place among those alive when the deed was done: as of
// the sample before, or, of one started since, the sample after.
func place(before, after *Sample, id string) string {
	for _, s := range []*Sample{before, after} {
		if s == nil {
			continue
		}
		n := 0
		for i := range s.Instances {
			in := &s.Instances[i]
			if !in.Alive() && in.ID != id {
				continue
			}
			if n++; in.ID == id {
				return "#" + strconv.Itoa(n)
			}
		}
	}
	return ""
}
