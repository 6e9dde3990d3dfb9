package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/numeral"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

func (s *verbs) load() *cobra.Command {
	c := &cobra.Command{
		Use: "load", Short: "the load generator alone", Args: flags.NoArgs,
		Long: "Sends requests to one address: from --threads that each wait for their answer (closed), or at the rate of --load KIND whether or not answers come back (open). Latency counts from the moment a request was due.",
		Example: `autoscale-lab load --threads 20 --url http://127.0.0.1:8000/ --duration 300
autoscale-lab load --load constant:rate=60 --infinite
autoscale-lab load --load constant:rate=60,spacing=poisson --json`,
	}
	e := lab.DefaultExperiment()
	e.Duration = 60 * time.Second
	f := flags.Of(c)
	address := f.Text("url", "URL", "http://127.0.0.1:8000/", "where to send them")
	threads := f.Text("threads", "N", "10", "threads of a closed load")
	kind := f.Text("load", "KIND", "", "load, with its knobs, instead of --threads: constant:rate=60 (see shapes)")
	names := []string{"duration", "timeout", "max-in-flight"}
	f.Knobs(flags.Dials(&e).Knobs(), names...)
	f.Lookup("duration").Usage = "how long"
	infinite := f.Truth("infinite", "until Ctrl-C, instead of --duration")
	seed := f.Text("seed", "N", "0", "seed of Poisson arrivals")
	asJSON := f.Truth("json", "print the result as JSON, and nothing else")
	flags.Complete(c, "load", flags.LoadNames())
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := f.Turn(flags.Dials(&e), names...); err != nil {
			return err
		}
		n, err := strconv.ParseUint(seed.String(), 10, 64)
		if err != nil {
			return &lab.InputError{Field: "--seed", Value: seed.String(), Want: "a whole number, 0 or more"}
		}
		if err := checkURL("--url", address.String()); err != nil {
			return err
		}
		for _, pair := range [][2]string{{"load", "threads"}, {"infinite", "duration"}} {
			if f.Changed(pair[0]) && f.Changed(pair[1]) {
				return &lab.InputError{Field: "--" + pair[0], Value: f.Lookup(pair[0]).Value.String(), Want: "no --" + pair[1] + " beside it"}
			}
		}
		l, err := parseLoad(kind.String(), threads.String(), load.Defaults{Seed: n, Timeout: e.Timeout, MaxInFlight: e.MaxInFlight})
		if err != nil {
			return err
		}
		config := LoadConfig{URL: address.String(), Load: l, Duration: e.Duration}
		if *infinite {
			config.Duration = 0
		}
		p := s.Progress(config.Duration, false, *asJSON)
		r, err := s.d.Load(c.Context(), config, p.Second)
		p.End()
		if err != nil {
			return err
		}
		if *asJSON {
			err = s.PrintJSON(loadObject(config.URL, &r))
		} else {
			s.loadSummary(config.URL, &r)
		}
		switch {
		case err != nil:
			return err
		case c.Context().Err() != nil:
			return shell.ErrInterrupted
		case r.Total.OK == 0 && r.Total.Failures() > 0:
			return fmt.Errorf("no good answer from %s", config.URL)
		}
		return nil
	}
	return c
}

// parseLoad is the load of a spec, or of a number of threads if there is none.
func parseLoad(kind, threads string, d load.Defaults) (lab.Load, error) {
	if kind == "" {
		n := 0
		if err := (lab.Panel{lab.DialInt(lab.Knob{Name: "--threads", Min: 1, Max: 10000}, &n)}).Set("--threads", threads); err != nil {
			return lab.Load{}, err
		}
		kind = fmt.Sprintf("closed:threads=%d", n)
	}
	s, err := load.Parse(kind, d)
	if err != nil {
		return lab.Load{}, flags.From("load", err)
	}
	if s.LevelKnob() == "" {
		return lab.Load{}, &lab.InputError{Field: "--load", Value: kind, Want: "a load that sends something"}
	}
	return s.Load(), nil
}

// loadJSON is what load --json prints.
type loadJSON struct {
	URL      string             `json:"url"`
	Duration float64            `json:"duration_s"`
	Requests lab.RequestSummary `json:"requests"`
	Offered  *float64           `json:"offered_per_s"`
	Served   *float64           `json:"served_per_s"`
	ErrorPct *float64           `json:"error_pct"`
	Latency  lab.LatencySummary `json:"latency_ms"` // from the moment each was due
	Service  lab.LatencySummary `json:"service_ms"` // from the moment each was sent
	Codes    map[string]int64   `json:"codes"`
	Errors   map[string]int64   `json:"errors"`
}

func loadObject(url string, r *LoadResult) loadJSON {
	t := &r.Total
	out := loadJSON{
		URL: url, Duration: r.Elapsed.Seconds(),
		Requests: lab.RequestSummary{Offered: t.Offered, Arrived: t.Arrived, OK: t.OK, Failed: t.Failures(), Late: t.Late, Dropped: t.Dropped, InFlight: int64(t.InFlight), ByCause: map[string]int64{}},
		Latency:  lab.LatencyOf(t.Latency), Service: lab.LatencyOf(t.Service), Codes: map[string]int64{}, Errors: map[string]int64{},
	}
	for c, n := range t.Failed {
		if n > 0 {
			out.Requests.ByCause[lab.Cause(c).String()] = n
		}
	}
	maps.Copy(out.Errors, r.Errors)
	for code, n := range r.Codes {
		out.Codes[strconv.Itoa(code)] = n
	}
	if sec := r.Sending.Seconds(); sec > 0 {
		offered, served := float64(t.Offered)/sec, float64(t.OK)/sec
		out.Offered, out.Served = &offered, &served
	}
	if ended := t.Ended(); ended > 0 {
		pct := 100 * float64(t.Failures()) / float64(ended)
		out.ErrorPct = &pct
	}
	return out
}

func (s *verbs) loadSummary(url string, r *LoadResult) {
	o := loadObject(url, r)
	q := &o.Requests
	fmt.Fprintln(s.Out, s.Bold(fmt.Sprintf("%s: %s", o.URL, numeral.Length(r.Elapsed))))
	shell.Line(s.Out, "requests", "offered %s%s  ok %s  failed %s (%s %%)  late %s  dropped %s", numeral.Count(q.Offered), shell.Rate(q.Offered, r.Sending), numeral.Count(q.OK), numeral.Count(q.Failed), shell.Figure(o.ErrorPct), numeral.Count(q.Late), numeral.Count(q.Dropped))
	shell.Line(s.Out, "served", "%s/s", shell.Figure(o.Served))
	shell.Line(s.Out, "latency", "%s", shell.Latency(o.Latency))
	if len(r.Codes) > 0 {
		var words []string
		for _, code := range slices.Sorted(maps.Keys(r.Codes)) {
			words = append(words, fmt.Sprintf("%d: %s", code, numeral.Count(r.Codes[code])))
		}
		shell.Line(s.Out, "codes", "%s", strings.Join(words, "  "))
	}
	if by := shell.Causes(q.ByCause); by != "" {
		shell.Line(s.Out, "by cause", "%s", by)
	}
	if texts := shell.Causes(r.Errors); texts != "" {
		shell.Line(s.Out, "errors", "%s", lab.Clean(texts))
	}
	if q.Offered > 0 && q.Late*100 > q.Offered {
		shell.Line(s.Out, "warning", "more than 1 %% of the requests were sent late: this machine could not keep up, and its figures are not reliable")
	}
}
