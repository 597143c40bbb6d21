// Package correct is the function that compares day rows with their events and puts right what
// differs.
//
// Trigger: a sweep each minute, which goes on with the comparison of all properties, every open day
// once a day and every closed one once a month; and nudges that say that something was queued. Effect:
// 100 corrections at a time, or fewer once one has waited for 5 minutes, each repaired in one commit
// with a BalanceCorrected event; what an owner must decide is proposed, what cannot be repaired is
// parked. Tables: reads Events, Properties; writes DailyCashBalances, Periods, Events, Corrections,
// CorrectionSweeps.
package correct

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
)

func init() { functions.HTTP("Correct", New(api.Process).ServeHTTP) }
