package app

import (
	"slices"
	"strings"
	"testing"
)

// Each row is a story: words are done in order, and who has the turn after each
// is noted. "+a" enters, "-a" leaves, "~a" yields; a refused one is noted "!".
func TestLine(t *testing.T) {
	for _, c := range []struct {
		name           string
		workers, queue int
		deeds, turns   string
	}{
		{"first come, first served", 1, 9, "+a +b +c -a -b -c", "a a a b c ."},
		{"the newcomer finds it free", 1, 9, "+a -a +b -b", "a . b ."},
		{"a waiter that leaves is passed over", 1, 9, "+a +b +c -b -a -c", "a a a a c ."},
		{"the last waiter leaves", 1, 9, "+a +b -b -a +c", "a a a . c"},
		{"the queue is full", 1, 2, "+a +b +c +d -a +d", "a a a ! b b"},
		{"no queue: only a free one is taken", 1, 0, "+a +b -a +b", "a ! . b"},
		{"two share the turn, the third waits", 2, 9, "+a +b +c ~a ~b ~a -b ~a -c", "a a a b a b a c a"},
		{"one that leaves between its turns", 2, 9, "+a +b +c ~a -a ~b ~c", "a a a b b c b"},
		{"alone it gets its own turn back", 2, 9, "+a ~a ~a -a", "a a a ."},
		{"the queue begins behind the workers", 2, 1, "+a +b +c +d", "a a a !"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := line{workers: c.workers, queue: c.queue}
			tickets := map[string]*ticket{}
			var got []string
			for deed := range strings.FieldsSeq(c.deeds) {
				name := deed[1:]
				had := turn(tickets)
				switch deed[0] {
				case '+':
					ticket := l.enter()
					if ticket == nil {
						got = append(got, "!")
						continue
					}
					tickets[name] = ticket
				case '-':
					l.leave(tickets[name])
					delete(tickets, name)
				case '~':
					if had != name {
						t.Fatalf("%s yields, but %s has the turn", name, had)
					}
					<-tickets[name].turn
					l.yield(tickets[name])
				}
				got = append(got, turn(tickets))
			}
			if want := strings.Fields(c.turns); !slices.Equal(got, want) {
				t.Errorf("the turn went %v, want %v", got, want)
			}
		})
	}
}

// turn is who has the turn; "." if nobody.
func turn(tickets map[string]*ticket) string {
	who := "."
	for name, t := range tickets {
		if len(t.turn) > 0 {
			if who != "." {
				return who + "+" + name
			}
			who = name
		}
	}
	return who
}
