package partitionstore_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/googleapis/gax-go/v2"

	"innkeep.internal/shared/platform/spannerdb/splits"
	"innkeep.internal/shared/store/partitionstore"
	"innkeep.internal/shared/testkit"
)

// administration records what is asked of Spanner's, and refuses a target that it is told to.
type administration struct {
	asked   []*databasepb.AddSplitPointsRequest
	refused string
}

func (a *administration) AddSplitPoints(_ context.Context, r *databasepb.AddSplitPointsRequest, _ ...gax.CallOption) (*databasepb.AddSplitPointsResponse, error) {
	p := r.GetSplitPoints()[0]
	if a.refused != "" && (p.GetTable() == a.refused || p.GetIndex() == a.refused) {
		return nil, errors.New("refused")
	}
	a.asked = append(a.asked, r)
	return &databasepb.AddSplitPointsResponse{}, nil
}

func (a *administration) names() (all []string) {
	for _, r := range a.asked {
		p := r.GetSplitPoints()[0]
		all = append(all, strings.TrimPrefix(p.GetTable()+"/"+p.GetIndex(), "Events/"))
	}
	a.asked = nil
	return all
}

func TestSplitPointsAreRenewed(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	c := &clock{now: june}
	s := partitionstore.New(db, c.Now)
	a := &administration{refused: "EventFeed"}
	by := splits.New(a, db.Name())

	if renewed, err := s.RenewSplits(t.Context(), by); err == nil || len(renewed) != 3 {
		t.Errorf("one of four fails: %v, %v", renewed, err)
	}
	first := a.asked[0]
	if end := first.GetSplitPoints()[0].GetExpireTime().AsTime(); end.Sub(june) > splits.MaxLife || end.Sub(june) < 10*24*time.Hour {
		t.Errorf("until %v", end)
	}
	if first.GetDatabase() != db.Name() || first.GetInitiator() == "" {
		t.Error(first)
	}
	a.names()
	a.refused = ""
	for _, step := range []struct {
		after time.Duration
		want  []string
	}{
		{0, []string{"EventFeed"}}, // the one that failed
		{24 * time.Hour, nil},
		{12 * 24 * time.Hour, nil},
		{36 * time.Hour, []string{"Properties/", "EventFeed", "WebhookDeliveries/", "Corrections/"}},
		{time.Hour, nil},
		{60 * 24 * time.Hour, []string{"Properties/", "EventFeed", "WebhookDeliveries/", "Corrections/"}}, // they have ended
	} {
		c.pass(step.after)
		if _, err := s.RenewSplits(t.Context(), by); err != nil {
			t.Error(err)
		}
		if diff := gocmp.Diff(step.want, a.names()); diff != "" {
			t.Errorf("after %v more: %s", step.after, diff)
		}
	}
}

// Every key that Spanner is asked to divide at is whole, as it wants keys, and all fit into a call.
func TestSplitKeysAreWhole(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../schemas/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	ddls, err := memefish.ParseDDLs("schema.sql", string(text))
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]int{}
	for _, ddl := range ddls {
		switch d := ddl.(type) {
		case *ast.CreateTable:
			keys[d.Name.SQL()] = len(d.PrimaryKeys)
		case *ast.CreateIndex:
			keys[d.Name.SQL()] = len(d.Keys)
		}
	}
	points := 0
	for _, target := range partitionstore.Targets() {
		for i, k := range target.Keys {
			points++
			if len(k) != keys[target.Name()] || k[0] != int64(i+1) {
				t.Errorf("%s: key %v, of %d columns", target.Name(), k, keys[target.Name()])
			}
		}
		if len(target.Keys) != 15 {
			t.Errorf("%s has %d points", target.Name(), len(target.Keys))
		}
	}
	if points > splits.MaxPoints {
		t.Errorf("%d points", points)
	}
}

func TestKeysAsSpannerHasThem(t *testing.T) {
	t.Parallel()
	a := &administration{}
	target := splits.Target{Table: "T", Index: "I", Keys: []splits.Key{{int64(7), june, "x"}}}
	if err := splits.New(a, "d").Add(t.Context(), target, june, "me"); err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, v := range a.asked[0].GetSplitPoints()[0].GetKeys()[0].GetKeyParts().GetValues() {
		got = append(got, v.AsInterface())
	}
	if diff := gocmp.Diff([]any{"7", "2026-06-30T23:00:00Z", "x"}, got); diff != "" {
		t.Error(diff)
	}
}
