package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"innkeep.internal/scripts/import/internal/intake"
	"innkeep.internal/shared/core/bizdate"
)

const (
	localEnv   = ".innkeep/local.env" // what scripts/serve leaves for the other scripts
	maxWorkers = 64                   // more calls at once than an organisation's share of the server
)

// errUsage means that the flags were wrong and that the user has been told.
var errUsage = errors.New("wrong usage")

// options are the flags and the environment.
type options struct {
	mapping, file    string
	rejects, summary string
	createProperties bool
	goLive           string // YYYY-MM-DD
	closeDays        bool
	workers, batch   int
	url, token       string
}

// parseOptions reads and checks the flags; all that is wrong is said at once.
func parseOptions(args []string, getenv func(string) string, stderr io.Writer) (*options, error) {
	o := new(options)
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.mapping, "mapping", "", "mapping `file` (YAML)")
	flags.StringVar(&o.file, "file", "", "CSV `file` to import; - is standard input")
	flags.StringVar(&o.rejects, "rejects", "", "`file` for the refused lines (CSV)")
	flags.StringVar(&o.summary, "summary", "", "`file` for the summary (JSON)")
	flags.BoolVar(&o.createProperties, "create-properties", false, "create the mapping's properties that are missing")
	flags.StringVar(&o.goLive, "go-live", "", "go-live `date` of created properties (YYYY-MM-DD)")
	flags.BoolVar(&o.closeDays, "close-days", false, "close what was imported, up to the day before each property's last business date")
	flags.IntVar(&o.workers, "workers", 4, "calls at once, each of another property")
	flags.IntVar(&o.batch, "batch", intake.MaxBatch, "lines a call")
	flags.StringVar(&o.url, "url", "", "address of the API; else INNKEEP_URL")
	flags.StringVar(&o.token, "token", "", "access token; else INNKEEP_TOKEN")
	if err := flags.Parse(args); err != nil {
		return nil, errors.Join(errUsage, err)
	}
	if err := o.connect(getenv); err != nil {
		return nil, err
	}
	problems := o.check()
	if flags.NArg() > 0 {
		problems = append(problems, fmt.Sprintf("%q: there are flags only", flags.Args()))
	}
	if len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprintln(stderr, "import:", p)
		}
		fmt.Fprintln(stderr, "import -h lists the flags")
		return nil, errUsage
	}
	return o, nil
}

// connect fills in address and token from the environment, and when neither is given at all, from
// what a server on this machine has left: its token belongs to its own address only.
func (o *options) connect(getenv func(string) string) error {
	if o.url == "" {
		o.url = getenv("INNKEEP_URL")
	}
	if o.token == "" {
		o.token = getenv("INNKEEP_TOKEN")
	}
	if o.url != "" || o.token != "" {
		return nil
	}
	file, err := os.Open(localEnv)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(lines.Text()), "export "), "=")
		value = strings.Trim(value, `"'`)
		switch name {
		case "INNKEEP_URL":
			o.url = value
		case "INNKEEP_TOKEN":
			o.token = value
		}
	}
	return lines.Err()
}

// check is all that is wrong with the options.
func (o *options) check() (problems []string) {
	add := func(wrong bool, text string) {
		if wrong {
			problems = append(problems, text)
		}
	}
	add(o.mapping == "", "--mapping is missing")
	add(o.file == "", "--file is missing")
	u, err := url.Parse(o.url)
	add(o.url == "", "--url or INNKEEP_URL is missing")
	add(o.url != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"), "the address must be http://... or https://...")
	add(o.token == "", "--token or INNKEEP_TOKEN is missing")
	add(o.workers < 1 || o.workers > maxWorkers, fmt.Sprintf("--workers must be 1 to %d", maxWorkers))
	add(o.batch < 1 || o.batch > intake.MaxBatch, fmt.Sprintf("--batch must be 1 to %d", intake.MaxBatch))
	_, err = bizdate.Parse(o.goLive)
	add(o.goLive != "" && err != nil, "--go-live must be a date, YYYY-MM-DD")
	add(o.createProperties && o.goLive == "", "--create-properties needs --go-live")
	add(!o.createProperties && o.goLive != "", "--go-live is for --create-properties")
	return problems
}
