package theme

import "strings"

// Frame is the glyphs of a border.
type Frame struct{ TopLeft, TopRight, BottomLeft, BottomRight, H, V string }

// Glyphs are the signs of the screen, each one cell wide. A terminal that
// widens ambiguous ones gets the ASCII set.
type Glyphs struct {
	Light, Heavy Frame

	Up, Down, Dot, Circle, Square, Cross, Star, Play, Diamond string // ▲ ▼ ● ○ ■ ✕ ★ ▶ ◆
	Select, Left, Right, ArrowUp, ArrowDown, Enter, Shift     string // ▸ ← → ↑ ↓ ⏎ ⇧
	Bar, Middle, Dash, Ellipsis, Approx, Delta, Times         string // │ · — … ≈ Δ ×

	Tick, Corner, AxisTick, AxisLine, Dashes, CursorLine string // ┤ └ ┬ ─ ╌ ┆
	SlideLeft, SlideLine, SlideKnob, SlideRight          string // ├ ─ ● ┤
	Fill, Empty                                          string // █ ░
	Levels                                               []rune // of a sparkline, lowest first
}

var unicodeGlyphs = Glyphs{
	Light: Frame{"╭", "╮", "╰", "╯", "─", "│"},
	Heavy: Frame{"┏", "┓", "┗", "┛", "━", "┃"},
	Up:    "▲", Down: "▼", Dot: "●", Circle: "○", Square: "■", Cross: "✕", Star: "★", Play: "▶", Diamond: "◆",
	Select: "▸", Left: "←", Right: "→", ArrowUp: "↑", ArrowDown: "↓", Enter: "⏎", Shift: "⇧",
	Bar: "│", Middle: "·", Dash: "—", Ellipsis: "…", Approx: "≈", Delta: "Δ", Times: "×",
	Tick: "┤", Corner: "└", AxisTick: "┬", AxisLine: "─", Dashes: "╌", CursorLine: "┆",
	SlideLeft: "├", SlideLine: "─", SlideKnob: "●", SlideRight: "┤",
	Fill: "█", Empty: "░", Levels: []rune("▁▂▃▄▅▆▇█"),
}

var asciiGlyphs = Glyphs{
	Light: Frame{"+", "+", "+", "+", "-", "|"},
	Heavy: Frame{"#", "#", "#", "#", "=", "#"},
	Up:    "^", Down: "v", Dot: "*", Circle: "o", Square: "#", Cross: "x", Star: "*", Play: ">", Diamond: "+",
	Select: ">", Left: "<", Right: ">", ArrowUp: "^", ArrowDown: "v", Enter: "E", Shift: "S",
	Bar: "|", Middle: ".", Dash: "-", Ellipsis: "~", Approx: "~", Delta: "d", Times: "x",
	Tick: "|", Corner: "+", AxisTick: "+", AxisLine: "-", Dashes: "-", CursorLine: "|",
	SlideLeft: "|", SlideLine: "-", SlideKnob: "O", SlideRight: "|",
	Fill: "#", Empty: ".", Levels: []rune("_.,-=+*#"),
}

var spelling = strings.NewReplacer(
	"→", "->", "←", "<-", "↑", "^", "↓", "v", "≥", ">=", "≤", "<=", "≠", "!=", "≈", "~", "±", "+-", "×", "x", "÷", "/",
	"–", "-", "—", "-", "−", "-", "…", "...", "·", ".", "▲", "^", "▼", "v", "●", "*", "○", "o", "■", "#", "✕", "x",
	"★", "*", "▶", ">", "▸", ">", "◆", "+", "│", "|", "─", "-", "Δ", "d", "∞", "inf", "µ", "u", "θ", "theta", "τ", "tau", "υ", "upsilon", "σ", "sigma", "ε", "epsilon", "⏎", "enter", "⇧", "shift+",
	"“", `"`, "”", `"`, "‘", "'", "’", "'", "⁻", "-", "ⁿ", "^n", "°", " deg",
)

// Spell returns a text as this terminal can show it: with ASCII glyphs, arrows
// and signs are spelled ("4 -> 5") and any other rune becomes a question mark.
// Its width may change, so it comes before Fit.
func (t *Theme) Spell(s string) string {
	if !t.ASCII || isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > 126 {
			return '?'
		}
		return r
	}, spelling.Replace(s))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
