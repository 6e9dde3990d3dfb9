// Package filter finds runs in a list by what people type, and says in which
// order a list stands.
//
//	text ─ Parse ─▶ Conditions ─ Match ─▶ which runs are shown
//	order ─ InOrder ─▶ how two of them stand
//	Fields, Orders                  what there is to ask for
package filter

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"autoscale-lab/lab"
)

// Conditions tell which runs are looked for; none match all.
type Conditions []func(*lab.Run) bool

// Match tells whether a run fulfils every condition. A figure that is not known
// fulfils none.
func (c Conditions) Match(r *lab.Run) bool {
	for _, holds := range c {
		if !holds(r) {
			return false
		}
	}
	return true
}

// Empty tells whether all runs match.
func (c Conditions) Empty() bool { return len(c) == 0 }

// Parse reads what people type to find runs: words and conditions, all of
// which must hold.
//
//	wave               is somewhere in number, name, note, policy, load, balancing or outcome
//	"two words"        are, side by side; p95 in quotes is a word as well
//	policy:hpa         contains; = is, != is not
//	p95>200 error<=1   compare figures: < <= > >= = != (ms, %, s, or with a unit: duration>2m)
//	score>80 cost<0.02 under<5 over<20 missed<1 reaction<10
//	baseline:yes
//
// Case does not matter. An error is a *lab.InputError.
func Parse(text string) (Conditions, error) {
	var all Conditions
	for rest := strings.TrimSpace(text); rest != ""; {
		var holds func(*lab.Run) bool
		if rest[0] == '"' {
			word, after, closed := strings.Cut(rest[1:], `"`)
			if !closed {
				return nil, &lab.InputError{Field: "filter", Value: rest, Want: `a second "`}
			}
			holds, rest = contains(word), strings.TrimSpace(after)
		} else {
			end := tokenEnd(rest)
			var err error
			if holds, err = condition(rest[:end]); err != nil {
				return nil, err
			}
			rest = strings.TrimSpace(rest[end:])
		}
		all = append(all, holds)
	}
	return all, nil
}

// tokenEnd is where the first token ends: at a space that is not in quotes.
func tokenEnd(s string) int {
	quoted := false
	for i, r := range s {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted && unicode.IsSpace(r) {
			return i
		}
	}
	return len(s)
}

// operators, of two that begin alike the longer first.
var operators = []string{"!=", "<=", ">=", "<", ">", "=", ":"}

// condition reads field, operator and value, or a word.
func condition(token string) (func(*lab.Run) bool, error) {
	at := strings.IndexAny(token, "!<>=:")
	if at < 0 {
		return contains(token), nil
	}
	op := ""
	for _, o := range operators {
		if strings.HasPrefix(token[at:], o) {
			op = o
			break
		}
	}
	if op == "" { // a lone !
		return contains(token), nil
	}
	name, value := strings.ToLower(token[:at]), token[at+len(op):]
	field, ok := fields[name]
	switch {
	case !ok:
		bad := lab.NotOneOf("filter", token[:at], fieldNames)
		bad.Want += `; a word with a sign in it goes in quotes`
		return nil, bad
	case strings.HasPrefix(value, `"`):
		inner, after, closed := strings.Cut(value[1:], `"`)
		if !closed || after != "" {
			return nil, &lab.InputError{Field: name, Value: value, Want: `nothing but a text between two "`}
		}
		value = inner
	}
	switch {
	case value == "":
		return nil, &lab.InputError{Field: name, Want: field.want()}
	case field.text != nil:
		return field.compareText(name, op, value)
	}
	return field.compareFigure(name, op, value)
}

// field is what a condition can be about: a text, or a figure in a unit.
type field struct {
	text   func(*lab.Run) []string
	allows []string // the only texts there are
	figure func(*lab.Run) (float64, bool)
	unit   string // ms, s, %
}

func (f field) want() string {
	switch {
	case f.allows != nil:
		return "one of " + strings.Join(f.allows, ", ")
	case f.text != nil:
		return "a text"
	case f.unit != "":
		return "a number of " + f.unit
	}
	return "a number"
}

