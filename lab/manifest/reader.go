package manifest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
	"autoscale-lab/lab/policy"
)

// reader reads fields and keeps the first mistake, so that its callers need not
// ask after each; what it returns after that is not to be used.
type reader struct {
	file  string
	err   error
	notes []string
	rule  policy.Rule
	spec  lab.Spec
}

func (r *reader) bad(n *yaml.Node, field, want string) {
	if r.err != nil {
		return
	}
	e := &lab.InputError{Field: r.where(n) + field, Want: want}
	if n = document.Follow(n); n != nil {
		switch n.Kind {
		case yaml.ScalarNode:
			e.Value = shorten(n.Value)
		case yaml.SequenceNode:
			e.Value = "a list"
		default:
			e.Value = "a mapping"
		}
	}
	r.err = e
}

// missing is a field that has to be there.
func (r *reader) missing(in *yaml.Node, field, want string) {
	if r.err == nil {
		r.err = &lab.InputError{Field: r.where(in) + field, Want: want + "; it is missing"}
	}
}

// note says what of the manifest the lab does not do.
func (r *reader) note(n *yaml.Node, format string, args ...any) {
	r.notes = append(r.notes, r.where(n)+lab.Clean(fmt.Sprintf(format, args...)))
}

func (r *reader) where(n *yaml.Node) string {
	if n == nil || n.Line == 0 {
		return r.file + ": "
	}
	return fmt.Sprintf("%s:%d: ", r.file, n.Line)
}

func shorten(s string) string {
	s = lab.Clean(s)
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return s
}

// unique refuses a key that is there twice.
func (r *reader) unique(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind == yaml.ScalarNode && seen[key.Value] {
				r.bad(key, key.Value, "each key once")
			}
			seen[key.Value] = true
		}
	}
	for _, c := range n.Content {
		r.unique(c)
	}
}

// fields refuses what is no mapping, and keys other than these.
func (r *reader) fields(n *yaml.Node, field string, names ...string) bool {
	if n = document.Follow(n); n == nil {
		return false
	}
	if n.Kind != yaml.MappingNode {
		r.bad(n, field, "a mapping")
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; !slices.Contains(names, key.Value) && r.err == nil {
			e := lab.NotOneOf(r.where(key)+field, shorten(key.Value), names)
			e.Near = nearest(key.Value, names)
			r.err = e
		}
	}
	return r.err == nil
}

// nearest is lab.Nearest, deaf to capitals.
func nearest(value string, names []string) string {
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	if i := slices.Index(lower, lab.Nearest(value, lower)); i >= 0 {
		return names[i]
	}
	return ""
}

func (r *reader) list(n *yaml.Node, field string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.bad(n, field, "a list")
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		out[i] = document.Follow(n.Content[i])
	}
	return out
}

// string is a scalar, "" if it is not there.
func (r *reader) string(n *yaml.Node, field string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.bad(n, field, "a text")
		return ""
	}
	return n.Value
}

// word is one of a few.
func (r *reader) word(n *yaml.Node, field, otherwise string, words ...string) string {
	if n == nil {
		return otherwise
	}
	s := r.string(n, field)
	if !slices.Contains(words, s) && r.err == nil {
		e := lab.NotOneOf(r.where(n)+field, shorten(s), words)
		e.Near = nearest(s, words)
		r.err = e
	}
	return s
}

// whole is a whole number within a range.
func (r *reader) whole(n *yaml.Node, field string, least, most, otherwise int) int {
	if n == nil {
		return otherwise
	}
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most || n.Style != 0 {
		want := fmt.Sprintf("a whole number, %d to %d", least, most)
		if most == math.MaxInt32 {
			want = fmt.Sprintf("a whole number, %d or more", least)
		}
		r.bad(n, field, want)
	}
	return v
}

func (r *reader) float(n *yaml.Node, field string) float64 {
	if n == nil {
		return 0
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(n.Value), 64)
	if n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		r.bad(n, field, "a number")
	}
	return v
}

func (r *reader) bool(n *yaml.Node, field string) bool {
	return r.word(n, field, "false", "true", "false") == "true"
}

// quantity is a number of Kubernetes, above 0.
func (r *reader) quantity(n *yaml.Node, field string) float64 {
	v, ok := parseQuantity(r.string(n, field))
	if !ok || v <= 0 {
		r.bad(n, field, "a quantity above 0, as 100, 0.5 or 500m")
	}
	return v
}

// begin is a fresh policy whose knobs are then set.
func (r *reader) begin(kind string) {
	r.spec = lab.Spec{Kind: kind}
	r.rule, _ = policy.New(kind) // one of ours
}

// set sets a knob; a number that it does not reach becomes the nearest that it
// does, with a note.
func (r *reader) set(n *yaml.Node, field, knob, text string) {
	if r.err != nil {
		return
	}
	k, _ := lab.Find(r.rule.Knobs(), knob)
	if k.Kind <= lab.Duration {
		free := k
		free.Min, free.Max = math.Inf(-1), math.Inf(1)
		if v, err := free.Parse(text); err == nil && (v.Value < k.Min || v.Value > k.Max) {
			v.Value = max(k.Min, min(v.Value, k.Max))
			r.note(n, "%s: %s is beyond the lab's range (%s); it runs with %s", field, text, k.Range(), v.Show())
			text = v.Spec()
		}
	}
	if err := r.rule.Set(knob, text); err != nil {
		want := err.Error()
		if e, ok := err.(*lab.InputError); ok {
			want = e.Want
			if e.Value != text && e.Value != "" {
				want += ", not " + e.Value
			}
		}
		r.bad(n, field, want)
		return
	}
	k, _ = lab.Find(r.rule.Knobs(), knob)
	r.spec.Settings = append(r.spec.Settings, lab.Setting{Name: knob, Text: k.Spec()})
}

// parseQuantity reads a number of Kubernetes: 100, 0.5, 500m, 2k, 1Gi, 1e3.
func parseQuantity(s string) (float64, bool) {
	scale := 1.0
	if i := strings.LastIndexAny(s, "0123456789."); i >= 0 && i+1 < len(s) {
		at := slices.Index(suffixes, s[i+1:])
		if at < 0 {
			return 0, false
		}
		scale, s = factors[at], s[:i+1]
	}
	if strings.ContainsAny(s, "_xXpPiIn") { // Go's own spellings
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	v *= scale
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}

var (
	suffixes = []string{"n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
	factors  = []float64{1e-9, 1e-6, 1e-3, 1e3, 1e6, 1e9, 1e12, 1e15, 1e18, 1 << 10, 1 << 20, 1 << 30, 1 << 40, 1 << 50, 1 << 60}
)

// formatQuantity spells one: whole numbers as they are, others in thousandths.
func formatQuantity(v float64) string {
	if v == math.Trunc(v) {
		return document.Trim(v)
	}
	return document.Trim(max(1, math.Round(v*1000))) + "m"
}
