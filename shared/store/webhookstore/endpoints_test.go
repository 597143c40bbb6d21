package webhookstore_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	ctx := testkit.Context(t)
	made := h.endpoint("k", settings(daybook.TypeDayClosed))
	if len(made.Secret) != 32 || made.Replayed || made.Status != webhookstore.Enabled || made.CreatedAt.IsZero() {
		t.Fatalf("%+v", made)
	}
	h.refuse = webhook.ErrAddress // the DNS says something else now: the same call has its answer
	again := h.endpoint("k", settings(daybook.TypeDayClosed))
	if again.ID != made.ID || string(again.Secret) != string(made.Secret) || !again.Replayed {
		t.Errorf("repeated: %+v", again)
	}
	if _, err := h.Create(ctx, h.by("k2"), settings()); !errors.Is(err, webhook.ErrAddress) && fault.From(err).Code != webhook.ErrAddress.Code {
		t.Errorf("a new one at a private address: %v", err)
	}
	other := h.by("k")
	other.Request = "another"
	if _, err := h.Create(ctx, other, settings()); !errors.Is(err, daybookstore.ErrKeyReused) {
		t.Errorf("another request under the key: %v", err)
	}
	h.clock.add(webhookstore.Overlap + time.Second)
	if late := h.endpoint("k", settings(daybook.TypeDayClosed)); late.Secret != nil || late.ID != made.ID {
		t.Errorf("after 24 hours: %+v", late)
	}
	all, err := h.Endpoints(ctx, h.org)
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %v", all, err)
	}
	shown := fmt.Sprintf("%+v %#v %+v %v", all, all, made, made.Endpoint)
	for _, as := range []string{made.Secret.Reveal()[6:], hex.EncodeToString(made.Secret), fmt.Sprintf("%d %d %d %d", made.Secret[4], made.Secret[5], made.Secret[6], made.Secret[7])} {
		if strings.Contains(shown, as) {
			t.Error("printing an endpoint shows its secret")
		}
	}
}

func TestSettingsAreJudged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	ctx := testkit.Context(t)
	_, err := h.Create(ctx, h.by("k"), settings(daybook.TypeDayClosed, "Unknown"))
	if f := fault.From(err); f == nil || f.Code != webhookstore.ErrEventType.Code || f.Fields[0].Pointer != "/eventTypes/1" {
		t.Errorf("%v", err)
	}
	made := h.endpoint("k", settings())
	h.refuse = webhook.ErrURL
	_, err = h.Update(ctx, h.by("u"), made.ID, settings())
	if f := fault.From(err); f == nil || f.Code != webhook.ErrURL.Code || f.Fields[0].Pointer != "/url" {
		t.Errorf("%v", err)
	}
}

