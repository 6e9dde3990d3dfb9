package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/load"
	"autoscale-lab/lab/policy"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

// kindJSON is a policy or shape as --json prints it.
type kindJSON struct {
	Name  string     `json:"name"`
	Help  string     `json:"help"`
	Knobs []knobJSON `json:"knobs"`
}

type knobJSON struct {
	Name    string   `json:"name"`
	Help    string   `json:"help"`
	Unit    string   `json:"unit"`
	Default string   `json:"default"`
	Range   string   `json:"range"`
	Kind    string   `json:"kind"`
	Choices []string `json:"choices,omitempty"`
}

var knobKinds = map[lab.KnobKind]string{
	lab.Number: "number", lab.Percent: "percent", lab.Duration: "duration", lab.Choice: "choice", lab.Toggle: "toggle", lab.Text: "text", lab.Table: "list",
}

func kindObject(name, help string, knobs []lab.Knob) kindJSON {
	k := kindJSON{name, help, []knobJSON{}}
	for _, n := range knobs {
		allowed := n.Range()
		if n.Kind == lab.Table {
			allowed = "a list"
		}
		k.Knobs = append(k.Knobs, knobJSON{n.Name, n.Help, n.Unit, n.Spec(), allowed, knobKinds[n.Kind], n.Choices})
	}
	return k
}

func (s *verbs) policies() *cobra.Command {
	return s.kinds(&cobra.Command{
		Use: "policies [KIND…]", Short: "every scaling policy with its knobs, their ranges and defaults",
		Long:    "Lists all kinds of policy, or those named. A choice may bring other knobs, ranges and defaults: name it with the kind, as in threshold:metric=rps, to see those.",
		Example: "autoscale-lab policies\nautoscale-lab policies hpa schedule:over=aws-target\nautoscale-lab run --policy threshold:upper=60,lower=30",
	}, func(named []string) ([]kindJSON, error) {
		var out []kindJSON
		for _, text := range named {
			kind, rule, err := policy.Parse(text)
			if err != nil {
				return nil, err
			}
			i := slices.Index(policy.Names(), kind)
			out = append(out, kindObject(kind, policy.Kinds()[i].Help, rule.Knobs()))
		}
		if len(named) > 0 {
			return out, nil
		}
		for _, k := range policy.Kinds() {
			out = append(out, kindObject(k.Name, k.Help, k.New().Knobs()))
		}
		return out, nil
	})
}

func (s *verbs) shapes() *cobra.Command {
	return s.kinds(&cobra.Command{
		Use: "shapes", Short: "every shape of load with its knobs, their ranges and defaults",
		Example: "autoscale-lab shapes\nautoscale-lab run --load closed:threads=20",
		Args:    flags.NoArgs,
	}, func([]string) ([]kindJSON, error) {
		var out []kindJSON
		for _, k := range load.Kinds() {
			l, err := load.Parse(k.Name, load.Defaults{})
			if err != nil {
				return nil, err
			}
			out = append(out, kindObject(k.Name, k.Help, l.Knobs()))
		}
		return out, nil
	})
}

// kinds makes a verb that prints kinds with their knobs.
func (s *verbs) kinds(c *cobra.Command, list func(named []string) ([]kindJSON, error)) *cobra.Command {
	asJSON := flags.Of(c).Truth("json", "print them as a JSON array")
	c.RunE = func(_ *cobra.Command, named []string) error {
		all, err := list(named)
		if err != nil {
			return err
		}
		if *asJSON {
			return s.PrintJSON(all)
		}
		for i, k := range all {
			if i > 0 {
				fmt.Fprintln(s.Out)
			}
			fmt.Fprintf(s.Out, "%s  %s\n", s.Bold(k.Name), k.Help)
			if len(k.Knobs) == 0 {
				continue
			}
			t := shell.Columns("  KNOB", "DEFAULT", "ALLOWED", "MEANING")
			for _, n := range k.Knobs {
				t.Row("  "+n.Name, n.Default, n.Range, n.Help)
			}
			t.Print(s.Out, func(s string) string { return s })
		}
		return nil
	}
	return c
}
