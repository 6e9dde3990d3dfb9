package history

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/lab/report"
	"autoscale-lab/lab/report/file"
	"autoscale-lab/lab/report/offered"
	"autoscale-lab/ui/cli/flags"
)

func (s *verbs) export() *cobra.Command {
	c := &cobra.Command{
		Use: "export ID [B…]", Short: "a run, or a comparison of two to four, as files",
		Long: "Writes a run, or several side by side, into the current folder, or where --out says; never over a file that is there, unless told. html is a page that needs nothing else; md a text with tables; csv the tables of ticks, instances and events (of a comparison: the figures); json everything, with the user's own command and its environment, for history import; svg and png the charts. " + sideHelp,
		Example: `autoscale-lab history export 42
autoscale-lab history export 42 --out run.json
autoscale-lab history export 42 --format csv --table ticks --out - | head
autoscale-lab history export 41-45 46-50 --format md`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > report.MostSides {
				return flags.UsageError(fmt.Sprintf("%s: want one to four runs: %s %s", flags.Path(c), c.Parent().CommandPath(), c.Use))
			}
			sides, err := report.ParseSides(flags.Path(c), args)
			if err == nil && len(sides) == 1 && len(sides[0]) > 1 {
				return &lab.InputError{Field: flags.Path(c), Value: args[0], Want: "one run, or two to four sides"}
			}
			return err
		},
	}
	f := flags.Of(c)
	format := f.Text("format", strings.Join(file.Formats, "|"), "", "by default as --out ends, or html")
	out := f.Text("out", "FILE", "", "or -o: where to: a file, or - for stdout; by default run-ID or compare-A-B in the current folder")
	table := f.Text("table", strings.Join(file.Tables, "|"), "", "of a run's csv only this one")
	align := f.Text("align", "load|start", "load", "lay the charts of several over one another from their first load, or from their beginning")
	force := f.Truth("force", "write over a file that is there")
	db := f.Place()
	at := offered.AtLoad
	s.noted(c, db, func(ctx context.Context, h Notebook, args []string) error {
		sides, _ := report.ParseSides(flags.Path(c), args) // Args has found them good
		groups, err := loadSides(ctx, h, sides)
		if err != nil {
			return err
		}
		var files []file.File
		if len(groups) == 1 {
			rec := &groups[0][0]
			files, err = file.Run(rec, format.String())
		} else {
			files, err = file.Comparison(groups, format.String(), at)
		}
		if err != nil {
			return err
		}
		if t := table.String(); t != "" {
			i := slices.Index(file.Tables, t)
			files = files[i : i+1]
		}
		if err := s.write(files, out.String(), *force); err != nil {
			return err
		}
		if r := &groups[0][0].Run; len(groups) == 1 && r.Outcome == lab.Unfinished {
			s.Notes([]string{fmt.Sprintf("run %d has not ended: this is what there is so far", r.ID)})
		}
		return nil
	})
	inner := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		switch align.String() {
		case "load":
		case "start":
			at = offered.AtStart
		default:
			return lab.NotOneOf("--align", align.String(), []string{"load", "start"})
		}
		if err := chosen(format, out.String(), table.String(), len(args)); err != nil {
			return err
		}
		return inner(c, args)
	}
	return c
}

// chosen settles the format, and whether the flags agree.
func chosen(format *flags.Text, out, table string, sides int) error {
	of := file.FormatOf(out)
	switch f := format.String(); {
	case f == "" && table != "":
		format.Set("csv")
	case f == "" && of == "" && out != "" && out != "-":
		return &lab.InputError{Field: "--out", Value: out, Want: "a name that ends in one of ." + strings.Join(file.Formats, ", .") + ", or --format beside it"}
	case f == "" && of != "":
		format.Set(of)
	case f == "":
		format.Set("html")
	case !slices.Contains(file.Formats, f):
		return lab.NotOneOf("--format", f, file.Formats)
	}
	switch f := format.String(); {
	case of != "" && of != f:
		return &lab.InputError{Field: "--out", Value: out, Want: fmt.Sprintf("a name that ends in .%s, as --format or --table says", f)}
	case table != "" && !slices.Contains(file.Tables, table):
		return lab.NotOneOf("--table", table, file.Tables)
	case table != "" && (f != "csv" || sides > 1):
		return &lab.InputError{Field: "--table", Value: table, Want: "it with the csv of one run only"}
	case f == "csv" && table == "" && sides == 1 && out != "":
		return &lab.InputError{Field: "--out", Value: out, Want: "--table beside it: csv is " + strings.Join(file.Tables, ", ")}
	}
	return nil
}

// write puts files where they belong, all of them or none, and says so.
func (s *verbs) write(files []file.File, out string, force bool) error {
	if out == "-" {
		if s.OutTTY && strings.HasSuffix(files[0].Name, ".png") {
			return &lab.InputError{Field: "--out", Value: out, Want: "a file or a pipe: a terminal cannot show a picture"}
		}
		return files[0].Write(s.Out)
	}
	folder := "."
	if out != "" {
		folder, files[0].Name = filepath.Dir(out), filepath.Base(out)
	}
	if err := Save(folder, files, force); err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintln(s.Out, filepath.Join(folder, f.Name))
	}
	return nil
}

// Save writes files into a folder, whole or not at all: under another name
// first, and never over a file that is there unless forced.
func Save(folder string, files []file.File, force bool) (err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return &lab.InputError{Field: "--out", Value: folder, Want: "a folder that can be written to: " + flags.Reason(err)}
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	taken := func(name string) error {
		return &lab.InputError{Field: "export", Value: name, Want: "a file that is not there yet, or --force"}
	}
	for _, f := range files {
		switch info, err := root.Lstat(f.Name); {
		case err == nil && info.IsDir(), !filepath.IsLocal(f.Name): // .. and /
			return &lab.InputError{Field: "export", Value: f.Name, Want: "a file, not a folder"}
		case err == nil && !force:
			return taken(f.Name)
		}
	}
	var made []string // to be taken away again
	defer func() {
		for _, name := range made {
			root.Remove(name)
		}
	}()
	parts := make([]string, len(files))
	for i := range files {
		parts[i] = "." + files[i].Name + "." + rand.Text()[:8] + ".part"
		made = append(made, parts[i])
		if err := fill(root, parts[i], &files[i]); err != nil {
			return err
		}
	}
	for i, f := range files {
		if force {
			err = root.Rename(parts[i], f.Name)
		} else {
			err = root.Link(parts[i], f.Name) // unlike a rename, never over another
			if _, stat := root.Lstat(f.Name); err != nil && errors.Is(stat, os.ErrNotExist) {
				err = root.Rename(parts[i], f.Name) // a file system without links
			}
			if err == nil {
				made = append(made, f.Name)
			}
		}
		switch {
		case errors.Is(err, os.ErrExist):
			return taken(f.Name)
		case err != nil:
			return fmt.Errorf("history: export: %w", err)
		}
	}
	made = parts
	return nil
}

// fill writes a new file.
func fill(root *os.Root, name string, f *file.File) error {
	w, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return &lab.InputError{Field: "export", Value: f.Name, Want: "a folder that can be written to: " + flags.Reason(err)}
	}
	if err := errors.Join(f.Write(w), w.Sync(), w.Close()); err != nil {
		return fmt.Errorf("history: export: %w", err)
	}
	return nil
}
