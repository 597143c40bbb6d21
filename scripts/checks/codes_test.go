package checks

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"testing"
)

var snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// codes are the fault codes that a file declares, by place; what is no literal is told as "".
func (s source) codes() map[string]string {
	out := map[string]string{}
	ast.Inspect(s.tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 3 || !s.declares(call) {
			return true
		}
		code := ""
		if lit, ok := call.Args[1].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			code, _ = strconv.Unquote(lit.Value)
		}
		out[s.at(call)] = code
		return true
	})
	return out
}

func (s source) declares(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		pkg, ok := f.X.(*ast.Ident)
		return ok && pkg.Name == "fault" && f.Sel.Name == "New"
	case *ast.Ident:
		return s.tree.Name.Name == "fault" && f.Name == "New"
	}
	return false
}

// TestFaultCodesAreUnique: a caller tells two faults apart by their code alone.
func TestFaultCodesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, s := range sources(t) {
		for at, code := range s.codes() {
			if !snake.MatchString(code) {
				t.Errorf("%s: %q is no literal in snake case", at, code)
			}
			if first := seen[code]; first != "" {
				t.Errorf("%s: %s stands at %s as well", at, code, first)
			}
			seen[code] = at
		}
	}
	if len(seen) < 30 {
		t.Errorf("only %d codes were found", len(seen))
	}
}

func TestCodesAreFound(t *testing.T) {
	t.Parallel()
	s := parse(t, "p.go", "package p\nvar a, b = fault.New(fault.Invalid, \"one\", \"x\"), fault.New(fault.Invalid, name, \"x\")\nvar c = errors.New(\"y\")")
	if got := s.codes(); len(got) != 2 || got["p.go:2:12"] != "one" {
		t.Errorf("%q", got)
	}
}
