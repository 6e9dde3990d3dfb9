package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
)

func decoded(t *testing.T, data []byte) []lab.Tick {
	t.Helper()
	got, err := Decode(data, Whole)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A field that is added to the vocabulary and not to fields.go fails here.
func TestEveryFieldIsKept(t *testing.T) {
	for _, n := range []int{1, 2, 7} {
		want := codectest.Full(n)
		codectest.Same(t, want, decoded(t, Encode(want, 0)))
	}
}

func TestTicksAsTheyComeAreKept(t *testing.T) {
	for name, want := range map[string][]lab.Tick{
		"no tick":      nil,
		"an empty one": {{}},
		"empty ones":   {{}, {}, {}},
		"a lesson":     codectest.Lesson(20, 5),
		"an item that is zero but for its moment": {{
			Sample:   lab.Sample{At: time.Second},
			Decision: lab.Decision{Forecast: []lab.Point{{At: time.Second}}, Next: []lab.Wait{{At: time.Second}}},
			Events:   []lab.Event{{At: time.Second}, {At: time.Second, Action: &lab.Action{At: time.Second}}},
		}},
		"counts and steps, short and long": {{Sample: lab.Sample{Generator: lab.Traffic{
			Latency: lab.Hist{{Top: 0, N: 7}, {Top: 30 * time.Microsecond, N: 8}, {Top: 61 * time.Microsecond, N: 1}, {Top: 93 * time.Microsecond, N: 7}, {Top: 255 * time.Microsecond, N: 1000}},
			Service: lab.Hist{{Top: 200 * time.Microsecond, N: 0}, {Top: 255 * time.Microsecond, N: -1}, {Top: 1048575 * time.Microsecond, N: math.MaxInt64}, {Top: 1048575 * time.Microsecond, N: math.MinInt64}},
		}}}},
		"extreme figures": {{
			Sample:   lab.Sample{At: math.MaxInt64, Span: math.MinInt64, Desired: math.MaxInt, Capacity: math.MaxFloat64, Level: math.SmallestNonzeroFloat64},
			Decision: lab.Decision{Stages: []lab.Stage{{Value: math.Inf(1)}, {Value: math.Copysign(0, -1)}, {Value: -1e-300}}},
		}, {
			Sample: lab.Sample{At: math.MinInt64, Span: math.MaxInt64, Desired: math.MinInt, Generator: lab.Traffic{Latency: lab.Hist{{Top: 1, N: 1}, {Top: 3 * time.Microsecond, N: math.MaxInt64}}}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := decoded(t, Encode(want, 0))
			codectest.Same(t, want, got)
			for i := range want {
				for k, s := range want[i].Decision.Stages {
					if math.Float64bits(s.Value) != math.Float64bits(got[i].Decision.Stages[k].Value) {
						t.Errorf("stage %d: %v is not bit for bit %v", k, got[i].Decision.Stages[k].Value, s.Value)
					}
				}
			}
		})
	}
}

func TestTimesCountFromTheOrigin(t *testing.T) {
	const origin = 90 * time.Second
	tick := lab.Tick{
		Sample: lab.Sample{
			At: origin + time.Second, Span: time.Second,
			System: lab.Known(.5, origin+time.Second, 3*time.Second),
			Lab:    lab.Known(.1, 0, time.Second), // known since lab time 0
			Instances: []lab.Instance{
				{ID: "i1", Started: 0, StateSince: 2 * time.Second, ReadySince: 2 * time.Second, EverReady: true},
				{ID: "i2", Started: origin, StateSince: origin, ReadySince: origin, EverReady: true, Ended: origin},
				{ID: "i3", Started: origin + time.Second},
				{ID: "i4", EverReady: true},
			},
		},
		Decision: lab.Decision{
			Next:     []lab.Wait{{What: "cooldown", At: origin + 4*time.Second}},
			Forecast: []lab.Point{{At: origin + 60*time.Second, Value: 3}},
		},
		Shadows: []lab.Shadow{{Decision: lab.Decision{Next: []lab.Wait{{At: origin}}}}},
		Events:  []lab.Event{{At: origin, Action: &lab.Action{At: origin + time.Millisecond}}},
	}
	got := decoded(t, Encode([]lab.Tick{tick}, origin))
	want := lab.Tick{
		Sample: lab.Sample{
			At: time.Second, Span: time.Second,
			System: lab.Known(.5, time.Second, 3*time.Second),
			Lab:    lab.Known(.1, -origin, time.Second),
			Instances: []lab.Instance{
				{ID: "i1", Started: -origin, StateSince: -88 * time.Second, ReadySince: -88 * time.Second, EverReady: true},
				{ID: "i2", Started: 0, StateSince: 0, ReadySince: 1, EverReady: true, Ended: 1}, // 0 would mean never
				{ID: "i3", Started: time.Second},
				{ID: "i4", Started: -origin, StateSince: -origin, ReadySince: -origin, EverReady: true},
			},
		},
		Decision: lab.Decision{
			Next:     []lab.Wait{{What: "cooldown", At: 4 * time.Second}},
			Forecast: []lab.Point{{At: 60 * time.Second, Value: 3}},
		},
		Shadows: []lab.Shadow{{Decision: lab.Decision{Next: []lab.Wait{{At: 0}}}}},
		Events:  []lab.Event{{At: 0, Action: &lab.Action{At: time.Millisecond}}},
	}
	want.Sample.Instances[2].StateSince = -origin
	codectest.Same(t, []lab.Tick{want}, got)
}

// The golden chunks are of each format there has been: Full(3), and of the
// second Full(2) and Lesson(2, 2). They are never written anew when a field is
// added: what they do not hold must be read as zero.
func TestChunksOfEarlierReleasesAreRead(t *testing.T) {
	for format, parse := range map[string]func(text []byte, want *[]lab.Tick) error{
		"1": func(text []byte, want *[]lab.Tick) error { codectest.ByGoName(t, text, want); return nil },
		"2": func(text []byte, want *[]lab.Tick) error { return json.Unmarshal(text, want) },
	} {
		chunk, err := os.ReadFile("testdata/chunk" + format + ".bin")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile("testdata/chunk" + format + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var want []lab.Tick
		if err := parse(text, &want); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(chunk[0]); got != format {
			t.Errorf("chunk %s is of format %s", format, got)
		}
		codectest.Same(t, want, decoded(t, chunk))
	}
}

// An older reader skips what it does not know; a newer one takes what is not
// there as zero.
func TestFieldsMayBeAddedLater(t *testing.T) {
	type thing struct{ Old, New int }
	fields := func(c *codec, things []thing, tags ...int) {
		r := rows[thing]{}
		for i := range things {
			r.p, r.prev = append(r.p, &things[i]), append(r.prev, int32(i-1))
		}
		c.always(1, func() {
			for _, tag := range tags {
				integer(c, tag, r, func(t *thing) *int { return []*int{&t.Old, &t.New}[tag-1] })
			}
		})
	}
	want := []thing{{1, 10}, {2, 20}, {2, 20}}
	for _, tt := range []struct {
		name        string
		write, read []int
		want        []thing
	}{
		{"old to new", []int{1}, []int{1, 2}, []thing{{1, 0}, {2, 0}, {2, 0}}},
		{"new to old", []int{1, 2}, []int{1}, []thing{{1, 0}, {2, 0}, {2, 0}}},
		{"new to new", []int{1, 2}, []int{2, 1}, want},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &codec{}
			fields(w, want, tt.write...)
			got := make([]thing, len(want))
			r := &codec{decoding: true, room: decodedLimit}
			r.parse(w.out)
			fields(r, got, tt.read...)
			if r.err != nil {
				t.Fatal(r.err)
			}
			codectest.Same(t, tt.want, got)
		})
	}
}

func TestDamageIsNoticed(t *testing.T) {
	whole := Encode(codectest.Full(2), 0)
	for i := range whole {
		broken := bytes.Clone(whole)
		broken[i] ^= 0x10
		if _, err := Decode(broken, Whole); err == nil {
			t.Fatalf("a change of byte %d of %d is not noticed", i, len(whole))
		}
		if _, err := Decode(whole[:i], Whole); err == nil {
			t.Fatalf("a chunk cut after %d bytes of %d is not noticed", i, len(whole))
		}
	}
}

func TestHostileTextIsCleaned(t *testing.T) {
	ticks := []lab.Tick{{Sample: lab.Sample{Instances: []lab.Instance{{ID: "i1\x1b[2J", Note: "a\u202eb"}}}, Decision: lab.Decision{Reason: "CPU 36 % > 35 %: 4 → 5\r\n"}}}
	got := decoded(t, Encode(ticks, 0))[0]
	if s := got.Sample.Instances[0].ID + got.Sample.Instances[0].Note + got.Decision.Reason; strings.ContainsAny(s, "\x1b\u202e\r\n") || !strings.Contains(s, "4 → 5") {
		t.Errorf("read %q", s)
	}
}

// Whatever the bytes, reading ends, without panic and within bounds.
func FuzzDecode(f *testing.F) {
	for _, ticks := range [][]lab.Tick{codectest.Full(1), codectest.Full(4), codectest.Lesson(5, 3)} {
		chunk := Encode(ticks, 0)
		f.Add(chunk[1 : len(chunk)-4])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ticks, err := decodeSection(data, Whole)
		if err != nil {
			return
		}
		again, err := Decode(Encode(ticks, 0), Whole)
		if err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		if len(again) != len(ticks) {
			t.Fatalf("%d ticks became %d", len(ticks), len(again))
		}
	})
}

