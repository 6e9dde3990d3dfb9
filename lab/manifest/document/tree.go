// Package document reads YAML and JSON strictly, and edits them where they
// stand: nodes are found and changed in the tree, and the text follows, byte for
// byte the same elsewhere.
//
//	text ─Parse─▶ Tree ─Get─▶ node ─Put, Cut─▶ Tree ─Bytes─▶ text
//	                           └─ Reader ─▶ word, number … or the first mistake
//
// Scalars are replaced and keys put in within the text; where that does not come
// to the same as the tree, the document is laid out anew from it, in its order
// and with its comments.
package document

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
)

// Tree is a text and the documents in it. Edits are made to both: to the nodes,
// and, as long as they replace scalars or put in keys, to the text.
type Tree struct {
	text    []byte
	Docs    []*yaml.Node
	json    bool
	edits   []edit
	inserts []insert
	rebuilt bool // the text has to be laid out anew
}

// edit is a scalar that was replaced.
type edit struct {
	node *yaml.Node
	was  string
}

// insert is a key that was put into a mapping, after the last one there was.
type insert struct {
	into, last, key, value *yaml.Node
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// Parse reads YAML documents, or JSON. An error is a *lab.InputError that names
// the file and the line.
func Parse(file string, text []byte) (*Tree, error) {
	t := &Tree{text: text, json: json.Valid(text)}
	for dec := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			where, why := file, err.Error()
			if m := yamlLine.FindStringSubmatch(why); m != nil {
				why = m[2]
				if line, _ := strconv.Atoi(m[1]); strings.HasPrefix(why, "did not find expected") {
					// the parser counts from 0, the scanner from 1
					where += ":" + strconv.Itoa(min(line, bytes.Count(bytes.TrimSpace(text), []byte("\n")))+1)
				} else if line > 0 {
					where += ":" + m[1]
				}
			}
			return nil, &lab.InputError{Field: where, Value: lab.Clean(why), Want: "YAML or JSON"}
		}
		if len(doc.Content) == 1 {
			t.Docs = append(t.Docs, &doc)
		}
	}
}

// Get is the value of a key, nil if it is not there or null.
func Get(n *yaml.Node, path ...string) *yaml.Node {
	n = Follow(n)
	for _, key := range path {
		var found *yaml.Node
		if n != nil && n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == key {
					found = n.Content[i+1]
				}
			}
		}
		n = Follow(found)
	}
	if n != nil && n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	return n
}

// Follow is what an alias stands for.
func Follow(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// Put sets the value at a path below n, and makes the mappings on the way.
func (t *Tree) Put(n *yaml.Node, v *yaml.Node, path ...string) {
	n = Follow(n)
	if len(path) == 0 {
		t.merge(n, v)
		return
	}
	if n.Kind != yaml.MappingNode { // null, or nothing yet
		*n = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		t.rebuilt = true
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == path[0] {
			t.Put(n.Content[i+1], v, path[1:]...)
			return
		}
	}
	key, child := Text(path[0]), v
	if len(path) > 1 {
		child = Mapping()
		t.Put(child, v, path[1:]...)
	}
	if n.Line > 0 { // else it is in what is put in already
		last := len(n.Content) - 1
		for last >= 0 && n.Content[last].Line == 0 {
			last -= 2
		}
		if last < 0 {
			t.rebuilt = true
			n.Style &^= yaml.FlowStyle
		} else {
			t.inserts = append(t.inserts, insert{n, n.Content[last], key, child})
		}
	}
	n.Content = append(n.Content, key, child)
}

// merge makes old the same as v; keys that only old has stay.
func (t *Tree) merge(old, v *yaml.Node) {
	old = Follow(old)
	switch {
	case old.Kind == yaml.ScalarNode && v.Kind == yaml.ScalarNode:
		if old.Value == v.Value || equal(old.Value, v.Value) {
			return
		}
		t.edits = append(t.edits, edit{old, old.Value})
		old.Value = v.Value
		if old.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 {
			old.Tag = v.Tag
		}
	case old.Kind == yaml.MappingNode && v.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(v.Content); i += 2 {
			t.Put(old, v.Content[i+1], v.Content[i].Value)
		}
	case old.Kind == yaml.SequenceNode && v.Kind == yaml.SequenceNode && len(old.Content) == len(v.Content):
		for i := range v.Content {
			t.merge(old.Content[i], v.Content[i])
		}
	default:
		t.rebuilt = true
		old.Kind, old.Tag, old.Value, old.Content, old.Style = v.Kind, v.Tag, v.Value, v.Content, v.Style
	}
}

// equal tells whether two texts are the same number: 50.0 and 50.
func equal(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && x == y
}

// Anew has the document laid out anew, after nodes were changed by hand.
func (t *Tree) Anew() { t.rebuilt = true }

// Cut removes a key of a mapping.
func (t *Tree) Cut(n *yaml.Node, key string) {
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = slices.Delete(n.Content, i, i+2)
			t.rebuilt = true
			return
		}
	}
}

