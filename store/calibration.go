package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"autoscale-lab/lab"
)

// SetCalibration keeps a calibration under its key, in place of an earlier one.
func (s *Store) SetCalibration(ctx context.Context, c lab.Calibration) error {
	data, err := json.Marshal(c)
	if err != nil {
		return wrap("keep a calibration", err)
	}
	return wrap("keep a calibration", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO calibration (key, at, data) VALUES (?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET at = excluded.at, data = excluded.data`, c.Key, c.At.UnixNano(), string(data))
		return err
	}))
}

// Calibration is the latest one of a key; false if there is none.
func (s *Store) Calibration(ctx context.Context, key string) (c lab.Calibration, ok bool, err error) {
	var data []byte
	err = s.r.QueryRowContext(ctx, "SELECT data FROM calibration WHERE key = ?", key).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return lab.Calibration{}, false, wrap(fmt.Sprintf("read the calibration of %q", key), err)
	}
	c.Key, c.At = key, c.At.Local()
	cleanHost(&c.Host)
	return c, true, nil
}

func cleanHost(h *lab.Host) {
	for _, s := range []*string{&h.OS, &h.Kernel, &h.CPU} {
		*s = lab.Clean(*s)
	}
}
