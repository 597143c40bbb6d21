package terraform

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// sections are those of a runbook, in their order.
var sections = []string{"## What it means", "## How to see", "## What to do", "## How to know it is over"}

// told are runbooks of what people hear of by another way than an alert.
var told = map[string]string{"Cost": "google_billing_budget"}

// alerts are the names in the locals that end in _alerts; those of jobs are made from the schedules.
func alerts(list []file) []string {
	names := map[string]bool{}
	blocks(list, "locals", func(f file, b *hclsyntax.Block) {
		for name, a := range b.Body.Attributes {
			if strings.HasPrefix(f.name, "modules/alerting/") && strings.HasSuffix(name, "_alerts") {
				for _, n := range alertNames(a.Expr) {
					names[n] = true
				}
			}
		}
	})
	return slices.Sorted(maps.Keys(names))
}

// alertNames are the keys of the outermost objects that hold alerts, and a runbook that one names.
func alertNames(e hclsyntax.Expression) []string {
	switch e := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		var out []string
		for _, item := range e.Items {
			if key, problems := item.KeyExpr.Value(nil); !problems.HasErrors() {
				out = append(out, key.AsString())
			}
		}
		return out
	case *hclsyntax.FunctionCallExpr: // merge
		var out []string
		for _, a := range e.Args {
			out = append(out, alertNames(a)...)
		}
		return out
	case *hclsyntax.ConditionalExpr:
		return append(alertNames(e.TrueResult), alertNames(e.FalseResult)...)
	case *hclsyntax.ForExpr: // one alert a job: all have the runbook that the object names
		object, ok := e.ValExpr.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return nil
		}
		for _, item := range object.Items {
			if key, _ := item.KeyExpr.Value(nil); key.IsKnown() && key.AsString() == "runbook" {
				return strs(item.ValueExpr)
			}
		}
	}
	return nil
}

// TestAlertsHaveRunbooks, each with its four sections, and runbooks have alerts.
func TestAlertsHaveRunbooks(t *testing.T) {
	t.Parallel()
	names := alerts(files(t))
	if len(names) < 20 {
		t.Fatalf("only %d alerts were found: %q", len(names), names)
	}
	pages, err := filepath.Glob(filepath.Join(root, "terraform/runbooks/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	books := map[string]bool{}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if name == "README" {
			continue
		}
		books[name] = true
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range pageFaults(name, string(text)) {
			t.Errorf("%s.md: %s", name, fault)
		}
		if !slices.Contains(names, name) && told[name] == "" {
			t.Errorf("%s.md: there is no such alert", name)
		}
	}
	for _, name := range names {
		if !books[name] {
			t.Errorf("alert %s has no runbook", name)
		}
	}
}

func pageFaults(name, text string) (found []string) {
	if !strings.HasPrefix(text, "# "+name+"\n") {
		found = append(found, "its title is not its name")
	}
	at := 0
	for i, s := range sections {
		from := strings.Index(text, s+"\n")
		if from < at {
			found = append(found, "it lacks "+s+", or not in this order")
			continue
		}
		to := len(text)
		if i+1 < len(sections) {
			if next := strings.Index(text, sections[i+1]+"\n"); next > 0 {
				to = next
			}
		}
		if to <= from || len(strings.Fields(text[from:to])) < 12 {
			found = append(found, s+" says next to nothing")
		}
		at = from
	}
	if len(text) > 7000 { // Cloud Monitoring takes 8,192 with the summary before it
		found = append(found, "it is too long for an alert")
	}
	return found
}

func TestPageFaultsAreFound(t *testing.T) {
	t.Parallel()
	good := "# A\n\n"
	for _, s := range sections {
		good += s + "\n\n" + strings.Repeat("word ", 12) + "\n\n"
	}
	for text, want := range map[string]int{
		good: 0, strings.Replace(good, "# A", "# B", 1): 1, strings.Replace(good, sections[1], "## See", 1): 1,
		strings.Replace(good, strings.Repeat("word ", 12), "word", 1): 1, good + strings.Repeat("x", 7000): 1,
	} {
		if got := pageFaults("A", text); len(got) != want {
			t.Errorf("%d faults, want %d: %q", len(got), want, got)
		}
	}
}

var (
	// selected is a metric of ours in PromQL: its name stands in braces, as names with dots do.
	selected = regexp.MustCompile(`\{"([a-zA-Z0-9_.]+)"`)
	// label is a label with dots, in quotes.
	label = regexp.MustCompile(`"((?:innkeep|http)\.[a-z_.]+)"`)
	// made is an instrument in Go, and its name.
	made = regexp.MustCompile(`\.(?:Int64|Float64)(Counter|UpDownCounter|Histogram|Gauge|ObservableGauge|ObservableCounter)\(\s*"([a-z0-9_.]+)"`)
	// attr is an attribute of a metric in Go.
	attr = regexp.MustCompile(`attribute\.(?:String|Int|Int64|Bool)\("([a-z_.]+)"|attribute\.Key = "([a-z_.]+)"`)
)

// TestMetricsAreEmitted: what alerts and dashboards ask for is what the code makes, and a histogram is
// asked for as one.
func TestMetricsAreEmitted(t *testing.T) {
	t.Parallel()
	kinds, attributes := instruments(t), map[string]bool{}
	for _, text := range goSources(t) {
		for _, m := range attr.FindAllStringSubmatch(text, -1) {
			attributes[m[1]+m[2]] = true
		}
	}
	used := map[string]bool{}
	for _, f := range files(t) {
		if !strings.HasPrefix(f.name, "modules/alerting/") && !strings.HasPrefix(f.name, "modules/dashboards/") {
			continue
		}
		for _, s := range strs(f.body) {
			metrics := map[string]bool{}
			for _, m := range selected.FindAllStringSubmatch(s, -1) {
				metrics[m[1]] = true
				used[m[1]] = true
				if fault := asked(m[1], kinds); fault != "" {
					t.Errorf("%s: %s: %s", f.name, m[1], fault)
				}
			}
			for _, m := range label.FindAllStringSubmatch(s, -1) {
				if !attributes[m[1]] && !metrics[m[1]] {
					t.Errorf("%s: no metric has the attribute %s", f.name, m[1])
				}
			}
		}
	}
	if len(used) < 20 {
		t.Errorf("only %d metrics are used", len(used))
	}
}

// instruments are the code's metrics, each with the kind that it is.
func instruments(t *testing.T) map[string]string {
	t.Helper()
	kinds := map[string]string{}
	for _, text := range goSources(t) {
		for _, m := range made.FindAllStringSubmatch(text, -1) {
			kinds[m[2]] = m[1]
		}
	}
	return kinds
}

func base(name string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// asked says what is wrong with asking for a series of this name.
func asked(name string, kinds map[string]string) string {
	kind, histogram := kinds[base(name)], base(name) != name
	switch {
	case kind == "":
		return "the code makes no such metric"
	case histogram != (kind == "Histogram"):
		return "it is a " + kind + " and not asked for as one"
	}
	return ""
}

func TestAskedFaultsAreFound(t *testing.T) {
	t.Parallel()
	kinds := map[string]string{"a.b": "Counter", "c.d": "Histogram"}
	for name, ok := range map[string]bool{"a.b": true, "a.b_count": false, "c.d_bucket": true, "c.d": false, "e.f": false} {
		if got := asked(name, kinds); (got == "") != ok {
			t.Errorf("%s: %q", name, got)
		}
	}
}
