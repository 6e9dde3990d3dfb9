// Package codectest makes ticks to try the notebook with: some as a bench would
// have measured them, and some of which no field is zero.
package codectest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"autoscale-lab/lab"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Lesson is a run as it might have been measured: n ticks of a second, of so
// many instances, each serving about 25 requests/s.
func Lesson(n, instances int) []lab.Tick {
	rnd := rand.New(rand.NewPCG(1, 2))
	ticks := make([]lab.Tick, n)
	hist := lab.NewHistogram()
	cut := func(count int) (latency, service lab.Hist) {
		for pass := range 2 {
			for range count {
				hist.Record(time.Duration(4e6 * (1 + rnd.ExpFloat64()) * float64(2-pass)))
			}
			if pass == 0 {
				latency = hist.Cut()
			}
		}
		return latency, hist.Cut()
	}
	for i := range ticks {
		at := time.Duration(i+1)*time.Second + time.Duration(rnd.IntN(200_000))
		span := time.Second + time.Duration(rnd.IntN(300_000))
		s := lab.Sample{
			At: at, Span: span, Desired: instances, Limits: lab.Limits{Min: 1, Max: instances}, Capacity: 50, LoadOn: true, Level: 25 * float64(instances),
			System:     lab.Known(rnd.Float64(), at, span),
			FreeMemory: lab.Known(float64(rnd.IntN(1<<20)*4096), at, 0),
			Lab:        lab.Known(rnd.Float64()/20, at, span),
		}
		for k := range instances {
			in := lab.Instance{
				ID: fmt.Sprintf("i%d", k+1), Num: k + 1, PID: 40000 + 7*k, Addr: fmt.Sprintf("127.0.0.1:%d", 5000+k), State: lab.Ready, EverReady: true,
				Started: time.Duration(k) * 1234567, StateSince: time.Duration(k) * 12345678, ReadySince: time.Duration(k) * 12345678, Size: .2, Enforced: true,
				CPU:     lab.Known(.8+rnd.Float64()/10, at+time.Duration(rnd.IntN(100_000)), span),
				Memory:  lab.Known(float64(3000+rnd.IntN(20))*4096, at-time.Duration(i%5)*time.Second, 0),
				Starved: lab.Known(rnd.Float64()/100, at, span),
			}
			count := 20 + rnd.IntN(10)
			in.Traffic = lab.Traffic{Offered: int64(count), Arrived: int64(count), OK: int64(count), InFlight: rnd.IntN(4), Busy: time.Duration(count) * 8 * time.Millisecond}
			in.Traffic.Latency, _ = cut(count)
			in.Traffic.Service = in.Traffic.Latency // as a balancer has it
			s.Front.Add(&in.Traffic)
			s.Instances = append(s.Instances, in)
		}
		s.Generator = s.Front
		s.Generator.Latency, s.Generator.Service = cut(25 * instances)
		ticks[i] = lab.Tick{Sample: s, Decision: lab.Decision{
			Desired: instances, Reason: fmt.Sprintf("CPU %.1f %% within 15 %% to 35 %%", 100*s.InstanceCPU().Value),
			Stages: []lab.Stage{{Name: "window", Value: s.InstanceCPU().Value}, {Name: "raw", Value: rnd.Float64() * 5}, {Name: "clamp", Value: float64(instances), Text: "at max"}},
			Next:   []lab.Wait{{What: "cooldown", At: at + 2*time.Second}},
		}}
		if i%10 == 0 {
			ticks[i].Events = []lab.Event{{At: at, By: lab.ByUser, Kind: lab.EventAction, Text: "upper 35 % → 40 %", Action: &lab.Action{At: at, By: lab.ByUser, Kind: lab.ActSet, Target: "policy", Name: "upper", From: "35%", To: "40%"}}}
		}
	}
	return ticks
}

// Full are ticks of which no field is zero.
func Full(n int) []lab.Tick {
	ticks, next := make([]lab.Tick, n), 0
	for i := range ticks {
		filled(reflect.ValueOf(&ticks[i]).Elem(), &next, 1+i%3)
		ticks[i].Sample.At = time.Duration(i+1) * time.Second
	}
	return ticks
}

// Fill gives every field of *v, however deep, a value that is not zero; lists
// get two items.
func Fill[T any](v *T) {
	next := 0
	filled(reflect.ValueOf(v).Elem(), &next, 2)
}

// filled gives every field of v, however deep, a value of its own that is not
// zero; lists get n items.
func filled(v reflect.Value, next *int, n int) {
	*next++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*next) * 1_000_003)
	case reflect.Uint8:
		v.SetUint(uint64(*next%7 + 1))
	case reflect.Float64:
		v.SetFloat(float64(*next) / 3)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", *next))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), next, n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			filled(v.Index(i), next, n)
		}
	case reflect.Array:
		for i := range v.Len() {
			filled(v.Index(i), next, n)
		}
	case reflect.Struct:
		if _, ok := v.Interface().(time.Time); ok {
			v.Set(reflect.ValueOf(time.Unix(0, int64(*next)*1_000_003)))
			return
		}
		for i := range v.NumField() {
			filled(v.Field(i), next, n)
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

// ByGoName sets what v points to from JSON in which the fields of structs have
// their names in Go, as the stored samples have; where one of Host or Summary
// has a name of its own, that.
func ByGoName(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := byGoName(text, reflect.ValueOf(v).Elem()); err != nil {
		t.Fatal(err)
	}
}

func byGoName(text json.RawMessage, v reflect.Value) error {
	switch t := v.Type(); {
	case string(text) == "null":
		return nil
	case t.Kind() == reflect.Uint8: // a lab.State is a number there
		n, err := strconv.ParseUint(string(text), 10, 8)
		v.SetUint(n)
		return err
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		v.Set(reflect.New(t.Elem()))
		return byGoName(text, v.Elem())
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		var items []json.RawMessage
		err := json.Unmarshal(text, &items)
		if t.Kind() == reflect.Slice {
			v.Set(reflect.MakeSlice(t, len(items), len(items)))
		}
		for i := range items {
			err = errors.Join(err, byGoName(items[i], v.Index(i)))
		}
		return err
	case t.Kind() != reflect.Struct || slices.Contains([]reflect.Type{reflect.TypeFor[time.Time](), reflect.TypeFor[lab.Host](), reflect.TypeFor[lab.Summary]()}, t):
		return json.Unmarshal(text, v.Addr().Interface())
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(text, &fields)
	for name, text := range fields {
		f := v.FieldByName(name)
		if !f.IsValid() {
			return fmt.Errorf("%s has no field %s", v.Type(), name)
		}
		err = errors.Join(err, byGoName(text, f))
	}
	return err
}

// Same fails the test where got is not want, and shows what differs. An empty
// list is as good as none.
func Same(t *testing.T, want, got any) {
	t.Helper()
	if reflect.DeepEqual(want, got) { // much the quicker way to a yes
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}
