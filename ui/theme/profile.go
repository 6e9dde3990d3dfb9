package theme

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// Profile is how much colour is used.
type Profile int

const (
	ANSI16    Profile = iota // the user's own sixteen: the default
	ANSI256                  //
	TrueColor                //
	Mono                     // NO_COLOR: bold, faint and reverse alone
	None                     // TERM=dumb: no escape sequence at all
)

// Names are the words that Detect knows; several are joined by commas.
var Names = []string{"auto", "dark", "light", "16", "256", "truecolor", "mono", "none", "ascii", "unicode"}

// Detect derives the options from environment variables ("K=V") and the user's
// wish, words of Names such as "light" or "dark,256". Without a wish it is the
// sixteen colours, less where the environment says so, and never more than the
// terminal has. The background is dark unless COLORFGBG or the wish says
// otherwise. Glyphs are ASCII where braille can't be drawn: TERM=dumb, the
// Linux console, a locale of another charset.
func Detect(environ []string, wish string) (Options, error) {
	env := make(map[string]string, len(environ))
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		env[k] = v
	}
	o := Options{Dark: !lightBackground(env["COLORFGBG"])}
	o.ASCII = env["TERM"] == "dumb" || env["TERM"] == "linux" || foreignCharset(env)
	has := colorprofile.Env(environ)
	best := ANSI16
	switch {
	case has == colorprofile.TrueColor:
		best = TrueColor
	case has == colorprofile.ANSI256:
		best = ANSI256
	case has == colorprofile.ASCII:
		best = Mono
	case has <= colorprofile.NoTTY:
		best = None
	}
	o.Profile = best
	if best == ANSI256 || best == TrueColor {
		o.Profile = ANSI16
	}
	limit := func(p Profile) Profile {
		if best < p || best == Mono || best == None { // NO_COLOR and dumb terminals win
			return best
		}
		return p
	}
	for word := range strings.SplitSeq(wish, ",") {
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "", "auto":
		case "dark":
			o.Dark = true
		case "light":
			o.Dark = false
		case "16":
			o.Profile = limit(ANSI16)
		case "256":
			o.Profile = limit(ANSI256)
		case "truecolor":
			o.Profile = limit(TrueColor)
		case "mono":
			o.Profile = max(Mono, o.Profile)
		case "none":
			o.Profile = None
		case "ascii":
			o.ASCII = true
		case "unicode":
			o.ASCII = false
		default:
			return o, fmt.Errorf("unknown theme %q; known: %s", word, strings.Join(Names, ", "))
		}
	}
	return o, nil
}

// lightBackground reads COLORFGBG ("15;0", "0;default;15"): its last field is
// the background, of which 7 and 9 to 15 are light.
func lightBackground(v string) bool {
	n, err := strconv.Atoi(v[strings.LastIndexByte(v, ';')+1:])
	return err == nil && (n == 7 || n > 8)
}

// foreignCharset tells whether the locale names a charset other than UTF-8. A
// locale that names none says nothing about the terminal.
func foreignCharset(env map[string]string) bool {
	for _, k := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := env[k]; v != "" {
			_, set, named := strings.Cut(strings.ToLower(v), ".")
			return named && !strings.HasPrefix(set, "utf-8") && !strings.HasPrefix(set, "utf8")
		}
	}
	return false
}
