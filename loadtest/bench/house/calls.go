package house

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Post is an owner's revenue at a property: it counts at once.
func (h *House) Post(property, key string) Call {
	return Call{"revenues", h.Owner, http.MethodPost, "/v1/finance/revenues", h.revenue(property, h.Today), key}
}

// Late is a post that is refused: nothing is dated later than tomorrow.
func (h *House) Late(property, key string) Call {
	return Call{"revenues", h.Owner, http.MethodPost, "/v1/finance/revenues", h.revenue(property, "2999-01-01"), key}
}

func (h *House) revenue(property, date string) string {
	return fmt.Sprintf(`{"propertyId":%q,"businessDate":%q,"amountMinor":118000,"taxLines":[{"code":"VAT","amountMinor":18000}],"currency":"EUR","paymentMode":"CASH","source":"ROOM","description":"Room 214, two nights"}`,
		property, date)
}

// Bulk is a call of so many revenues at one property, of today.
func (h *House) Bulk(property, key string, lines int) Call {
	return h.BulkOf(property, h.Today, key, lines)
}

// BulkOf is Bulk of a date.
func (h *House) BulkOf(property, date, key string, lines int) Call {
	var b strings.Builder
	b.WriteString(`{"lines":[`)
	for i := range lines {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"key":"%s-%d",%s`, key, i, strings.TrimPrefix(h.revenue(property, date), "{"))
	}
	b.WriteString(`]}`)
	return Call{"revenues", h.Owner, http.MethodPost, "/v1/finance/revenues:bulk", b.String(), key}
}

// Waiting records a manager's revenue at the first property, which waits for approval, and gives its id.
func (h *House) Waiting(ctx context.Context, key string) (string, error) {
	answer, err := h.Must(ctx, http.StatusCreated, Call{"revenues", h.Manager, http.MethodPost, "/v1/finance/revenues", h.revenue(h.Property, h.Today), key})
	if err != nil {
		return "", err
	}
	var made struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	if err := json.Unmarshal(answer, &made); err != nil || made.Status != "PENDING" {
		return "", fmt.Errorf("the entry does not wait: %s: %w", answer, err)
	}
	return made.ID, nil
}

// Approve is the owner's approval of entries, each of which waits.
func (h *House) Approve(key string, ids ...string) Call {
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = fmt.Sprintf(`{"entryId":%q,"decision":"APPROVE"}`, id)
	}
	return Call{"approvals", h.Owner, http.MethodPost, "/v1/finance/approvals:decide", `{"items":[` + strings.Join(items, ",") + `]}`, key}
}

// Reverse undoes an entry that counts.
func (h *House) Reverse(key, id string) Call {
	return Call{"revenues", h.Owner, http.MethodPost, "/v1/finance/revenues/" + id + "/reverse", `{"reason":"booked twice"}`, key}
}

// Report is a call for a report, by the function that makes it and its path with the query.
func (h *House) Report(function, path string) Call {
	return Call{function, h.Owner, http.MethodGet, path, "", ""}
}
