package file

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"autoscale-lab/lab"
)

// WriteRun writes all of a run as JSON, a tick a line, so that ReadRun gives the
// same again, to the last digit:
//
//	{"format": "autoscale-lab run", "version": 1,
//	"run": {…},
//	"ticks": [
//	{"sample": {"at_ns": 1000100052, …}, "decision": {…}, "events": […]},
//	…
//	]}
//
// What is zero in a tick is left out of it.
func WriteRun(w io.Writer, rec *lab.Record) error {
	out := bufio.NewWriterSize(w, 64<<10)
	head, err := marshal(written(rec.Run), true)
	if err != nil {
		return fmt.Errorf("file: write run %d: %w", rec.Run.ID, err)
	}
	fmt.Fprintf(out, "{\"format\": %q, \"version\": %d,\n\"run\": %s,\n\"ticks\": [", runFormat, runVersion, head)
	for i := range rec.Ticks {
		line, err := marshal(&rec.Ticks[i], false)
		if err != nil {
			return fmt.Errorf("file: write run %d: tick %d: %w", rec.Run.ID, i+1, err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		out.Write(line)
	}
	out.WriteString("\n]}\n")
	if err := out.Flush(); err != nil { // of all that was written
		return fmt.Errorf("file: write run %d: %w", rec.Run.ID, err)
	}
	return nil
}

// marshal is v as JSON in which <, > and & stay as they are.
func marshal(v any, indent bool) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if indent {
		enc.SetIndent("", "  ")
	}
	err := enc.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
