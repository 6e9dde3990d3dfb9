// Package golden holds what tests see to files that were looked at. Only tests
// import it.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Update tells whether the files are written anew, as what is seen is meant.
var Update = flag.Bool("update", false, "write the golden files anew")

// Check holds what is got to the file of that name in testdata.
func Check[Text string | []byte](t *testing.T, name string, got Text) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *Update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); look, then -update:\n%s", path, diff)
	}
}
