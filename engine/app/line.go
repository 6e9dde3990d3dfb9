package app

import "container/list"

// line says who burns. One at a time has the turn; the first few share it.
//
//	enter ─▶ waiting ─▶ sharing ─▶ has the turn ─▶ leave
//	   │        │      (≤ workers)  │    │
//	   │        │          ▲ yield ─┘    │
//	   ▼        └─ leave ──┴─ leave      └ the next in sharing gets it
//	  full (waiting ≤ queue)
//
// It is plain state: its owner locks.
type line struct {
	workers, queue int

	waiting  list.List // of *ticket, first come first
	sharing  list.List // of *ticket, admitted, without the turn just now
	admitted int       // sharing, and the one that has the turn
	taken    bool      // somebody has the turn
}

// ticket is a place in the line.
type ticket struct {
	turn chan struct{} // receives when the ticket gets the turn
	in   *list.List    // nil: it has the turn
	at   *list.Element
}

// enter takes a place at the end; nil if the queue is full.
func (l *line) enter() *ticket {
	if l.admitted >= l.workers && l.waiting.Len() >= l.queue {
		return nil
	}
	t := &ticket{turn: make(chan struct{}, 1)}
	l.put(t, &l.waiting)
	l.pass()
	return t
}

// yield gives the turn up and takes the last place among those who share it.
func (l *line) yield(t *ticket) {
	l.taken = false
	l.put(t, &l.sharing)
	l.pass()
}

// leave gives the place up, wherever it is, the turn included.
func (l *line) leave(t *ticket) {
	switch t.in {
	case &l.waiting:
		l.waiting.Remove(t.at)
	case &l.sharing:
		l.sharing.Remove(t.at)
		l.admitted--
	default:
		l.taken = false
		l.admitted--
	}
	l.pass()
}

// pass admits who may come in, and hands on a free turn.
func (l *line) pass() {
	for l.admitted < l.workers && l.waiting.Len() > 0 {
		t := l.waiting.Remove(l.waiting.Front()).(*ticket)
		l.put(t, &l.sharing)
		l.admitted++
	}
	if l.taken || l.sharing.Len() == 0 {
		return
	}
	t := l.sharing.Remove(l.sharing.Front()).(*ticket)
	t.in, t.at = nil, nil
	l.taken = true
	t.turn <- struct{}{}
}

func (l *line) put(t *ticket, in *list.List) { t.in, t.at = in, in.PushBack(t) }
