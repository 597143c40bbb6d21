package stream_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/platform/heads"
	"innkeep.internal/shared/testkit/firestore"
)

// A client that loses its connection ten times while two properties post gets each event once, in
// order per property.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	houses := []string{owner.property("QUAY"), owner.property("MILL")}
	o := quick()
	o.PageEvents = 5
	server := x.serve(o)
	const posts = 30
	var desks sync.WaitGroup
	for _, p := range houses {
		desks.Go(func() {
			for range posts {
				owner.post(p)
			}
		})
	}
	// Two properties' creation and opening, the organisation's, and the posts.
	const events = 1 + 2*2 + 2*posts
	got := map[string]int{} // how many of each stream came
	f := owner.follow(server, "?start=beginning")
	for n, lost := 0, 0; n < events; n++ {
		e := f.event()
		got[e.stream()]++
		if want := fmt.Sprintf("%010d", got[e.stream()]); e.Sequence != want || e.OrgID != owner.org {
			t.Fatalf("event %s of %s, want %s of %s", e.Sequence, e.stream(), want, owner.org)
		}
		if lost < 10 && rand.N(events/14) == 0 || events-n <= 10-lost {
			lost++
			last := f.last
			_ = f.resp.Body.Close()
			if lost%2 == 0 {
				f = owner.follow(server, "?lastEventId="+last)
			} else {
				f = owner.follow(server, "?start=beginning", "Last-Event-ID", last)
			}
		}
	}
	desks.Wait()
	want := map[string]int{"-/setup": 3}
	for _, p := range houses {
		want[p+"/"+time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)] = 1
		want[p+"/"+today()] = posts
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events by stream (-want +got):\n%s", diff)
	}
}

// Without a last id the stream begins at now, with an id to come back by; the head wakes it.
func TestNowAndWoken(t *testing.T) {
	t.Parallel()
	project := firestore.Project(t)
	h, err := heads.Open(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	x := newHouse(t, h)
	owner := x.founder()
	property := owner.property("QUAY")
	o := quick()
	o.Poll = time.Hour
	server := x.serve(o)
	f := owner.follow(server, "")
	before := f.last
	owner.post(property)
	for moved := false; !moved; { // the emulator's first calls are slow
		moved = h.Move(x.ctx, map[string]time.Time{owner.org: time.Now()}) == nil
	}
	if e := f.event(); e.Sequence != "0000000001" || e.PropertyID != property || e.Subject != today() {
		t.Errorf("the first event after now: %+v", e)
	}
	_ = f.resp.Body.Close()
	again := owner.follow(server, "", "Last-Event-ID", before)
	if e := again.event(); e.PropertyID != property || e.Subject != today() {
		t.Errorf("the first event after the stream's beginning: %+v", e)
	}
}

// A stream shows what its reader may see at the moment: less with a property taken, nothing with the
// membership.
func TestMembership(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	quay, mill := owner.property("QUAY"), owner.property("MILL")
	clerk := owner.member("clerk", "FRONT_DESK", quay, mill)
	server := x.serve(quick())
	all, one := clerk.follow(server, ""), clerk.follow(server, "?propertyId="+mill)
	owner.post(mill)
	for _, f := range []*feed{all, one} {
		if e := f.event(); e.PropertyID != mill {
			t.Errorf("%+v", e)
		}
	}
	owner.member("clerk", "FRONT_DESK", quay)
	x.age.Store(int64(31 * time.Second)) // the instance's memory of him is too old now
	if n, why := one.end(); n != 0 || why != "end, none of the properties may be seen any more" {
		t.Errorf("the stream of the property that was taken: %d events, %q", n, why)
	}
	// The look that is on its way may have asked for his membership before, and read what comes now: the
	// one after this event has not.
	owner.post(quay)
	if e := all.event(); e.PropertyID != quay {
		t.Errorf("%+v", e)
	}
	owner.post(mill)
	owner.post(quay)
	if e := all.event(); e.PropertyID != quay {
		t.Errorf("an event of a property that he does not see: %+v", e)
	}
	if resp := clerk.get(server, "/v1/events/stream?propertyId="+mill); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the property that was taken: %d", resp.StatusCode)
	}
	owner.must(200, "DELETE", "/v1/setup/members/clerk", "")
	x.age.Store(int64(62 * time.Second))
	if n, why := all.end(); n != 0 || why != "end, the membership has ended" {
		t.Errorf("after the membership: %d events, %q", n, why)
	}
	if resp := clerk.get(server, "/v1/events/stream"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("after the membership: %d", resp.StatusCode)
	}
}

