package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"innkeep.internal/functions"
	"innkeep.internal/scripts/serve/demo"
	"innkeep.internal/shared/core/bizdate"
)

// readiness is what tellReady tells of.
type readiness struct {
	url, envFile string
	verify       string    // proves the books from the tables
	until        time.Time // the token's end
	took         time.Duration
	exposed      bool // other machines may reach the address
	catalogue    functions.Catalogue
	books        *demo.Books // nil without a demo
}

// tellReady says what there is and what to try next.
func tellReady(out io.Writer, r readiness) {
	say := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	say("\nInnkeep is ready at %s (%.1f s)", r.url, r.took.Seconds())
	say("  organisation %s; the owner's token is in %s, good until %s while this program runs", orgID, r.envFile, r.until.Format(time.DateOnly))
	if r.books != nil {
		for _, p := range r.books.Properties {
			say("  %s (%s, %s): %d entries from %s to %s", p.Name, p.Code, p.Currency, p.Entries, p.From, p.Today)
		}
		say("  members: %s, %s", owner, strings.Join(r.books.Members, ", "))
	}
	if names := pushed(r.catalogue); len(names) > 0 {
		say("  behind Pub/Sub: %s", strings.Join(names, ", "))
	}
	if r.exposed {
		say("  CAUTION: whoever reaches this address can make a token for anybody")
	}
	say("\nIn another shell:\n\n. %s\n", shellWord(r.envFile))
	for _, c := range steps(r.books) {
		say("# %s\n%s\n", c.what, c.curl())
	}
	say("# prove from the tables that the books are whole\n%s\n", r.verify)
	say("Ctrl-C stops it.")
}

// pushed is the functions without a route, each with its topic and its schedule.
func pushed(c functions.Catalogue) (names []string) {
	for _, f := range c.Functions {
		switch {
		case !f.Internal():
		case f.Topic == "":
			names = append(names, fmt.Sprintf("%s (at %s)", f.Name, f.Schedule))
		case f.Schedule == "":
			names = append(names, fmt.Sprintf("%s (%s)", f.Name, f.Topic))
		default:
			names = append(names, fmt.Sprintf("%s (%s; swept at %s)", f.Name, f.Topic, f.Schedule))
		}
	}
	return names
}

// step is a call to try.
type step struct {
	what, path string
	key        string // Idempotency-Key; empty for a read and for the issuer
	body       any
}

func steps(books *demo.Books) []step {
	all := firstSteps()
	if books != nil {
		all = propertySteps(books.Properties[0])
	}
	return append(all, step{"a token for somebody else", localPath + "/tokens", "", map[string]any{"subject": "front-desk", "organisation": orgID}})
}

// firstSteps are for an organisation that has nothing yet.
func firstSteps() []step {
	return []step{
		{"create a property", "/v1/setup/properties", "try-property", map[string]any{
			"code": "FIRST", "name": "First House", "type": "GUEST_HOUSE", "timeZone": "Europe/Lisbon", "currency": "EUR",
			"goLiveDate": bizdate.Of(time.Now(), time.UTC, 0).AddDays(-1), "openingMinor": 50000,
		}},
		{"list the properties", "/v1/setup/properties", "", nil},
	}
}

func propertySteps(p demo.Property) []step {
	today, open := p.Today.String(), p.Open.String()
	query := "propertyId=" + p.ID
	all := []step{
		{"record a revenue", "/v1/finance/revenues", "try-revenue-" + today, map[string]any{
			"propertyId": p.ID, "businessDate": today, "amountMinor": 11800, "currency": p.Currency, "paymentMode": "CASH",
			"source": "ROOM", "taxLines": []any{map[string]any{"code": p.TaxCode, "amountMinor": 1800}}, "description": "Room 7",
		}},
		{"list today's revenues", "/v1/finance/revenues?" + query + "&from=" + today, "", nil},
		{"see what waits for approval", "/v1/finance/pending-approvals?" + query, "", nil},
	}
	if p.Pending != "" {
		all = append(all, step{"approve the last of it", "/v1/finance/approvals:decide", "try-approve", map[string]any{
			"items": []any{map[string]any{"entryId": p.Pending, "decision": "APPROVE"}},
		}})
	}
	return append(all, []step{
		{"count the drawer of a day that is open", "/v1/finance/days/" + open + "/count", "try-count-" + open, map[string]any{
			"propertyId": p.ID, "countedMinor": p.OpenClosingMinor, "note": "counted again",
		}},
		{"close that day", "/v1/finance/days/" + open + "/close", "try-close-" + open, map[string]any{"propertyId": p.ID}},
		{"its report", "/v1/reports/daily-report?" + query + "&date=" + open, "", nil},
		{"how the house was let", "/v1/setup/daily-statistics?" + query + "&from=" + open, "", nil},
		{"the year's budget", "/v1/setup/budgets?" + query + "&year=" + p.Open.String()[:4], "", nil},
		{"the month's report", "/v1/reports/monthly-report?" + query + "&month=" + p.Open.Month().String(), "", nil},
	}...)
}

// curl is the call as one line of shell.
func (s step) curl() string {
	parts := []string{"curl -sS", `"$INNKEEP_URL` + s.path + `"`, `-H "Authorization: Bearer $INNKEEP_TOKEN"`}
	if s.body != nil {
		body, err := json.Marshal(s.body)
		if err != nil { // maps of text and numbers: cannot be
			panic(err)
		}
		parts = append(parts, "-H 'Content-Type: application/json'")
		if s.key != "" {
			parts = append(parts, "-H 'Idempotency-Key: "+s.key+"'")
		}
		parts = append(parts, "-d "+quote(string(body)))
	}
	return strings.Join(parts, " ")
}

// shellWord is a file's name for the shell's dot, which looks for one without a slash in the PATH.
func shellWord(file string) string {
	if !strings.ContainsRune(file, filepath.Separator) {
		file = "./" + file
	}
	if strings.ContainsFunc(file, func(r rune) bool { return !strings.ContainsRune("/._-", r) && !isWord(r) }) {
		return quote(file)
	}
	return file
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// quote is text in the shell's single quotes.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
