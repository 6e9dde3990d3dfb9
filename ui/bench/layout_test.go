package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestLayoutPlacesThePanes(t *testing.T) {
	full := []spot{usage, trends, instances, load, policy, events, scores}
	for _, c := range []struct {
		name    string
		w, h    int // of the terminal
		side    spot
		zoomed  spot
		shown   []spot
		compact bool
		want    map[spot]rect
	}{
		{"compact shows the charts and one side pane", 80, 24, policy, none, []spot{usage, trends, policy}, true,
			map[spot]rect{usage: {0, 1, 40, 7}, trends: {0, 8, 40, 14}, policy: {40, 1, 40, 21}}},
		{"compact shows the side pane that was chosen", 80, 24, events, none, []spot{usage, trends, events}, true,
			map[spot]rect{events: {40, 1, 40, 21}}},
		{"wide but low is compact", 200, 29, load, none, []spot{usage, trends, load}, true,
			map[spot]rect{load: {124, 1, 76, 26}}},
		{"high but narrow is compact", 99, 60, load, none, []spot{usage, trends, load}, true, nil},
		{"100x30 shows all", 100, 30, policy, none, full, false,
			map[spot]rect{usage: {0, 1, 60, 8}, trends: {0, 9, 60, 14}, instances: {60, 1, 40, 8}, load: {60, 9, 40, 5}, policy: {60, 14, 40, 9}, events: {0, 23, 60, 5}, scores: {60, 23, 40, 5}}},
		{"120x36 shows all", 120, 36, policy, none, full, false,
			map[spot]rect{usage: {0, 1, 72, 9}, policy: {72, 16, 48, 12}, events: {0, 28, 72, 6}, scores: {72, 28, 48, 6}}},
		{"200x50 shows all", 200, 50, policy, none, full, false,
			map[spot]rect{usage: {0, 1, 124, 14}, instances: {124, 1, 76, 14}, events: {0, 40, 124, 8}, scores: {124, 40, 76, 8}}},
		{"compact shows the scores alone", 80, 24, scores, none, []spot{usage, trends, scores}, true, map[spot]rect{scores: {40, 1, 40, 21}}},
		{"zoomed has the body to itself", 120, 36, policy, trends, []spot{trends}, false, map[spot]rect{trends: {0, 1, 120, 33}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := layoutOf(c.w, c.h-1, c.side, c.zoomed)
			var shown []spot
			for s, r := range l.panes {
				if r.w > 0 {
					shown = append(shown, spot(s))
				}
			}
			if !slices.Equal(shown, c.shown) || l.compact != c.compact {
				t.Errorf("shows %v, compact %v", shown, l.compact)
			}
			for s, r := range c.want {
				if l.panes[s] != r {
					t.Errorf("pane %d is at %v, want %v", s, l.panes[s], r)
				}
			}
		})
	}
}

// Whatever the size, panes tile the body: no cell is left out, none is drawn
// twice, and rows can be joined by putting them one after the other.
func TestLayoutTilesTheBody(t *testing.T) {
	for w := MinWidth; w <= 260; w += 7 {
		for h := MinHeight; h <= 90; h += 2 {
			for _, zoomed := range []spot{none, load} {
				for side := instances; side < nSpots; side++ {
					l := layoutOf(w, h-1, side, zoomed)
					rows := l.rows(h-3, func(s spot, w, h int) []string {
						if h < 3 || w < 38 {
							t.Fatalf("%dx%d: pane %d has %dx%d", w, h, s, w, h)
						}
						return slices.Repeat([]string{strings.Repeat(fmt.Sprint(int(s)), w)}, h)
					})
					for y, row := range rows {
						if len(row) != w {
							t.Fatalf("%dx%d: row %d has %d cells", w, h, y, len(row))
						}
					}
				}
			}
		}
	}
}
