package screen

// What a screen asks of the frame, as a message.
type (
	// OpenRun asks to see a stored run, read-only, in the Workbench's panes.
	OpenRun struct{ ID int64 }
	// CompareRuns asks to see runs side by side, the first as A.
	CompareRuns struct{ IDs []int64 }
	// RepeatRun asks for the same load again, with the settings as they are.
	RepeatRun struct{ ID int64 }
	// RedecideRun asks to see a stored run with what the policy of a spec would
	// have decided in it.
	RedecideRun struct {
		ID   int64
		Spec string
	}
)
