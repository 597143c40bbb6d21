package replay

import (
	"context"
	"encoding/hex"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/feed"
)

// Standing is how far a consumer of the feed is, over all shards.
type Standing struct {
	Consumer   string  `json:"consumer"`
	Watermark  string  `json:"watermark,omitempty" format:"date-time" doc:"Nothing committed up to this time is missing. Absent while a shard has never been read."`
	LagSeconds float64 `json:"lagSeconds" doc:"Now less the watermark; it is up to a minute where nothing happens. 0 without a watermark."`
	Events     int64   `json:"events" doc:"Events that the consumer has behind it, parked ones included."`
	Parked     int64   `json:"parked" doc:"Events that wait to be retried or dropped."`
}

// ReadModel is a read model's live generation.
type ReadModel struct {
	Name             string `json:"name"`
	Generation       int64  `json:"generation"`
	ShadowGeneration int64  `json:"shadowGeneration,omitempty" doc:"The one that is being built."`
	SwappedBy        string `json:"swappedBy,omitempty"`
	SwappedAt        string `json:"swappedAt,omitempty" format:"date-time"`
	Rows             int64  `json:"rows"`
	Checksum         string `json:"checksum" doc:"Of all rows, 64 hexadecimal digits: two generations that have taken the same events have the same."`
	Standing
}

// Models is what there is.
type Models struct {
	ReadModels []ReadModel `json:"readModels"`
	Consumers  []Standing  `json:"consumers"`
}

type modelsInput struct{ httpfn.Read }

type modelsOutput struct{ Body Models }

// consumers are those that are no read model.
var consumers = []string{"relay", "snapshot", "webhooks"}

func (f function) models(ctx context.Context, in *modelsInput) (*modelsOutput, error) {
	c, err := f.source.Operator(ctx)
	if err == nil {
		err = c.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	snap, now := c.DB.Snapshot(), c.Now()
	s, err := accounttotals.StandingOf(ctx, snap)
	if err != nil {
		return nil, err
	}
	out := &modelsOutput{}
	m := ReadModel{
		Name: accounttotals.Name, Generation: s.Live, ShadowGeneration: s.Shadow, SwappedBy: s.SwappedBy, SwappedAt: api.Token(s.SwappedAt),
		Rows: s.Rows, Checksum: hex.EncodeToString(s.Checksum[:]), Standing: standing(accounttotals.ConsumerName(s.Live), s.Standing, now),
	}
	out.Body.ReadModels = []ReadModel{m}
	for _, name := range consumers {
		all, err := feed.ReadAll(ctx, snap, name)
		if err != nil {
			return nil, err
		}
		out.Body.Consumers = append(out.Body.Consumers, standing(name, feed.StandingOf(all), now))
	}
	return out, nil
}

func standing(consumer string, s feed.Standing, now time.Time) Standing {
	v := Standing{Consumer: consumer, Watermark: api.Token(s.Watermark), Events: s.Events, Parked: s.Parked}
	if !s.Watermark.IsZero() {
		v.LagSeconds = max(0, now.Sub(s.Watermark).Seconds())
	}
	return v
}
