package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/adrg/xdg"

	"autoscale-lab/lab"
)

// Choices is what is kept of the user's choices from one lab to the next.
type Choices struct {
	Theme   string                       `json:"theme,omitempty"`    // words of theme.Detect
	NoMouse bool                         `json:"no_mouse,omitempty"` // so that the terminal selects text
	Load    string                       `json:"load,omitempty"`     // the last, as a spec
	Policy  string                       `json:"policy,omitempty"`   // the last, as a spec
	Screens map[string]map[string]string `json:"screens,omitempty"`  // what each screen wants kept
}

// DefaultConfigPath is where choices are kept: autoscale-lab/ui.json in the XDG
// config folder; "" where there is none.
func DefaultConfigPath() string {
	if xdg.ConfigHome == "" || !filepath.IsAbs(xdg.ConfigHome) {
		return ""
	}
	return filepath.Join(xdg.ConfigHome, "autoscale-lab", "ui.json")
}

// ReadChoices reads what was kept; nothing, where nothing is or can be read. The
// error is worth telling: a file that is there and is not understood.
func ReadChoices(path string) (Choices, error) {
	if path == "" {
		return Choices{}, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return Choices{}, nil
	}
	if err == nil {
		defer f.Close()
		var data []byte
		if data, err = io.ReadAll(io.LimitReader(f, 1<<20)); err == nil {
			var c Choices
			if err = json.Unmarshal(data, &c); err == nil {
				return c, nil
			}
		}
	}
	return Choices{}, fmt.Errorf("%s is not understood and ignored: %w", path, err)
}

func (c *Choices) equal(d *Choices) bool {
	return c.Theme == d.Theme && c.NoMouse == d.NoMouse && c.Load == d.Load && c.Policy == d.Policy &&
		maps.EqualFunc(c.Screens, d.Screens, func(a, b map[string]string) bool { return maps.Equal(a, b) })
}

// write keeps the choices, whole or not at all.
func (c *Choices) write(path string) error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".ui-*.json") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// keeper writes choices, one after the other, the newest last. Where they
// cannot be written the lab works all the same, and says nothing.
type keeper struct {
	path  string
	mu    sync.Mutex
	done  int // number of the newest written
	given int // number of the newest asked for; the screen's goroutine alone
	last  Choices
}

// differs tells whether these choices are others than the last asked for.
func (k *keeper) differs(c *Choices) bool { return k.path != "" && !c.equal(&k.last) }

// keep returns the deed of writing them, for any goroutine.
func (k *keeper) keep(c Choices) func() {
	k.given++
	n := k.given
	k.last = c
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if n > k.done {
			k.done = n
			c.write(k.path)
		}
	}
}

// choices is what would be kept now.
func (m *model) choices() Choices {
	c := m.kept
	set := &m.cfg.Session.Snapshot().Setup
	c.Load, c.Policy = spell(set.LoadKind, set.LoadKnobs), spell(set.Policy, set.PolicyKnobs)
	c.Screens = maps.Clone(m.kept.Screens) // of a screen not there now too
	if c.Screens == nil {
		c.Screens = map[string]map[string]string{}
	}
	c.Screens[atWorkbench] = m.bench.Choices()
	if m.history != nil {
		c.Screens[atHistory] = map[string]string{"sort": m.history.Sort()}
	}
	return c
}

func spell(kind string, knobs []lab.Knob) string {
	s := lab.Spec{Kind: kind}
	for _, k := range knobs {
		if text := k.Spec(); text != "" {
			s.Settings = append(s.Settings, lab.Setting{Name: k.Name, Text: text})
		}
	}
	return s.String()
}
