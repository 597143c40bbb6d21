package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "innkeep.internal"

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = root
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	var list []listed
	for d := json.NewDecoder(&out); ; {
		var p listed
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// allowed says what a floor may import of this module besides its own packages. "std" alone means
// that nothing of other modules is imported either.
var allowed = map[string][]string{
	"shared/core":     {"std"},
	"shared/domain":   {"shared/core", "std"},
	"shared/platform": {"shared/core"},
	"shared/store":    {"shared/domain", "shared/core", "shared/platform"},
	"shared/api":      {"shared/store", "shared/domain", "shared/core", "shared/platform"},
	"function":        {"shared/api", "shared/store", "shared/domain", "shared/core", "shared/platform"},
	"gateway":         {"catalogue", "schemas", "shared/api", "shared/store", "shared/domain", "shared/core", "shared/platform"},
	"catalogue":       {},
	"schemas":         {},
	"shared/testkit":  {"schemas", "shared/api", "shared/store", "shared/domain", "shared/core", "shared/platform"},
	"loadtest":        {"scripts", "catalogue", "function", "gateway", "schemas", "shared/api", "shared/store", "shared/domain", "shared/core", "shared/platform"},
	"scripts":         {"catalogue", "function", "gateway", "schemas", "shared/api", "shared/store", "shared/domain", "shared/core", "shared/platform"},
}

// floor is where a package of this module stands.
func floor(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, module+"/"), "/")
	switch {
	case parts[0] == "functions" && len(parts) == 1:
		return "catalogue"
	case parts[0] == "functions" && parts[1] == "gateway": // which routes by the catalogue and shows the document
		return "gateway"
	case parts[0] == "functions":
		return "function"
	case parts[0] == "shared" && len(parts) > 1:
		return "shared/" + parts[1]
	}
	return parts[0]
}

// forbidden says why a package may not import another; "" when it may.
func forbidden(from, to string) string {
	mine := floor(from)
	may, known := allowed[mine]
	inside := strings.HasPrefix(to, module+"/")
	first, _, _ := strings.Cut(to, "/")
	switch {
	case !known:
		return "its folder is on no floor"
	case !inside && slices.Contains(may, "std") && strings.Contains(first, "."):
		return mine + " imports the standard library and this module alone"
	case !inside || slices.Contains(may, floor(to)):
		return ""
	case floor(to) == mine && !slices.Contains([]string{"function", "gateway"}, mine):
		return ""
	case floor(to) == mine:
		return "a function never imports another"
	}
	return mine + " never imports " + floor(to)
}

func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, to := range p.Imports {
			if why := forbidden(p.ImportPath, to); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, to, why)
			}
		}
	}
}

// TestForbiddenImportsAreFound: the rule itself can fail.
func TestForbiddenImportsAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"functions/reports/daily", "innkeep.internal/shared/api", true},
		{"functions/reports/daily", "innkeep.internal/functions/finance/days", false},
		{"functions/reports/daily", "innkeep.internal/shared/testkit", false},
		{"functions/reports/daily", "innkeep.internal/functions", false},
		{"functions/gateway/edge", "innkeep.internal/functions", true},
		{"functions/gateway/edge", "innkeep.internal/functions/finance/days", false},
		{"functions/gateway/edge", "innkeep.internal/functions/gateway/other", false},
		{"functions/finance/days", "innkeep.internal/functions/gateway/edge", false},
		{"shared/api/entryapi", "innkeep.internal/shared/api", true},
		{"shared/api", "innkeep.internal/functions/finance/days", false},
		{"shared/store/feed", "innkeep.internal/shared/api", false},
		{"shared/domain/daybook", "innkeep.internal/shared/store/daybookstore", false},
		{"shared/domain/daybook", "innkeep.internal/shared/domain/ledger", true},
		{"shared/domain/daybook", "cloud.google.com/go/civil", false},
		{"shared/domain/daybook", "crypto/sha256", true},
		{"shared/core/ids", "innkeep.internal/shared/domain/ledger", false},
		{"shared/core/ids", "github.com/google/uuid", false},
		{"shared/platform/cache", "innkeep.internal/shared/domain/ledger", false},
		{"shared/platform/cache", "github.com/hashicorp/golang-lru/v2/simplelru", true},
		{"scripts/serve", "innkeep.internal/shared/testkit", false},
		{"shared/helpers", "fmt", false},
	} {
		if why := forbidden(module+"/"+c.from, c.to); (why == "") != c.ok {
			t.Errorf("%s imports %s: %q", c.from, c.to, why)
		}
	}
}

// TestIssuerIsNotDeployed: what makes tokens for tests and for one machine is in no function.
func TestIssuerIsNotDeployed(t *testing.T) {
	t.Parallel()
	functions := 0
	for _, p := range packages(t) {
		if on := floor(p.ImportPath); on != "function" && on != "gateway" {
			continue
		}
		functions++
		for _, dep := range p.Deps {
			if dep == module+"/shared/platform/auth/issuer" || strings.HasPrefix(dep, module+"/shared/testkit") {
				t.Errorf("%s carries %s", p.ImportPath, dep)
			}
		}
	}
	if functions == 0 {
		t.Error("no function was looked at")
	}
}
