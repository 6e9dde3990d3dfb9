// Package page says what came of a run, or of several side by side, on a page
// to be read by people: as HTML that needs nothing else, or as Markdown.
//
//	Record ────── OfRun ─▶ Run ──┬─▶ Markdown
//	                             └─ with a chart ─▶ HTML
//	Comparison ─ OfSides ─▶ Sides ─ with a chart ─▶ HTML
//
// Everything from outside is cleaned (lab.Clean) when the page is made, and
// escaped when it is written. A page of HTML runs no script and loads nothing.
package page
