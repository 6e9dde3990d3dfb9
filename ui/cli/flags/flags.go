// Package flags turns what was typed behind a verb into lab values.
//
//	verb ─ Of ─▶ Set ─ Text, Many, Truth, Knobs ─▶ flags ─ Turn ─▶ knobs
//	       NewSetup, NewInstance ─▶ Setup ─ Experiment, Variants, Instance ─▶ lab.Experiment
//	       ParsePolicy, ReadManifest, Open           what a flag names
//	       NoArgs, RunIDs, OneOf                     which words there may be
//
// What is wrong is an *lab.InputError that names the flag, or a UsageError.
// Nothing is done but reading the files that were named.
package flags

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"autoscale-lab/lab"
)

// Text is a flag's value as it was typed; what it means is decided once all
// flags are known.
type Text struct {
	Values []string // as typed, or the default
	List   bool     // may be given again
	kind   string   // what the help calls it
	given  bool     // Values hold no default
}

// String is what was typed.
func (t *Text) String() string { return strings.Join(t.Values, " ") }

// Type is what the help calls it.
func (t *Text) Type() string { return t.kind }

// Set takes it as typed; it never fails.
func (t *Text) Set(s string) error {
	if !t.List || !t.given {
		t.Values = nil
	}
	t.Values, t.given = append(t.Values, s), true
	return nil
}

// Set adds flags in groups.
type Set struct {
	*pflag.FlagSet
	Group string // heading in the help for those added from now on
}

// Of is a verb's flags, kept in the order in which they are added.
func Of(c *cobra.Command) *Set {
	c.Flags().SortFlags = false
	return &Set{FlagSet: c.Flags()}
}

const groupNote = "group"

func (f *Set) note(name string) { f.SetAnnotation(name, groupNote, []string{f.Group}) }

// Text adds a flag that takes a text; def is shown as the default.
func (f *Set) Text(name, kind, def, usage string) *Text {
	t := &Text{kind: kind}
	if def != "" {
		t.Values = []string{def}
	}
	short := ""
	if name == "out" {
		short = "o" // the one that everybody expects
	}
	f.VarP(t, name, short, usage)
	f.note(name)
	return t
}

// Many adds a flag that may be repeated.
func (f *Set) Many(name, kind, usage string) *Text {
	t := f.Text(name, kind, "", usage)
	t.List = true
	return t
}

// Truth adds a flag that is off, or on.
func (f *Set) Truth(name, usage string) *bool {
	v := f.Bool(name, false, usage)
	f.note(name)
	return v
}

// Knobs adds a flag for each knob, with the knob's value as its default.
func (f *Set) Knobs(knobs []lab.Knob, names ...string) {
	for _, name := range names {
		k, ok := lab.Find(knobs, name)
		if !ok {
			panic("flags: no knob " + name)
		}
		kind := map[lab.KnobKind]string{lab.Number: "N", lab.Duration: "TIME", lab.Choice: strings.Join(k.Choices, "|")}[k.Kind]
		if k.Unit == "core" {
			kind = "CORES"
		}
		f.Text(name, kind, k.Spec(), k.Help)
		if def := k.Spec(); strings.HasSuffix(def, "m0s") {
			f.Lookup(name).DefValue = strings.TrimSuffix(def, "0s")
		}
	}
}

// Turn sets those of the named knobs whose flags were given.
func (f *Set) Turn(t lab.Tunable, names ...string) error {
	for _, name := range names {
		if !f.Changed(name) {
			continue
		}
		if err := t.Set(name, f.Lookup(name).Value.String()); err != nil {
			return Named(f.FlagSet, AsInput(err))
		}
	}
	return nil
}

// Place adds the flag that says where the notebook is.
func (f *Set) Place() *Text {
	return f.Text("db", "FILE", "", "the notebook; default: AUTOSCALE_LAB_DB, or autoscale-lab/lab.db in the XDG data folder")
}

// Notebook is the path as given, or as the environment has it, or "".
func (t *Text) Notebook() string {
	if db := t.String(); db != "" {
		return db
	}
	return os.Getenv("AUTOSCALE_LAB_DB")
}

// Complete offers words for a flag's value.
func Complete(c *cobra.Command, flag string, words []string) {
	c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

// Group is flags under one heading of the help.
type Group struct {
	Name  string
	Flags []*pflag.Flag
}

// Groups are a verb's flags under their headings, in the order they were made.
func Groups(flags *pflag.FlagSet) []Group {
	var out []Group
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "Flags"
		if g := f.Annotations[groupNote]; len(g) > 0 && g[0] != "" {
			name = g[0]
		}
		i := slices.IndexFunc(out, func(g Group) bool { return g.Name == name })
		if i < 0 {
			i = len(out)
			out = append(out, Group{Name: name})
		}
		out[i].Flags = append(out[i].Flags, f)
	})
	return out
}
