package store

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
	"autoscale-lab/store/codec/codectest"
	"autoscale-lab/store/driver"
)

// recorded enters a whole run, and gives what reading it should give.
func recorded(t *testing.T, s *Store, ticks []lab.Tick) lab.Record {
	t.Helper()
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	for i := range ticks {
		if err := rec.Record(ticks[i]); err != nil {
			t.Fatal(err)
		}
	}
	run.Outcome, run.Duration, run.Policy, run.Load = lab.Completed, 5*time.Second, "manual", "constant:rate=20,spacing=even"
	run.Changes, run.Incomplete, run.Summary = 3, "the notebook could not keep up", lab.SummaryOf(&lab.Record{Run: run, Ticks: ticks})
	if err := rec.End(run); err != nil {
		t.Fatal(err)
	}
	return lab.Record{Run: run, Ticks: ticks}
}

// aRun is a run of which every field is set.
func aRun() lab.Run {
	e := lab.DefaultExperiment()
	e.Name, e.Seed, e.Duration = "e", 1<<64-1, time.Minute
	e.Fleet.App, e.Fleet.Env, e.Fleet.Cwd = []string{"python3", "-c", "a\nb"}, []string{"K=V"}, "/"
	return lab.Run{
		Name: "first", Note: "a note", Began: time.Date(2026, 1, 2, 3, 4, 5, 6, time.Local), Experiment: e,
		Policy: "threshold", Load: "constant:rate=15,spacing=even", Rig: "local",
		Host: lab.Host{OS: "linux", Kernel: "6", CPU: "some", Cores: 2, MemoryMB: 4000}, Version: "v1", Commit: "abc",
	}
}

func TestWhatIsRecordedIsRead(t *testing.T) {
	for name, ticks := range map[string][]lab.Tick{
		"every field": codectest.Full(4), "more than one packed chunk": codectest.Lesson(packTicks+40, 2), "no tick": nil,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			want := recorded(t, s, ticks)
			got, err := s.Load(t.Context(), want.Run.ID)
			if err != nil {
				t.Fatal(err)
			}
			codectest.Same(t, want, got)
			run, err := s.Get(t.Context(), want.Run.ID)
			if err != nil {
				t.Fatal(err)
			}
			codectest.Same(t, want.Run, run)
			var chunks int
			if err := s.r.QueryRow("SELECT count(*) FROM chunk").Scan(&chunks); err != nil || chunks > 1+len(ticks)/packTicks {
				t.Errorf("packed into %d chunks (%v)", chunks, err)
			}
		})
	}
}