// What is another organisation's never comes, whoever asks for it and from wherever he goes on.
func TestIsolation(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	one, two := x.founder(), x.founder()
	ones, twos := one.property("QUAY"), two.property("QUAY")
	server := x.serve(quick())
	mine := one.follow(server, "?start=beginning")
	theirs := two.follow(server, "?start=beginning")
	for range 3 {
		one.post(ones)
		two.post(twos)
	}
	for range 3 + 3 {
		if e := mine.event(); e.OrgID != one.org {
			t.Fatalf("another organisation's event: %+v", e)
		}
		if e := theirs.event(); e.OrgID != two.org {
			t.Fatalf("another organisation's event: %+v", e)
		}
	}
	for _, path := range []string{"stream", "history"} {
		if resp := one.get(server, "/v1/events/"+path+"?propertyId="+twos); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s of another organisation's property: %d", path, resp.StatusCode)
		}
	}
	page := one.history(server, "?cursor="+theirs.last, 200)
	for _, e := range page.Items {
		if e.OrgID != one.org {
			t.Errorf("from another's cursor: %+v", e)
		}
	}
}

func TestStreamFilters(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	quay, mill := owner.property("QUAY"), owner.property("MILL")
	server := x.serve(quick())
	f := owner.follow(server, "?start=beginning&type=EntryRecorded,MemberSet&propertyId="+quay)
	owner.member("clerk", "FRONT_DESK", quay)
	owner.post(mill)
	owner.post(quay)
	if e := f.event(); e.PropertyID != quay || e.Type != "innkeep.EntryRecorded.v1" {
		t.Errorf("%+v", e)
	}
	for query, want := range map[string]int{
		"?lastEventId=x": 422, "?type=a.b": 422, "?start=yesterday": 422, "?propertyId=-": 404, "?propertyId=x": 404,
		"?lastEventId=" + ahead(time.Hour): 422, "?cursor=x": 422,
	} {
		if resp := owner.get(server, "/v1/events/stream"+query); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", query, resp.StatusCode, want)
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	one, two := x.founder(), x.founder()
	o := quick()
	o.Streams, o.OrgStreams = 3, 2
	server := x.serve(o)
	first := one.follow(server, "")
	one.follow(server, "")
	refused := func(p person, status int) {
		t.Helper()
		resp := p.get(server, "/v1/events/stream")
		after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if resp.StatusCode != status || err != nil || after < 1 {
			t.Errorf("%d, Retry-After %q, want %d", resp.StatusCode, resp.Header.Get("Retry-After"), status)
		}
	}
	refused(one, 429)
	two.follow(server, "")
	refused(two, 503)
	if page := one.history(server, "", 200); len(page.Items) != 1 {
		t.Errorf("the history beside full streams: %+v", page)
	}
	if resp := one.get(server, "/v1/events/stream?lastEventId=x"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("%d", resp.StatusCode)
	}
	_ = first.resp.Body.Close()
	for end := time.Now().Add(patience); ; { // the server notices at its next write
		resp := two.get(server, "/v1/events/stream?lastEventId=x") // its bad cursor gives its place back
		if resp.StatusCode == http.StatusUnprocessableEntity {
			break
		}
		if time.Now().After(end) {
			t.Fatal("a stream that was left keeps its place")
		}
	}
}
