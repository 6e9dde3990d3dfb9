package series

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// csv reads a table whose first row names its columns.
func (r *reader) csv(source string, text []byte) error {
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma = separator(text)
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	in.TrimLeadingSpace = in.Comma != '\t'
	head, err := in.Read()
	if err == io.EOF {
		return &lab.InputError{Field: source, Want: "a heading and rows: time, rps, ready …"}
	}
	if err != nil {
		return csvError(source, err)
	}
	head = append([]string(nil), head...)
	columns, err := r.columns(source, head)
	if err != nil {
		return err
	}
	var last time.Duration
	for n := 0; ; n++ {
		row, err := in.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return csvError(source, err)
		}
		if n == maxRows {
			return tooMany(source)
		}
		place := func(i int) string {
			line, column := in.FieldPos(i)
			return fmt.Sprintf("%s line %d column %d (%s)", source, line, column, cutText(head[i]))
		}
		if len(row) != len(head) {
			line, _ := in.FieldPos(0)
			return &lab.InputError{Field: fmt.Sprintf("%s line %d", source, line), Value: cutText(strings.Join(row, string(in.Comma))), Want: fmt.Sprintf("%d cells, as in the heading", len(head))}
		}
		at, ok := moment(row[columns[0].index])
		if !ok {
			return &lab.InputError{Field: place(columns[0].index), Value: cutText(row[columns[0].index]), Want: "a time, such as 2026-01-31T12:00:00Z, or seconds"}
		}
		if n > 0 && at < last {
			return &lab.InputError{Field: place(columns[0].index), Value: cutText(row[columns[0].index]), Want: "a time not before that of the row above: the oldest row comes first"}
		}
		last = at
		for _, c := range columns[1:] {
			v, known, err := figureKinds[c.figure].read(row[c.index], c.unit)
			if e := (*lab.InputError)(nil); errors.As(err, &e) {
				e.Field = place(c.index)
				return e
			}
			if known {
				c.points.add(at, v)
			}
		}
	}
}

// column is where a figure stands in a table; the first is the time's.
type column struct {
	figure string
	index  int
	unit   unit
	points *points
}

// columns finds the figures in a heading.
func (r *reader) columns(source string, head []string) ([]column, error) {
	var out []column
	used := map[int]bool{}
	for _, figure := range append([]string{"time"}, Figures...) {
		want := r.wanted(figure)
		c := column{figure: figure, index: -1, unit: r.unit(figure, "csv")}
		for i, name := range head {
			switch {
			case !named(name, want):
			case c.index >= 0 && head[c.index] == want && name != want: // that one is meant
			case c.index >= 0 && (name != want || head[c.index] == want):
				return nil, &lab.InputError{Field: source + " line 1", Value: cutText(name), Want: "each column once"}
			default:
				c.index = i
			}
		}
		_, mapped := r.Columns[figure]
		if c.index < 0 && (figure == "time" || mapped) {
			names := make([]string, len(head))
			for i := range head {
				names[i] = cutText(head[i])
			}
			return nil, &lab.InputError{
				Field: source + " line 1", Value: cutText(strings.Join(head, string(','))),
				Want: "a column " + cutText(want) + " (or --column " + figure + "=NAME)", Near: lab.Nearest(want, names),
			}
		}
		if c.index < 0 {
			continue
		}
		used[c.index] = true
		if figure != "time" {
			var err error
			if c.points, err = r.enter(figure, source); err != nil {
				return nil, err
			}
		}
		out = append(out, c)
	}
	var left []string
	for i, name := range head {
		if !used[i] {
			left = append(left, cutText(name))
		}
	}
	if len(left) > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s: not used: %s", source, strings.Join(left[:min(len(left), 8)], ", ")))
	}
	return out, nil
}

// separator is what stands between cells: the one found most in the first line.
func separator(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, c := range ";\t" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// csvError says where a table is broken.
func csvError(source string, err error) error {
	var e *csv.ParseError
	if !errors.As(err, &e) {
		return fmt.Errorf("series: read %s: %w", source, err)
	}
	return &lab.InputError{Field: fmt.Sprintf("%s line %d column %d", source, e.Line, e.Column), Value: e.Err.Error(), Want: "cells as CSV spells them"}
}
