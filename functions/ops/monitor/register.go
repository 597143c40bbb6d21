// Package monitor is the function that looks each minute how the installation is, and says which limit
// its load reaches first.
//
// Trigger: the scheduler. Effect: metrics of what stands in tables: how far each consumer of the feed is in
// each shard, what is parked, what waits for approval, how much of each limit is used; and one line of the
// log with the verdict, a warning from half of a limit on. It writes no table. What an instance alone
// knows, its cache's hits, its breakers, its read routes, leaves each instance as metrics and is added up
// where metrics are kept; backlogs and dead letters of Pub/Sub are the platform's own metrics. Tables:
// reads FeedCursors, Events by EventFeed, Corrections by DueCorrections, Entries by PendingByOrg,
// PartitionPasses, SplitRenewals.
package monitor

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
)

func init() { functions.HTTP("Monitor", New(api.Process).ServeHTTP) }
