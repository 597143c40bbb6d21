package terraform

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"innkeep.internal/shared/platform/spannerdb"
)

// goSources are the texts of the functions' code without tests.
func goSources(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, dir := range []string{"functions", "shared"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			out = append(out, string(text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestVariablesOfFunctionsAreRead: what Terraform tells a function, the code reads; and what the code
// requires, Terraform tells it.
func TestVariablesOfFunctionsAreRead(t *testing.T) {
	t.Parallel()
	tag := regexp.MustCompile(`env:"(INNKEEP_[A-Z_]+)(,required)?(?:,default=[^"]*)?"|"(INNKEEP_[A-Z_]+)"`)
	read, required := map[string]bool{}, map[string]bool{}
	for _, text := range goSources(t) {
		for _, m := range tag.FindAllStringSubmatch(text, -1) {
			read[m[1]+m[3]] = true
			if m[2] != "" {
				required[m[1]] = true
			}
		}
	}
	name := regexp.MustCompile(`^INNKEEP_[A-Z_]+$`)
	told := map[string]bool{}
	for _, f := range files(t) {
		if f.name != "modules/innkeep/functions.tf" {
			continue
		}
		_ = hclsyntax.VisitAll(f.body, func(n hclsyntax.Node) hcl.Diagnostics {
			if key, ok := n.(*hclsyntax.ObjectConsKeyExpr); ok {
				if v, problems := key.Value(nil); !problems.HasErrors() && name.MatchString(v.AsString()) {
					told[v.AsString()] = true
				}
			}
			return nil
		})
	}
	for v := range told {
		if !read[v] {
			t.Errorf("functions are told %s, which nothing reads", v)
		}
	}
	for v := range required {
		if !told[v] {
			t.Errorf("functions require %s, which Terraform does not tell them", v)
		}
	}
	if len(told) < 8 {
		t.Errorf("only %d variables were found", len(told))
	}
}

// TestReadRoutesAreTaken: the routes of the environments are such as functions take them, and so are the
// names of a route's parts, all of which Terraform passes on.
func TestReadRoutesAreTaken(t *testing.T) {
	t.Parallel()
	var read, passed []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[spannerdb.ReadRoute]()) {
		if name := f.Tag.Get("json"); name != "-" {
			read = append(read, name)
		}
	}
	blocks(files(t), "variable", func(f file, b *hclsyntax.Block) {
		if f.name == "modules/innkeep/variables.tf" && b.Labels[0] == "read_routes" {
			_ = hclsyntax.VisitAll(b.Body.Attributes["type"].Expr, func(n hclsyntax.Node) hcl.Diagnostics {
				if key, ok := n.(*hclsyntax.ObjectConsKeyExpr); ok {
					passed = append(passed, hcl.ExprAsKeyword(key))
				}
				return nil
			})
		}
	})
	slices.Sort(read)
	slices.Sort(passed)
	if !slices.Equal(read, passed) || len(read) == 0 {
		t.Errorf("functions read %q of a route, Terraform passes %q", read, passed)
	}
	taken := 0
	blocks(files(t), "module", func(f file, b *hclsyntax.Block) {
		routes, ok := b.Body.Attributes["read_routes"]
		if !ok {
			return
		}
		v, problems := routes.Expr.Value(nil)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		text, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			t.Fatal(err)
		}
		var all spannerdb.ReadRoutes
		if err := all.EnvDecode(string(text)); err != nil {
			t.Errorf("%s: %s: %v", f.name, text, err)
		}
		taken += len(all)
	})
	if taken == 0 {
		t.Error("no routes were found")
	}
}

// TestRuntimeIsTheModules: functions are built with the Go that they are tested with.
func TestRuntimeIsTheModules(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^go (\d+)\.(\d+)`).FindStringSubmatch(string(mod))
	found := false
	blocks(files(t), "variable", func(f file, b *hclsyntax.Block) {
		if f.name == "modules/innkeep/variables.tf" && b.Labels[0] == "runtime" {
			found = true
			if got, want := words(b.Body, "default"), "go"+m[1]+m[2]; got != want {
				t.Errorf("the runtime is %s, the module's Go %s", got, want)
			}
		}
	})
	if !found {
		t.Error("there is no runtime")
	}
}

// TestVersionsAreTheSame: one range of Terraform's and the provider's versions holds everywhere.
func TestVersionsAreTheSame(t *testing.T) {
	t.Parallel()
	var versions []string
	blocks(files(t), "terraform", func(f file, b *hclsyntax.Block) {
		v := words(b.Body, "required_version")
		for _, p := range b.Body.Blocks {
			if p.Type == "required_providers" {
				v += " " + strings.Join(strs(p.Body), " ")
			}
			if p.Type == "backend" && !strings.HasPrefix(f.name, "environments/") {
				t.Errorf("%s: state belongs to an environment", f.name)
			}
		}
		versions = append(versions, v)
	})
	slices.Sort(versions)
	if one := slices.Compact(versions); len(one) != 1 || !strings.Contains(one[0], ">= 6.50.0, < 8.0.0") {
		t.Errorf("%q", one)
	}
}
