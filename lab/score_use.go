package lab

import (
	"cmp"
	"slices"
)

// uses are utilizations with their weights. They are put in order by the heap,
// so that one more costs little however many there are.
type uses struct {
	sorted []use // ascending, each value once
	fresh  []use // as they came
}

// use is a utilization and its weight, s·dt in whole instance-ms: by the
// nanosecond, a hundred instances fill an int64 within three years.
type use struct {
	ratio  float64
	weight int64
}

func (u *uses) add(ratio float64, weight int64) {
	if u.fresh = append(u.fresh, use{ratio, weight}); len(u.fresh) > 256+len(u.sorted)/32 {
		u.sorted, u.fresh = u.all(), nil
	}
}

// all is what there is, ascending, each value once.
func (u *uses) all() []use {
	fresh := slices.Clone(u.fresh)
	slices.SortFunc(fresh, func(a, b use) int { return cmp.Compare(a.ratio, b.ratio) })
	out := make([]use, 0, len(u.sorted)+len(fresh))
	put := func(x use) {
		if n := len(out); n > 0 && out[n-1].ratio == x.ratio {
			out[n-1].weight += x.weight
			return
		}
		out = append(out, x)
	}
	for _, x := range u.sorted {
		for ; len(fresh) > 0 && fresh[0].ratio < x.ratio; fresh = fresh[1:] {
			put(fresh[0])
		}
		put(x)
	}
	for _, x := range fresh {
		put(x)
	}
	return out
}

// percent are the weighted mean, and the least utilization that 95 % of the
// weight is at or below; false of no weight.
func (u *uses) percent() (mean, p95 float64, ok bool) {
	all := u.all()
	var total int64
	sum := 0.0
	for _, x := range all {
		total += x.weight
		sum += x.ratio * (float64(x.weight) / 1000)
	}
	if total <= 0 {
		return 0, 0, false
	}
	above := total
	for _, x := range all {
		if above -= x.weight; above <= total/20 {
			p95 = x.ratio
			break
		}
	}
	return 100 * sum / (float64(total) / 1000), 100 * p95, true
}
