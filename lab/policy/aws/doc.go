// Package aws holds the policies of EC2 Auto Scaling.
//
//	metric ─▶ Warmup ─▶ Alarm ─┬─▶ TargetTracking   current × metric / target
//	                           ├─▶ StepScaling ◀── Steps, Adjust
//	                           └─▶ SimpleScaling ◀── Adjust, Settled
//
// Each is deterministic: the same Samples give the same Decisions.
package aws
