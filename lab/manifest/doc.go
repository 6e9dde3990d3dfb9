// Package manifest reads a policy in its vendor's own form and gives it back
// with what was turned: a Kubernetes HorizontalPodAutoscaler, a KEDA
// ScaledObject, the input of AWS' put-scaling-policy and put-metric-alarm.
//
//	text ─parse─▶ tree ─read─▶ reading: spec, limits, notes, where each knob stands
//	                              │ knobs turned elsewhere
//	text ◀─bytes─ tree ◀─write────┘
//
// A Manifest keeps the document it was read from. Write changes the scalars
// whose knobs differ and nothing else, byte for byte; only where an entry has to
// appear or go is the document laid out anew, its comments and order kept. What
// was written is read again, and every knob that does not come back as it was
// asked for is a note, so that nothing is lost silently.
package manifest
