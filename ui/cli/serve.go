package cli

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"autoscale-lab/lab"
	"autoscale-lab/ui/cli/flags"
	"autoscale-lab/ui/cli/shell"
)

func (s *verbs) app() *cobra.Command {
	c := &cobra.Command{
		Use: "app", Short: "one instance: an HTTP server that burns CPU within its size", Args: flags.NoArgs,
		Long: "GET / burns --work of CPU time and answers an HTML page with PID, port and requests handled; /requests is their count, /healthz tells that it is ready, /metrics is for Prometheus. It keeps itself within --size cores, so that its capacity is size/work requests a second.",
		Example: `autoscale-lab app --port 5001
autoscale-lab app --size 0.5 --work 10ms --boot 5s`,
	}
	e := lab.DefaultExperiment()
	f := flags.Of(c)
	f.Group = "Address"
	config := AppConfig{Port: 5000}
	address := lab.Panel{lab.DialInt(lab.Knob{Name: "port", Help: "port; 0: any free one", Min: 0, Max: 65535}, &config.Port)}
	f.Knobs(address.Knobs(), "port")
	host := f.Text("host", "ADDRESS", "127.0.0.1", "address to listen on")
	f.Group = "Instance"
	f.Knobs(e.Fleet.Knobs(), "size", "work", "boot")
	flags.Presets(c)
	f.Knobs(flags.Dials(&e).Knobs(), flags.BuiltinDials...)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := f.Turn(&e.Fleet, "size", "work", "boot"); err != nil {
			return err
		}
		if err := f.Turn(flags.Dials(&e), flags.BuiltinDials...); err != nil {
			return err
		}
		if err := f.Turn(address, "port"); err != nil {
			return err
		}
		if config.Host = host.String(); config.Host == "" {
			return &lab.InputError{Field: "--host", Want: "an address such as 127.0.0.1, or 0.0.0.0 for all"}
		}
		i := &e.Fleet
		config.Size, config.Work, config.Boot = i.Size, i.Work, i.Boot
		config.Queue, config.Workers, config.WorkDist = i.Queue, i.Workers, i.WorkDist
		return shell.Until(c.Context(), s.d.App(c.Context(), config, s.Say))
	}
	return c
}

func (s *verbs) balance() *cobra.Command {
	c := &cobra.Command{
		Use: "balance", Short: "the balancer alone", Args: flags.NoArgs,
		Long: "Spreads requests over the backends given, or else over those of the ports 5000 to 5019 of this machine whose /healthz answers 200, looked at each second.",
		Example: `autoscale-lab balance
autoscale-lab balance --port 9000 --backend http://127.0.0.1:5001 --backend http://127.0.0.1:5002`,
	}
	f := flags.Of(c)
	config := BalanceConfig{Port: 8000}
	address := lab.Panel{lab.DialInt(lab.Knob{Name: "port", Help: "port; 0: any free one", Min: 0, Max: 65535}, &config.Port)}
	f.Knobs(address.Knobs(), "port")
	backends := f.Many("backend", "URL", "where to send requests (repeatable)")
	algorithm := f.Text("balance", "NAME", lab.DefaultExperiment().Balance, "balancing algorithm: "+strings.Join(s.d.Algorithms, ", "))
	flags.Complete(c, "balance", s.d.Algorithms)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := f.Turn(address, "port"); err != nil {
			return err
		}
		for _, b := range backends.Values {
			if err := checkBackend(b); err != nil {
				return err
			}
		}
		if err := flags.OneOf("--balance", algorithm.String(), s.d.Algorithms); err != nil {
			return err
		}
		config.Backends, config.Algorithm = backends.Values, algorithm.String()
		return shell.Until(c.Context(), s.d.Balance(c.Context(), config, s.Say))
	}
	return c
}

// checkBackend tells whether text is the address of a backend, and no more:
// each is asked for the path that the request has.
func checkBackend(text string) error {
	bad := &lab.InputError{Field: "--backend", Value: text, Want: "http://HOST:PORT"}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || strings.TrimSuffix(text, "/") != "http://"+u.Host {
		return bad
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 || u.Hostname() == "" {
		return bad
	}
	return nil
}

// checkURL tells whether text is the address of a web server.
func checkURL(field, text string) error {
	u, err := url.Parse(text)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" {
		return nil
	}
	bad := &lab.InputError{Field: field, Value: text, Want: "http://HOST:PORT/PATH"}
	if !strings.Contains(text, "://") {
		if u, err := url.Parse("http://" + text); err == nil && u.Hostname() != "" {
			bad.Near = u.String()
		}
	}
	return bad
}
