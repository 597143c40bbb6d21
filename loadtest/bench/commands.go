package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"innkeep.internal/loadtest/bench/figures"
	"innkeep.internal/loadtest/bench/house"
	"innkeep.internal/loadtest/bench/wire"
)

// sections are the suite, in its order.
var sections = []section{
	{"commands", "RPCs, rows, cells and bytes of a command", measureCommands},
	{"cost", "allocations and processor time of a command, from the body to the commit request", measureCost},
	{"reports", "RPCs, bytes and processor time of a report that is made anew", measureReports},
	{"feed", "what the projector costs an event", measureFeed},
	{"pairs", "a post beside the raw client that reads and writes the same, one after the other", measurePairs},
	{"bulk", "calls of many lines beside the raw client that writes the same rows in as many commits", measureBulk},
	{"sustained", "posts a second through the gateway beside the raw client's, in turns, and whose processor time they take", measureSustained},
	{"cold", "a function as it is deployed: its start, its first answer, what it asks for", measureCold},
	{"writers", "1 to 64 writers on one property's day, who share transactions, and who do not", tested("./shared/store/daybookstore", "Writers", "1x")},
	{"replay", "events a second of the projector and of a rebuild, beside bare reads", tested("./shared/store/accounttotals", "Project", "1x")},
	{"latency", "reports beside the bare query of the same rows", tested("./functions", "ReportLatency", "40x")},
	{"door", "what the door adds to a call", tested("./functions/gateway/edge", "AddedLatency", "2000x")},
}

// bulkLines is what a bulk call carries where one size is measured: a busy front desk's batch.
const bulkLines = 100

// command is a kind of call that is measured.
type command struct {
	name   string
	status int // that answers it
	// prepare makes what the call needs, and gives the call. n is different each time.
	prepare func(ctx context.Context, h *house.House, n int) (house.Call, error)
}

// commands are those of the write path, as a function's handler takes them.
var commands = []command{
	{"post", http.StatusCreated, func(_ context.Context, h *house.House, n int) (house.Call, error) {
		return h.Post(h.Property, fmt.Sprint("post-", n)), nil
	}},
	{"replayed", http.StatusCreated, func(ctx context.Context, h *house.House, n int) (house.Call, error) {
		c := h.Post(h.Property, fmt.Sprint("again-", n))
		_, err := h.Must(ctx, http.StatusCreated, c)
		return c, err
	}},
	{"refused", http.StatusUnprocessableEntity, func(_ context.Context, h *house.House, n int) (house.Call, error) {
		return h.Late(h.Property, fmt.Sprint("late-", n)), nil
	}},
	{"reverse", http.StatusCreated, func(ctx context.Context, h *house.House, n int) (house.Call, error) {
		answer, err := h.Must(ctx, http.StatusCreated, h.Post(h.Property, fmt.Sprint("wrong-", n)))
		if err != nil {
			return house.Call{}, err
		}
		var made struct {
			ID string `json:"id"`
		}
		err = json.Unmarshal(answer, &made)
		return h.Reverse(fmt.Sprint("reverse-", n), made.ID), err
	}},
	{"approve", http.StatusOK, func(ctx context.Context, h *house.House, n int) (house.Call, error) {
		id, err := h.Waiting(ctx, fmt.Sprint("waiting-", n))
		return h.Approve(fmt.Sprint("approve-", n), id), err
	}},
	{"bulk", http.StatusOK, func(_ context.Context, h *house.House, n int) (house.Call, error) {
		return h.Bulk(h.Property, fmt.Sprint("bulk-", n), bulkLines), nil
	}},
}

// warmed carries each command out once, so that the setup is in memory and the day has its row.
func warmed(ctx context.Context, h *house.House) error {
	for i, c := range commands {
		if _, _, err := c.do(ctx, h, -1-i); err != nil {
			return err
		}
	}
	return nil
}

// do carries the command out and gives its call.
func (c command) do(ctx context.Context, h *house.House, n int) (house.Call, []byte, error) {
	call, err := c.prepare(ctx, h, n)
	if err != nil {
		return call, nil, err
	}
	answer, err := h.Must(ctx, c.status, call)
	return call, answer, err
}

// counted is what one command, alone, puts on the wire.
type counted struct {
	wire.Count
	body, answer int // bytes of the call's and of its answer
}

func count(ctx context.Context, h *house.House, m *wire.Meter, c command, n int) (counted, error) {
	call, err := c.prepare(ctx, h, n)
	if err != nil {
		return counted{}, err
	}
	m.Take()
	answer, err := h.Must(ctx, c.status, call)
	return counted{m.Take(), len(call.Body), len(answer)}, err
}

// metered is a house on an emulator of its own, and what it sends there. The place is the caller's to close.
func metered(ctx context.Context) (*house.Place, *house.House, *wire.Meter, error) {
	m := &wire.Meter{}
	p, err := house.Start(ctx, m.Options()...)
	if err != nil {
		return nil, nil, nil, err
	}
	h, err := house.New(ctx, p.DB, time.Now)
	if err != nil {
		p.Close()
		return nil, nil, nil, err
	}
	return p, h, m, nil
}

func measureCommands(ctx context.Context) ([]figures.Figure, error) {
	p, h, m, err := metered(ctx)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if err := warmed(ctx, h); err != nil {
		return nil, err
	}
	var all []figures.Figure
	for _, c := range commands {
		x, err := count(ctx, h, m, c, 1)
		if err != nil {
			return nil, err
		}
		all = append(all, x.figures("commands/"+c.name)...)
	}
	return all, nil
}

// most is how many RPCs a command may take (decisions of the design); those that are not here have a bound
// in their tests alone.
var most = map[string]float64{"post": 2, "replayed": 4, "refused": 4, "reverse": 3, "approve": 4}

func (c counted) figures(name string) []figures.Figure {
	rpcs := figures.Figure{Name: name + "/rpcs", Value: float64(c.RPCs()), Unit: "RPC", Note: c.methods()}
	if bound, ok := most[name[len("commands/"):]]; ok {
		rpcs.Most = &bound
	}
	all := []figures.Figure{
		rpcs,
		{Name: name + "/commits", Value: float64(len(c.Commits)), Unit: "commit"},
		{Name: name + "/body-bytes", Value: float64(c.body), Unit: "B"},
		{Name: name + "/answer-bytes", Value: float64(c.answer), Unit: "B"},
		{Name: name + "/sent-bytes", Value: float64(c.Sent), Unit: "B", Note: fmt.Sprintf("%.2f a byte of the body", float64(c.Sent)/float64(c.body))},
		{Name: name + "/received-bytes", Value: float64(c.Received), Unit: "B"},
	}
	if len(c.Commits) == 0 {
		return all
	}
	var rows, cells, roots int
	tables := map[string]int{}
	for _, x := range c.Commits {
		rows, cells, roots = rows+x.Rows, cells+x.Cells, max(roots, x.Roots)
		for _, t := range x.Tables {
			tables[t]++
		}
	}
	return append(all,
		figures.Figure{Name: name + "/rows", Value: float64(rows), Unit: "row", Note: listed(tables)},
		figures.Figure{Name: name + "/cells", Value: float64(cells), Unit: "cell", Note: "without those of indexes"},
		figures.Figure{Name: name + "/roots", Value: float64(roots), Unit: "root key", Note: "properties that a commit writes to"})
}

// methods lists the calls, "Commit 1, StreamingRead 1".
func (c counted) methods() string { return listed(c.Calls) }

func listed(by map[string]int) (s string) {
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprint(name, " ", by[name])
	}
	return s
}