// Bytes is the text with all edits: changed where they are, if that comes to
// the same, else laid out anew.
func (t *Tree) Bytes() ([]byte, error) {
	if !t.rebuilt {
		if out, ok := t.patched(); ok {
			if back, err := Parse("", out); err == nil && slices.EqualFunc(t.Docs, back.Docs, same) {
				return out, nil
			}
		}
	}
	var out bytes.Buffer
	if t.json {
		writeJSON(&out, t.Docs[0].Content[0], indentOf(t.text), "")
		out.WriteByte('\n')
		return out.Bytes(), nil
	}
	err := writeYAML(&out, compact(t.Docs...), t.Docs...)
	return out.Bytes(), err
}

// same tells whether two nodes say the same, in whatever order.
func same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind == yaml.ScalarNode {
		return a.ShortTag() == b.ShortTag()
	}
	if a.Kind != yaml.MappingNode {
		return slices.EqualFunc(a.Content, b.Content, same)
	}
	other := map[string]*yaml.Node{}
	for i := 0; i+1 < len(b.Content); i += 2 {
		other[b.Content[i].Value] = b.Content[i+1]
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		if o := other[a.Content[i].Value]; o == nil || !same(a.Content[i+1], o) {
			return false
		}
	}
	return true
}

// patched makes the edits in the text itself; false if a scalar is not found
// where it should be.
func (t *Tree) patched() ([]byte, bool) {
	type patch struct {
		from, to int
		text     string
	}
	var patches []patch
	was := map[*yaml.Node]string{}
	for _, e := range t.edits {
		if _, ok := was[e.node]; ok || e.node.Line == 0 {
			continue // the first edit knows what stands in the text
		}
		was[e.node] = e.was
		from := offset(t.text, e.node.Line, e.node.Column)
		length, ok := token(t.text[from:], e)
		if !ok {
			return nil, false
		}
		patches = append(patches, patch{from, from + length, spell(e.node)})
	}
	for _, in := range t.inserts {
		first := in.into.Content[0]
		at := offset(t.text, first.Line, first.Column)
		margin := strings.Repeat(" ", first.Column-1)
		if t.json || in.into.Style&yaml.FlowStyle != 0 {
			var b bytes.Buffer
			writeJSON(&b, in.key, "", "")
			b.WriteString(": ")
			writeJSON(&b, in.value, indentOf(t.text), margin)
			gap := ", "
			if begin := offset(t.text, first.Line, 1); len(bytes.TrimSpace(t.text[begin:at])) == 0 {
				gap = ",\n" + string(t.text[begin:at])
			}
			patches = append(patches, patch{at, at, b.String() + gap})
			continue
		}
		var b bytes.Buffer
		if err := writeYAML(&b, compact(t.Docs...), Mapping(in.key.Value, in.value)); err != nil {
			return nil, false
		}
		entry := strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\n", "\n"+margin)
		end, ok := t.end(in.last, was)
		if !ok { // before the first key, then
			patches = append(patches, patch{at, at, entry + "\n" + margin})
			continue
		}
		if nl := bytes.IndexByte(t.text[end:], '\n'); nl >= 0 {
			end += nl + 1
			patches = append(patches, patch{end, end, margin + entry + "\n"})
		} else {
			patches = append(patches, patch{len(t.text), len(t.text), "\n" + margin + entry})
		}
	}
	slices.SortStableFunc(patches, func(a, b patch) int { return cmp.Compare(a.from, b.from) })
	var out []byte
	at := 0
	for _, p := range patches {
		out = append(append(out, t.text[at:p.from]...), p.text...)
		at = p.to
	}
	return append(out, t.text[at:]...), true
}

