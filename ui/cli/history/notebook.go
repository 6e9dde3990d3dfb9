package history

import (
	"cmp"
	"context"
	"time"

	"autoscale-lab/lab"
)

// Notebook is the notebook as the verbs need it. A run that does not exist is
// a *lab.InputError.
type Notebook interface {
	// List gives at most limit runs (0: all) with smaller numbers than before
	// (0: from the newest), the newest first.
	List(ctx context.Context, limit int, before int64) ([]lab.Run, error)
	Get(ctx context.Context, id int64) (lab.Run, error)
	Load(ctx context.Context, id int64) (lab.Record, error)
	SetName(ctx context.Context, id int64, name string) error
	SetNote(ctx context.Context, id int64, note string) error
	Baseline(ctx context.Context) (run lab.Run, ok bool, err error)
	SetBaseline(ctx context.Context, id int64, on bool) error
	Delete(ctx context.Context, ids ...int64) error
	// Prune deletes runs for good and tells which, the oldest first.
	Prune(ctx context.Context, o PruneOptions) ([]int64, error)
	// Backup copies the notebook into a file that is not there yet.
	Backup(ctx context.Context, path string) error
	Path() string
	// Size is the room it takes on the disk, in bytes; Free, how much of that
	// later runs will fill.
	Size() (int64, error)
	Free() (int64, error)
	Close() error
}

// PruneOptions say which runs are to go: those that fit both Keep and OlderThan.
type PruneOptions struct {
	Keep      int           // only what comes after the newest so many; 0: any
	OlderThan time.Duration // only what began so long ago; 0: any
	All       bool          // also the baseline, and runs with a note
	DryRun    bool          // only tell which would go
}

// Opener opens the notebook at a path; "" is the usual place.
type Opener func(ctx context.Context, path string) (Notebook, error)

// With opens the notebook for a deed, and closes it.
func (open Opener) With(ctx context.Context, path string, do func(Notebook) error) (err error) {
	h, err := open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, h.Close()) }()
	return do(h)
}

// Load reads the runs of sides from the notebook at path. One that there is not
// is a *lab.InputError.
func (open Opener) Load(ctx context.Context, path string, sides ...[]int64) (groups [][]lab.Record, err error) {
	err = open.With(ctx, path, func(h Notebook) (err error) {
		groups, err = loadSides(ctx, h, sides)
		return err
	})
	return groups, err
}

func loadSides(ctx context.Context, h Notebook, sides [][]int64) ([][]lab.Record, error) {
	out := make([][]lab.Record, len(sides))
	for i, ids := range sides {
		for _, id := range ids {
			rec, err := h.Load(ctx, id)
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], rec)
		}
	}
	return out, nil
}
