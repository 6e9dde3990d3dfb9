package series

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"autoscale-lab/lab"
)

// promAnswer is what GET /api/v1/query_range answers.
type promAnswer struct {
	Status string `json:"status"`
	Error  string `json:"error"`
	Data   struct {
		Type   string       `json:"resultType"`
		Result []promSeries `json:"result"`
	} `json:"data"`
}

type promSeries struct {
	Metric map[string]string `json:"metric"`
	Values []promPoint       `json:"values"`
}

// promPoint is [1700000000.123, "0.36"].
type promPoint struct {
	at    float64
	value string
	bad   bool
}

// UnmarshalJSON never fails: what is wrong is said where the place is known.
func (p *promPoint) UnmarshalJSON(text []byte) error {
	var pair [2]json.RawMessage
	p.bad = json.Unmarshal(text, &pair) != nil || json.Unmarshal(pair[0], &p.at) != nil || json.Unmarshal(pair[1], &p.value) != nil ||
		bytes.Count(text, []byte(",")) != 1
	if p.bad {
		p.value = string(text)
	}
	return nil
}

// prometheus reads the answer to a range query. A series is known by its name,
// by a label's value, or, alone, by the source's name.
func (r *reader) prometheus(source string, text []byte, of int) error {
	var a promAnswer
	if err := json.Unmarshal(text, &a); err != nil {
		return jsonError(source, text, err)
	}
	switch {
	case a.Status != "success" && a.Error != "":
		return &lab.InputError{Field: source, Value: cutText(a.Error), Want: "an answer with data"}
	case a.Data.Type != "matrix":
		return &lab.InputError{Field: source + " data.resultType", Value: cutText(a.Data.Type), Want: "matrix, as Prometheus's /api/v1/query_range answers, or else a run that autoscale-lab exported"}
	case len(a.Data.Result) == 0:
		return &lab.InputError{Field: source + " data.result", Want: "at least one series"}
	}
	all := a.Data.Result
	used := make([]bool, len(all))
	found := false
	for _, figure := range Figures {
		mine := r.ofFigure(figure, all)
		if _, mapped := r.Columns[figure]; len(mine) == 0 && named(base(source), r.wanted(figure)) {
			mine = indices(len(all))
		} else if len(mine) == 0 && mapped && of == 1 {
			return &lab.InputError{Field: source, Value: cutText(names(all)), Want: "a series " + cutText(r.wanted(figure))}
		}
		if len(mine) == 0 && figure == "rps" && of == 1 && len(all) == 1 {
			mine = indices(1)
		}
		if len(mine) == 0 {
			continue
		}
		if len(mine) > 1 {
			return &lab.InputError{Field: source, Value: fmt.Sprintf("%d series for %s", len(mine), figure), Want: "one: sum or average them in the query"}
		}
		if used[mine[0]] {
			continue
		}
		used[mine[0]], found = true, true
		if err := r.promSeries(source, figure, &all[mine[0]]); err != nil {
			return err
		}
	}
	if !found {
		return &lab.InputError{Field: source, Value: cutText(names(all)), Want: "a series named " + strings.Join(Figures, ", ") + " (or --column rps=NAME)"}
	}
	if left := len(all) - count(used); left > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s: %d series not used", source, left))
	}
	return nil
}

func (r *reader) promSeries(source, figure string, s *promSeries) error {
	p, err := r.enter(figure, source)
	if err != nil {
		return err
	}
	if len(s.Values) > maxRows {
		return tooMany(source)
	}
	u := r.unit(figure, "prometheus")
	var last time.Duration
	for i, v := range s.Values {
		place := fmt.Sprintf("%s series %s value %d", source, figure, i+1)
		at, ok := since(v.at)
		switch {
		case v.bad:
			return &lab.InputError{Field: place, Value: cutText(v.value), Want: `a pair of seconds and a text, as in [1700000000, "0.5"]`}
		case !ok || i > 0 && at < last:
			return &lab.InputError{Field: place, Value: fmt.Sprint(v.at), Want: "seconds since 1970 that rise"}
		}
		last = at
		x, known, err := figureKinds[figure].read(v.value, u)
		if e := (*lab.InputError)(nil); errors.As(err, &e) {
			e.Field = place
			return e
		}
		if known {
			p.add(at, x)
		}
	}
	return nil
}

// ofFigure are the places of the series that have a figure's name.
func (r *reader) ofFigure(figure string, all []promSeries) (out []int) {
	want := r.wanted(figure)
	for i := range all {
		for _, value := range all[i].Metric {
			if named(value, want) {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func count(used []bool) (n int) {
	for _, u := range used {
		if u {
			n++
		}
	}
	return n
}

// names is what the first series are called.
func names(all []promSeries) string {
	var out []string
	for _, s := range all[:min(len(all), 5)] {
		var labels []string
		for k, v := range s.Metric {
			labels = append(labels, k+"="+v)
		}
		slices.Sort(labels)
		out = append(out, "{"+strings.Join(labels, ",")+"}")
	}
	return strings.Join(out, " ")
}

// jsonError says where a JSON text is broken.
func jsonError(source string, text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	at := int64(len(text))
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	before := text[:min(max(at-1, 0), int64(len(text)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return &lab.InputError{Field: fmt.Sprintf("%s line %d column %d", source, line, column), Value: cutText(err.Error()), Want: "the JSON that Prometheus answers to a range query"}
}
