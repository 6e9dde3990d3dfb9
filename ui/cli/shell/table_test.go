package shell

import (
	"strings"
	"testing"
)

func TestATableFitsATerminal(t *testing.T) {
	for width, want := range map[int]string{
		100: "ID  NAME    SCORE  NOTE\n42  a name     97  kept\n",
		22:  "ID  NAME    SCORE\n42  a name     97\n",
		17:  "ID  NAME    SCORE\n42  a name     97\n",
		16:  "ID  SCORE\n42     97\n",
		1:   "ID  SCORE\n42     97\n", // the rest stays
	} {
		table := Columns(">ID", "NAME", ">SCORE", "NOTE")
		table.Row("42", "a name", "97", "kept")
		table.Fit(width, "NOTE", "NAME")
		var b strings.Builder
		table.Print(&b, func(s string) string { return s })
		if b.String() != want {
			t.Errorf("%d wide:\n%s", width, b.String())
		}
	}
}
