package api

import (
	"context"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
)

type readerKey struct{}

// AsReader is a context in which the organisation's reports are read for nobody, by the function that is
// called: as an auditor, who sees every property and changes nothing. No request makes one.
func AsReader(ctx context.Context, org tenant.OrgID, function string) context.Context {
	return context.WithValue(ctx, readerKey{}, Caller{
		Org: org, Member: setup.Member{Subject: "innkeep:" + function, Role: approval.Auditor},
	})
}

// reader is the context's, if it is one of AsReader's.
func reader(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(readerKey{}).(Caller)
	return c, ok
}
