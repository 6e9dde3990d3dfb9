// Package draw makes charts of runs for reports: one run, or several laid over
// one another, as small multiples on one time axis.
//
//	Record ─── OfRun ───┐
//	                    ├─▶ Figure ─▶ SVG, PNG, or SVG to stand in a page
//	[][]Record ─ OfSides ┘      │
//	                            └ panel: series of points, cut down to what a
//	                              pixel can show; limits; marks of events
//
// It is the only room that knows gonum/plot. Texts are cleaned and escaped.
package draw
