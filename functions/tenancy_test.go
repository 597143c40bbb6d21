package functions_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
)

// neighbours are two organisations in one house: ours with two properties and a manager of the first
// alone, and theirs. Both have gone through everything.
type neighbours struct {
	*stage
	manager             person // of s.property
	second, secondEntry string // our other property, and an entry that waits there
	theirs, theirEntry  string
	theirWaiting        string
}

func newNeighbours(t *testing.T) *neighbours {
	t.Helper()
	n := &neighbours{stage: newStage(t)}
	n.manager = n.owner.member("manager", "PROPERTY_MANAGER", n.property)
	n.second = n.owner.property("SECOND", "2026-03-01", 1, "")
	clerk := n.owner.member("clerk", "FRONT_DESK", n.second)
	n.secondEntry = clerk.record("revenues", n.second, today).ID
	them, _ := n.founder(t)
	n.theirs = them.property("MAIN", "2026-03-01", 50_000, "")
	n.theirEntry = them.record("revenues", n.theirs, today).ID
	n.theirWaiting = them.member("front", "FRONT_DESK", n.theirs).record("revenues", n.theirs, today).ID
	return n
}

// forged are ids made of a foreign one by exchanging its parts, and of our own ones with foreign parts.
func forged(t *testing.T, ours, foreign string) []string {
	t.Helper()
	a, err := ids.ParseEntry(ours)
	b, err2 := ids.ParseEntry(foreign)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	ourProperty, ourEntry, otherDate, otherKind := b, a, a, b
	ourProperty.Property = a.Property
	ourEntry.ID = b.ID
	otherDate.Date = bizdate.MustParse("2026-03-09")
	otherKind.Kind = 'e'
	all := []string{foreign, ourProperty.String(), ourEntry.String(), otherDate.String(), otherKind.String()}
	for _, kind := range []byte{0, 'R', 'x', 0xff} {
		x := a
		x.Kind = kind
		all = append(all, x.String())
	}
	return append(all, foreign[:len(foreign)-1], foreign+"A", "A"+foreign[1:], strings.ToLower(foreign), "x", "..", "%00")
}

// reply is all that a caller sees but the request's id.
func (p person) reply(method, path, body string) string {
	p.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Idempotency-Key", "k")
	w := httptest.NewRecorder()
	p.mux.ServeHTTP(w, r)
	h := maps.Clone(w.Header())
	delete(h, "X-Request-Id")
	return fmt.Sprintf("%d %v %s", w.Code, map[string][]string(h), w.Body)
}

// TestForeignPropertyIsMissing (I18): a property of another organisation, and for a restricted member
// one of his own organisation, is answered as one that does not exist, byte for byte, by every
// operation and in every position.
func TestForeignPropertyIsMissing(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	defer n.unchanged(t)()
	for _, who := range []struct {
		person
		foreign string
	}{{n.owner, n.theirs}, {n.manager, n.second}, {n.manager, n.theirs}} {
		none := ids.NewUUID().String()
		for _, path := range n.reads("$P", n.counted.ID) {
			if !strings.Contains(path, "$P") {
				continue
			}
			same404(t, "GET "+path, who.reply("GET", strings.ReplaceAll(path, "$P", who.foreign), ""), who.reply("GET", strings.ReplaceAll(path, "$P", none), ""))
		}
		for _, w := range n.writes() {
			foreign := w.method + " " + w.path + " " + w.body
			if !strings.Contains(foreign, n.property) || w.bulk || w.name == "member" || who.token == n.manager.token && strings.Contains("grant reopen opening budget", w.name) {
				continue
			}
			with := func(id string) string {
				return who.reply(w.method, strings.ReplaceAll(w.path, n.property, id), strings.ReplaceAll(w.body, n.property, id))
			}
			same404(t, w.name, with(who.foreign), with(none))
		}
		line := func(id string) string { return entryBody("revenues", id, today) }
		ours, _ := who.bulk("revenues", []string{line(who.foreign), line(none)})
		for _, r := range ours.Results {
			if r.Problem == nil || r.Problem.Status != 404 || r.Problem.Code != "not_found" {
				t.Errorf("line: %+v", r)
			}
		}
	}
}

func same404(t *testing.T, what, foreign, missing string) {
	t.Helper()
	if foreign != missing || !strings.HasPrefix(foreign, "404 ") || !strings.Contains(foreign, "not_found") {
		t.Errorf("%s: what is foreign is answered\n%s\nwhat is missing\n%s", what, foreign, missing)
	}
}

