// Package intake carries the records of one file into the books: read, map, group by property, post,
// tally. It holds a bounded part of the file at a time. Whether a line is new, known or refused is
// the server's to say; intake keeps no state, so a file may be imported again at any time.
package intake

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/scripts/import/internal/csvfile"
	"innkeep.internal/scripts/import/internal/innkeep"
	"innkeep.internal/scripts/import/internal/mapping"
)

// MaxBatch is the most lines that a bulk call takes.
const MaxBatch = 1000

// Options are one import.
type Options struct {
	Mapping *mapping.Mapping
	Records *csvfile.Reader
	Client  *innkeep.Client

	Workers int // calls at once, each of another property
	Batch   int // lines a call, up to MaxBatch

	CreateProperties bool
	GoLive           string // YYYY-MM-DD, for created properties
	CloseDays        bool

	Rejects  *Rejects // nil: refused lines are only counted
	Progress Progress
}

// Progress hears how much of the file has been judged.
type Progress interface {
	// Add says that lines that take bytes of the file were judged. It is called by one goroutine at a time.
	Add(lines int, bytes int64)
}

// item is one line on its way.
type item struct {
	line    int // in the file
	size    int64
	cells   []string
	posting mapping.Posting
	body    json.RawMessage
}

// cost is what the item holds in memory, in bytes, roughly.
func (i *item) cost() int64 { return 2*i.size + int64(len(i.body)) + 800 }

// intake is one import under way.
type intake struct {
	Options
	ids   map[string]string // property id by code
	lanes *lanes
	tally *tally
}

// Run imports the file. The summary is right for what was judged, also with an error; the error is
// nil when every line was, and wraps context.Canceled when ctx ended.
func Run(ctx context.Context, o Options) (*Summary, error) {
	started := time.Now()
	in := &intake{Options: o, tally: newTally(o.Mapping.Kind, o.Rejects, o.Progress)}
	err := in.run(ctx)
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	summary := in.tally.summary(err)
	summary.Calls, summary.Retries = o.Client.Calls.Load(), o.Client.Retries.Load()
	summary.setDuration(time.Since(started))
	return summary, err
}

func (in *intake) run(ctx context.Context) error {
	mapper, err := in.Mapping.Mapper(in.Records.Header())
	if err != nil {
		return err
	}
	if err := in.findProperties(ctx); err != nil {
		return err
	}
	in.Progress.Add(0, in.Records.HeaderSize())
	group, posting := errgroup.WithContext(ctx)
	in.lanes = newLanes(posting, in.Batch, in.Workers)
	for range in.Workers {
		group.Go(func() error { return in.work(posting) })
	}
	group.Go(func() error { return in.read(posting, mapper) })
	if err := group.Wait(); err != nil {
		return err
	}
	if in.CloseDays {
		return in.closeDays(ctx)
	}
	return nil
}

// read hands every record that is a posting to its property's lane and refuses the others.
func (in *intake) read(ctx context.Context, mapper *mapping.Mapper) error {
	for {
		record, err := in.Records.Next()
		if errors.Is(err, io.EOF) {
			in.lanes.finish()
			return nil
		}
		if err != nil {
			return err
		}
		in.tally.read()
		it := &item{line: record.Line, size: record.Size, cells: record.Cells}
		if p := record.Problem; p != nil {
			if err := in.tally.refuse(it, p.Code, p.Reason, record.Raw); err != nil {
				return err
			}
			continue
		}
		refusal, err := in.mapItem(mapper, it)
		if err != nil {
			return err
		}
		if refusal != nil {
			if err := in.tally.refuse(it, refusal.Code, refusal.Reason, ""); err != nil {
				return err
			}
			continue
		}
		if err := in.lanes.add(ctx, it); err != nil {
			return err
		}
	}
}

// mapItem makes the item's posting and its JSON.
func (in *intake) mapItem(mapper *mapping.Mapper, it *item) (refusal *mapping.Refusal, err error) {
	if it.posting, refusal = mapper.Map(it.cells); refusal != nil {
		return refusal, nil
	}
	id, known := in.ids[it.posting.PropertyCode]
	if !known {
		return &mapping.Refusal{Code: "unknown_property", Reason: "the server has no property " + it.posting.PropertyCode}, nil
	}
	it.posting.Line.PropertyID = id
	it.body, err = it.posting.Line.Encode()
	return nil, err
}
