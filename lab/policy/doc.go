// Package policy holds the scaling policies, the stages they share, and the
// Guard around them.
//
//	          ┌─────── Paced: period, metric_age, resolution, speed ───────┐
//	Sample ─▶ │ metric ─▶ Window ─▶ the rule itself ─▶ Cooldown            │ ─▶ Guard ─▶ Decision
//	          │ Warmup    Alarm                        Settled, Peak       │
//	          └────────────────────────────────────────────────────────────┘
//	Pilot = the policy selected, with its shadows and the manual stick beside it
//
// A policy is a file of its own and one row in the table of kinds. The stages
// (Warmup, Window, Alarm, Peak, Cooldown, Settled …) are small values that a policy
// composes, so that no semantics exists twice. Everything is deterministic: the
// same Samples and the same Actions give the same Decisions, live or from the
// store. But Exec, which asks a program of the user's through a Runner: its
// decisions stand as they were recorded.
package policy
