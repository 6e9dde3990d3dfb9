package capacity

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

var targets = Targets{Utilization: .8, P95: 200 * time.Millisecond}

// server is an instance on paper.
type server struct {
	full    float64       // requests/s at which it is full; or, blind, more than it answers
	base    time.Duration // p95 of an idle one
	idle    float64       // utilization without a request
	blind   bool          // its CPU is not known
	noise   float64       // of utilization, a share of it, standard deviation
	spikes  float64       // share of steps in which something else made p95 bad
	sender  float64       // requests/s above which they are sent late; 0: none
	random  *rand.Rand
	spiked  int
	visited []float64
}

func (s *server) measure(rate float64) Measured {
	s.visited = append(s.visited, rate)
	span := 4 * time.Second
	if rate < 8 {
		span *= 3
	}
	m := Measured{PerSecond: rate, Span: span}
	offered := rate * span.Seconds()
	ok := min(offered, s.full*span.Seconds())
	m.Traffic = lab.Traffic{Offered: int64(math.Round(offered)), Arrived: int64(math.Round(offered)), OK: int64(math.Round(ok)), InFlight: int(offered - ok)}
	use := min(rate/s.full, .999)
	p95 := s.base + time.Duration(float64(s.base)*use/(2*(1-use))) // M/D/1: waiting = service · ρ/2(1−ρ)
	if !s.blind {
		m.CPU = lab.Known(min(1, s.idle+(1-s.idle)*use)*(1+s.noise*s.random.NormFloat64()), 0, span)
	}
	if s.random.Float64() < s.spikes {
		p95 += time.Second
		s.spiked++
	}
	if s.sender > 0 && rate > s.sender {
		m.Traffic.Late = m.Traffic.Arrived / 2
		p95 += time.Second
	}
	m.Traffic.Latency = lab.Hist{{Top: p95, N: m.Traffic.OK}}
	return m
}

func (s *server) search(t *testing.T, expected float64) *Search {
	t.Helper()
	if s.random == nil {
		s.random = rand.New(rand.NewPCG(1, 2))
	}
	search := NewSearch(targets, expected, 100000)
	for {
		rate, more := search.Next()
		if !more {
			return search
		}
		if rate < Least || rate > 100000 || len(s.visited) > 40 {
			t.Fatalf("it tries %v", append(s.visited, rate))
		}
		search.Add(targets.Judge(s.measure(rate)))
	}
}

func TestSearchFindsWhatAnInstanceCarries(t *testing.T) {
	for _, c := range []struct {
		says        string
		server      server
		expected    float64
		want        float64 // the most that holds
		most        int     // steps, those repeated included
		within      float64 // ratio of what is found to want, at worst
		lastWasFull bool
	}{
		{"the built-in app, as expected", server{full: 50, base: 5 * time.Millisecond}, 40, 40, 4, 1.031, true},
		{"the built-in app, less than expected", server{full: 45, base: 5 * time.Millisecond}, 40, 36, 7, 1.031, true},
		{"the built-in app, half of what is expected", server{full: 25, base: 5 * time.Millisecond}, 40, 20, 7, 1.031, true},
		{"the built-in app, twice what is expected", server{full: 100, base: 5 * time.Millisecond}, 40, 80, 7, 1.031, true},
		{"an app nobody knows", server{full: 800, base: 2 * time.Millisecond}, 0, 640, 12, 1.031, true},
		{"a slow one", server{full: 3, base: 20 * time.Millisecond}, 0, 2.4, 12, 1.031, true},
		{"a fast one", server{full: 30000, base: time.Millisecond}, 0, 24000, 16, 1.031, true},
		{"one that is busy when idle", server{full: 800, base: 2 * time.Millisecond, idle: .3}, 0, 800 * .5 / .7, 14, 1.031, true},
		{"one whose CPU nobody knows: until p95", server{full: 500, base: 20 * time.Millisecond, blind: true}, 0, 500 * 18. / 19, 16, 1.031, false},
		{"p95 is bound before utilization", server{full: 500, base: 120 * time.Millisecond}, 0, 500 * 4. / 7, 16, 1.031, false},
		{"one that just carries 1/s", server{full: 1.28, base: 20 * time.Millisecond}, 0, 1.024, 12, 1.031, true},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := c.server.search(t, c.expected)
			best, doubt, err := s.Found()
			if err != nil || doubt != "" {
				t.Fatal(err, doubt)
			}
			if ratio := c.want / best.PerSecond; ratio > c.within || ratio < 1/1.006 || !best.Held {
				t.Errorf("found %v, want %.4g, by %v", best.PerSecond, c.want, c.server.visited)
			}
			if n := len(c.server.visited); n > c.most {
				t.Errorf("%d steps: %v", n, c.server.visited)
			}
			if full := strings.HasPrefix(s.hi.Why, "CPU"); full != c.lastWasFull {
				t.Errorf("more does not hold for %q", s.hi.Why)
			}
		})
	}
}

