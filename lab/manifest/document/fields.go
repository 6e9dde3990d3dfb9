package document

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
)

// Reader reads fields and keeps the first mistake, so that its callers need
// not ask after each; what it returns after that is not to be used.
type Reader struct {
	File  string   // for what is said
	Err   error    // the first mistake, an *lab.InputError
	Notes []string // a line each
}

// Bad refuses what stands there.
func (r *Reader) Bad(n *yaml.Node, field, want string) {
	if r.Err != nil {
		return
	}
	e := &lab.InputError{Field: r.Where(n) + field, Want: want}
	if n = Follow(n); n != nil {
		switch n.Kind {
		case yaml.ScalarNode:
			e.Value = Shorten(n.Value)
		case yaml.SequenceNode:
			e.Value = "a list"
		default:
			e.Value = "a mapping"
		}
	}
	r.Err = e
}

// Missing is a field that has to be there.
func (r *Reader) Missing(in *yaml.Node, field, want string) {
	if r.Err == nil {
		r.Err = &lab.InputError{Field: r.Where(in) + field, Want: want + "; it is missing"}
	}
}

// Note adds to what is to be said of a node.
func (r *Reader) Note(n *yaml.Node, format string, args ...any) {
	r.Notes = append(r.Notes, r.Where(n)+lab.Clean(fmt.Sprintf(format, args...)))
}

// Where is the file and the line of a node, as what is said of it begins.
func (r *Reader) Where(n *yaml.Node) string {
	if n == nil || n.Line == 0 {
		return r.File + ": "
	}
	return fmt.Sprintf("%s:%d: ", r.File, n.Line)
}

// Shorten is a text from outside, short enough for a line.
func Shorten(s string) string {
	s = lab.Clean(s)
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return s
}

// Unique refuses a key that is there twice.
func (r *Reader) Unique(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind == yaml.ScalarNode && seen[key.Value] {
				r.Bad(key, key.Value, "each key once")
			}
			seen[key.Value] = true
		}
	}
	for _, c := range n.Content {
		r.Unique(c)
	}
}

// Fields refuses what is no mapping, and keys other than these.
func (r *Reader) Fields(n *yaml.Node, field string, names ...string) bool {
	if n = Follow(n); n == nil {
		return false
	}
	if n.Kind != yaml.MappingNode {
		r.Bad(n, field, "a mapping")
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; !slices.Contains(names, key.Value) && r.Err == nil {
			e := lab.NotOneOf(r.Where(key)+field, Shorten(key.Value), names)
			e.Near = nearest(key.Value, names)
			r.Err = e
		}
	}
	return r.Err == nil
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

// List is the nodes of a list, nil if it is not there.
func (r *Reader) List(n *yaml.Node, field string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.Bad(n, field, "a list")
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		out[i] = Follow(n.Content[i])
	}
	return out
}

// Text is a scalar, "" if it is not there.
func (r *Reader) Text(n *yaml.Node, field string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.Bad(n, field, "a text")
		return ""
	}
	return n.Value
}

// Word is one of a few, otherwise if it is not there.
func (r *Reader) Word(n *yaml.Node, field, otherwise string, words ...string) string {
	if n == nil {
		return otherwise
	}
	s := r.Text(n, field)
	if !slices.Contains(words, s) && r.Err == nil {
		e := lab.NotOneOf(r.Where(n)+field, Shorten(s), words)
		e.Near = nearest(s, words)
		r.Err = e
	}
	return s
}

// Whole is a whole number within a range, otherwise if it is not there.
func (r *Reader) Whole(n *yaml.Node, field string, least, most, otherwise int) int {
	if n == nil {
		return otherwise
	}
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most || n.Style != 0 {
		want := fmt.Sprintf("a whole number, %d to %d", least, most)
		if most == math.MaxInt32 {
			want = fmt.Sprintf("a whole number, %d or more", least)
		}
		r.Bad(n, field, want)
	}
	return v
}

// Float is a finite number, 0 if it is not there.
func (r *Reader) Float(n *yaml.Node, field string) float64 {
	if n == nil {
		return 0
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(n.Value), 64)
	if n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		r.Bad(n, field, "a number")
	}
	return v
}

// Toggle is true or false, false if it is not there.
func (r *Reader) Toggle(n *yaml.Node, field string) bool {
	return r.Word(n, field, "false", "true", "false") == "true"
}

// Quantity is a number of Kubernetes, above 0.
func (r *Reader) Quantity(n *yaml.Node, field string) float64 {
	v, ok := ParseQuantity(r.Text(n, field))
	if !ok || v <= 0 {
		r.Bad(n, field, "a quantity above 0, as 100, 0.5 or 500m")
	}
	return v
}
