package daybook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestFault13NoFloatNearMoney: no file of core, domain and store names a floating-point type, a
// literal with a decimal point, or what parses or prints one.
func TestFault13NoFloatNearMoney(t *testing.T) {
	t.Parallel()
	files := 0
	for _, root := range []string{"../../core", "../../domain", "../../store"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			for _, at := range floatsIn(t, path, nil) {
				t.Errorf("%s: %s", path, at)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if files < 20 {
		t.Errorf("only %d files were looked at", files)
	}
}

// TestFloatsAreFound: the search itself can fail.
func TestFloatsAreFound(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"var x float64", "var x float32", "var x = 1.5", "var x = 1e3", "func f(n int64) any { return float64(n) }",
		"type T struct{ A []float64 }", "var x, _ = strconv.ParseFloat(s, 64)", "var x big.Float", "var x = math.Round(y)", "var x complex128",
	} {
		if len(floatsIn(t, "x.go", "package x\n"+body)) == 0 {
			t.Errorf("not found: %s", body)
		}
	}
	if found := floatsIn(t, "x.go", "package x\n// float64 in words\nvar s, n = \"1.5 float64\", math.MaxInt64"); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}

func floatsIn(t *testing.T, path string, src any) (found []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	note := func(n ast.Node, what string) { found = append(found, set.Position(n.Pos()).String()+" "+what) }
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			switch n.Name {
			case "float32", "float64", "complex64", "complex128", "ParseFloat", "FormatFloat", "AppendFloat":
				note(n, n.Name)
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				note(n, n.Value)
			}
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			bigFloat := ok && pkg.Name == "big" && strings.Contains(n.Sel.Name, "Float")
			rounding := ok && pkg.Name == "math" && !strings.HasPrefix(n.Sel.Name, "Max") && !strings.HasPrefix(n.Sel.Name, "Min")
			if bigFloat || rounding {
				note(n, pkg.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}
