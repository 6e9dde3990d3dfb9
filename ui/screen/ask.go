package screen

import "strings"

// What a screen asks of the frame, as a message.
type (
	// OpenRun asks to see a stored run, read-only, in the Workbench's panes.
	OpenRun struct{ ID int64 }
	// CompareRuns asks to see sides beside one another, each a run or repeats of
	// one, the first as A.
	CompareRuns struct{ Sides [][]int64 }
	// ExportRuns asks for files of a run, or of a comparison of sides, in a format
	// as the ends of files' names have it.
	ExportRuns struct {
		Sides     [][]int64
		Format    string
		FromStart bool // time counts from the start, not from the first load
	}
	// RepeatRun asks for the same load again, with the settings as they are.
	RepeatRun struct{ ID int64 }
	// RedecideRun asks to see a stored run with what the policy of a spec would
	// have decided in it.
	RedecideRun struct {
		ID   int64
		Spec string
	}
)

// NewExport asks in which of formats something is to be exported.
func NewExport(what string, formats []string) *Chooser {
	names := make([]string, len(formats))
	for i, f := range formats {
		if names[i] = strings.ToUpper(f); f == "md" {
			names[i] = "Markdown"
		}
	}
	return NewChooser("export "+what+" as", names)
}
