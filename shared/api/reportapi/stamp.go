package reportapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/store/reportstore"
)

// Stamp is what a report says of itself.
type Stamp struct {
	AsOf           string `json:"asOf" format:"date-time" doc:"The moment at which all of it was read. As as_of it gives this report again."`
	KnownAt        string `json:"knownAt,omitempty" format:"date-time" doc:"The moment of knowledge that was asked for."`
	FormulaVersion int    `json:"formulaVersion" doc:"Of the figures' formulas: the same books come to the same figures under one version."`
	ContentHash    string `json:"contentHash" doc:"Fingerprint of all but asOf and knownAt, SHA-256 in hexadecimal: reports with the same one say the same."`
}

// seal stamps the report whose part the stamp is: view is that report, without a stamp.
func (s *Stamp) seal(view any, m api.Moment, r api.Reading) error {
	s.FormulaVersion = report.FormulaVersion
	text, err := json.Marshal(view)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	s.AsOf, s.KnownAt, s.ContentHash = r.AsOf(), m.Knowledge(), hex.EncodeToString(sum[:])
	return nil
}

// keep writes down what a report of a closed scope says, and compares it with what it said before: it is
// the same for ever (I16). One that differs is a defect, told to the operator; the caller gets what the
// books say now. A database that is in trouble keeps nothing, and costs no report.
func keep(ctx context.Context, b *api.Backend, c reportstore.Content, s Stamp) error {
	hash, err := hex.DecodeString(s.ContentHash)
	if err != nil {
		return err
	}
	c.Formula, c.Hash = report.FormulaVersion, daybook.Hash(hash)
	switch same, err := b.Reports.Keep(ctx, c); {
	case err != nil:
		slog.WarnContext(ctx, "the hash of a report was not kept", "report", c.Report, "error", err.Error())
	case !same:
		slog.ErrorContext(ctx, "a report of a closed scope has changed", "report", c.Report, "org", string(c.Org),
			"property", string(c.Property), "from", c.From.String(), "to", c.To.String())
	}
	return nil
}