// TestForeignEntryIsMissing (I18): the same for entries, by ids of theirs and by forged ones, in path,
// decide item and cursor.
func TestForeignEntryIsMissing(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	defer n.unchanged(t)()
	parsed, _ := ids.ParseEntry(n.counted.ID)
	none := ids.Entry{Kind: 'r', Property: ids.NewUUID(), Date: parsed.Date, ID: ids.NewUUID()}.String()
	missing := n.owner.reply("GET", "/v1/finance/revenues/"+none, "")
	unreversed := n.owner.reply("POST", "/v1/finance/revenues/"+none+"/reverse", `{"reason":"r"}`)
	for _, who := range []struct {
		person
		foreign []string
	}{
		{n.owner, append(forged(t, n.counted.ID, n.theirEntry), n.theirWaiting)},
		{n.manager, append(forged(t, n.counted.ID, n.secondEntry), n.theirEntry)},
	} {
		for _, id := range who.foreign {
			if id != ".." {
				same404(t, "GET "+id, who.reply("GET", "/v1/finance/revenues/"+id, ""), missing)
				same404(t, "reverse "+id, who.reply("POST", "/v1/finance/revenues/"+id+"/reverse", `{"reason":"r"}`), unreversed)
			}
			for _, decision := range []string{"APPROVE", "REJECT", "WITHDRAW"} {
				r, a := who.decide([][2]string{{id, decision}, {none, decision}})
				if r[0].Problem == nil || r[0].Problem.Code != "not_found" || fmt.Sprint(*r[0].Problem) != fmt.Sprint(*r[1].Problem) {
					t.Errorf("%s %s: %s", decision, id, a.Raw)
				}
			}
			n.cursor(t, who.person, id)
		}
	}
	for _, path := range []string{"expenses", "movements"} { // ours, but of another kind
		same404(t, path, n.owner.reply("GET", "/v1/finance/"+path+"/"+n.counted.ID, ""), missing)
		same404(t, path, n.owner.reply("POST", "/v1/finance/"+path+"/"+n.counted.ID+"/reverse", `{"reason":"r"}`), unreversed)
	}
}

// cursor proves that a list that goes on after a foreign entry shows nothing foreign.
func (n *neighbours) cursor(t *testing.T, who person, id string) {
	t.Helper()
	list := who.call("GET", "/v1/finance/revenues?propertyId="+n.property+"&cursor="+id, "")
	if parsed, err := ids.ParseEntry(id); (err != nil || parsed.Property.String() != n.property || parsed.Kind != 'r') && list.str("code") != "bad_cursor" {
		t.Errorf("the cursor %s: %s", id, list.Raw)
	}
	for _, a := range []answer{list, who.call("GET", "/v1/finance/pending-approvals?cursor="+id, "")} {
		if a.Status >= 500 || strings.Contains(a.Raw, n.theirs) || who.token == n.manager.token && strings.Contains(a.Raw, n.second) {
			t.Errorf("the cursor %s shows %s", id, a.Raw)
		}
	}
}

// TestListsShowWhatOneSees (I18): lists without a property show a restricted member his own alone, and
// nobody another organisation's.
func TestListsShowWhatOneSees(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	all := n.owner.must(200, "GET", "/v1/setup/properties", "").Raw
	if !strings.Contains(all, n.property) || !strings.Contains(all, n.second) || strings.Contains(all, n.theirs) {
		t.Errorf("the owner sees %s", all)
	}
	if mine := n.manager.must(200, "GET", "/v1/setup/properties", "").Raw; !strings.Contains(mine, n.property) || strings.Contains(mine, n.second) {
		t.Errorf("the manager sees %s", mine)
	}
	pending := n.owner.must(200, "GET", "/v1/finance/pending-approvals", "").Raw
	if !strings.Contains(pending, n.waiting.ID) || !strings.Contains(pending, n.secondEntry) || strings.Contains(pending, n.theirs) {
		t.Errorf("for the owner there waits %s", pending)
	}
	if mine := n.manager.must(200, "GET", "/v1/finance/pending-approvals", "").Raw; !strings.Contains(mine, n.waiting.ID) || strings.Contains(mine, n.second) {
		t.Errorf("for the manager there waits %s", mine)
	}
	n.owner.must(422, "PUT", "/v1/setup/members/x", fmt.Sprintf(`{"role":"FRONT_DESK","propertyIds":[%q,%q]}`, n.property, n.theirs)).
		problem().tells(t, "a member of a foreign property", "not_found", "/propertyIds/1")
}
