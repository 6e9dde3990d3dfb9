package report

import (
	"strings"
	"testing"
)

func TestTextsFromOutsideAreNoMarkup(t *testing.T) {
	for text, want := range map[string]string{
		"a|b": `a\|b`, "<b>x</b> & y": "&lt;b&gt;x&lt;/b&gt; &amp; y", "*so* `it` _is_ [a](b) # ~": "\\*so\\* \\`it\\` \\_is\\_ \\[a\\](b) \\# \\~",
		"\x1b[2Jred\nline": "red line", `back\slash`: `back\\slash`,
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
	a, b := quick(1), quick(2)
	a.rec.Run.Name, b.rec.Run.Name = "<script>", "one | two\x1b[2J"
	c := Compare(records(a, b))
	text := string(c.Markdown())
	if strings.Contains(text, "<script") || strings.Contains(text, "\x1b") || !strings.Contains(text, `run 2 one \| two`) {
		t.Errorf("%.300s", text)
	}
}