// Utilization that is off by a percent, and one step in ten spoiled by
// something else, move what is found by a few percent at most.
func TestSearchBearsNoise(t *testing.T) {
	const runs = 500
	spiked, off, steps := 0, 0, 0
	for seed := range uint64(runs) {
		s := server{full: 50, base: 5 * time.Millisecond, noise: .01, spikes: .1, random: rand.New(rand.NewPCG(seed, 7))}
		expected := 40.0
		if seed%2 == 1 {
			s.full, expected = 800, 0
		}
		best, doubt, err := s.search(t, expected).Found()
		if err != nil || doubt != "" {
			t.Fatalf("seed %d: %v %s, by %v", seed, err, doubt, s.visited)
		}
		if best.PerSecond > .8*s.full*1.05 || best.PerSecond < .8*s.full/1.05 {
			off++
		}
		if s.spiked > 0 {
			spiked++
		}
		steps += len(s.visited)
	}
	t.Logf("of %d searches %d met a spike, %d ended more than 5 %% off; %.1f steps each", runs, spiked, off, float64(steps)/runs)
	if spiked < runs/4 || off > runs/20 {
		t.Errorf("of %d searches %d met a spike, %d ended more than 5 %% off", runs, spiked, off)
	}
}

func TestSearchThatFindsNothing(t *testing.T) {
	for _, c := range []struct {
		says   string
		server server
		want   string
	}{
		{"full before 1/s", server{full: .5, base: 10 * time.Millisecond}, "does not carry even 1/s: CPU above 80 % of size"},
		{"too slow however little is asked", server{full: 1000, base: time.Second}, "does not carry even 1/s: p95 above 200ms"},
		{"always late", server{full: 1000, base: time.Millisecond, sender: .5}, "50 % of the requests were sent late: the load generator did not keep up"},
	} {
		_, _, err := c.server.search(t, 0).Found()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, by %v", c.says, err, c.server.visited)
		}
		if last := c.server.visited[len(c.server.visited)-1]; last != Least {
			t.Errorf("%s: gives up at %v", c.says, last)
		}
	}
}

func TestSearchBeyondTheMachine(t *testing.T) {
	late := server{full: 1e5, base: time.Millisecond, sender: 3000}
	best, doubt, err := late.search(t, 0).Found()
	if err != nil || !strings.Contains(doubt, "sent late") || best.PerSecond > 3000 || best.PerSecond < 2900 {
		t.Errorf("found %v, doubt %q, %v", best.PerSecond, doubt, err)
	}
	endless := server{full: 1e7, base: time.Millisecond}
	best, doubt, err = endless.search(t, 0).Found()
	if err != nil || doubt == "" || best.PerSecond != 1e5 {
		t.Errorf("found %v, doubt %q, %v", best.PerSecond, doubt, err)
	}
}

// Of two failures the one counts that is past doubt.
func TestOneFailurePastDoubtIsEnough(t *testing.T) {
	fails := func(doubt string) Step {
		return Step{CalibrationStep: lab.CalibrationStep{PerSecond: 41.2}, Why: "p95 above 200ms", Doubt: doubt}
	}
	for _, c := range [][3]string{{"", "late", ""}, {"late", "", ""}, {"late", "full", "late"}} {
		s := NewSearch(targets, 40, 1e5)
		s.Add(Step{CalibrationStep: lab.CalibrationStep{PerSecond: 40, Held: true, Utilization: lab.Known(.79, 0, 0)}})
		s.Add(fails(c[0]))
		if rate, more := s.Next(); rate != 41.2 || !more {
			t.Errorf("after one failure it goes to %v", rate)
		}
		s.Add(fails(c[1]))
		if _, more := s.Next(); more {
			t.Error("it goes on")
		}
		if _, doubt, err := s.Found(); doubt != c[2] || err != nil {
			t.Errorf("%q: doubt %q, %v", c, doubt, err)
		}
	}
}

