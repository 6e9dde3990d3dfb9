package flags

import (
	"io"
	"path/filepath"
	"strings"

	"autoscale-lab/lab"
	"autoscale-lab/lab/manifest"
	"autoscale-lab/lab/policy"
)

// Policy is a policy as it was given on the command line.
type Policy struct {
	Given  string      // to be shown: a spec, or @FILE with what it came to
	Spec   string      // as policy.Parse reads it
	Limits *lab.Limits // of a manifest that has some
	From   *manifest.Manifest
	Notes  []string // what of a manifest the lab does not do
}

// ParsePolicy reads a policy's spec, or, behind an @, the manifest in a file.
func ParsePolicy(flag, text string) (Policy, error) {
	a := Policy{Given: text, Spec: text}
	if file, ok := strings.CutPrefix(strings.TrimSpace(text), "@"); ok {
		m, err := ReadManifest("--"+flag, file)
		if err != nil {
			return a, err
		}
		a.From, a.Notes, a.Spec = m, m.Notes, m.Spec.String()
		if m.Limited {
			l := m.Limits
			a.Limits = &l
		}
	}
	kind, rule, err := policy.Parse(a.Spec)
	if err != nil {
		return a, From(flag, err)
	}
	if a.From != nil {
		a.Given = policy.Brief(kind, rule) + " " + text
	}
	return a, nil
}

// ReadManifest reads a vendor's manifest from a file.
func ReadManifest(field, file string) (*manifest.Manifest, error) {
	if file == "" {
		return nil, &lab.InputError{Field: field, Value: "@", Want: "@FILE"}
	}
	in, _, err := Open(field, file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, manifest.MaxSize+1))
	if err != nil {
		return nil, &lab.InputError{Field: field, Value: file, Want: "a file that can be read: " + Reason(err)}
	}
	return manifest.Read(filepath.Base(file), data)
}
