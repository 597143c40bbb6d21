package functions

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/resilience"
)

// registered is the name that the package in a folder registers with the functions framework; ""
// when it registers none or more than one.
func registered(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isRegistration(call) {
				name, err := strconv.Unquote(call.Args[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Error(err)
				}
				names = append(names, name)
			}
			return true
		})
	}
	if len(names) != 1 {
		t.Errorf("%s registers %q, not one function", folder, names)
		return ""
	}
	return names[0]
}

func isRegistration(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "HTTP" {
		return false
	}
	pkg, ok := f.X.(*ast.Ident)
	return ok && pkg.Name == "functions"
}

func TestCatalogueIsThePackages(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]string{}
	for _, file := range files {
		folder := filepath.ToSlash(filepath.Dir(file))
		if _, done := folders[folder]; !done {
			folders[folder] = registered(t, folder)
		}
	}
	catalogued := map[string]string{}
	for _, f := range c.Functions {
		catalogued[f.Package] = f.EntryPoint
	}
	if diff := cmp.Diff(folders, catalogued); diff != "" {
		t.Errorf("entry point by package (-registered +catalogued)\n%s", diff)
	}
}

func TestTimeoutsAreTheFunctions(t *testing.T) {
	t.Parallel()
	want := map[Service]int{
		Finance: int(api.FinanceTimeout.Seconds()), Gateway: int(resilience.Gateway.Timeout.Seconds()), Reports: int(api.ReportTimeout.Seconds()), Events: int(api.EventsTimeout.Seconds()),
		Cache: int(resilience.Cache.Timeout.Seconds()), Ops: int(resilience.Ops.Timeout.Seconds()),
	}
	for service, seconds := range want {
		if p, err := resilience.PolicyOf(string(service)); err != nil || int(p.Timeout.Seconds()) != seconds {
			t.Errorf("%s: %d s, its policy has %v, %v", service, seconds, p.Timeout, err)
		}
	}
	if diff := cmp.Diff(want, timeouts); diff != "" {
		t.Errorf("(-functions +catalogue)\n%s", diff)
	}
}

// A catalogue with one change is refused, with the fault in the error.
func TestFaults(t *testing.T) {
	t.Parallel()
	text := string(manifest)
	for change, want := range map[[2]string]string{
		{"name: daily-report", "name: day-report"}:             "entryPoint is \"DailyReport\", not DayReport",
		{"name: days", "name: Days"}:                           "name is not in kebab case",
		{"entryPoint: Setup", "entryPoint: Revenues"}:          "entry point Revenues stands at revenues as well",
		{"package: finance/days", "package: reports/days"}:     "is not in the folder of service",
		{"/v1/finance/days\n", "/v1/finance/revenues/{key}\n"}: "route /v1/finance/revenues/{} stands at revenues as well",
		{"/v1/finance/days\n", "/v2/finance/days/\n"}:          "is not a path below /v1",
		{"- /v1/reports/daily-report", "- /v1/reports/report"}: "no route has the name in it",
		{"service: reports", "service: repots"}:                "service \"repots\" is unknown",
		{"timeoutSeconds: 15", "timeoutSeconds: 60"}:           "timeoutSeconds is 60, the service's is 15",
		{"concurrency: 20", "concurrency: 0"}:                  "concurrency is 0, not 1 to 1000",
		{"minInstances: 1", "minInstances: 200"}:               "minInstances is 200, not 0 to 100",
		{"priority: report", "priority: high"}:                 "priority \"high\" is not one of",
		{"[day_book_reader,", "[admin,"}:                       "role \"admin\" is unknown",
		{"trigger: http", "triger: http"}:                      "field triger not found",
		{"trigger: http", "trigger: push"}:                     "trigger \"push\" is unknown",
	} {
		refuses(t, text, change, want)
	}
	if _, err := parse(nil); err == nil {
		t.Error("an empty catalogue was taken")
	}
}

func TestAllFaultsAreListed(t *testing.T) {
	t.Parallel()
	_, err := parse([]byte("functions: [{name: a, trigger: http}]"))
	wants := []string{"entryPoint", "package", "priority", "description", "roles", "service", "memoryMiB", "cpu", "maxInstances", "no route"}
	missing := map[string]bool{}
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) {
			missing[want] = true
		}
	}
	if len(missing) > 0 {
		t.Errorf("%v\ndoes not tell of %q", err, slices.Sorted(maps.Keys(missing)))
	}
}
