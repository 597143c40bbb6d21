package webhookstore

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/webhook"
)

// EndpointStatus is where an endpoint stands.
type EndpointStatus string

// The states of an endpoint. A deleted one is seen by nobody.
const (
	Enabled  EndpointStatus = "ENABLED"
	Disabled EndpointStatus = "DISABLED" // by its owner
	Gone     EndpointStatus = "GONE"     // the receiver answered 410
	deleted  EndpointStatus = "DELETED"
)

// EventTypes are the events that an endpoint can ask for, in no order.
var EventTypes = []daybook.EventType{
	daybook.TypeOpeningSet, daybook.TypeEntryRecorded, daybook.TypeEntryApproved, daybook.TypeEntryRejected,
	daybook.TypeEntryWithdrawn, daybook.TypeEntryReversed, daybook.TypeCashCounted, daybook.TypeDayClosed,
	daybook.TypeDayReopened, daybook.TypeDailyGranted, daybook.TypeStatisticsRecorded,
	setup.OrganisationCreated{}.Type(), setup.PropertyCreated{}.Type(), setup.MemberSet{}.Type(),
	setup.MemberRemoved{}.Type(), setup.PolicySet{}.Type(), setup.ChartSet{}.Type(), setup.BudgetSet{}.Type(),
}

// Settings are what an organisation decides of an endpoint.
type Settings struct {
	URL         string              `json:"url"`
	Description string              `json:"description"` // at most 200 characters
	EventTypes  []daybook.EventType `json:"eventTypes"`  // none: all
	Enabled     bool                `json:"enabled"`
}

// Endpoint is where an organisation wants events sent. It shows no secret.
type Endpoint struct {
	Target
	URL         string
	Description string
	EventTypes  []daybook.EventType
	Status      EndpointStatus
	CreatedBy   string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	SecretAt    time.Time // when the secret was made

	keys     *keys // behind a pointer, which printing the endpoint does not follow
	commands [][]byte
}

// keys are an endpoint's secrets. They are never changed, but exchanged whole.
type keys struct {
	secret, old webhook.Secret
	cause       daybook.Hash // the command that made the secret
	oldUntil    time.Time    // the old secret signs until then
}

// Target names an endpoint.
type Target struct {
	Org tenant.OrgID
	ID  string
}

// Signers are the secrets that sign now, the newest first.
func (e Endpoint) Signers(now time.Time) []webhook.Secret {
	if len(e.keys.old) > 0 && now.Before(e.keys.oldUntil) {
		return []webhook.Secret{e.keys.secret, e.keys.old}
	}
	return []webhook.Secret{e.keys.secret}
}

// wants reports whether the endpoint is to have an event that was recorded at a time: one that came
// after the endpoint was made.
func (e Endpoint) wants(t daybook.EventType, at time.Time) bool {
	return e.Status == Enabled && at.After(e.CreatedAt) && e.takes(t)
}

func (e Endpoint) takes(t daybook.EventType) bool {
	return len(e.EventTypes) == 0 || slices.Contains(e.EventTypes, t)
}

var endpointColumns = []string{
	"OrgId", "EndpointId", "Url", "Description", "EventTypes", "Status", "Secret", "SecretCause", "SecretAt",
	"OldSecret", "OldSecretUntil", "Commands", "CreatedBy", "CreatedAt", "UpdatedAt", "DeletedAt",
}

// endpointRow is a row of WebhookEndpoints: the columns of endpointColumns.
type endpointRow struct {
	OrgId, EndpointId, Url string //nolint:revive // the columns' names
	Description            spanner.NullString
	EventTypes             []string
	Status                 string
	Secret, SecretCause    []byte
	SecretAt               time.Time
	OldSecret              []byte
	OldSecretUntil         spanner.NullTime
	Commands               [][]byte
	CreatedBy              string
	CreatedAt, UpdatedAt   time.Time
	DeletedAt              spanner.NullTime
}

func readEndpoint(r *spanner.Row) (Endpoint, error) {
	var x endpointRow
	if err := r.ToStruct(&x); err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{
		Target: Target{Org: tenant.OrgID(x.OrgId), ID: x.EndpointId}, URL: x.Url, Description: x.Description.StringVal,
		EventTypes: make([]daybook.EventType, len(x.EventTypes)), Status: EndpointStatus(x.Status), CreatedBy: x.CreatedBy,
		CreatedAt: x.CreatedAt.UTC(), UpdatedAt: x.UpdatedAt.UTC(), SecretAt: x.SecretAt.UTC(),
		keys: &keys{secret: x.Secret, old: x.OldSecret, oldUntil: x.OldSecretUntil.Time.UTC()}, commands: x.Commands,
	}
	for i, t := range x.EventTypes {
		e.EventTypes[i] = daybook.EventType(t)
	}
	copy(e.keys.cause[:], x.SecretCause)
	return e, nil
}

// mutation writes the endpoint as it stands, whole. created says that the row is new; at is the time of
// a deletion.
func (e Endpoint) mutation(created bool, at time.Time) *spanner.Mutation {
	types := make([]string, len(e.EventTypes))
	for i, t := range e.EventTypes {
		types[i] = string(t)
	}
	row := map[string]any{
		"OrgId": string(e.Org), "EndpointId": e.ID, "Url": e.URL, "Description": text(e.Description), "EventTypes": types,
		"Status": string(e.Status), "Secret": []byte(e.keys.secret), "SecretCause": e.keys.cause[:], "SecretAt": e.SecretAt,
		"OldSecret": []byte(e.keys.old), "OldSecretUntil": instant(e.keys.oldUntil), "Commands": e.commands,
		"UpdatedAt": spanner.CommitTimestamp,
	}
	if e.Status == deleted {
		row["DeletedAt"] = at
	}
	if created {
		row["CreatedBy"], row["CreatedAt"] = e.CreatedBy, spanner.CommitTimestamp
		return spanner.InsertMap(endpoints, row)
	}
	return spanner.UpdateMap(endpoints, row)
}

func text(s string) spanner.NullString { return spanner.NullString{StringVal: s, Valid: s != ""} }

func instant(t time.Time) spanner.NullTime { return spanner.NullTime{Time: t, Valid: !t.IsZero()} }

// readEndpoints reads endpoints by key or range, deleted ones included.
func readEndpoints(ctx context.Context, tx reader, keys spanner.KeySet) ([]Endpoint, error) {
	var out []Endpoint
	err := tx.ReadWithOptions(ctx, endpoints, keys, endpointColumns, &spanner.ReadOptions{RequestTag: "webhooks/endpoints"}).
		Do(func(r *spanner.Row) error {
			e, err := readEndpoint(r)
			out = append(out, e)
			return err
		})
	return out, err
}

func (t Target) key() spanner.Key { return spanner.Key{string(t.Org), t.ID} }
