package lab_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"autoscale-lab/lab"
	"autoscale-lab/lab/stat"
)

// casesFile holds runs with all their scores, Mann-Whitney tests and verdicts of
// comparisons. More of the same may stand in the folder that the environment
// variable AUTOSCALE_LAB_CASES names.
const casesFile = "elasticity_cases.json"

type elasticityCases struct {
	Schema struct {
		Default map[string]any `json:"params_default"`
	}
	Cases       []lab.ScoreCase
	MannWhitney []struct {
		ID        string
		A, B      []float64
		U, P      float64
		SmallestP float64 `json:"smallest_p"`
	} `json:"mann_whitney"`
	Verdicts []struct {
		ID, Why, Better    string
		Absolute, Relative float64
		A, B               []*float64
		Word               stat.Word
	}
}

func TestElasticityCases(t *testing.T) {
	paths := []string{filepath.Join("testdata", casesFile)}
	if dir := os.Getenv("AUTOSCALE_LAB_CASES"); dir != "" {
		paths = append(paths, filepath.Join(dir, casesFile))
	}
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if i > 0 && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var file elasticityCases
		if err == nil {
			err = json.Unmarshal(data, &file)
		}
		if err != nil {
			t.Fatal(path, err)
		}
		passed, all := 0, 0
		try := func(id string, check func(*testing.T)) {
			all++
			if t.Run(id, check) {
				passed++
			}
		}
		for _, c := range file.Cases {
			try(c.ID, func(t *testing.T) { c.Check(t, file.Schema.Default) })
		}
		for _, c := range file.MannWhitney {
			try(c.ID, func(t *testing.T) {
				u, p, least := stat.MannWhitney(c.A, c.B)
				if u != c.U || math.Abs(p-c.P) > 1e-9 || math.Abs(least-c.SmallestP) > 1e-9 {
					t.Errorf("u %v, p %v, least %v; want %v, %v, %v", u, p, least, c.U, c.P, c.SmallestP)
				}
			})
		}
		better := map[string]stat.Better{"neutral": stat.Neutral, "lower": stat.Lower, "higher": stat.Higher, "zero": stat.Zero}
		for _, c := range file.Verdicts {
			try(c.ID, func(t *testing.T) {
				r := stat.Rule{Better: better[c.Better], Abs: c.Absolute, Rel: c.Relative}
				if got := r.Judge(numbers(c.A), numbers(c.B)).Word; got != c.Word {
					t.Errorf("%q, want %q (%s)", got, c.Word, c.Why)
				}
			})
		}
		fmt.Printf("%s: %d of %d\n", casesFile, passed, all)
		if all == 0 {
			t.Errorf("%s holds no cases", path)
		}
	}
}

// numbers are values of which some are not known.
func numbers(values []*float64) (out []float64) {
	for _, v := range values {
		if v == nil {
			out = append(out, math.NaN())
		} else {
			out = append(out, *v)
		}
	}
	return out
}
