package innkeep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Property is what an import knows of a property on the server.
type Property struct {
	ID   string `json:"propertyId"`
	Code string `json:"code"`
}

// NewProperty is a property to create. OpeningMinor is the drawer's cash at go-live, in minor units.
type NewProperty struct {
	Code          string `json:"code"`
	Name          string `json:"name"`
	Type          string `json:"type"`
	TimeZone      string `json:"timeZone"`
	CutoffMinutes int    `json:"cutoffMinutes"`
	Currency      string `json:"currency"`
	GoLiveDate    string `json:"goLiveDate"`
	OpeningMinor  int64  `json:"openingMinor"`
	RoomCount     int    `json:"roomCount"`
}

// Line is one posting of a bulk call. Source stands in revenues, CategoryCode in expenses, Kind in
// movements. Amounts are minor units.
type Line struct {
	Key           string       `json:"key"`
	PropertyID    string       `json:"propertyId"`
	BusinessDate  string       `json:"businessDate"`
	AmountMinor   int64        `json:"amountMinor"`
	Currency      string       `json:"currency"`
	PaymentMode   string       `json:"paymentMode,omitempty"`
	Source        string       `json:"source,omitempty"`
	CategoryCode  string       `json:"categoryCode,omitempty"`
	Kind          string       `json:"kind,omitempty"`
	TaxLines      []TaxLine    `json:"taxLines,omitempty"`
	Description   string       `json:"description,omitempty"`
	BankReference string       `json:"bankReference,omitempty"`
	VendorName    string       `json:"vendorName,omitempty"`
	ExternalRef   *ExternalRef `json:"externalRef,omitempty"`
}

// TaxLine is one tax of a posting, in minor units of its currency.
type TaxLine struct {
	Code        string `json:"code"`
	AmountMinor int64  `json:"amountMinor"`
}

// ExternalRef names a posting in the system that it comes from; it is unique in a property.
type ExternalRef struct {
	System string `json:"system"`
	ID     string `json:"id"`
}

// Result is the server's judgement of one line. Problem is set when Outcome is not RECORDED.
type Result struct {
	Index    int    `json:"index"`
	Key      string `json:"key"`
	Outcome  string `json:"outcome"` // RECORDED or REFUSED
	Replayed bool   `json:"replayed"`
	Entry    struct {
		Status string `json:"status"`
	} `json:"entry"`
	Problem *Problem `json:"problem"`
}

// Recorded is the Outcome of a line that stands in the books, now or since an earlier call.
const Recorded = "RECORDED"

// Properties lists the organisation's properties by code.
func (c *Client) Properties(ctx context.Context) (map[string]Property, error) {
	found := map[string]Property{}
	for cursor := ""; ; {
		path := "/v1/setup/properties"
		if cursor != "" {
			path += "?cursor=" + url.QueryEscape(cursor)
		}
		var page struct {
			Items      []Property `json:"items"`
			NextCursor string     `json:"nextCursor"`
		}
		if err := c.call(ctx, http.MethodGet, path, "", nil, &page); err != nil {
			return nil, err
		}
		for _, p := range page.Items {
			found[p.Code] = p
		}
		if page.NextCursor == "" || page.NextCursor == cursor {
			return found, nil
		}
		cursor = page.NextCursor
	}
}

// CreateProperty creates p; a *Problem with code property_code_exists when its code is taken.
func (c *Client) CreateProperty(ctx context.Context, p NewProperty) (Property, error) {
	text, err := encode(p)
	if err != nil {
		return Property{}, err
	}
	var created Property
	err = c.call(ctx, http.MethodPost, "/v1/setup/properties", keyOf("property", string(text)), p, &created)
	return created, err
}

// Encode is the line as a bulk call carries it.
func (l *Line) Encode() (json.RawMessage, error) { return encode(l) }

// CloseDay closes the date (YYYY-MM-DD) of a property and every earlier open one; done is false when
// it was closed already.
func (c *Client) CloseDay(ctx context.Context, propertyID, date string) (done bool, err error) {
	path := "/v1/finance/days/" + date + "/close"
	err = c.call(ctx, http.MethodPost, path, keyOf("close", propertyID, date), map[string]string{"propertyId": propertyID}, nil)
	if IsCode(err, "day_closed") {
		return false, nil
	}
	return err == nil, err
}

// keyOf is the hash of the parts, each led by its length.
func keyOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
