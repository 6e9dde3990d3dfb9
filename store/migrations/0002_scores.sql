-- What one instance was found to carry: of each key the latest finding.
CREATE TABLE calibration (
	key  TEXT    PRIMARY KEY, -- lab.CalibrationKey
	at   INTEGER NOT NULL,    -- since 1970
	data TEXT    NOT NULL     -- JSON
) STRICT, WITHOUT ROWID;

-- The version of the rules a run's scores were reckoned by; 0: it has none.
ALTER TABLE run ADD COLUMN scored INTEGER NOT NULL DEFAULT 0;

CREATE INDEX run_scored ON run (scored);
