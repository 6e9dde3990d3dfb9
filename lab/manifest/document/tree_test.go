package document_test

import (
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest/document"
)

func TestPut(t *testing.T) {
	for _, c := range []struct {
		says, text string
		value      *yaml.Node
		path, want string
	}{
		{"a number", "a: 1 # one\nb: 2\n", document.Number(3), "a", "a: 3 # one\nb: 2\n"},
		{"the same number is left", "a: 1.0\n", document.Number(1), "a", "a: 1.0\n"},
		{"a text in double quotes", `a: "x"  # q`, document.Text(`y"`), "a", `a: "y\""  # q`},
		{"a text in single quotes", `{a: 'x'}`, document.Text("y's"), "a", `{a: 'y''s'}`},
		{"behind letters of many bytes", `{"ä😀": 1, "a": 2}`, document.Number(3), "a", `{"ä😀": 1, "a": 3}`},
		{"line ends of another system", "a:\r\n  b: 1\r\n  c: 2\r\n", document.Number(7), "a.b", "a:\r\n  b: 7\r\n  c: 2\r\n"},
		{"in the second document", "a: 1\n---\nb: 1\n", document.Number(2), "b", "a: 1\n---\nb: 2\n"},
		{"a key that is not there", "a:\n  b: 1 # one\n\nc: 2\n", document.Number(3), "a.x", "a:\n  b: 1 # one\n  x: 3\n\nc: 2\n"},
		{"keys on the way too", "a:\n  b: [1, {c: 2}]\n", document.Number(3), "a.x.y", "a:\n  b: [1, {c: 2}]\n  x:\n    y: 3\n"},
		{"at the end of a text without a line end", "a: 1", document.Number(2), "b", "a: 1\nb: 2"},
		{"before a text of several lines", "a: |\n  one\n  two\n", document.Number(2), "b", "b: 2\na: |\n  one\n  two\n"},
		{"in a list's entry", "- a: 1\n- b: 1\n", document.Number(2), "0.c", "- a: 1\n  c: 2\n- b: 1\n"},
		{"in JSON on lines", "{\n  \"a\": 1\n}\n", document.Mapping("x", document.Text("y")), "b", "{\n  \"b\": {\n    \"x\": \"y\"\n  },\n  \"a\": 1\n}\n"},
		{"in JSON on one line", `{"a": {"b": 1}}`, document.Number(2), "a.c", `{"a": {"c": 2, "b": 1}}`},
		{"into what is empty", "a: {}\nb: 1\n", document.Number(2), "a.c", "a:\n  c: 2\nb: 1\n"},
		{"into nothing", "a:\nb: 1\n", document.Number(2), "a.c", "a:\n  c: 2\nb: 1\n"},
		{"a list of another length", "l: # list\n- 1\n- 2\nm: 1\n", document.Sequence(document.Number(1)), "l", "l: # list\n- 1\nm: 1\n"},
		{"a text of several lines", "a: |\n  one\n", document.Text("two"), "a", "a: |-\n  two\n"},
		{"through an alias", "a: &x {v: 1}\nb: *x\n", document.Number(2), "b.v", "a: &x {v: 2}\nb: *x\n"},
	} {
		tree, err := document.Parse("f", []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		root := tree.Docs[len(tree.Docs)-1].Content[0]
		path := strings.Split(c.path, ".")
		if root.Kind == yaml.SequenceNode {
			root, path = root.Content[0], path[1:]
		}
		tree.Put(root, c.value, path...)
		got, err := tree.Bytes()
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.says, err, got, c.want)
		}
	}
}

func TestCut(t *testing.T) {
	tree, err := document.Parse("f", []byte("# head\na: 1\nb: 2 # two\n"))
	if err != nil {
		t.Fatal(err)
	}
	tree.Cut(tree.Docs[0].Content[0], "a")
	if got, err := tree.Bytes(); err != nil || string(got) != "b: 2 # two\n" {
		t.Errorf("%v %q", err, got)
	}
}

func TestBrokenTextNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{"a: 1\nb: [1\nc: 2": "f:2: ", "a: 1\nb: }": "f:2: ", "[1": "f:1: ", "a: \"x": "f: ", "a: 1\n\tb: 2": "f:2: ", "a: *x": "f: ", "\x00": "f: "} {
		_, err := document.Parse("f", []byte(text))
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.HasPrefix(bad.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever is changed, the text says what the tree says.
func FuzzPut(f *testing.F) {
	for _, s := range []string{"a: 1", "a: {b: 'c'}\n", `{"a": [1, "b"]}`, "- a: |\n   x\n- b", "a: &x 1\nb: *x", "? a\n: b", "a: \"b\\\n  c\"", "a: b\n  c"} {
		f.Add([]byte(s), "k", "v")
	}
	f.Fuzz(func(t *testing.T, text []byte, key, value string) {
		tree, err := document.Parse("f", text)
		if err != nil || len(tree.Docs) == 0 {
			return
		}
		root := tree.Docs[0].Content[0]
		if root.Kind != yaml.MappingNode || !plain(key) || !plain(value) {
			return
		}
		tree.Put(root, document.Text(value), key)
		out, err := tree.Bytes()
		if err != nil {
			return
		}
		back, err := document.Parse("f", out)
		if err != nil {
			t.Fatalf("%q with %s=%s is %q: %v", text, key, value, out, err)
		}
		if got := document.Get(back.Docs[0].Content[0], key); got == nil || got.Kind == yaml.ScalarNode && got.Value != value {
			t.Fatalf("%q with %s=%s is %q", text, key, value, out)
		}
	})
}

func plain(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == "" && s != "null"
}
