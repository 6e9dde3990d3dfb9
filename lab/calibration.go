package lab

import (
	"fmt"
	"strings"
	"time"
)

// DemandUtilization is the share of its size that an instance of known capacity
// is counted on to use: size/work × 0.8 requests/s, until it is calibrated.
const DemandUtilization = 0.8

// Calibration is what one instance was found to carry on a machine.
type Calibration struct {
	Key         string        // of what was measured: see CalibrationKey
	PerSecond   float64       // the most requests/s with utilization and p95 within their targets
	Target      float64       // of utilization, a share of size: 0.8
	SLO         time.Duration // the target of p95
	Utilization float64       // at PerSecond
	P95         time.Duration // at PerSecond
	At          time.Time
	Host        Host
	Steps       []CalibrationStep // in the order they were tried
}

// CalibrationStep is one rate that was tried.
type CalibrationStep struct {
	PerSecond   float64       // offered
	Served      float64       // good answers/s
	Utilization Reading       // mean over the step
	P95         time.Duration // 0: none ended well
	Failed      int64
	Held        bool // within the targets
}

// CalibrationKey spells all that the capacity of one instance depends on: the
// instance, the latency target and the machine.
func CalibrationKey(e *Experiment, h Host) string {
	f := &e.Fleet
	app := fmt.Sprintf("built-in work=%s queue=%d workers=%d work_dist=%s", f.Work, f.Queue, f.Workers, f.WorkDist)
	if len(f.App) > 0 {
		app = fmt.Sprintf("app=%q env=%q cwd=%q", f.App, f.Env, f.Cwd)
	}
	return strings.Join([]string{app, fmt.Sprintf("size=%g", f.Size), "slo=" + e.SLO.String(), "timeout=" + e.Timeout.String(), fmt.Sprintf("host=%s/%s/%d", h.OS, h.CPU, h.Cores)}, " ")
}
