package webhooks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/webhookstore"
)

const hook = `{"url":"https://hooks.example.com/books"}`

func TestAnEndpointsLife(t *testing.T) {
	t.Parallel()
	owner := newHouse(t).owner(t)
	made := owner.must(201, "POST", "", `{"url":"https://hooks.example.com/books","description":"books","eventTypes":["DayClosed"]}`, "k")
	id, secret := made.str("endpointId"), made.str("secret")
	if _, err := webhook.ParseSecret(secret); err != nil || made.str("status") != "ENABLED" || made.Header.Get("Consistency-Token") == "" {
		t.Fatal(made.Raw, err)
	}
	again := owner.must(201, "POST", "", `{"url":"https://hooks.example.com/books","description":"books","eventTypes":["DayClosed"]}`, "k")
	if diff := cmp.Diff(made.body, again.body); diff != "" || again.Header.Get("Idempotent-Replay") != "true" {
		t.Errorf("repeated (-first +again):\n%s", diff)
	}
	owner.refused(422, "idempotency_key_reused", "POST", "", hook, "k")

	changed := owner.must(200, "PUT", "/"+id, `{"url":"https://hooks.example.com/new","disabled":true}`)
	if changed.str("status") != "DISABLED" || changed.str("url") != "https://hooks.example.com/new" || changed.str("description") != "" {
		t.Error(changed.Raw)
	}
	owner.refused(409, "webhook_endpoint_disabled", "POST", "/"+id+"/replay", `{"from":"2026-01-01T00:00:00Z"}`)
	rotated := owner.must(200, "POST", "/"+id+"/rotate-secret", "", "r")
	if s := rotated.str("secret"); s == secret || s != owner.must(200, "POST", "/"+id+"/rotate-secret", "", "r").str("secret") {
		t.Error("rotated twice, or not at all")
	}
	for _, a := range []answer{changed, owner.must(200, "GET", "", ""), owner.must(200, "GET", "/"+id, "")} {
		if strings.Contains(a.Raw, "whsec_") || strings.Contains(a.Raw, `"secret"`) {
			t.Errorf("it shows the secret: %s", a.Raw)
		}
	}
	for range 2 {
		if a := owner.must(200, "DELETE", "/"+id, "", "d"); a.str("endpointId") != id {
			t.Error(a.Raw)
		}
	}
	owner.refused(404, "not_found", "GET", "/"+id, "")
	owner.refused(409, "webhook_endpoint_deleted", "POST", "", `{"url":"https://hooks.example.com/books","description":"books","eventTypes":["DayClosed"]}`, "k")
	if a := owner.must(200, "GET", "", ""); len(a.items()) != 0 {
		t.Error(a.Raw)
	}
}

// TestAddressesAreJudgedAtRegistration: as they are written, and by what they lead to.
func TestAddressesAreJudgedAtRegistration(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	owner := h.owner(t)
	id := owner.must(201, "POST", "", hook).str("endpointId")
	for url, code := range map[string]string{
		"http://hooks.example.com/": "bad_webhook_url", "https://u:p@hooks.example.com/": "bad_webhook_url", "https://hooks.example.com:22/": "bad_webhook_url",
		"ftp://hooks.example.com/": "bad_webhook_url", "https://hooks.example.com/#x": "bad_webhook_url", "hooks": "bad_webhook_url", "https://2130706433/": "bad_webhook_url",
		"https://127.0.0.1/": "webhook_address_not_public", "https://169.254.169.254/": "webhook_address_not_public", "https://[::1]/": "webhook_address_not_public",
		"https://10.0.0.1/": "webhook_address_not_public", "https://metadata.google.internal/": "webhook_address_not_public", "https://localhost/": "webhook_address_not_public",
	} {
		for method, at := range map[string]string{"POST": "", "PUT": "/" + id} {
			a := owner.refused(422, code, method, at, fmt.Sprintf(`{"url":%q}`, url))
			if !strings.Contains(a.Raw, `"pointer":"/url"`) {
				t.Errorf("%s: %s", url, a.Raw)
			}
		}
	}
	h.leads = "10.1.2.3" // the DNS gives another answer
	owner.refused(422, "webhook_address_not_public", "POST", "", hook)
	owner.refused(422, "webhook_address_not_public", "PUT", "/"+id, hook)
}

