package cli

import (
	"context"
	"io"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/lab/capacity"
	"autoscale-lab/ui/cli/history"
	"autoscale-lab/ui/cli/run"
)

// Deps are the deeds behind the verbs. Each blocks until it is done or ctx is
// cancelled (an interrupt), and leaves nothing running. What is the user's
// fault they report as *lab.InputError; its Field may be a flag's bare name.
// Nothing is called before all flags have been found good.
type Deps struct {
	// Workbench opens the screen.
	Workbench func(context.Context, lab.Experiment, Options) error
	Run       run.Engine
	// Calibrate measures how many requests/s one instance of e carries on this
	// machine, and keeps it in the notebook at db, whose path it gives. told
	// takes the figures of each step so far and, with done, in the end; not
	// after Calibrate has returned. One that was interrupted keeps nothing.
	Calibrate func(ctx context.Context, e lab.Experiment, db string, told func(step capacity.Step, done bool)) (c lab.Calibration, path string, err error)
	// App is one instance; status takes lines to say.
	App func(ctx context.Context, c AppConfig, status func(string)) error
	// Load sends load. Second takes what was counted in each second, one at a
	// time, and is not called after Load has returned.
	Load func(ctx context.Context, c LoadConfig, second func(at time.Duration, cut lab.Traffic)) (LoadResult, error)
	// Balance is the balancer alone; status takes lines to say.
	Balance func(ctx context.Context, c BalanceConfig, status func(string)) error
	// Guard is the process that ends what a dead lab has left behind. It
	// returns when the reader ends.
	Guard   func(io.Reader) error
	History history.Deps
	Version func() Version

	Algorithms []string // of balancing, the default first
	Themes     []string // of the workbench, the default first
}

// Options are the workbench's settings that are no part of the experiment.
type Options struct {
	DB    string // path of the notebook; "" is the usual place
	ASCII bool
	Theme string
	// PolicyGiven and LoadGiven tell that the user has said so at the shell: it
	// wins over what was kept from the last time.
	PolicyGiven, LoadGiven bool
	Notes                  string // on the flags, a line each: what of a manifest the lab does not do; stderr has them already
}

// AppConfig is one instance of the user's; a lab's own do not come by the shell.
type AppConfig struct {
	Host     string
	Port     int // 0: any free one
	Size     float64
	Work     time.Duration
	Boot     time.Duration
	Queue    int
	Workers  int
	WorkDist string
}

// LoadConfig is load for one address.
type LoadConfig struct {
	URL      string
	Load     lab.Load
	Duration time.Duration // 0: until interrupted
}

// LoadResult is what a load came to.
type LoadResult struct {
	Elapsed time.Duration // to the last answer
	Sending time.Duration // to the last request: what rates are of
	Total   lab.Traffic
	Codes   map[int]int64    // answers by HTTP status
	Errors  map[string]int64 // failures by cause, and by text where there is one
}

// BalanceConfig is a balancer.
type BalanceConfig struct {
	Port      int
	Backends  []string // URLs; none: those of 5000–5019 whose /healthz answers 200, looked at each second
	Algorithm string
}

// Version is what this program was built from.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	SQLite  string `json:"sqlite"`
}
