package lab

import (
	"math"
	"time"
)

// spark keeps the rate of a run of any length in a few equal parts: when all
// are full, each two become one.
//
//	width 1 s   ▁▂▄█   full
//	width 2 s   ▁▆
type spark struct {
	width time.Duration // of a part that is full
	n     int
	parts [32]struct {
		count float64
		span  time.Duration
	}
}

// add takes what was counted in the time that follows.
func (s *spark) add(count int64, span time.Duration) {
	if span <= 0 {
		return
	}
	if s.width == 0 {
		s.width = span
	}
	rate := float64(count) / float64(span)
	for span > 0 && s.width < math.MaxInt64/4 {
		if s.n == len(s.parts) && s.parts[s.n-1].span == s.width {
			s.halve()
		}
		if s.n == 0 || s.parts[s.n-1].span == s.width {
			s.n++
		}
		p := &s.parts[s.n-1]
		d := min(span, s.width-p.span)
		p.count += rate * float64(d)
		p.span += d
		span -= d
	}
}

func (s *spark) halve() {
	half := len(s.parts) / 2
	for i := range half {
		a, b := s.parts[2*i], s.parts[2*i+1]
		a.count += b.count
		a.span += b.span
		s.parts[i] = a
	}
	clear(s.parts[half:])
	s.n, s.width = half, 2*s.width
}

// rates is the counts a second of each part, to a tenth.
func (s *spark) rates() []float64 {
	out := make([]float64, s.n)
	for i, p := range s.parts[:s.n] {
		out[i] = math.Round(10*p.count/p.span.Seconds()) / 10
	}
	if s.n == 0 {
		return nil
	}
	return out
}
