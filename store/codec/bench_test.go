package codec

import (
	"slices"
	"testing"

	"autoscale-lab/store/codec/codectest"
)

// An hour of 20 instances with all their histograms, on one core.
func BenchmarkHour(b *testing.B) {
	var chunks [][]byte
	size := 0
	for part := range slices.Chunk(codectest.Lesson(3600, 20), 64) {
		chunks = append(chunks, Encode(part, 0))
		size += len(chunks[len(chunks)-1])
	}
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, chunk := range chunks {
				if _, err := Decode(chunk, Whole); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(size)/1e6, "MB")
	})
}
