package lab_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "autoscale-lab/"

// forTests are the rooms that tests alone may go to.
var forTests = []string{"lab/golden", "ui/screentest"}

// The house: who may import whom of ours. A trailing /… stands for all below.
var house = map[string][]string{
	"lab":                   {},
	"lab/load":              {"lab"},
	"lab/policy":            {"lab", "lab/policy/aws", "lab/policy/kube", "lab/policy/stage"},
	"lab/policy/aws":        {"lab", "lab/policy/stage"},
	"lab/policy/kube":       {"lab", "lab/policy/stage"},
	"lab/policy/stage":      {"lab"},
	"lab/report":            {"lab", "lab/numeral", "lab/report/offered", "lab/stat"},
	"lab/report/draw":       {"lab", "lab/numeral", "lab/report", "lab/report/offered"},
	"lab/report/file":       {"lab", "lab/report", "lab/report/offered", "lab/report/draw", "lab/report/page"},
	"lab/report/offered":    {"lab", "lab/numeral"},
	"lab/report/page":       {"lab", "lab/numeral", "lab/report", "lab/stat"},
	"lab/capacity":          {"lab"},
	"lab/filter":            {"lab"},
	"lab/series":            {"lab"},
	"lab/stat":              {},
	"lab/golden":            {},
	"lab/numeral":           {},
	"lab/manifest":          {"lab", "lab/policy", "lab/policy/aws", "lab/manifest/document"},
	"lab/manifest/document": {"lab"},
	"engine":                {"lab", "lab/load", "lab/policy", "engine/balancer", "engine/loadgen"},
	"engine/balancer":       {"lab"},
	"engine/loadgen":        {"lab", "lab/load"},
	"engine/local":          {"lab", "engine/app", "engine/local/process"},
	"engine/local/process":  {"lab"},
	"engine/app":            {},
	"engine/external":       {"lab"},
	"engine/calibrate":      {"lab", "lab/capacity", "engine"},
	"store":                 {"lab", "store/codec", "store/codec/codectest", "store/disk", "store/driver"},
	"store/driver":          {},
	"store/disk":            {},
	"store/codec":           {"lab", "store/codec/codectest"},
	"store/codec/codectest": {"lab"},
	"ui":                    {"engine", "lab", "lab/…", "ui/…"},
	"ui/bench":              {"engine", "lab", "lab/report", "ui/pane", "ui/knobs", "ui/screen", "ui/chart", "ui/theme"},
	"ui/history":            {"lab", "lab/numeral", "lab/filter", "lab/report", "ui/history/preview", "ui/pane", "ui/screen", "ui/chart", "ui/theme"},
	"ui/history/preview":    {"lab", "lab/numeral", "lab/filter", "ui/pane", "ui/chart", "ui/theme"},
	"ui/compare":            {"lab", "lab/report", "lab/report/offered", "lab/stat", "ui/pane", "ui/screen", "ui/chart", "ui/theme"},
	"ui/pane":               {"lab", "lab/numeral", "ui/knobs", "ui/chart", "ui/theme"},
	"ui/knobs":              {"lab", "ui/screen", "ui/chart", "ui/theme"},
	"ui/screen":             {"lab", "ui/theme"},
	"ui/screentest":         {"lab/golden", "ui/screen", "ui/theme"},
	"ui/chart":              {"ui/theme"},
	"ui/theme":              {},
	"ui/cli":                {"lab", "lab/numeral", "lab/load", "lab/policy", "lab/report", "lab/series", "lab/manifest", "lab/capacity", "ui/cli/flags", "ui/cli/history", "ui/cli/run", "ui/cli/shell"},
	"ui/cli/history":        {"lab", "lab/numeral", "lab/load", "lab/policy", "lab/report", "lab/report/file", "lab/report/offered", "lab/filter", "lab/series", "ui/cli/flags", "ui/cli/shell", "ui/cli/show"},
	"ui/cli/show":           {"lab", "lab/numeral", "lab/report", "lab/filter", "ui/cli/shell"},
	"ui/cli/run":            {"lab", "lab/numeral", "lab/report", "lab/series", "ui/cli/flags", "ui/cli/shell", "ui/cli/show"},
	"ui/cli/shell":          {"lab", "lab/numeral"},
	"ui/cli/flags":          {"lab", "lab/load", "lab/policy", "lab/manifest"},
}

// topLevel is all that may stand beside dotfiles at the top.
var topLevel = []string{"LICENSE", "README.md", "engine", "go.mod", "go.sum", "lab", "main.go", "store", "ui"}

// rooms maps each package folder to the packages of ours its Go files import;
// tests in a package of their own (_test) may import whatever they check.
func rooms(t *testing.T, root string) map[string][]string {
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		isTest := strings.HasSuffix(path, "_test.go")
		if isTest && strings.HasSuffix(file.Name.Name, "_test") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		room := filepath.ToSlash(rel)
		out[room] = append(out[room], []string{}...)
		for _, imp := range file.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			if ours, ok := strings.CutPrefix(name, module); ok && !slices.Contains(out[room], ours) && !(isTest && slices.Contains(forTests, ours)) {
				out[room] = append(out[room], ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestArrowsRunOneWay(t *testing.T) {
	found := rooms(t, "..")
	if len(found) < 5 {
		t.Fatalf("only %d packages found: the test looks in the wrong place", len(found))
	}
	for room, imports := range found {
		if room == "." {
			continue // main.go wires everything
		}
		allowed, ok := house[room]
		if !ok {
			t.Errorf("package %s has no place in the house", room)
		}
		for _, imp := range imports {
			if slices.Contains(forTests, imp) && !slices.Contains(forTests, room) {
				t.Errorf("%s imports %s, which is for tests", room, imp)
			}
			if !slices.ContainsFunc(allowed, func(a string) bool {
				below, all := strings.CutSuffix(a, "…")
				return a == imp || all && strings.HasPrefix(imp, below)
			}) {
				t.Errorf("%s imports %s; it may import %v", room, imp, allowed)
			}
		}
	}
}

func TestNothingElseAtTheTop(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && name != "autoscale-lab" && !slices.Contains(topLevel, name) {
			t.Errorf("%s stands at the top", name)
		}
	}
}
