package replay

import (
	"context"
	"encoding/hex"
	"errors"

	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/accounttotals"
)

// Wanted is what is to be built anew.
type Wanted struct {
	ReadModel  string `json:"readModel" enum:"account-totals"`
	Generation int64  `json:"generation,omitempty" minimum:"1" doc:"The one to go on with, as an earlier call told. Without it: the one in the making, or a new one."`
	Accept     bool   `json:"accept,omitempty" doc:"Swap although the live generation differs."`
}

// Shard is how far the building is in one of the 16.
type Shard struct {
	Shard       int64 `json:"shard"`
	Done        bool  `json:"done"`
	Events      int64 `json:"events"`
	Rows        int64 `json:"rows"`
	Parked      int64 `json:"parked"`
	Differences int64 `json:"differences"`
}

// Rebuilt is what a call came to.
type Rebuilt struct {
	State        string   `json:"state" enum:"BUILDING,DIFFERENT,SWAPPED"`
	Generation   int64    `json:"generation"`
	Events       int64    `json:"events"`
	Differences  int64    `json:"differences" doc:"Rows of the live generation that are not what the events say."`
	Shown        []string `json:"shown,omitempty" doc:"The first of those that this call has met."`
	Checksum     string   `json:"checksum,omitempty" doc:"Of the new generation, once it is built."`
	LiveChecksum string   `json:"liveChecksum,omitempty"`
	Shards       []Shard  `json:"shards"`
}

type replayInput struct {
	httpfn.Write
	Body Wanted
}

type replayOutput struct{ Body Rebuilt }

func (f function) replay(ctx context.Context, in *replayInput) (*replayOutput, error) {
	c, err := f.source.Operator(ctx)
	if err != nil {
		return nil, err
	}
	rb, err := accounttotals.New(c.DB, c.Now, nil).Rebuild(ctx, accounttotals.Order{
		By: c.Member.Subject, Accept: in.Body.Accept, Generation: in.Body.Generation,
	})
	if err != nil && (rb == nil || !errors.Is(err, accounttotals.ErrMoving)) {
		return nil, err
	}
	return &replayOutput{Body: view(rb)}, nil
}

func view(rb *accounttotals.Rebuilt) Rebuilt {
	v := Rebuilt{State: string(rb.State), Generation: rb.Generation, Events: rb.Events(), Differences: rb.Differences()}
	for _, s := range rb.Shards {
		v.Shards = append(v.Shards, Shard{s.Shard, s.Done, s.Events, s.Rows, s.Parked, s.Differences})
	}
	for _, d := range rb.Shown {
		v.Shown = append(v.Shown, d.String())
	}
	if rb.Checksum != (accounttotals.Checksum{}) {
		v.Checksum, v.LiveChecksum = hex.EncodeToString(rb.Checksum[:]), hex.EncodeToString(rb.Live[:])
	}
	return v
}