func (f field) compareText(name, op, value string) (func(*lab.Run) bool, error) {
	value = strings.ToLower(value)
	is := func(r *lab.Run, so func(text, value string) bool) bool {
		for _, t := range f.text(r) {
			if so(strings.ToLower(t), value) {
				return true
			}
		}
		return false
	}
	equal, like := func(a, b string) bool { return a == b }, strings.Contains
	if f.allows != nil {
		like = strings.HasPrefix
		possible := false
		for _, a := range f.allows {
			possible = possible || a == value || op == ":" && strings.HasPrefix(a, value)
		}
		if !possible {
			return nil, lab.NotOneOf(name, value, f.allows)
		}
	}
	switch op {
	case ":":
		return func(r *lab.Run) bool { return is(r, like) }, nil
	case "=":
		return func(r *lab.Run) bool { return is(r, equal) }, nil
	case "!=":
		return func(r *lab.Run) bool { return !is(r, equal) }, nil
	}
	return nil, &lab.InputError{Field: name, Value: op + value, Want: "a text after : (contains), = (is) or != (is not)"}
}

func (f field) compareFigure(name, op, value string) (func(*lab.Run) bool, error) {
	want, near, ok := f.parse(value)
	if !ok {
		return nil, &lab.InputError{Field: name, Value: value, Want: f.want()}
	}
	return func(r *lab.Run) bool {
		v, ok := f.figure(r)
		if !ok {
			return false
		}
		same := math.Abs(v-want) <= near
		switch op {
		case "<":
			return v < want
		case "<=":
			return v <= want
		case ">":
			return v > want
		case ">=":
			return v >= want
		case "!=":
			return !same
		}
		return same
	}, nil
}

// parse reads a figure, and how near another must be to be the same: as far as
// there are digits, so that 9.1 is the 9.13 of which people see 9.1.
func (f field) parse(text string) (value, near float64, ok bool) {
	digits := text
	if f.unit == "%" {
		digits = strings.TrimSpace(strings.TrimSuffix(text, "%"))
	}
	value, err := strconv.ParseFloat(digits, 64)
	if err == nil {
		near = 0.5
		if _, after, has := strings.Cut(digits, "."); has {
			near *= math.Pow(10, -float64(len(after)))
		}
		return value, near, !math.IsNaN(value) && !math.IsInf(value, 0)
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil || errors.Is(err, strconv.ErrRange):
		return 0, 0, false
	case f.unit == "ms":
		return float64(d) / 1e6, 0.5, true
	case f.unit == "s":
		return d.Seconds(), 0.5, true
	}
	return 0, 0, false
}

// contains looks for a word in all that is text of a run.
func contains(word string) func(*lab.Run) bool {
	word = strings.ToLower(word)
	return func(r *lab.Run) bool {
		e := &r.Experiment
		for _, t := range [...]string{r.Name, r.Note, r.Policy, r.Load, e.Policy, e.Load, e.Balance, Outcome(r)} {
			if strings.Contains(strings.ToLower(t), word) {
				return true
			}
		}
		return strconv.FormatInt(r.ID, 10) == word
	}
}

// Outcome is how a run ended in one word, also of one under way: recording.
func Outcome(r *lab.Run) string {
	if r.Outcome == lab.Unfinished {
		return "recording"
	}
	return string(r.Outcome)
}

// Fields are the names that conditions begin with.
func Fields() []string { return slices.Clone(fieldNames) }

var fieldNames = []string{"id", "name", "note", "policy", "load", "balance", "rig", "outcome", "baseline",
	"duration", "requests", "failed", "error", "p50", "p90", "p95", "p99", "max", "cpu", "instances", "scaled", "changes",
	"score", "under", "over", "missed", "cost", "oscillations", "reaction"}

