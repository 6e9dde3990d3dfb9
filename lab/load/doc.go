// Package load is the shapes of load and the moments at which their requests
// are due.
//
//	"constant:rate=15,spacing=poisson" ─ Parse ─▶ Setup   knobs, turned live
//	                                                │ Load
//	                                                ▼
//	                  Arrivals ◀─ NewArrivals ─ lab.Load   immutable
//	                     │ Next
//	                     ▼
//	                 the moment the next request is due
//
// It works on paper: the load generator waits for each moment, a simulator
// takes them at once. A shape says only its level and the level's integral; it
// is a file of its own and one row in the table of shapes.
package load
