// Command openapi writes schemas/openapi.yaml, the OpenAPI 3.1 document of all functions:
//
//	go run ./scripts/openapi [--check] [--file schemas/openapi.yaml]
//
// With --check it writes nothing and ends with 1 when the file is stale.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"

	"innkeep.internal/scripts/openapi/document"
)

const defaultFile = "schemas/openapi.yaml"

var errStale = errors.New("it is stale: run go run ./scripts/openapi")

func main() {
	err := run(os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("openapi", flag.ContinueOnError)
	file := flags.String("file", defaultFile, "`file` of the document")
	check := flags.Bool("check", false, "compare instead of writing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not understood", flags.Arg(0))
	}
	d, err := document.New()
	if err != nil {
		return err
	}
	want, err := d.YAML()
	if err != nil {
		return err
	}
	if !*check {
		return os.WriteFile(*file, want, 0o644)
	}
	got, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: %w", *file, errStale)
	}
	return nil
}
