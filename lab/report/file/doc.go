// Package file writes runs and comparisons down, and reads back what holds a
// whole run.
//
//	Record ──── WriteRun ─▶ JSON ─ ReadRun ─▶ the same Record
//
// It works on paper: what is written goes to an io.Writer or into memory.
package file
