// Command overload presses on a running installation, through its door, and says what comes of it:
//
//	go run ./scripts/serve --demo=false          # in another shell
//	set -a; . .innkeep/local.env; set +a
//	go run ./loadtest/overload [--seconds 20] [--posts 40] [--closes 2]
//
// Posts and closes are held at their rates: posts at half of what they can do alone, which is measured
// first. Beside them reads, reports and exports come at 2, 5 and 10 times what the installation can do
// beside the posts, which is measured too; callers do not wait for one another. Before each rush they come
// at that capacity once: the emulator of Spanner grows slower with each call (decision 42), so that a rush is held
// against what went through just before. It fails when goodput falls below 90 % of that, when less than
// 99.9 % of posts and closes succeed, or when 5 s after the rush anything is refused or takes 2 s.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "overload:", err)
		os.Exit(1)
	}
}

// loads are the times of capacity that are pressed, each after 1.
var loads = []int{2, 5, 10}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("overload", flag.ContinueOnError)
	length := flags.Int("seconds", 20, "of each load")
	posts := flags.Int("posts", 0, "a second; 0: half of what is measured")
	closes := flags.Int("closes", 2, "a second")
	if err := flags.Parse(args); err != nil {
		return err
	}
	url, token := os.Getenv("INNKEEP_URL"), os.Getenv("INNKEEP_TOKEN")
	if url == "" || token == "" || *length < 1 || *closes < 1 {
		return errors.New("INNKEEP_URL and INNKEEP_TOKEN name the installation, and all figures are above 0")
	}
	d := time.Duration(*length) * time.Second
	h, err := newHammer(ctx, url, token)
	if err != nil {
		return err
	}
	if *posts == 0 {
		*posts = max(1, h.saturate(ctx, d/2, []work{{"post", 1}})/2)
	}
	held := []rate{{"post", float64(*posts)}, {"close", float64(*closes)}}
	mixed := []work{{"read", 8}, {"report", 4}, {"export", 1}}
	capacity := h.capacity(ctx, d/2, held, mixed)
	fmt.Fprintf(out, "posts %d/s and closes %d/s are held; beside them the installation does %d/s of reads, reports and exports\n", *posts, *closes, capacity)
	fmt.Fprintf(out, "%6s %10s %10s %12s %16s %12s %12s\n", "load", "offered/s", "goodput/s", "shed", "posts, closes", "p99 of them", "recovered")

	var faults []error
	for _, load := range loads {
		calm := h.press(ctx, d, held, mixed, capacity, 1)
		rush := h.press(ctx, d, held, mixed, capacity, load)
		tell(out, 1, calm)
		tell(out, load, rush)
		faults = append(faults, judge(1, calm, calm), judge(load, rush, calm))
	}
	return errors.Join(faults...)
}

func tell(out io.Writer, load int, r result) {
	fmt.Fprintf(out, "%6d %10.0f %10.0f %12d %8d of %4d %12v %12v\n", load, r.offered, r.goodput, r.shed, r.postsGood, r.posts, r.postsP99.Round(time.Millisecond), r.recovered)
}

// judge says where a load fell short; calm is the one before it.
func judge(load int, r, calm result) error {
	var faults []error
	if r.goodput < 0.9*calm.goodput {
		faults = append(faults, fmt.Errorf("at %d times capacity goodput is %.0f/s, before it was %.0f/s", load, r.goodput, calm.goodput))
	}
	if r.postsGood*1000 < r.posts*999 {
		faults = append(faults, fmt.Errorf("at %d times capacity %d of %d posts and closes succeed", load, r.postsGood, r.posts))
	}
	if r.recovered > 5*time.Second {
		faults = append(faults, fmt.Errorf("after %d times capacity it took %v to recover", load, r.recovered))
	}
	return errors.Join(faults...)
}
