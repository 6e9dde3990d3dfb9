package ui

import (
	"bytes"
	"regexp"
	"strconv"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// probeLimit bounds the wait for a terminal's answers.
const probeLimit = 150 * time.Millisecond

// sample is signs that some terminals draw two cells wide, and what they take
// on one that does not.
const (
	sample      = "●▲→─★"
	sampleCells = 5
)

// question asks for the background colour, then where the cursor is after the
// sample. Nearly every terminal answers the second, which so ends the waiting
// for an answer to the first. What was drawn is wiped out.
const question = "\x1b]11;?\x1b\\" + "\r" + sample + "\x1b[6n" + "\r\x1b[K"

// terminal is what a terminal said of itself.
type terminal struct {
	answered bool // the last question, so that nothing more is to come
	known    bool // its background
	dark     bool
	wide     bool // it draws ambiguous signs two cells wide
}

var (
	backgroundRe = regexp.MustCompile(`\x1b\]11;([^\x07\x1b]+)(?:\x07|\x1b\\)`)
	positionRe   = regexp.MustCompile(`\x1b\[\d+;(\d+)R`)
)

// understand reads the terminal's answers, as far as they have come.
func understand(answer []byte) (t terminal) {
	if m := backgroundRe.FindSubmatch(answer); m != nil {
		if c := ansi.XParseColor(string(m[1])); c != nil {
			r, g, b, _ := c.RGBA()
			t.known, t.dark = true, (299*r+587*g+114*b)/1000 < 0x8000 // Rec. 601 luma
		}
	}
	if m := positionRe.FindSubmatch(answer); m != nil {
		column, err := strconv.Atoi(string(m[1]))
		t.answered, t.wide = true, err == nil && column != sampleCells+1
	}
	return t
}

// tooLong tells whether what came cannot be an answer any more.
func tooLong(answer []byte) bool {
	return len(answer) > 4096 || bytes.IndexByte(answer, 3) >= 0 // ctrl+c
}
