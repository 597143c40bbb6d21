package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPagesOfAReconciliation: page by page each list is what it is as a whole.
func TestPagesOfAReconciliation(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	var entries []string
	for n := range 5 {
		on := fmt.Sprintf("2026-03-%02d", 2+n)
		entries = append(entries, a.book("revenues", on, int64(1_000+n), byBank))
		st := a.file(201, "", fmt.Sprintf("%s,%d.00,EUR,,%da\n%s,%d.00,EUR,,%db\n", on, 100+n, n, on, 200+n, n)).str("statementId")
		a.must(201, "POST", recon+"/matches", a.match(entries[n:], []string{a.lines(st)[fmt.Sprint(n, "a")].LineID}, fmt.Sprintf(`,"differenceMinor":%d`, 9_000+99*n)))
	}
	for n := range 3 {
		a.book("revenues", fmt.Sprintf("2026-03-%02d", 20+n%2), 77, byBank)
	}
	many := a.file(201, "", "2026-03-20,1.00,EUR,,x\n2026-03-21,2.00,EUR,,y\n2026-03-20,3.00,EUR,,z\n").str("statementId")
	for path, list := range map[string]string{
		"/statements?": "items", "/statements/" + many + "/lines?": "items", "/matches?from=2026-03-01&to=2026-03-31&": "items",
		"/unmatched?side=BOOK&": "entries", "/unmatched?side=BANK&": "lines", "/log?": "items",
	} {
		whole := a.get(path + "limit=500")
		var paged []any
		pages := 0
		for cursor := ""; ; pages++ {
			page := a.get(path + "limit=2&cursor=" + cursor)
			items, _ := page.Body[list].([]any)
			paged = append(paged, items...)
			if cursor = page.str("nextCursor"); cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(whole.Body[list], any(paged)); diff != "" || whole.count(list) < 3 || pages == 0 {
			t.Errorf("%s in %d pages (-whole +paged):\n%s", path, pages+1, diff)
		}
		if bad := a.call("GET", recon+path+"cursor=@&propertyId="+a.property, ""); bad.Status != 422 || !strings.Contains(bad.Raw, "bad_cursor") {
			t.Errorf("%s: %s", path, bad.Raw)
		}
	}
}
