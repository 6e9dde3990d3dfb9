package process

import "github.com/shirou/gopsutil/v3/process"

// Memory measures bytes held. A process's own share of it (PSS) costs the
// kernel a walk through its pages, so it is taken now and then, and what RSS
// has grown by since is added.
type Memory struct {
	pss, rss float64 // when PSS was read
	known    bool
	looks    int
}

const looksPerPSS = 5

// Look is what these processes hold together; false if nothing is known.
func (m *Memory) Look(pids []int) (bytes float64, ok bool) {
	rss := 0.0
	for _, pid := range pids {
		if i, err := (&process.Process{Pid: int32(pid)}).MemoryInfo(); err == nil {
			rss += float64(i.RSS)
		}
	}
	if m.looks%looksPerPSS == 0 {
		m.pss, m.known = 0, false
		for _, pid := range pids {
			if v, ok := pss(pid); ok {
				m.pss, m.known = m.pss+v, true
			}
		}
		m.rss = rss
	}
	m.looks++
	if m.known && rss > 0 {
		return max(0, m.pss+rss-m.rss), true
	}
	return rss, rss > 0
}
