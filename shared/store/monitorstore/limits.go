package monitorstore

import (
	"strconv"
	"time"

	"innkeep.internal/shared/domain/capacity"
)

// Limits are what an installation bears. The figures hold as long as nobody has measured better ones.
type Limits struct {
	// SpannerUnits are the processing units that Spanner may grow to.
	SpannerUnits int64
}

const (
	// commitsPerThousandUnits is the commits a second that 1,000 processing units bear: Google's
	// figure for writes of one row is 3,500, and a command writes four and their index entries. Half of it.
	commitsPerThousandUnits = 1750
	// shardEvents is what one shard's end of the feed index bears: all of a shard's commits append at one
	// place, which no split divides. One server's worth, halved.
	shardEvents = 1000
	// lagSeconds is five sweeps: a consumer that is so far behind does not keep up.
	lagSeconds = 300
	// dueCorrections is what one look at the queue takes.
	dueCorrections = 1000
	// passHours is how long the daily pass over all properties may take.
	passHours = 24
)

// Uses are the limits with what the reading uses of them.
func (r Reading) Uses(l Limits) []capacity.Use {
	uses := []capacity.Use{{
		Limit: "spanner.commits", Unit: "{commit}/s", Load: r.Events.All, Most: max(1, l.SpannerUnits*commitsPerThousandUnits/1000), Scales: true,
		Raise: "the processing units of the Spanner instance, or the upper bound of its autoscaling",
	}, {
		Limit: "feed.shard", Of: strconv.FormatInt(r.Events.Shard, 10), Unit: "{event}/s", Load: r.Events.Busiest, Most: shardEvents, Scales: true,
		Raise: "nothing at once: look which property posts so much; the number of shards is part of every key",
	}, {
		Limit: "corrections.due", Unit: "{correction}", Load: int64(r.CorrectionsDue), Most: dueCorrections,
		Raise: "maxInstances of the function correct, once the cause of the corrections is known",
	}, {
		Limit: "partitions.pass", Unit: "h", Load: int64(r.PeriodsBehind / time.Hour), Most: passHours,
		Raise: "how often the function partitions is called, or its time-out",
	}}
	for _, c := range r.Consumers {
		uses = append(uses, capacity.Use{
			Limit: "feed.lag", Of: c.Name, Unit: "s", Load: int64(c.Lag / time.Second), Most: lagSeconds,
			Raise: "maxInstances and concurrency of the consumer's function",
		})
	}
	return uses
}