func TestRoughFarFromAllThatIsKnown(t *testing.T) {
	s := server{full: 800, base: 2 * time.Millisecond, random: rand.New(rand.NewPCG(1, 2))}
	search := NewSearch(targets, 0, 1e5)
	for rate, more := search.Next(); more; rate, more = search.Next() {
		if rough := rate < 600; search.Rough() != rough {
			t.Errorf("%v after %v: rough %t", rate, s.visited, search.Rough())
		}
		search.Add(targets.Judge(s.measure(rate)))
	}
	if NewSearch(targets, 40, 1e5).Rough() {
		t.Error("what is expected deserves a whole look")
	}
}

func TestJudge(t *testing.T) {
	good := func() Measured {
		return Measured{
			PerSecond: 40, Span: 4 * time.Second, CPU: lab.Known(.79, 0, 0),
			Traffic: lab.Traffic{Offered: 160, Arrived: 160, OK: 160, InFlight: 1, Latency: lab.Hist{{Top: 9 * time.Millisecond, N: 160}}},
		}
	}
	for _, c := range []struct {
		says   string
		change func(*Measured)
		why    string // "": it holds
		clear  bool
		doubt  string
	}{
		{"all well", func(*Measured) {}, "", false, ""},
		{"utilization above by what cannot be told", func(m *Measured) { m.CPU.Value = .803 }, "", false, ""},
		{"utilization above", func(m *Measured) { m.CPU.Value = .81 }, "CPU above 80 % of size", false, ""},
		{"utilization far above", func(m *Measured) { m.CPU.Value = .97 }, "CPU above 80 % of size", true, ""},
		{"utilization above, but so were the answers", func(m *Measured) { m.CPU.Value, m.Traffic.OK = .81, 165 }, "", false, ""},
		{"utilization below, but so were the answers", func(m *Measured) { m.CPU.Value, m.Traffic.OK = .79, 155 }, "CPU above 80 % of size", false, ""},
		{"utilization not known", func(m *Measured) { m.CPU.OK = false }, "", false, ""},
		{"slow", func(m *Measured) { m.Traffic.Latency = lab.Hist{{Top: 300 * time.Millisecond, N: 160}} }, "p95 above 200ms", false, ""},
		{"one failure", func(m *Measured) { m.Traffic.Failed[lab.CauseTimeout] = 1 }, "", false, ""},
		{"failures", func(m *Measured) { m.Traffic.Failed[lab.CauseReset], m.Traffic.Failed[lab.CauseTimeout] = 1, 2 }, "3 of 163 requests failed: timeout", false, ""},
		{"no answer", func(m *Measured) { m.Traffic.OK, m.Traffic.Latency = 0, nil; m.Traffic.Offered = 1 }, "no good answer", false, ""},
		{"few answers", func(m *Measured) { m.CPU.OK, m.Traffic.OK = false, 149 }, "answers do not keep up: 149 to 160 requests", false, ""},
		{"a crowd", func(m *Measured) { m.Traffic.InFlight = 27 }, "answers do not keep up: 27 are awaited", true, ""},
		{"the instance ended", func(m *Measured) { m.Broken = "the instance ended: signal: killed"; m.Host = "full" }, "the instance ended: signal: killed", false, ""},
		{"slow on a full machine", func(m *Measured) {
			m.Traffic.Latency, m.Host = lab.Hist{{Top: time.Second, N: 160}}, "the host's CPU is full"
		}, "p95 above 200ms", false, "the host's CPU is full"},
		{"utilization above on a full machine is its own", func(m *Measured) { m.CPU.Value, m.Host = .85, "the host's CPU is full" }, "CPU above 80 % of size", false, ""},
		{"well on a full machine is well", func(m *Measured) { m.Host = "the host's CPU is full" }, "", false, ""},
		{"sent late", func(m *Measured) {
			m.Traffic.Latency, m.Traffic.Late = lab.Hist{{Top: time.Second, N: 160}}, 4
		}, "p95 above 200ms", false, "3 % of the requests were sent late: the load generator did not keep up"},
		{"others send too", func(m *Measured) { m.CPU.Value, m.Foreign = .95, 12 }, "CPU above 80 % of size", false, "12 requests came from elsewhere"},
	} {
		m := good()
		c.change(&m)
		s := targets.Judge(m)
		if s.Held != (c.why == "") || s.Why != c.why || s.Clear != c.clear || s.Doubt != c.doubt {
			t.Errorf("%s: held %t, %q, clear %t, doubt %q", c.says, s.Held, s.Why, s.Clear, s.Doubt)
		}
	}
	m := good()
	if s := targets.Judge(m); s.Served != 40 || s.P95 != 9*time.Millisecond || math.Abs(s.Utilization.Value-.79) > 1e-9 {
		t.Errorf("%+v", s)
	}
}
