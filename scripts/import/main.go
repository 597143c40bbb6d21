// Import takes a CSV file of postings into Innkeep through its HTTP API, as a mapping file says. It
// may be run again on the same file at any time: the server knows the lines that it has. README.md
// beside it has the flags, the mapping and the files that it leaves.
//
// Exit status: 0 when every line was judged (refused ones are listed, not failures), 130 when it was
// interrupted, 1 otherwise.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"innkeep.internal/scripts/import/internal/csvfile"
	"innkeep.internal/scripts/import/internal/innkeep"
	"innkeep.internal/scripts/import/internal/intake"
	"innkeep.internal/scripts/import/internal/mapping"
)

const (
	exitOK          = 0
	exitFailed      = 1
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// run is the program; its result is the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, getenv, stderr)
	if err == nil {
		err = importFile(ctx, o, stdin, stdout, stderr)
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitFailed // the flag set has said why
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "import: interrupted; run it again to go on")
		return exitInterrupted
	}
	fmt.Fprintln(stderr, "import:", err)
	return exitFailed
}

// importFile imports o.file and leaves the rejects and the summary, also of an import that failed.
func importFile(ctx context.Context, o *options, stdin io.Reader, stdout, stderr io.Writer) error {
	m, err := mapping.Load(o.mapping)
	if err != nil {
		return err
	}
	file, size, err := open(o.file, stdin)
	if err != nil {
		return err
	}
	defer file.Close()
	records, err := csvfile.NewReader(file, csvfile.Options{Delimiter: m.CSV.Comma(), Encoding: m.CSV.Encoding})
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, err)
	}
	var rejects *intake.Rejects
	if o.rejects != "" {
		if rejects, err = intake.NewRejects(o.rejects, records.Header(), m.CSV); err != nil {
			return err
		}
	}
	progress := newProgress(stderr, size)
	summary, err := intake.Run(ctx, intake.Options{
		Mapping: m, Records: records, Client: innkeep.New(o.url, o.token, o.workers, progress.notice, nil),
		Workers: o.workers, Batch: o.batch,
		CreateProperties: o.createProperties, GoLive: o.goLive, CloseDays: o.closeDays,
		Rejects: rejects, Progress: progress,
	})
	progress.end()
	summary.File = filepath.Base(o.file)
	if rejects != nil {
		err = errors.Join(err, rejects.Close())
	}
	// The files come first: who reads the output may go away in the middle of it.
	err = errors.Join(err, writeSummary(o.summary, summary))
	return errors.Join(err, summary.Print(stdout), hint(stdout, o, summary))
}

// hint says where the refused lines are, or could be.
func hint(w io.Writer, o *options, s *intake.Summary) (err error) {
	switch {
	case s.Refused == 0:
	case o.rejects == "":
		_, err = fmt.Fprintln(w, "--rejects FILE writes the refused lines with their reasons")
	default:
		_, err = fmt.Fprintf(w, "the refused lines and their reasons: %s\n", o.rejects)
	}
	return err
}

// open is the file and its size in bytes; "-" is stdin, of unknown size (-1).
func open(path string, stdin io.Reader) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(stdin), -1, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return file, -1, err
	}
	return file, info.Size(), nil
}

// writeSummary writes the summary as JSON, unless path is empty.
func writeSummary(path string, s *intake.Summary) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
