// Package policy holds the scaling policies and what stands around them: their
// pace, the Guard, and the Pilot that carries one out beside its shadows.
//
//	          ┌─────── Paced: period, metric_age, resolution, speed ───────┐
//	Sample ─▶ │ metric ─▶ Window ─▶ the rule itself ─▶ Cooldown            │ ─▶ Guard ─▶ Decision
//	          │ Warmup    Alarm                        Settled, Peak       │
//	          └────────────────────────────────────────────────────────────┘
//	Pilot = the policy selected, with its shadows and the manual stick beside it
//
// A policy is a file of its own, here or in the room of its family, and one row
// in the table of kinds:
//
//	policy ─┬─▶ aws, kube ─▶ stage (Warmup, Window, Peak, Cooldown, Settled …)
//	        └──────────────▶ stage
//
// Everything is deterministic: the same Samples and the same Actions give the
// same Decisions, live or from the store. But Exec, which asks a program of the
// user's through a Runner: its decisions stand as they were recorded.
package policy