func TestRequestsAreJudged(t *testing.T) {
	t.Parallel()
	owner := newHouse(t).owner(t)
	id := owner.must(201, "POST", "", hook).str("endpointId")
	for _, c := range [][5]string{
		{"422", "unknown_event_type", "POST", "", `{"url":"https://a.example.com/","eventTypes":["DayClosed","X"]}`},
		{"422", "missing_field", "POST", "", `{}`},
		{"422", "unknown_field", "POST", "", `{"url":"https://a.example.com/","secret":"mine"}`},
		{"422", "bad_cursor", "GET", "/" + id + "/deliveries?cursor=x", ""},
		{"422", "bad_cursor", "POST", "/" + id + "/replay", `{"from":"2026-01-01T00:00:00Z","cursor":"x"}`},
		{"422", "missing_field", "POST", "/" + id + "/replay", `{}`},
		{"404", "not_found", "POST", "/" + id + "/deliveries/x/retry", ""},
		{"404", "not_found", "POST", "/" + id + "/deliveries/-.setup.99/retry", ""},
		{"404", "not_found", "GET", "/x", ""},
	} {
		owner.refused(map[string]int{"422": 422, "404": 404}[c[0]], c[1], c[2], c[3], c[4])
	}
	for _, bad := range []string{"status=GONE", "limit=0", "limit=101", "x=1"} {
		owner.must(422, "GET", "/"+id+"/deliveries?"+bad, "")
	}
	for n := range webhookstore.MaxEndpoints - 1 {
		owner.must(201, "POST", "", hook, fmt.Sprint(n))
	}
	owner.refused(409, "too_many_webhook_endpoints", "POST", "", hook)
}

// TestRoles (I15): owners change, owners and auditors look, the others do neither.
func TestRoles(t *testing.T) {
	t.Parallel()
	owner := newHouse(t).owner(t)
	id := owner.must(201, "POST", "", hook).str("endpointId")
	reads := []string{"", "/" + id, "/" + id + "/deliveries"}
	writes := [][3]string{
		{"POST", "", hook}, {"PUT", "/" + id, hook}, {"POST", "/" + id + "/rotate-secret", ""}, {"DELETE", "/" + id, ""},
		{"POST", "/" + id + "/deliveries/-.setup.1/retry", ""}, {"POST", "/" + id + "/replay", `{"from":"2026-01-01T00:00:00Z"}`},
	}
	for _, role := range approval.Roles {
		who := owner.member(role)
		looks := role == approval.OwnerAdmin || role == approval.Auditor
		for _, at := range reads {
			if a := who.call("GET", at, ""); (a.Code == 200) != looks || !looks && a.str("code") != "forbidden" {
				t.Errorf("%s reads %s: %s", role, at, a.Raw)
			}
		}
		for _, w := range writes {
			if role != approval.OwnerAdmin {
				who.refused(403, "forbidden", w[0], w[1], w[2])
			}
		}
	}
	owner.person(t, "stranger", owner.org).refused(403, "not_a_member", "GET", "", "")
}