// Histograms cost a byte or two a bucket as long as the lab records them on
// this grid.
func TestRecordedHistogramsLieOnTheGrid(t *testing.T) {
	h := lab.NewHistogram()
	for d := time.Microsecond; d <= lab.MaxLatency; d += d/50 + time.Microsecond {
		h.Record(d)
	}
	cut := h.Cut()
	for _, b := range cut {
		if _, ok := gridIndex(grid(), b.Top); !ok {
			t.Fatalf("%v has no place in the grid", b.Top)
		}
	}
	size := len(Encode([]lab.Tick{{Sample: lab.Sample{Front: lab.Traffic{Latency: cut, Service: cut}}}}, 0))
	if size > 2*len(cut) {
		t.Errorf("%d buckets take %d bytes", len(cut), size)
	}
}

// An outline is the whole but for what nothing is scored or compared by.
func TestOutline(t *testing.T) {
	for _, ticks := range [][]lab.Tick{codectest.Full(3), codectest.Lesson(90, 3)} {
		chunk := Encode(ticks, 0)
		want, err := Decode(chunk, Whole)
		if err != nil {
			t.Fatal(err)
		}
		cut := 0
		for i := range want {
			s := &want[i].Sample
			cut += len(s.Generator.Service) + len(s.Front.Latency)
			s.Generator.Service, s.Foreign.Service, s.Front.Latency, s.Front.Service = nil, nil, nil, nil
			for k := range s.Instances {
				in := &s.Instances[k]
				cut += len(in.Traffic.Latency)
				*in = lab.Instance{ID: in.ID, Num: in.Num, PID: in.PID, State: in.State, EverReady: in.EverReady, Hung: in.Hung, Started: in.Started, Ended: in.Ended, CPU: in.CPU}
			}
		}
		got, err := Decode(chunk, Outline)
		if err != nil || cut == 0 {
			t.Fatal(err, cut)
		}
		codectest.Same(t, want, got)
	}
}
