package filter

import (
	"cmp"
	"slices"
	"strings"

	"autoscale-lab/lab"
)

// Orders are what a list of runs can be sorted by. The first is the usual one:
// newest first.
func Orders() []string { return slices.Clone(orders) }

var orders = []string{"id", "started", "duration", "p95", "error", "cpu", "scaled", "score", "name"}

// InOrder compares two runs for a list sorted by one of Orders: figures from the
// greatest down, names from A on; what is not known, or has no name, comes last,
// and of equals the newer first. Another order is the usual one.
func InOrder(order string) func(a, b *lab.Run) int {
	newer := func(a, b *lab.Run) int { return cmp.Compare(b.ID, a.ID) }
	switch field, ok := fields[order]; {
	case order == "started":
		return func(a, b *lab.Run) int { return cmp.Or(b.Began.Compare(a.Began), newer(a, b)) }
	case order == "name":
		return func(a, b *lab.Run) int {
			if (a.Name == "") != (b.Name == "") {
				return strings.Compare(b.Name, a.Name)
			}
			return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), newer(a, b))
		}
	case ok && field.figure != nil && slices.Contains(orders, order):
		return func(a, b *lab.Run) int {
			va, oka := field.figure(a)
			vb, okb := field.figure(b)
			switch {
			case oka && okb:
				return cmp.Or(cmp.Compare(vb, va), newer(a, b))
			case oka:
				return -1
			case okb:
				return 1
			}
			return newer(a, b)
		}
	}
	return newer
}