// end is where a value ends in the text; false if that is not plain to see.
func (t *Tree) end(n *yaml.Node, was map[*yaml.Node]string) (int, bool) {
	at := offset(t.text, n.Line, n.Column)
	switch {
	case n.Kind == yaml.ScalarNode:
		value, ok := was[n]
		if !ok {
			value = n.Value
		}
		length, ok := token(t.text[at:], edit{n, value})
		return at + length, ok
	case n.Style&yaml.FlowStyle != 0:
		end := bytes.IndexByte(t.text[at:], '\n')
		if end < 0 {
			end = len(t.text) - at
		}
		line := t.text[at : at+end]
		return at, bytes.Count(line, []byte("{")) == bytes.Count(line, []byte("}")) && bytes.Count(line, []byte("[")) == bytes.Count(line, []byte("]"))
	case n.Kind == yaml.AliasNode || len(n.Content) == 0:
		return at, n.Kind == yaml.AliasNode
	}
	for i := len(n.Content) - 1; i >= 0; i-- {
		if n.Content[i].Line > 0 {
			return t.end(n.Content[i], was)
		}
	}
	return 0, false
}

// compact tells whether lists stand no further in than the key they belong to.
func compact(nodes ...*yaml.Node) bool {
	for _, n := range nodes {
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if v := n.Content[i+1]; v.Kind == yaml.SequenceNode && v.Style&yaml.FlowStyle == 0 && v.Line > 0 && v.Column == n.Content[i].Column {
				return true
			}
		}
		if compact(n.Content...) {
			return true
		}
	}
	return false
}

func writeYAML(out *bytes.Buffer, compact bool, docs ...*yaml.Node) error {
	enc := yaml.NewEncoder(out)
	enc.SetIndent(2)
	if compact {
		enc.CompactSeqIndent()
	}
	for _, d := range docs {
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return enc.Close()
}

// offset is where a line and column, both from 1, lie in the text.
func offset(text []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return len(text)
		}
		at += end + 1
	}
	for ; column > 1 && at < len(text); column-- {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}

// token is the length of the scalar that the text begins with.
func token(text []byte, e edit) (int, bool) {
	switch style := e.node.Style; {
	case style&yaml.DoubleQuotedStyle != 0 && len(text) > 0 && text[0] == '"':
		for i := 1; i < len(text) && text[i] != '\n'; i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return i + 1, true
			}
		}
	case style&yaml.SingleQuotedStyle != 0 && len(text) > 0 && text[0] == '\'':
		if i := bytes.IndexByte(text[1:], '\''); i >= 0 {
			return i + 2, string(text[1:i+1]) == e.was
		}
	case style == 0 && e.was != "":
		return len(e.was), bytes.HasPrefix(text, []byte(e.was))
	}
	return 0, false
}

// spell is a scalar as it stands in the text.
func spell(n *yaml.Node) string {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return strconv.Quote(n.Value)
	case n.Style&yaml.SingleQuotedStyle != 0:
		return "'" + strings.ReplaceAll(n.Value, "'", "''") + "'"
	}
	return n.Value
}

// indentOf is what the lines of a JSON text are indented by.
func indentOf(text []byte) string {
	for line := range bytes.Lines(text) {
		if rest := bytes.TrimLeft(line, " \t"); len(rest) < len(line) {
			return string(line[:len(line)-len(rest)])
		}
	}
	return "    "
}

// writeJSON lays a node out as JSON; numbers stay as they are spelled.
func writeJSON(out *bytes.Buffer, n *yaml.Node, indent, margin string) {
	inner := margin + indent
	list := func(open, end byte, step int) {
		out.WriteByte(open)
		for i := 0; i+step <= len(n.Content); i += step {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString("\n" + inner)
			if step == 2 {
				writeJSON(out, n.Content[i], indent, inner)
				out.WriteString(": ")
			}
			writeJSON(out, n.Content[i+step-1], indent, inner)
		}
		if len(n.Content) > 0 {
			out.WriteString("\n" + margin)
		}
		out.WriteByte(end)
	}
	switch {
	case n.Kind == yaml.MappingNode:
		list('{', '}', 2)
	case n.Kind == yaml.SequenceNode:
		list('[', ']', 1)
	case n.Tag == "!!str" || n.Style != 0:
		b, _ := json.Marshal(n.Value) // a string always can be
		out.Write(b)
	default:
		out.WriteString(n.Value)
	}
}

// Text is a node of one's own, and so are those below.
func Text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

// Number is a whole number, or one with a point.
func Number(v float64) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: Trim(v)}
	if !strings.Contains(n.Value, ".") {
		n.Tag = "!!int"
	}
	return n
}

// Toggle is true or false.
func Toggle(on bool) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(on)}
}

// Mapping is keys and values in turn.
func Mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Content = append(n.Content, Text(pairs[i].(string)), pairs[i+1].(*yaml.Node))
	}
	return n
}

// Sequence is a list.
func Sequence(all ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: all}
}

// Trim spells v with as few digits as tell it apart at nine.
func Trim(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e9)/1e9, 'f', -1, 64)
}
