package schemas_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Rows end by Spanner's own row deletion policies and by nothing else. This is all of them, with the days
// that rows are kept; every other table is kept for ever, events and entries before all.
func TestRetention(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"Commands":            "RecordedAt, 90", // a repeated command is recognised for as long; its entry for ever
		"WebhookEndpoints":    "DeletedAt, 30",  // so that neither creation nor deletion is done again
		"WebhookDeliveries":   "CreatedAt, 30",
		"Corrections":         "SettledAt, 400", // the evidence is an event
		"CorrectionDecisions": "DecidedAt, 90",
	}
	text, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	policy := regexp.MustCompile(`ROW DELETION POLICY \(OLDER_THAN\((\w+), INTERVAL (\d+) DAY\)\)`)
	got, tables := map[string]string{}, 0
	for statement := range strings.SplitSeq(string(text), ";") {
		_, statement, found := strings.Cut(statement, "CREATE TABLE ")
		if !found {
			continue
		}
		tables++
		name, _, _ := strings.Cut(statement, " ")
		if m := policy.FindStringSubmatch(statement); m != nil {
			got[name] = m[1] + ", " + m[2]
		}
		if strings.Contains(statement, "ON DELETE CASCADE") {
			t.Errorf("%s goes with its parent", name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || tables < 30 {
		t.Errorf("%d tables (-want +got)\n%s", tables, diff)
	}
}
