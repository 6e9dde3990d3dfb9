package lab

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestAHistogramInJSON(t *testing.T) {
	want := Hist{{1000, 1}, {4_000_000, 9}, {MaxLatency, 1 << 62}}
	text, err := json.Marshal(want)
	if err != nil || string(text) != "[[1000,1],[4000000,9],[600000000000,4611686018427387904]]" {
		t.Fatalf("%s, %v", text, err)
	}
	for _, spelled := range []string{string(text), " [ [1000 ,1],\n[4000000, 9]\t,[600000000000,4611686018427387904] ] "} {
		var got Hist
		if err := json.Unmarshal([]byte(spelled), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %v, %v", spelled, got, err)
		}
	}
	for _, bad := range []string{"[1,2]", "[[1]]", "[[1,2,3]]", "[[1,0]]", "[[1,-2]]", "[[-1,2]]", "[[1.5,2]]", "[[1e3,2]]", `[["1",2]]`, "[[2,1],[1,1]]", "[[1,1],[1,1]]", "{}", "3", "[null]", "[[[1,2]]]", "[[1,99999999999999999999]]"} {
		var got Hist
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s is read as %v", bad, got)
		}
	}
	var none Hist
	if err := json.Unmarshal([]byte("[]"), &none); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
}
