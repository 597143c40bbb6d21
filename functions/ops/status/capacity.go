package status

import (
	"context"

	"innkeep.internal/shared/api/capacityapi"
	"innkeep.internal/shared/platform/httpfn"
)

type capacityInput struct{ httpfn.Read }

type capacityOutput struct{ Body capacityapi.Capacity }

func (f function) capacity(ctx context.Context, in *capacityInput) (*capacityOutput, error) {
	c, err := f.source.Operator(ctx)
	if err == nil {
		err = c.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	body, _, err := capacityapi.Measure(ctx, c.Backend)
	if err != nil {
		return nil, err
	}
	return &capacityOutput{Body: body}, nil
}