func TestARunUnderWayIsRead(t *testing.T) {
	s := newStore(t)
	rec := s.Recorder()
	run := aRun()
	run.Origin = 90 * time.Second
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	ticks := codectest.Lesson(3, 2)
	for _, tick := range ticks {
		tick.Sample.At += run.Origin
		if err := rec.Record(tick); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Load(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Run.Outcome != lab.Unfinished || got.Run.Origin != 0 || len(got.Ticks) != 3 || got.Ticks[2].Sample.At != ticks[2].Sample.At {
		t.Errorf("read %+v and %d ticks", got.Run, len(got.Ticks))
	}
	wantInputError(t, s.Delete(t.Context(), run.ID), "run", "still being recorded")
}

// An error may come after the deed was done; trying again must not do it twice.
func TestTryingAgainDoesNothingTwice(t *testing.T) {
	s := newStore(t)
	rec := s.Recorder()
	run := aRun()
	ticks := codectest.Full(2)
	for range 2 {
		again := run
		again.ID = 0
		if err := rec.Begin(&again); err != nil {
			t.Fatal(err)
		}
		if run.ID != 0 && again.ID != run.ID {
			t.Fatalf("begun again as %d, was %d", again.ID, run.ID)
		}
		run.ID = again.ID
	}
	for _, tick := range ticks {
		for range 2 {
			if err := rec.Record(tick); err != nil {
				t.Fatal(err)
			}
		}
	}
	run.Outcome = lab.Completed
	for range 2 {
		if err := rec.End(run); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := s.List(t.Context(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, []lab.Run{run}, runs)
	got, err := s.Load(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, ticks, got.Ticks)
	var events, want int
	for _, tick := range ticks {
		want += len(tick.Events)
	}
	if err := s.r.QueryRow("SELECT count(*) FROM event").Scan(&events); err != nil || events != want {
		t.Errorf("%d events, want %d (%v)", events, want, err)
	}
	// The same moment of another recorder is another run.
	other := run
	if err := s.Recorder().Begin(&other); err != nil || other.ID == run.ID {
		t.Errorf("another run is number %d (%v)", other.ID, err)
	}
}

func TestADiscardedRunIsNotKept(t *testing.T) {
	s := newStore(t)
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	for _, tick := range codectest.Full(2) {
		if err := rec.Record(tick); err != nil {
			t.Fatal(err)
		}
	}
	run.Outcome = lab.Discarded
	for range 2 {
		if err := rec.End(run); err != nil {
			t.Fatal(err)
		}
	}
	if err := rec.Record(lab.Tick{}); err == nil {
		t.Error("a tick without a run is taken")
	}
	wantNothingLeft(t, s)
}

func wantNothingLeft(t *testing.T, s *Store) {
	t.Helper()
	for _, table := range []string{"run", "chunk", "tick", "event"} {
		var n int
		if err := s.r.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n > 0 {
			t.Errorf("%d rows left in %s (%v)", n, table, err)
		}
	}
}

// Fault 9: nothing committed is lost, and writing goes on when there is room.
func TestDiskFull(t *testing.T) {
	s := newStore(t)
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	ticks := codectest.Lesson(40, 5)
	limit := func(pages int64) {
		if _, err := s.w.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := pragma(s.w, "page_count")
	if err != nil {
		t.Fatal(err)
	}
	limit(pages + 10)
	full := -1
	for i, tick := range ticks {
		err := rec.Record(tick)
		for tries := 0; err != nil && tries < 3; tries++ {
			full = i
			got, lerr := s.Load(t.Context(), run.ID)
			if lerr != nil {
				t.Fatal(lerr)
			}
			codectest.Same(t, ticks[:i], got.Ticks)
			err = rec.Record(tick)
			if tries == 1 {
				limit(1 << 30)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if full < 0 {
		t.Fatal("the disk was never full")
	}
	run.Outcome = lab.Stopped
	if err := rec.End(run); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, ticks, got.Ticks)
}

// A run can end on a full disk: what is missing is only its packed form, which
// the next start makes.
func TestPackingWaitsForRoom(t *testing.T) {
	s := newStore(t)
	want := recorded(t, s, codectest.Lesson(3, 2))
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	recordAll(t, s, run.ID, want.Ticks)
	if _, err := s.w.Exec("CREATE TRIGGER full BEFORE UPDATE OF packed ON run BEGIN SELECT RAISE(ABORT, 'full'); END"); err != nil {
		t.Fatal(err)
	}
	run.Outcome = lab.Stopped
	if err := rec.End(run); err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.Exec("DROP TRIGGER full"); err != nil {
		t.Fatal(err)
	}
	packed := func() (n int) {
		if err := s.r.QueryRow("SELECT packed FROM run WHERE id = ?", run.ID).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if packed() != 0 {
		t.Fatal("packed all the same")
	}
	openAt(t, s.path, options{})
	if packed() != 1 {
		t.Error("not packed by the next start")
	}
	got, err := s.Load(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, want.Ticks, got.Ticks)
}

// Fault 10: the call comes back with an error, and trying again succeeds.
func TestLockedByAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	s := openAt(t, path, options{busy: 20 * time.Millisecond})
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	other := openAt(t, path, options{})
	tx, err := other.w.Begin()
	if err != nil {
		t.Fatal(err)
	}
	tick := codectest.Full(1)[0]
	if err := rec.Record(tick); driver.Code(err) != driver.Busy || !strings.Contains(err.Error(), "locked") {
		t.Errorf("while it is locked: %v", err)
	}
	if _, err := s.List(t.Context(), Query{}); err != nil {
		t.Errorf("reading waits for a writer: %v", err)
	}
	// A lab that starts now has nothing to write, and starts.
	openAt(t, path, options{busy: 20 * time.Millisecond})
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := rec.Record(tick); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	codectest.Same(t, []lab.Tick{tick}, got.Ticks)
}

const childTicks = 300

// recordUntilKilled is the child: it says on its output what is on the disk.
func recordUntilKilled(path string) {
	fail := func(err error) {
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	s, err := Open(path)
	fail(err)
	rec := s.Recorder()
	run := aRun()
	fail(rec.Begin(&run))
	for _, tick := range codectest.Lesson(childTicks, 5) {
		fail(rec.Record(tick))
		fmt.Println(run.ID, int64(tick.Sample.At))
	}
	select {}
}

// Fault 12: kill -9 while writing.
func TestKilledWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "AUTOSCALE_LAB_TEST_CHILD="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said []int64
	var id int64
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) != 2 || words[0] == "error:" {
			t.Fatal(lines.Text())
		}
		id, _ = strconv.ParseInt(words[0], 10, 64)
		at, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, at)
		if len(said) == 25 { // it lives: nobody may call its run crashed
			s := openAt(t, path, options{})
			if run, err := s.Get(t.Context(), id); err != nil || run.Outcome != lab.Unfinished {
				t.Fatalf("while its lab lives: %+v, %v", run.Outcome, err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child was not killed")
	}
	s := openAt(t, path, options{})
	got, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Ticks) == childTicks {
		t.Error("it was killed too late to tell anything")
	}
	// What it said is on the disk, and at most one tick that it had no time to say.
	if n := len(got.Ticks); n != len(said) && n != len(said)+1 {
		t.Errorf("%d ticks on the disk, %d were said to be", n, len(said))
	}
	codectest.Same(t, codectest.Lesson(len(got.Ticks), 5), got.Ticks)
	run := got.Run
	if run.Outcome != lab.Crashed || run.Duration != got.Ticks[len(got.Ticks)-1].Sample.At || run.Summary.Requests.OK == 0 || run.Changes == 0 {
		t.Errorf("it stands as %+v", run)
	}
	if left, err := filepath.Glob(path + ".*.lock"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestACrashedRunEndsAsItsDeedsLeftIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	s := openAt(t, path, options{})
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	for i, a := range []lab.Action{
		{Kind: lab.ActLoad, To: "on"},
		{Kind: lab.ActMark, To: "note"},
		{Kind: lab.ActSet, Target: "load", Name: "rate", To: "16"},
		{Kind: lab.ActSet, Target: "policy", Name: "upper", To: "40%"},
		{Kind: lab.ActPolicy, To: "manual:instances=2"},
	} {
		tick := lab.Tick{Sample: lab.Sample{At: time.Duration(i+1) * time.Second}, Events: []lab.Event{{Action: &a}}}
		if err := rec.Record(tick); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.session.End(); err != nil { // as when its process ends
		t.Fatal(err)
	}
	openAt(t, path, options{})
	got, err := s.Get(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Outcome != lab.Crashed || got.Policy != "manual" || got.Load != "constant:rate=16,spacing=even" || got.Changes != 3 || got.Duration != 5*time.Second {
		t.Errorf("it stands as %+v", got)
	}
}

func TestADamagedRunIsMarkedAndDoesNotHide(t *testing.T) {
	s := newStore(t)
	want := recorded(t, s, codectest.Lesson(5, 1))
	rec := s.Recorder()
	run := aRun()
	if err := rec.Begin(&run); err != nil {
		t.Fatal(err)
	}
	if err := s.write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(insertChunk, run.ID, 0, []byte("garbage"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.session.End(); err != nil {
		t.Fatal(err)
	}
	again := openAt(t, s.path, options{})
	if got, err := again.Get(t.Context(), run.ID); err != nil || got.Outcome != lab.Crashed || got.Incomplete == "" {
		t.Errorf("it stands as %+v, %v", got, err)
	}
	if _, err := again.Load(t.Context(), run.ID); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("run %d", run.ID)) {
		t.Errorf("loading it: %v", err)
	}
	if _, err := again.Load(t.Context(), want.Run.ID); err != nil {
		t.Error(err)
	}
}
