// Package local runs instances as child processes of this machine, keeps as
// many alive as are wished for, and measures them.
//
//	Scale, Apply ─▶ Fleet ─ one goroutine each ─▶ instance ─ fork ─▶ process
//	                  │                             │  ▲
//	    Front ◀───────┴─ Admit, Drain, Evict ───────┘  └ probe: ready? alive?
//	Observe ◀─ CPU, memory, starvation ◀─ process ◀─ the kernel's clocks
//	stdout, stderr ─▶ ring ─▶ Logs
//	pipe ─▶ RunGuard, a process of its own: ends what a killed lab leaves behind
//
// An instance is a process of the built-in app, which keeps itself within its
// size, or of the user's own command, of which the whole process tree is
// measured and ended. The life of one:
//
//	back off ─ launch ─▶ Starting ─ answers ─▶ Ready ─ stop ─▶ Draining ─▶ Gone
//	    ▲                    │                 │   ▲             drain, SIGTERM,
//	    │                    │           silent▼   │answers      grace, SIGKILL
//	    │                    │                Hung─┘
//	    └─ a new instance ◀──┴─ Failed ◀───────┴─ exits, is killed, never answers
//
// Open starts the goroutines of a Fleet, and Close returns when none of them is
// left and no process either.
package local
