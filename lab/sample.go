package lab

import "time"

// Limits are the least and the most instances a policy may ask for.
type Limits struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// Clamp is n within the limits.
func (l Limits) Clamp(n int) int { return max(l.Min, min(n, l.Max)) }

// Sample is everything measured at one moment, and all that a Policy may read.
type Sample struct {
	At   time.Duration `json:"at_ns"`        // lab time
	Span time.Duration `json:"span_ns"`      // true length of the interval that ends at At
	Gap  bool          `json:"gap,omitzero"` // the interval is not to be trusted: suspended, clock jumped

	Desired  int     `json:"desired,omitzero"` // as decided last
	Limits   Limits  `json:"limits,omitzero"`
	Capacity float64 `json:"capacity_rps,omitzero"` // requests/s one instance carries; 0 = not known

	LoadOn bool    `json:"load_on,omitzero"`
	Model  Model   `json:"model,omitzero"`
	Level  float64 `json:"level,omitzero"` // of our own load: requests/s if open, threads if closed

	System     Reading `json:"system_cpu_ratio,omitzero"`  // CPU of the whole machine, share of all cores
	FreeMemory Reading `json:"free_memory_bytes,omitzero"` // bytes the machine can still give
	Lab        Reading `json:"lab_cpu_cores,omitzero"`     // the lab's own CPU, in cores, children not counted
	Screen     Reading `json:"screen_cpu_cores,omitzero"`  // of that, what drawing took
	Saturated  string  `json:"saturated,omitzero"`         // why this tick's figures are the host's rather than the instances'; "" = they are not

	Generator Traffic    `json:"generator,omitzero"` // what we sent
	Front     Traffic    `json:"front,omitzero"`     // what the balancer saw, anybody's
	Foreign   Traffic    `json:"foreign,omitzero"`   // of that, what did not come from our generator
	Instances []Instance `json:"instances,omitzero"`
}

// PerSecond turns a count over the Span into a rate.
func (s *Sample) PerSecond(n int64) float64 {
	if s.Span <= 0 {
		return 0
	}
	return float64(n) / s.Span.Seconds()
}

// OfferedRate is the requests/s offered to the service: ours as scheduled,
// and everybody else's as they came.
func (s *Sample) OfferedRate() float64 {
	return s.PerSecond(s.Generator.Offered + s.Foreign.Offered)
}

// ServedRate is the good answers/s that the balancer gave.
func (s *Sample) ServedRate() float64 { return s.PerSecond(s.Front.OK) }

// Seen is the traffic as those saw it who sent it: our generator, from the
// scheduled moment, and all others, from their arrival at the balancer.
func (s *Sample) Seen() Traffic {
	t := s.Generator
	t.Add(&s.Foreign)
	t.InFlight, t.Queued = s.Generator.InFlight+s.Foreign.InFlight, s.Front.Queued
	return t
}

// Count is the number of instances in a state; Ready counts a hung one too.
func (s *Sample) Count(state State) int {
	n := 0
	for i := range s.Instances {
		if s.Instances[i].State == state {
			n++
		}
	}
	return n
}

// Serving is the number of instances the balancer sends requests to.
func (s *Sample) Serving() int {
	n := 0
	for i := range s.Instances {
		if s.Instances[i].Serving() {
			n++
		}
	}
	return n
}

// Running is the number of instances that exist: starting, ready or draining.
func (s *Sample) Running() int {
	n := 0
	for i := range s.Instances {
		if s.Instances[i].Alive() {
			n++
		}
	}
	return n
}

// InstanceCPU is the mean CPU (share of size) over the ready instances with a
// known reading, a hung one included; unknown if there is none.
func (s *Sample) InstanceCPU() Reading {
	r, n := Reading{At: s.At, Window: s.Span}, 0
	for i := range s.Instances {
		if c := s.Instances[i].CPU; s.Instances[i].State == Ready && c.OK {
			r.Value += c.Value
			n++
		}
	}
	if n == 0 {
		return Reading{}
	}
	r.Value /= float64(n)
	r.OK = true
	return r
}
