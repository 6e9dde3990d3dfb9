// Package engine runs the laboratory: one loop, and the seams it runs between.
//
//	Clock ─▶ Session.Run ─ Observe ─▶ Rig       a live one, the simulator, pods
//	              │  ▲                 ▲
//	              │  └─ Decide ─ Policy│
//	              ├──── Scale, Apply ──┘
//	              ├──── Tick ─▶ Recorders        each in its own goroutine
//	              └──── Snapshot ─▶ the screen   through an atomic pointer
//	   the screen ─ Send(Action) ─▶ Session      checked at once, done on receipt
//
// Who starts a goroutine waits for it: the return of Session.Run means that
// none is left, no process either.
package engine
