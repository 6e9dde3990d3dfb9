-- A run: columns for what lists show and sort by, JSON for the rest.
-- Times are nanoseconds: began since 1970, all others since the run's beginning.
CREATE TABLE run (
	id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
	session    TEXT    NOT NULL,                  -- the lab that records it: alive while <file>.<session>.lock is locked
	key        TEXT    NOT NULL UNIQUE,           -- makes a repeated Begin the same run
	name       TEXT    NOT NULL,
	note       TEXT    NOT NULL,
	baseline   INTEGER NOT NULL DEFAULT 0,
	outcome    TEXT    NOT NULL,                  -- '' while it is under way
	began      INTEGER NOT NULL,
	duration   INTEGER NOT NULL,
	policy     TEXT    NOT NULL,
	load       TEXT    NOT NULL,
	rig        TEXT    NOT NULL,
	version    TEXT    NOT NULL,
	"commit"   TEXT    NOT NULL,
	changes    INTEGER NOT NULL,
	incomplete TEXT    NOT NULL,
	packed     INTEGER NOT NULL DEFAULT 0,        -- its chunks are long ones
	deleted    INTEGER,                           -- when (since 1970); until it is purged, it can be had back
	experiment TEXT    NOT NULL,                  -- JSON, as at the beginning
	host       TEXT    NOT NULL,                  -- JSON
	summary    TEXT    NOT NULL                   -- JSON
) STRICT;

CREATE INDEX run_unfinished ON run (session) WHERE outcome = '';
CREATE INDEX run_deleted ON run (deleted) WHERE deleted IS NOT NULL;

-- Consecutive ticks with every field, encoded (see codec.go): what the lab
-- reads. While a run is under way a chunk is one tick; later it is many.
CREATE TABLE chunk (
	run  INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	at   INTEGER NOT NULL, -- of its first tick
	data BLOB    NOT NULL,
	UNIQUE (run, at)
) STRICT;

-- The main figures of every tick, for people with a sqlite3 shell.
CREATE TABLE tick (
	run     INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	at      INTEGER NOT NULL,
	desired INTEGER NOT NULL,
	ready   INTEGER NOT NULL,
	cpu     REAL,             -- mean of the ready instances, 1 = their size
	offered REAL    NOT NULL, -- requests/s
	served  REAL    NOT NULL, -- requests/s
	p95     REAL,             -- seconds
	PRIMARY KEY (run, at)
) STRICT, WITHOUT ROWID;

-- What happened, for the same people.
CREATE TABLE event (
	run      INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	tick     INTEGER NOT NULL, -- at of the tick that reported it
	n        INTEGER NOT NULL, -- its place in that tick
	at       INTEGER NOT NULL,
	"by"     TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	instance TEXT    NOT NULL,
	text     TEXT    NOT NULL,
	PRIMARY KEY (run, tick, n)
) STRICT, WITHOUT ROWID;
