package lab

import "time"

// LoadHeader marks the requests of a lab's own generator with that lab's
// token, so that its balancer can tell them from anybody else's. The balancer
// takes it off.
const LoadHeader = "X-Autoscale-Lab-Load"

// Model is how load reacts to slow answers.
type Model uint8

const (
	Open   Model = iota // a rate: requests come whether or not the ones before came back
	Closed              // threads: each sends its next request when the last has come back
)

var modelNames = [...]string{"open", "closed"}

func (m Model) String() string { return nameOf(modelNames[:], int(m)) }

// MarshalText is the model's name, or its number if it has none.
func (m Model) MarshalText() ([]byte, error) { return textOf(modelNames[:], uint8(m)), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *Model) UnmarshalText(text []byte) (err error) {
	*m, err = readName[Model](modelNames[:], text)
	return err
}

// Spacing is how an open load's requests lie in time.
type Spacing uint8

const (
	Even    Spacing = iota // as evenly as the shape allows
	Poisson                // independent of one another
)

var spacingNames = [...]string{"even", "poisson"}

func (s Spacing) String() string { return nameOf(spacingNames[:], int(s)) }

// Profile is the shape of a load: a pure function of the time since the load
// was switched on.
type Profile interface {
	Level(at time.Duration) float64 // requests/s if open, threads if closed
	Total(at time.Duration) float64 // ∫₀ᵗ Level, exact
}

// Load is everything a generator sends by. It is a value: a changed load is
// another one.
type Load struct {
	Model       Model
	Shape       Profile
	Spacing     Spacing
	Seed        uint64
	Think       time.Duration // a closed thread's pause between answer and request
	Timeout     time.Duration // of one request
	MaxInFlight int           // an open load drops what would go above
}
