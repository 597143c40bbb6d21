package history

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/eventlog"
)

// A cursor is a place as callers hold it: base64url of "1|time", or "1|time|property|stream|version"
// in the middle of a commit. The organisation is the caller's own and not part of it, nor is anything
// that he does not know: who forges one reads his own events from elsewhere.
const (
	cursorForm = "1"
	maxCursor  = 200 // bytes; about 130 are used
)

var errCursor = errors.New("history: not a cursor")

// Cursor is the place as callers hold it.
func Cursor(p eventlog.Position) string {
	parts := []string{cursorForm, p.At.UTC().Format(time.RFC3339Nano)}
	if !p.Whole() {
		parts = append(parts, string(p.Property), p.Stream, strconv.FormatInt(p.Version, 10))
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "|")))
}

// ParseCursor is the place in an organisation's history that Cursor gave out. Any other text is an
// error.
func ParseCursor(org tenant.OrgID, text string) (p eventlog.Position, err error) {
	if len(text) > maxCursor {
		return p, errCursor
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(raw), "|")
	if err != nil || len(parts) != 2 && len(parts) != 5 || parts[0] != cursorForm {
		return p, errCursor
	}
	if p.At, err = time.Parse(time.RFC3339Nano, parts[1]); err != nil || p.At.Year() < 1 || p.At.Year() > 9999 {
		return eventlog.Position{}, errCursor
	}
	p.At = p.At.UTC()
	if len(parts) == 5 {
		p.Org, p.Property, p.Stream = org, tenant.PropertyID(parts[2]), parts[3]
		p.Version, err = strconv.ParseInt(parts[4], 10, 64)
		_, bad := tenant.ParsePropertyID(parts[2])
		if bad != nil && p.Property != tenant.Setup || err != nil || p.Version < 1 || !ascii(p.Stream) {
			return eventlog.Position{}, errCursor
		}
	}
	if Cursor(p) != text { // one place has one cursor
		return eventlog.Position{}, errCursor
	}
	return p, nil
}

// ascii says whether a text can be a stream's id: 1 to 10 visible characters.
func ascii(stream string) bool {
	bad := func(c rune) bool { return c < '!' || c > '~' }
	return stream != "" && len(stream) <= 10 && !strings.ContainsFunc(stream, bad)
}
