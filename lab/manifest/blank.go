package manifest

import (
	"embed"
	"strings"
)

//go:embed blank
var blanks embed.FS

// blank is a manifest of that name with all knobs as by default.
func blank(of, name string) []byte {
	for _, ext := range []string{".yaml", ".json"} {
		if b, err := blanks.ReadFile("blank/" + of + ext); err == nil {
			return []byte(strings.ReplaceAll(string(b), "NAME", name))
		}
	}
	return nil
}
