// Package demo founds an organisation and fills it with some weeks of two properties' books, through
// the API and nothing else, so that they are right as whatever comes through it is.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/httpfn"
)

const (
	// frontDesk and manager are the subjects of the demo's other members.
	frontDesk = "front-desk"
	manager   = "manager"
	// daysBack is how long before today the books begin.
	daysBack = 21
	// openDays is how many days before today are open; what the front desk recorded on them waits.
	openDays = 1
)

// Demo is an organisation to be filled.
type Demo struct {
	url         string
	http        *http.Client
	owner, desk caller
}

// Books is what a filled organisation has.
type Books struct {
	Properties []Property
	Members    []string // subjects, but the owner's
}

// Property is one of its properties and where to go on with it.
type Property struct {
	ID, Code, Name, Currency string
	TaxCode                  string
	From, Today              bizdate.Date
	Entries                  int
	Open                     bizdate.Date // a day before today that is open
	OpenClosingMinor         int64        // what should be in the drawer on it
	Pending                  string       // an entry that waits for approval
}

// New is a demo of the organisation whose tokens mint makes, at the API under url.
func New(url, owner string, mint func(subject string) (string, error)) (*Demo, error) {
	d := &Demo{url: url, http: &http.Client{Timeout: callTimeout, Transport: &http.Transport{}}}
	var err error
	if d.owner, err = d.as(owner, mint); err != nil {
		return nil, err
	}
	d.desk, err = d.as(frontDesk, mint)
	return d, err
}

func (d *Demo) as(subject string, mint func(string) (string, error)) (caller, error) {
	token, err := mint(subject)
	return caller{url: d.url, token: token, http: d.http}, err
}

// Found creates the organisation. One that stands already is left as it is.
func (d *Demo) Found(ctx context.Context) error {
	err := d.owner.post(ctx, "/v1/setup/organisations", "demo/organisation",
		map[string]any{"name": "Innkeep Demo", "baseCurrency": "EUR"}, nil)
	if p := (*httpfn.Problem)(nil); errors.As(err, &p) && p.Code == "organisation_exists" {
		return nil
	}
	return err
}

// Fill fills the organisation up to now. It may be called again, also after it was cut off: what
// stands is not made twice.
func (d *Demo) Fill(ctx context.Context, now time.Time) (*Books, error) {
	var stands struct {
		Items []struct {
			PropertyID string       `json:"propertyId"`
			Code       string       `json:"code"`
			GoLiveDate bizdate.Date `json:"goLiveDate"`
		} `json:"items"`
	}
	if err := d.owner.get(ctx, "/v1/setup/properties", &stands); err != nil {
		return nil, err
	}
	all := houses()
	books := &Books{Properties: make([]Property, len(all)), Members: []string{manager, frontDesk}}
	for i, h := range all {
		today, err := h.today(now)
		if err != nil {
			return nil, err
		}
		p := Property{Code: h.code, Name: h.name, Currency: h.currency, TaxCode: h.taxCode, From: today.AddDays(-daysBack), Today: today}
		for _, s := range stands.Items {
			if s.Code == h.code {
				p.ID, p.From = s.PropertyID, s.GoLiveDate
			}
		}
		if p.ID == "" {
			if p.ID, err = d.create(ctx, h, p.From); err != nil {
				return nil, err
			}
		}
		books.Properties[i] = p
	}
	if err := d.hire(ctx, books); err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	for i, h := range all {
		g.Go(func() error { return d.trade(ctx, h, &books.Properties[i]) })
	}
	return books, g.Wait()
}

func (d *Demo) create(ctx context.Context, h house, goLive bizdate.Date) (string, error) {
	var made struct {
		PropertyID string `json:"propertyId"`
	}
	err := d.owner.post(ctx, "/v1/setup/properties", "demo/property/"+h.code, map[string]any{
		"code": h.code, "name": h.name, "type": h.kind, "timeZone": h.zone, "cutoffMinutes": h.cutoffMinutes,
		"currency": h.currency, "goLiveDate": goLive, "openingMinor": h.openingMinor, "roomCount": h.rooms,
	}, &made)
	return made.PropertyID, err
}

// hire makes the members, who see both properties.
func (d *Demo) hire(ctx context.Context, books *Books) error {
	var ids []string
	for _, p := range books.Properties {
		ids = append(ids, p.ID)
	}
	for subject, role := range map[string]string{manager: "PROPERTY_MANAGER", frontDesk: "FRONT_DESK"} {
		err := d.owner.put(ctx, "/v1/setup/members/"+url.PathEscape(subject), "demo/member/"+subject,
			map[string]any{"role": role, "propertyIds": ids})
		if err != nil {
			return fmt.Errorf("member %s: %w", subject, err)
		}
	}
	return nil
}
