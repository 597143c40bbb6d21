package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"innkeep.internal/functions"
	"innkeep.internal/loadtest/bench/figures"
)

// plain is a model with round figures: each kind of call one read, a millisecond and 1,000 bytes.
func plain() *model {
	k := Kind{RPCs: 1, CPU: 0.001, Stored: 1000, Answer: 1000}
	bulk := Kind{RPCs: 1, CPU: 0.1, Stored: 100_000, Answer: 100_000}
	return &model{
		m: Measured{Post: k, Bulk: bulk, Approve: k, Daily: k, Monthly: k, Export: k, DoorCPU: 0.001, FeedCPU: 0.0001, FeedRPCs: 0.01, EventBytes: 1000},
		a: Assumptions{
			EventsPerDay: 100, Peak: 2, HitRate: 0.8, Months: 1, WriteSeconds: 0.1, ReadSeconds: 0.1, Subscribers: 1, CPUShare: 0.5, SpannerShare: 0.5,
		},
		prices: Prices{Figures: []Price{
			{Name: "spanner.reads-per-node", Value: 1000}, {Name: "spanner.writes-per-node", Value: 100}, {Name: "spanner.storage-per-node", Value: 1e9},
			{Name: "spanner.node-hour.test", Value: 1}, {Name: "spanner.storage-month", Value: 1}, {Name: "run.vcpu-second", Value: 1}, {Name: "run.gib-second", Value: 2},
			{Name: "run.million-requests", Value: 1}, {Name: "firestore.reads-100k", Value: 1}, {Name: "firestore.writes-100k", Value: 1},
			{Name: "firestore.deletes-100k", Value: 1}, {Name: "pubsub.tib", Value: 1024}, {Name: "pubsub.minimum-bytes", Value: 1000}, {Name: "egress.gib", Value: 1},
		}},
		used: map[string]Price{}, edition: "test", units: 1000,
		all: functions.Catalogue{Functions: []functions.Function{
			{Name: "door", Public: true, Trigger: functions.HTTP, CPU: 2, MaxInstances: 10},
			{Name: "revenues", Service: "finance", Trigger: functions.HTTP, CPU: 1, MaxInstances: 10},
			{Name: "daily", Service: "reports", Trigger: functions.HTTP, CPU: 1, MaxInstances: 10},
			{Name: "project", Trigger: functions.PubSub, Topic: "feed-nudges", CPU: 1, MaxInstances: 10},
		}},
	}
}

// TestByHand: 164 events a second are 100 calls, with 59 posts, 1 of 100 lines, 5 approvals and 35 reports, 7 of
// which no cache has.
func TestByHand(t *testing.T) {
	t.Parallel()
	x := plain()
	r, err := x.put(Load{"by hand", 1000, 164, 164})
	if err != nil {
		t.Fatal(err)
	}
	n := x.need(164)
	const month = 730 * 3600.0
	for name, c := range map[string]struct{ got, want float64 }{
		"calls":            {r.Calls, 100},
		"commits":          {r.Commits, 65},
		"reads":            {r.Reads, 65 + 7 + 1.64}, // one a record, one a report made, and the feed's
		"writing":          {n.writing, 0.059 + 0.1 + 0.005},
		"reporting":        {n.reporting, 0.007},
		"door":             {n.door, 0.1},
		"feed":             {n.feed, 0.0164},
		"processors":       {r.CPU, (0.164 + 0.007 + 0.1 + 0.0164) / 0.5},
		"nodes":            {r.Nodes, 7}, // (2 x 164 / 100 + 73.64 / 1000) / 0.5 = 6.7
		"stored":           {r.StoredGiB, 164_000 * month / gib},
		"egress":           {r.EgressGiB, (164_000 + 35_000) * month / gib},
		"nudges":           {n.nudges, 32}, // two a shard and second of the one instance that writes
		"Firestore reads":  {r.FirestoreReads, 35 * 3 * month},
		"Firestore writes": {r.FirestoreWrites, (7 + 65 + 32) * month},
		"Pub/Sub":          {r.PubSubGiB, (32*1000*2 + 164*1000*2) * month / gib},
		"requests":         {r.Requests, (200 + 32) * month},
		"$ nodes":          {r.Costs[0].Dollars, 7 * 730},
		"$ storage":        {r.Costs[1].Dollars, 164_000 * month / 1e9},
		"$ Firestore":      {r.Costs[3].Dollars, (35*3 + 7 + 65 + 32 + 7) * month / 1e5},
		"$ Pub/Sub":        {r.Costs[4].Dollars, r.PubSubGiB},
		"$ egress":         {r.Costs[5].Dollars, r.EgressGiB},
		// With so many calls an instance of each is always paid for, at 1 + 0.5 x 2 dollars a second.
		"$ functions": {r.Costs[2].Dollars, ((1-math.Exp(-10))+(1-math.Exp(-6.5))+(1-math.Exp(-3.5))+(1-math.Exp(-3.2)))*2*month + 232*month/1e6},
	} {
		if math.Abs(c.got-c.want) > 1e-9*math.Abs(c.want) {
			t.Errorf("%s: %g, want %g", name, c.got, c.want)
		}
	}
	// 1,000 units bear 1,750 commits a second, a shard 1,000 events, 20 processors the door's 0.2.
	if v := r.Verdict; v.Next.Limit != "spanner.commits" || v.Next.Load != 164 || v.Next.Most != 1750 || v.EventsPerSecond != 1750 {
		t.Errorf("%+v", v.Next)
	}
}

