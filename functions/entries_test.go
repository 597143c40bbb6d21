package functions_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/invariants"
)

// posting is an entry as a test asks for it and as the API shows it.
type posting struct {
	ID           string `json:"id"`
	Type         string `json:"type"`
	PropertyID   string `json:"propertyId"`
	BusinessDate string `json:"businessDate"`
	PostedDate   string `json:"postedDate"`
	Status       string `json:"status"`
	AmountMinor  int64  `json:"amountMinor"`
	NetMinor     int64  `json:"netMinor"`
	PaymentMode  string `json:"paymentMode"`
	Source       string `json:"source"`
	CategoryCode string `json:"categoryCode"`
	Kind         string `json:"kind"`
	Description  string `json:"description"`
	CreatedBy    string `json:"createdBy"`
	DecidedBy    string `json:"decidedBy"`
	RecordedAt   string `json:"recordedAt"`
	ReversalOf   string `json:"reversalOf"`
	ReversedBy   string `json:"reversedBy"`
	Legs         []struct {
		Account     string `json:"account"`
		AmountMinor int64  `json:"amountMinor"`
	} `json:"legs"`
}

// entryBody is the body of a new entry of 1,000 cents that is right in every field; more, such as
// `"amountMinor":5`, takes the place of fields or adds some.
func entryBody(what, property, date string, more ...string) string {
	fields := map[string]json.RawMessage{}
	all := []string{fmt.Sprintf(`"propertyId":%q,"businessDate":%q,"currency":"EUR","amountMinor":1000`, property, date)}
	switch what {
	case "revenues":
		all = append(all, `"paymentMode":"CASH","source":"ROOM"`)
	case "expenses":
		all = append(all, `"paymentMode":"CASH","categoryCode":"MAINTENANCE"`)
	default:
		all = append(all, `"kind":"BANK_DEPOSIT"`)
	}
	for _, part := range append(all, more...) {
		if err := json.Unmarshal([]byte("{"+part+"}"), &fields); err != nil {
			panic(part)
		}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(body)
}

// record makes an entry of 1,000 cents, or of what more says, and gives it as the API shows it.
func (p person) record(what, property, date string, more ...string) posting {
	p.t.Helper()
	var v posting
	p.must(201, "POST", "/v1/finance/"+what, entryBody(what, property, date, more...)).into(&v)
	return v
}

// read reads an entry by its id.
func (p person) read(what, id string) posting {
	p.t.Helper()
	var v posting
	p.must(200, "GET", "/v1/finance/"+what+"/"+id, "").into(&v)
	return v
}

func (p person) closeDay(property, date string) answer {
	p.t.Helper()
	return p.must(200, "POST", "/v1/finance/days/"+date+"/close", fmt.Sprintf(`{"propertyId":%q}`, property))
}

func (p person) reopenDay(property, date string) answer {
	p.t.Helper()
	return p.must(200, "POST", "/v1/finance/days/"+date+"/reopen", fmt.Sprintf(`{"propertyId":%q,"reason":"audit"}`, property))
}

// decided is what became of one item of a decide call.
type decided struct {
	Index      int    `json:"index"`
	EntryID    string `json:"entryId"`
	Outcome    string `json:"outcome"`
	Replayed   bool   `json:"replayed"`
	Status     string `json:"status"`
	PostedDate string `json:"postedDate"`
	Problem    *problem
}

// problem is a refusal as the API tells it.
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Code    string `json:"code"`
	} `json:"errors"`
	Facts map[string]string `json:"facts"`
}

// decide decides items; each is an entry's id and a decision.
func (p person) decide(items [][2]string, key ...string) ([]decided, answer) {
	p.t.Helper()
	list := []map[string]string{}
	for _, x := range items {
		list = append(list, map[string]string{"entryId": x[0], "decision": x[1]})
	}
	body, _ := json.Marshal(map[string]any{"items": list})
	a := p.must(200, "POST", "/v1/finance/approvals:decide", string(body), key...)
	var out struct {
		Results []decided `json:"results"`
	}
	a.into(&out)
	return out.Results, a
}

// approve approves one entry and gives the date on which it counts.
func (p person) approve(id string) string {
	p.t.Helper()
	r, a := p.decide([][2]string{{id, "APPROVE"}})
	if r[0].Status != "APPROVED" {
		p.t.Fatalf("approve: %s", a.Raw)
	}
	return r[0].PostedDate
}

// check proves the invariants of a property from its tables.
func (p person) check(property string) {
	p.t.Helper()
	invariants.Check(p.t, p.db, tenant.Book{Org: p.org, Property: tenant.PropertyID(property)})
}

// rows counts the rows of every table, and sums the versions of all streams: what stays the same when
// nothing was written.
func (h *house) rows(t testing.TB) string {
	t.Helper()
	const query = `SELECT CONCAT(
		CAST((SELECT COUNT(*) FROM Organizations) AS STRING), ' ', CAST((SELECT IFNULL(SUM(StreamVersion), 0) FROM Organizations) AS STRING), ' ',
		CAST((SELECT COUNT(*) FROM Members) AS STRING), ' ', CAST((SELECT COUNT(*) FROM Accounts) AS STRING), ' ',
		CAST((SELECT COUNT(*) FROM ApprovalPolicies) AS STRING), ' ', CAST((SELECT COUNT(*) FROM Properties) AS STRING), ' ',
		CAST((SELECT COUNT(*) FROM Periods) AS STRING), ' ', CAST((SELECT COUNT(*) FROM DailyCashBalances) AS STRING), ' ',
		CAST((SELECT IFNULL(SUM(StreamVersion), 0) FROM DailyCashBalances) AS STRING), ' ', CAST((SELECT COUNT(*) FROM Entries) AS STRING), ' ',
		CAST((SELECT COUNT(*) FROM CashCounts) AS STRING), ' ', CAST((SELECT COUNT(*) FROM Events) AS STRING), ' ',
		CAST((SELECT IFNULL(SUM(StreamVersion), 0) FROM DailyStatistics) AS STRING), ' ', CAST((SELECT IFNULL(SUM(Version), 0) FROM Budgets) AS STRING), ' ',
		CAST((SELECT COUNT(*) FROM Commands) AS STRING), ' ', CAST((SELECT COUNT(*) FROM DailyGrants) AS STRING))`
	var all spanner.NullString
	err := h.db.Single().Query(testkit.Context(t), spanner.NewStatement(query)).Do(func(r *spanner.Row) error {
		return r.Columns(&all)
	})
	if err != nil || !all.Valid {
		t.Fatalf("rows: %v %v", all, err)
	}
	return all.StringVal
}

// events lists the links of all chains of some books: it changes with every event of theirs.
func (h *house) events(t testing.TB, books ...tenant.Book) string {
	t.Helper()
	all := ""
	for _, b := range books {
		keys := spanner.Key{b.Shard(), string(b.Org), string(b.Property)}.AsPrefix()
		columns := []string{"StreamId", "Version", "ChainHash"}
		err := h.db.Single().Read(testkit.Context(t), "Events", keys, columns).Do(func(r *spanner.Row) error {
			var stream string
			var version int64
			var chain []byte
			err := r.Columns(&stream, &version, &chain)
			all += fmt.Sprintf("%s/%d %x\n", stream, version, chain)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}
