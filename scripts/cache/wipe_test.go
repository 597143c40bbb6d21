package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"innkeep.internal/shared/platform/cache/cachedoc"
	emulated "innkeep.internal/shared/testkit/firestore"
)

// A wipe that is ended goes on with the next call; in the end nothing is left but marks by which no value
// counts that was read before.
func TestWipe(t *testing.T) {
	t.Parallel()
	project := emulated.Project(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, err := firestore.NewClient(ctx, project)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	bulk := client.BulkWriter(ctx)
	for collection, n := range map[string]int{cachedoc.Entries: 620, cachedoc.Heads: 15, "heads": 3} {
		for i := range n {
			if _, err := bulk.Create(client.Collection(collection).Doc(fmt.Sprint("d", i)), map[string]any{"x": i}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := bulk.Create(client.Collection(cachedoc.Marks).Doc(cachedoc.MarkID(3)), cachedoc.Mark{Watermark: 7, Floor: 5}); err != nil {
		t.Fatal(err)
	}
	bulk.End()
	begin := time.Now()
	var out bytes.Buffer
	if err := run(ctx, []string{"wipe", "--project", project, "--at-most", "600"}, &out); !errors.Is(err, errMore) {
		t.Fatalf("%v: %s", err, out.String())
	}
	if err := run(ctx, []string{"wipe", "--project", project}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"600 values deleted", "20 values deleted", "15 heads deleted", "16 shards"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in %s", want, out.String())
		}
	}
	left := map[string]int{}
	for _, collection := range []string{cachedoc.Entries, cachedoc.Heads, cachedoc.Marks, "heads"} {
		docs, err := client.Collection(collection).Documents(ctx).GetAll()
		if err != nil {
			t.Fatal(err)
		}
		left[collection] = len(docs)
		for _, doc := range docs {
			var m cachedoc.Mark
			if collection != cachedoc.Marks {
				continue
			}
			if err := doc.DataTo(&m); err != nil || m.Watermark != 0 || m.Floor < begin.UnixNano() {
				t.Errorf("%s: %+v, %v", doc.Ref.ID, m, err)
			}
		}
	}
	if left[cachedoc.Entries]+left[cachedoc.Heads] != 0 || left[cachedoc.Marks] != 16 || left["heads"] != 3 {
		t.Errorf("left: %v", left)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"wash"}, {"wipe", "--project", ""}, {"wipe", "--project", "p", "more"}, {"wipe", "--project", "p", "--at-most", "-1"}} {
		t.Setenv(projectEnv, "")
		if err := run(t.Context(), args, &bytes.Buffer{}); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
