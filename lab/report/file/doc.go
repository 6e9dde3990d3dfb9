// Package file writes runs and comparisons down, and reads back what holds a
// whole run.
//
//	Record ─ WriteRun ─▶ JSON ─ ReadRun ─▶ the same Record
//	Record ─ Run ──────────▶ HTML, Markdown (page), SVG, PNG (draw), CSV, JSON
//	sides ── Comparison ───▶ the same of several, side by side
//
// It works on paper: what is written goes to an io.Writer or into memory.
package file