// TestMoreNeverCostsLess, nor takes less of anything.
func TestMoreNeverCostsLess(t *testing.T) {
	t.Parallel()
	x, _, err := newModel("", "", usual)
	if err != nil {
		t.Fatal(err)
	}
	x.edition, x.units = "enterprise-plus", 30_000
	var last Result
	for organisations := 10.0; organisations < 5e6; organisations *= 1.3 {
		mean := organisations * usual.EventsPerDay / 86_400
		r, err := x.put(Load{"", organisations, mean, mean * usual.Peak})
		if err != nil {
			t.Fatal(err)
		}
		if r.Total() < last.Total() || r.Nodes < last.Nodes || r.PubSubGiB < last.PubSubGiB || r.PeakCPU < last.PeakCPU ||
			r.FirestoreReads < last.FirestoreReads || r.FirestoreWrites < last.FirestoreWrites {
			t.Errorf("%.0f organisations take %+v, fewer took %+v", organisations, r, last)
		}
		for i, c := range last.Costs {
			if r.Costs[i].Dollars < c.Dollars {
				t.Errorf("%.0f organisations: %s costs %.2f, fewer cost %.2f", organisations, c.Name, r.Costs[i].Dollars, c.Dollars)
			}
		}
		last = r
	}
}

// TestFilesAreComplete: the repository's own figures and prices are all that is asked for, and no more prices.
func TestFilesAreComplete(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	x, f, err := newModel("", "", usual)
	if err != nil {
		t.Fatal(err)
	}
	for _, edition := range []string{"standard", "enterprise", "enterprise-plus"} {
		x.edition, x.units = edition, 1000
		r, err := x.put(Load{"", 1, 1, 1})
		if err != nil {
			t.Fatal(err)
		}
		x.print(&out, f, []Result{r})
	}
	for _, p := range x.prices.Figures {
		if _, ok := x.used[p.Name]; !ok {
			t.Errorf("nobody asks for the price %s", p.Name)
		}
		if marked := strings.Contains(out.String(), p.Name); marked == (p.Standing == Published) {
			t.Errorf("%s is %s, and named among those that are doubtful: %v", p.Name, p.Standing, marked)
		}
	}
	if f.Machine.CPUs == 0 || f.Commit == "unknown" {
		t.Errorf("of %q, on %+v", f.Commit, f.Machine)
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	few := figures.File{Commit: "x", Figures: []figures.Figure{{Name: "feed/cpu", Value: 1, Unit: "us"}}}
	few.MeasuredAt = few.MeasuredAt.AddDate(2000, 0, 0)
	thin := filepath.Join(t.TempDir(), "thin.json")
	if err := few.Write(thin); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no file":                   {[]string{"--figures", "nowhere.json"}, "nowhere.json"},
		"no JSON":                   {[]string{"--figures", file("x.json", "{")}, "x.json"},
		"no figures":                {[]string{"--figures", file("x.json", "{}")}, "when and of which commit"},
		"figures are few":           {[]string{"--figures", thin}, "commands/post/rpcs is missing"},
		"no prices":                 {[]string{"--prices", file("p.json", `{"readOn":"2026-01-01"}`)}, "no prices"},
		"prices of no day":          {[]string{"--prices", file("p.json", `{}`)}, "when they were read"},
		"a price below":             {[]string{"--prices", file("p.json", `{"readOn":"2026-01-01","figures":[{"name":"a","value":-1,"unit":"x","source":"https://x","says":"x","standing":"published"}]}`)}, `"a"`},
		"a price of no standing":    {[]string{"--prices", file("p.json", `{"readOn":"2026-01-01","figures":[{"name":"a","value":1,"unit":"x","source":"https://x","says":"x"}]}`)}, "standing"},
		"a field too many":          {[]string{"--prices", file("p.json", `{"prize":1}`)}, "prize"},
		"an edition":                {[]string{"--edition", "gold"}, "spanner.node-hour.gold is missing"},
		"no events":                 {[]string{"--events-per-day", "0"}, "events a day"},
		"events that are no number": {[]string{"--events-per-day", "NaN"}, "events a day"},
		"a peak below 1":            {[]string{"--peak", "0.5"}, "peak"},
		"a hit rate":                {[]string{"--hit-rate", "1.5"}, "hit rate"},
		"few units":                 {[]string{"--units", "1"}, "100 units"},
		"something behind":          {[]string{"now"}, "behind the flags"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := run(c.args, &out); err == nil || !strings.Contains(err.Error(), c.says) || out.Len() > 0 {
				t.Errorf("%v, want one that says %q; %d bytes came out", err, c.says, out.Len())
			}
		})
	}
}
