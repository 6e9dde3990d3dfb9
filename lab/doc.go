// Package lab is the vocabulary of the laboratory: what is measured, decided,
// done and kept. It works on paper: no goroutine, no clock, no I/O.
//
//	Sample ─▶ Policy ─▶ Decision        one turn of the loop
//	Sample + Decision + Events = Tick    what a turn leaves behind
//	Run + Ticks = Record                 what the panes draw and the store keeps
//	Action                               every deed, whoever did it
//	Knob, Tunable, Spec                  how anything is set: name and text
//	Profile, Load                        what is sent
//	Experiment                           everything a run is set up from
//	Tally ─▶ Summary                     a run in figures, in one pass
//	Score ─▶ Scores                      of these, what runs are compared by
//
// Units live in types: time is time.Duration, counted from the session's
// start (lab time); ratios are 0..1, never percent; rates are per second.
// Nothing here is NaN: what is not known is a Reading that is not OK.
package lab
