// Package partitions is the function that keeps the ground ready for books: the monthly periods of every
// property, 12 months ahead, and the split points at the bounds of the shards.
//
// Trigger: the scheduler, every 5 minutes; an operator who wants it at once lets that job run. Effect: one
// pass a day over all properties, which goes on from call to call, and a renewal of split points some
// weeks before they end. A pass that has ended costs 1 RPC a call. Nothing waits for it: the write path
// makes a period that is missing. Retention is no work of it: rows that end have a row deletion policy in
// the schema. Tables: reads Properties; writes Periods, PartitionPasses, SplitRenewals.
package partitions

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
)

func init() { functions.HTTP("Partitions", New(api.Process).ServeHTTP) }
