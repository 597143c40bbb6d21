package stream_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type historyPage struct {
	Items      []cloudEvent
	NextCursor string
	LastID     string
	LeftOut    int
	AsOf       time.Time
	Code       string
}

// history reads one page, which must have the status.
func (p person) history(s *httptest.Server, query string, status int, header ...string) historyPage {
	p.t.Helper()
	resp := p.get(s, "/v1/events/history"+query, header...)
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != status {
		p.t.Fatalf("%s: %d %s, want %d", query, resp.StatusCode, body, status)
	}
	var page historyPage
	if err := json.Unmarshal(body, &page); err != nil {
		p.t.Fatalf("%s: %v", body, err)
	}
	return page
}

func eventIDs(events []cloudEvent) []string {
	out := []string{}
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

// ahead is a cursor some time from now.
func ahead(d time.Duration) string {
	return base64.RawURLEncoding.EncodeToString([]byte("1|" + time.Now().Add(d).UTC().Format(time.RFC3339Nano)))
}

func TestHistory(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	quay := owner.property("QUAY")
	server := x.serve(quick())
	then := owner.history(server, "", 200)
	mill := owner.property("MILL")
	for range 3 {
		owner.post(quay)
		owner.post(mill)
	}
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	want := []string{"-.setup.1", "-.setup.2", quay + "." + yesterday + ".1"}
	if diff := cmp.Diff(want, eventIDs(then.Items)); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	past := "?known_at=" + url.QueryEscape(then.AsOf.Format(time.RFC3339Nano))
	if diff := cmp.Diff(want, eventIDs(owner.history(server, past, 200).Items)); diff != "" {
		t.Errorf("known then (-want +got):\n%s", diff)
	}
	want = append(want, "-.setup.3", mill+"."+yesterday+".1")
	for _, n := range []string{".1", ".2", ".3"} {
		want = append(want, quay+"."+today()+n, mill+"."+today()+n)
	}
	for _, limit := range []string{"1", "4", "11", "500"} {
		got, cursor := []string{}, ""
		for {
			page := owner.history(server, "?limit="+limit+"&cursor="+cursor, 200)
			got = append(got, eventIDs(page.Items)...)
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("limit %s (-want +got):\n%s", limit, diff)
		}
	}
	end := owner.history(server, "", 200).LastID
	owner.post(quay)
	for what, c := range map[string]struct {
		query string
		want  []string
	}{
		"after the end": {"?cursor=" + end, []string{quay + "." + today() + ".4"}},
		"a property":    {"?limit=2&propertyId=" + mill, []string{want[4], want[6]}},
		"two":           {"?limit=3&propertyId=" + mill + "," + quay, []string{want[2], want[4], want[5]}},
		"a type":        {"?type=PropertyCreated", []string{want[1], want[3]}},
		"two types":     {"?type=OrganisationCreated,OpeningSet", []string{want[0], want[2], want[4]}},
		"dates":         {"?from=" + yesterday + "&to=" + yesterday, []string{want[2], want[4]}},
	} {
		if diff := cmp.Diff(c.want, eventIDs(owner.history(server, c.query, 200).Items)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	clerk := owner.member("clerk", "FRONT_DESK", mill)
	for _, e := range clerk.history(server, "", 200).Items {
		if e.PropertyID != mill {
			t.Errorf("an event that the clerk may not see: %+v", e)
		}
	}
	clerk.history(server, "?propertyId="+quay, 404)
	if n := len(owner.member("auditor", "AUDITOR").history(server, "", 200).Items); n != 14 {
		t.Errorf("the auditor sees %d events", n)
	}
	x.person("stranger", owner.org, time.Hour).history(server, "", 403)
}

// A read that carries the token of a write sees it.
func TestHistoryAfterAWrite(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	server := x.serve(quick())
	for _, token := range []string{"", time.Now().Add(300 * time.Millisecond).UTC().Format(time.RFC3339Nano)} {
		at, _ := time.Parse(time.RFC3339Nano, token)
		if page := owner.history(server, "", 200, "Consistency-Token", token); page.AsOf.Before(at) {
			t.Errorf("as of %s, the token is %s", page.AsOf, token)
		}
	}
	owner.history(server, "", 400, "Consistency-Token", "x")
}

func TestHistoryBadInput(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	server := x.serve(quick())
	for query, want := range map[string]string{
		"?cursor=x": "bad_cursor", "?cursor=" + ahead(time.Hour): "bad_cursor",
		"?known_at=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339): "known_at_in_future",
		"?known_at=yesterday": "bad_format", "?from=2026-02-30": "bad_format", "?from=2026-03-02&to=2026-03-01": "bad_date_range",
		"?limit=0": "out_of_range", "?limit=501": "out_of_range", "?type=a.b": "bad_format", "?org=x": "unknown_parameter",
	} {
		if page := owner.history(server, query, 422); page.Code != want {
			t.Errorf("%s: %s, want %s", query, page.Code, want)
		}
	}
	owner.history(server, "?propertyId=-", 404)
}