func TestUpdateRotateDelete(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	ctx := testkit.Context(t)
	made := h.endpoint("k", settings())
	set := webhookstore.Settings{URL: "https://other.example.com/", Description: "books", EventTypes: []daybook.EventType{daybook.TypeDayClosed}}
	changed, err := h.Update(ctx, h.by("u"), made.ID, set)
	if err != nil || changed.URL != set.URL || changed.Status != webhookstore.Disabled || changed.Secret != nil {
		t.Fatalf("%+v, %v", changed, err)
	}
	if _, err := h.Update(ctx, h.by("u2"), made.ID, settings()); err != nil {
		t.Fatal(err)
	}
	if late, err := h.Update(ctx, h.by("u"), made.ID, set); err != nil || !late.Replayed || late.Status != webhookstore.Enabled {
		t.Errorf("a late repetition undoes what came after it: %+v, %v", late, err)
	}

	fresh, err := h.Rotate(ctx, h.by("r"), made.ID)
	if err != nil || string(fresh.Secret) == string(made.Secret) {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if again, err := h.Rotate(ctx, h.by("r"), made.ID); err != nil || string(again.Secret) != string(fresh.Secret) || !again.Replayed {
		t.Errorf("rotated twice by one call: %+v, %v", again, err)
	}
	if again := h.endpoint("k", settings()); again.Secret != nil {
		t.Error("the creation shows a secret that it did not make")
	}
	signers := func() (out []string) {
		e, err := h.Endpoint(ctx, h.org, made.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range e.Signers(h.clock.now()) {
			out = append(out, s.Reveal())
		}
		return out
	}
	if got := signers(); len(got) != 2 || got[0] != fresh.Secret.Reveal() || got[1] != made.Secret.Reveal() {
		t.Errorf("after the rotation %d secrets sign", len(got))
	}
	h.clock.add(webhookstore.Overlap)
	if got := signers(); len(got) != 1 || got[0] != fresh.Secret.Reveal() {
		t.Errorf("a day later %d secrets sign", len(got))
	}

	for range 2 {
		if _, err := h.Delete(ctx, h.by("d"), made.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Endpoint(ctx, h.org, made.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("it is there: %v", err)
	}
	if _, err := h.Create(ctx, h.by("k"), settings()); !errors.Is(err, webhookstore.ErrDeleted) {
		t.Errorf("its creation, repeated: %v", err)
	}
	if _, err := h.Rotate(ctx, h.by("r"), made.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("its rotation, repeated: %v", err)
	}
	row, err := h.db.Single().ReadRow(ctx, "WebhookEndpoints", []any{string(h.org), made.ID}, []string{"Secret", "OldSecret"})
	var secret, old []byte
	if err == nil {
		err = row.Columns(&secret, &old)
	}
	if err != nil || len(secret)+len(old) != 0 {
		t.Errorf("a deleted endpoint keeps secrets: %v", err)
	}
}

// TestCommandsAreRememberedInTurn: the creation for ever, of the others the last ones.
func TestCommandsAreRememberedInTurn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	ctx := testkit.Context(t)
	made := h.endpoint("k", settings())
	for n := range 25 {
		if r, err := h.Update(ctx, h.by(fmt.Sprint("u", n)), made.ID, settings()); err != nil || r.Replayed {
			t.Fatalf("%d: %+v, %v", n, r, err)
		}
	}
	for _, key := range []string{"u24", "u6", "u5"} {
		if r, err := h.Update(ctx, h.by(key), made.ID, settings()); err != nil || r.Replayed != (key != "u5") {
			t.Errorf("%s: %v, %v", key, r.Replayed, err)
		}
	}
	if !h.endpoint("k", settings()).Replayed {
		t.Error("the creation is forgotten")
	}
}

func TestAtMostTen(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	h, other := newHouse(t, db, 1), newHouse(t, db, 1)
	ctx := testkit.Context(t)
	for n := range webhookstore.MaxEndpoints {
		h.endpoint(fmt.Sprint(n), settings())
	}
	if _, err := h.Create(ctx, h.by("more"), settings()); !errors.Is(err, webhookstore.ErrTooMany) {
		t.Errorf("the eleventh: %v", err)
	}
	if r := h.endpoint("3", settings()); !r.Replayed {
		t.Error("the fourth, repeated, is made again")
	}
	other.endpoint("1", settings())
	all, err := h.Endpoints(ctx, h.org)
	if err != nil || len(all) != webhookstore.MaxEndpoints {
		t.Fatal(len(all), err)
	}
	if _, err := h.Delete(ctx, h.by("d"), all[0].ID); err != nil {
		t.Fatal(err)
	}
	h.endpoint("more", settings())
}

// TestIsolation (I18): an endpoint of another organisation is none.
func TestIsolation(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	h, they := newHouse(t, db, 1), newHouse(t, db, 1)
	ctx := testkit.Context(t)
	theirs := they.endpoint("k", settings())
	they.happen(daybook.TypeDayClosed, they.properties[0])
	they.drain()
	place := places(they.log(theirs.Target))[0]
	for name, call := range map[string]func(id string) error{
		"get":    func(id string) error { _, err := h.Endpoint(ctx, h.org, id); return err },
		"update": func(id string) error { _, err := h.Update(ctx, h.by("u"), id, settings()); return err },
		"rotate": func(id string) error { _, err := h.Rotate(ctx, h.by("r"), id); return err },
		"delete": func(id string) error { _, err := h.Delete(ctx, h.by("d"), id); return err },
		"retry":  func(id string) error { _, err := h.Retry(ctx, h.by("t"), id, place); return err },
		"replay": func(id string) error {
			_, err := h.Replay(ctx, h.by("p"), id, webhookstore.ReplayQuery{Properties: they.properties})
			return err
		},
	} {
		for _, id := range []string{theirs.ID, "none", ""} {
			if err := call(id); !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("%s %q: %v", name, id, err)
			}
		}
	}
	ours := h.endpoint("k", settings())
	if r, err := h.Replay(ctx, h.by("p"), ours.ID, webhookstore.ReplayQuery{Properties: they.properties, After: eventlog.Position{}}); err != nil || r.Enqueued != 0 {
		t.Errorf("their events come to us: %+v, %v", r, err)
	}
	if got := h.log(webhookstore.Target{Org: h.org, ID: theirs.ID}); len(got) != 0 {
		t.Errorf("their log: %v", got)
	}
	if e, err := they.Endpoint(ctx, they.org, theirs.ID); err != nil || e.URL != theirs.URL {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestLostAcknowledgement: the commit is applied and nobody hears of it; the call takes effect once.
func TestLostAcknowledgement(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, faults.Options()...), 1)
	ctx := testkit.Context(t)
	for n, code := range []codes.Code{codes.Unavailable, codes.Unknown, codes.DeadlineExceeded} {
		rule := faults.On("Commit").Lose(code)
		made, err := h.Create(ctx, h.by(fmt.Sprint("k", n)), settings())
		if err != nil || made.Replayed || len(made.Secret) != 32 || rule.Hits() != 1 {
			t.Fatalf("%v: %+v, %v", code, made, err)
		}
		faults.On("Commit").Lose(code)
		fresh, err := h.Rotate(ctx, h.by("r"), made.ID)
		e, _ := h.Endpoint(ctx, h.org, made.ID)
		if now := e.Signers(h.clock.now()); err != nil || fresh.Replayed || len(now) != 2 || string(now[0]) != string(fresh.Secret) || string(now[1]) != string(made.Secret) {
			t.Errorf("%v: %+v, %v", code, fresh, err)
		}
	}
}
