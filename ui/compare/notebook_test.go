package compare_test

import (
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"autoscale-lab/lab"
	"autoscale-lab/store"
	"autoscale-lab/store/codec/codectest"
	"autoscale-lab/ui/compare"
	"autoscale-lab/ui/theme"
)

// BenchmarkFromTheNotebook is from c in the History to the first frame: four
// stored runs of an hour with 20 instances.
func BenchmarkFromTheNotebook(b *testing.B) {
	s, err := store.Open(b.TempDir() + "/lab.db")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var sides [][]int64
	for range 4 {
		rec := lab.Record{Run: lab.Run{Outcome: lab.Completed, Duration: time.Hour, Experiment: lab.DefaultExperiment()}, Ticks: codectest.Lesson(3600, 20)}
		rec.Run.Summary = lab.SummaryOf(&rec)
		id, err := s.Import(b.Context(), rec)
		if err != nil {
			b.Fatal(err)
		}
		sides = append(sides, []int64{id})
	}
	var first []string
	for b.Loop() {
		m := compare.New(compare.Config{Theme: theme.New(theme.Options{Dark: true}), Load: s.Outline})
		msgs, pending := make(chan tea.Msg), 0
		start := func(cmd tea.Cmd) {
			if cmd != nil {
				pending++
				go func() { msgs <- cmd() }()
			}
		}
		for start(m.Show(sides)); pending > 0; pending-- {
			switch msg := (<-msgs).(type) {
			case tea.BatchMsg:
				for _, cmd := range msg {
					start(cmd)
				}
			default:
				start(m.Take(msg))
			}
		}
		first = m.Rows(120, 35)
	}
	if len(first) != 35 {
		b.Fatalf("%d rows", len(first))
	}
}