// TestForeignEndpointIsMissing (I18): another organisation's endpoint is answered as one that does not
// exist, byte for byte.
func TestForeignEndpointIsMissing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	us, them := h.owner(t), h.owner(t)
	theirs, none := them.must(201, "POST", "", hook).str("endpointId"), ids.NewUUID().String()
	for _, c := range [][3]string{
		{"GET", "/$", ""}, {"PUT", "/$", hook}, {"DELETE", "/$", ""}, {"POST", "/$/rotate-secret", ""}, {"GET", "/$/deliveries", ""},
		{"POST", "/$/deliveries/-.setup.1/retry", ""}, {"POST", "/$/replay", `{"from":"2026-01-01T00:00:00Z"}`},
	} {
		foreign := us.call(c[0], strings.ReplaceAll(c[1], "$", theirs), c[2])
		missing := us.call(c[0], strings.ReplaceAll(c[1], "$", none), c[2])
		if foreign.Code != 404 || foreign.Raw != missing.Raw {
			t.Errorf("%s %s: %s, for a missing one %s", c[0], c[1], foreign.Raw, missing.Raw)
		}
	}
	if a := us.must(200, "GET", "", ""); len(a.items()) != 0 {
		t.Error(a.Raw)
	}
}

// TestDeliveriesAreShown: the log, page by page, an event sent again, and a replay.
func TestDeliveriesAreShown(t *testing.T) {
	t.Parallel()
	owner := newHouse(t).owner(t)
	id := owner.must(201, "POST", "", hook).str("endpointId")
	for _, role := range []approval.Role{approval.Auditor, approval.Accountant, approval.Service} {
		owner.member(role)
	}
	owner.enqueue()
	log := "/" + id + "/deliveries"
	whole := owner.must(200, "GET", log, "")
	if len(whole.items()) != 3 || whole.str("nextCursor") != "" {
		t.Fatal(whole.Raw)
	}
	first, _ := whole.items()[0].(map[string]any)
	want := eventapi.ID(eventlog.Position{Property: tenant.Setup, Stream: "setup", Version: 4})
	if first["eventId"] != want || first["eventType"] != "MemberSet" || first["status"] != "PENDING" || first["nextAttemptAt"] == nil || first["lastError"] != nil {
		t.Errorf("%v", first)
	}
	var paged []any
	for cursor := ""; ; {
		page := owner.must(200, "GET", log+"?limit=2&cursor="+cursor, "")
		paged = append(paged, page.items()...)
		if cursor = page.str("nextCursor"); cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(whole.items(), paged); diff != "" {
		t.Errorf("page by page (-whole +paged):\n%s", diff)
	}
	if a := owner.must(200, "GET", log+"?status=DELIVERED", ""); len(a.items()) != 0 {
		t.Error(a.Raw)
	}
	if a := owner.must(202, "POST", log+"/"+want+"/retry", "", "again"); a.str("eventId") != want {
		t.Error(a.Raw)
	}
	if a := owner.must(202, "POST", log+"/"+want+"/retry", "", "again"); a.Header.Get("Idempotent-Replay") != "true" {
		t.Error(a.Raw)
	}
	for _, from := range []string{"2026-01-01T00:00:00Z", "0000-01-01T00:00:00Z"} {
		a := owner.must(202, "POST", "/"+id+"/replay", fmt.Sprintf(`{"from":%q}`, from))
		if a.body["enqueued"] != 4.0 || a.str("nextCursor") != "" { // the organisation itself came before the endpoint
			t.Error(a.Raw)
		}
	}
	if a := owner.must(202, "POST", "/"+id+"/replay", `{"from":"9999-12-31T23:59:59-12:00"}`); a.body["enqueued"] != 0.0 {
		t.Error(a.Raw)
	}
	if a := owner.must(200, "GET", log, ""); len(a.items()) != 4 {
		t.Error(a.Raw)
	}
}

// TestEveryTypeCanBeAskedFor: an endpoint can name each event that receivers are shown.
func TestEveryTypeCanBeAskedFor(t *testing.T) {
	t.Parallel()
	for _, k := range webhookstore.EventTypes {
		e := eventlog.Stored{Type: k, Schema: 1}
		if _, err := eventapi.JSON(e); err == nil || strings.Contains(err.Error(), "unknown_event") {
			t.Errorf("%s: %v", k, err)
		}
	}
}