var fields = map[string]field{
	"name": {text: func(r *lab.Run) []string { return []string{r.Name} }},
	"note": {text: func(r *lab.Run) []string { return []string{r.Note} }},
	// as it was at the end, and all its settings at the beginning
	"policy":  {text: func(r *lab.Run) []string { return []string{r.Policy, r.Experiment.Policy} }},
	"load":    {text: func(r *lab.Run) []string { return []string{r.Load, r.Experiment.Load, kind(r.Load)} }},
	"balance": {text: func(r *lab.Run) []string { return []string{r.Experiment.Balance} }},
	"rig":     {text: func(r *lab.Run) []string { return []string{r.Rig} }},
	"outcome": {text: func(r *lab.Run) []string { return []string{Outcome(r)} },
		allows: []string{"completed", "stopped", "failed", "crashed", "recording"}},
	"baseline": {text: func(r *lab.Run) []string {
		if r.Baseline {
			return []string{"yes"}
		}
		return []string{"no"}
	}, allows: []string{"yes", "no"}},
	"id":        {figure: whole(func(r *lab.Run) int64 { return r.ID })},
	"duration":  {unit: "s", figure: seconds},
	"requests":  {figure: whole(func(r *lab.Run) int64 { return r.Summary.Requests.Offered })},
	"failed":    {figure: whole(func(r *lab.Run) int64 { return r.Summary.Requests.Failed })},
	"error":     {unit: "%", figure: known(func(s *lab.Summary) *float64 { return s.ErrorPct })},
	"p50":       {unit: "ms", figure: known(func(s *lab.Summary) *float64 { return s.Latency.P50 })},
	"p90":       {unit: "ms", figure: known(func(s *lab.Summary) *float64 { return s.Latency.P90 })},
	"p95":       {unit: "ms", figure: known(func(s *lab.Summary) *float64 { return s.Latency.P95 })},
	"p99":       {unit: "ms", figure: known(func(s *lab.Summary) *float64 { return s.Latency.P99 })},
	"max":       {unit: "ms", figure: known(func(s *lab.Summary) *float64 { return s.Latency.Max })},
	"cpu":       {unit: "%", figure: known(func(s *lab.Summary) *float64 { return s.Utilization.P95Pct })},
	"instances": {figure: whole(func(r *lab.Run) int64 { return int64(r.Summary.Instances.Peak) })},
	"scaled":    {figure: whole(func(r *lab.Run) int64 { return int64(r.Summary.Scale.Up + r.Summary.Scale.Down) })},
	"changes":   {figure: whole(func(r *lab.Run) int64 { return int64(r.Changes) })},

	"score":        {figure: known(func(s *lab.Summary) *float64 { return s.Score })},
	"under":        {unit: "%", figure: known(func(s *lab.Summary) *float64 { return s.Elasticity.UnderPct })},
	"over":         {unit: "%", figure: known(func(s *lab.Summary) *float64 { return s.Elasticity.OverPct })},
	"missed":       {unit: "%", figure: known(func(s *lab.Summary) *float64 { return s.SLO.ViolationPct })}, // the latency target
	"cost":         {figure: scored(func(s *lab.Summary) float64 { return s.Cost.PerSecond })},
	"oscillations": {figure: scored(func(s *lab.Summary) float64 { return float64(s.Oscillations) })},
	"reaction":     {unit: "s", figure: known(func(s *lab.Summary) *float64 { return s.Reaction.NewReady })}, // from the breach to one more ready
}

func kind(spec string) string {
	k, _, _ := strings.Cut(spec, ":")
	return k
}

func whole(of func(*lab.Run) int64) func(*lab.Run) (float64, bool) {
	return func(r *lab.Run) (float64, bool) { return float64(of(r)), true }
}

func known(of func(*lab.Summary) *float64) func(*lab.Run) (float64, bool) {
	return func(r *lab.Run) (float64, bool) {
		if v := of(&r.Summary); v != nil {
			return *v, true
		}
		return 0, false
	}
}

// scored is a figure of runs that have been scored: of others it is not known.
func scored(of func(*lab.Summary) float64) func(*lab.Run) (float64, bool) {
	return func(r *lab.Run) (float64, bool) { return of(&r.Summary), r.Summary.ScoreVersion > 0 }
}

// seconds is how long a run took; not known while it is under way.
func seconds(r *lab.Run) (float64, bool) {
	return r.Duration.Seconds(), r.Outcome != lab.Unfinished
}
