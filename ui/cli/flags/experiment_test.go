package flags

import "testing"

func FuzzSplitCommand(f *testing.F) {
	for _, s := range []string{"python3 app.py --port {port}", `"a b" 'c'`, "a|b", "${X:?no}", "{1..9}", "$((1/0))", "~/x", "a #b", "\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args, err := splitCommand(line)
		if err == nil && len(args) == 0 {
			t.Error("no command and no error")
		}
	})
}
