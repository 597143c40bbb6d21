package setup

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/httpfn"
)

// Member is somebody's part in the organisation.
type Member struct {
	Subject     string   `json:"subject" doc:"Who, as the token's sub says it."`
	Role        string   `json:"role" enum:"OWNER_ADMIN,PROPERTY_MANAGER,ACCOUNTANT,FRONT_DESK,AUDITOR,SERVICE"`
	PropertyIDs []string `json:"propertyIds" nullable:"false" doc:"What he sees, where his role does not see every property."`
}

func showMember(m setup.Member) Member {
	v := Member{Subject: m.Subject, Role: string(m.Role), PropertyIDs: []string{}}
	for _, p := range m.Properties {
		v.PropertyIDs = append(v.PropertyIDs, string(p))
	}
	return v
}

type membersOutput struct {
	Body struct {
		Items []Member `json:"items" nullable:"false" doc:"By subject."`
	}
}

func (f function) members(ctx context.Context, in *listInput) (*membersOutput, error) {
	c, err := f.reader(ctx, in.ConsistencyToken)
	if err != nil {
		return nil, err
	}
	all, err := c.Setup.Members(ctx, c.Org)
	out := &membersOutput{}
	out.Body.Items = []Member{}
	for _, m := range all {
		if c.Member.Role.SeesAll() || m.Subject == c.Member.Subject {
			out.Body.Items = append(out.Body.Items, showMember(m))
		}
	}
	return out, err
}

type setMemberInput struct {
	Subject string `path:"subject" minLength:"1" maxLength:"255"`
	httpfn.Write
	Body struct {
		Role        string   `json:"role" enum:"OWNER_ADMIN,PROPERTY_MANAGER,ACCOUNTANT,FRONT_DESK,AUDITOR,SERVICE"`
		PropertyIDs []string `json:"propertyIds,omitempty" maxItems:"1000" uniqueItems:"true" doc:"For roles that do not see every property."`
	}
}

type memberOutput struct {
	httpfn.Written
	Body Member
}

func (f function) setMember(ctx context.Context, in *setMemberInput) (*memberOutput, error) {
	c, err := f.source.Caller(ctx, approval.SetUp)
	if err != nil {
		return nil, err
	}
	m := setup.Member{Subject: in.Subject, Role: approval.Role(in.Body.Role)}
	for _, id := range in.Body.PropertyIDs {
		m.Properties = append(m.Properties, tenant.PropertyID(id))
	}
	res, err := c.Setup.SetMember(ctx, changeOf(c, in.IdempotencyKey, []any{in.Subject, in.Body}), m)
	if err != nil {
		return nil, err
	}
	return &memberOutput{Written: httpfn.NewWritten(api.Token(res.At), res.Replayed), Body: showMember(res.Data.Member)}, nil
}

type removeMemberInput struct {
	Subject string `path:"subject" minLength:"1" maxLength:"255"`
	httpfn.Write
}

type removedOutput struct {
	httpfn.Written
	Body struct {
		Subject string `json:"subject"`
	}
}

func (f function) removeMember(ctx context.Context, in *removeMemberInput) (*removedOutput, error) {
	c, err := f.source.Caller(ctx, approval.SetUp)
	if err != nil {
		return nil, err
	}
	res, err := c.Setup.RemoveMember(ctx, changeOf(c, in.IdempotencyKey, in.Subject), in.Subject)
	if err != nil {
		return nil, err
	}
	out := &removedOutput{Written: httpfn.NewWritten(api.Token(res.At), res.Replayed)}
	out.Body.Subject = res.Data.Subject
	return out, nil
}
