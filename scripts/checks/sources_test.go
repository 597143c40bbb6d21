package checks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	root          = "../.."
	fileLines     = 300 // a file has fewer
	functionLines = 60  // so has a function
)

// walk gives every file of the repository by its path in it, with slashes; not what is generated on a machine.
func walk(t *testing.T, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		name = filepath.ToSlash(name)
		switch {
		case d.IsDir() && (name == "bin" || d.Name() == ".git" || d.Name() == ".innkeep" || d.Name() == ".terraform" || d.Name() == "testdata"):
			return fs.SkipDir
		case !d.IsDir():
			visit(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// source is a Go file without tests.
type source struct {
	name string
	set  *token.FileSet
	tree *ast.File
	text string
}

func parse(t *testing.T, name, text string) source {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{name, set, tree, text}
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	walk(t, func(name string) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, parse(t, name, string(text)))
	})
	return out
}

func (s source) at(n ast.Node) string { return s.set.Position(n.Pos()).String() }

// tooLong are the faults of length.
func (s source) tooLong() (found []string) {
	if n := strings.Count(s.text, "\n"); n >= fileLines {
		found = append(found, s.name+" has "+strconv.Itoa(n)+" lines")
	}
	ast.Inspect(s.tree, func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		if ok {
			if lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1; lines >= functionLines {
				found = append(found, s.at(f)+": "+f.Name.Name+" has "+strconv.Itoa(lines)+" lines")
			}
		}
		return true
	})
	return found
}

// unfinished are words of work that is left; the pattern is written so that it does not find itself.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b|(?i)not ` + `implemented|not yet ` + `supported`)

// background are the places that begin something which no caller waits for: a process, or a client
// that outlives the request which first asked for it.
func background(s source) bool {
	return s.tree.Name.Name == "main" || path.Base(s.name) == "register.go" ||
		strings.HasPrefix(s.name, "shared/platform/lazy/") || strings.HasPrefix(s.name, "shared/testkit/")
}

// unwanted are words and calls that no file has.
func (s source) unwanted() (found []string) {
	for i, line := range strings.Split(s.text, "\n") {
		if unfinished.MatchString(strings.ReplaceAll(line, "context.TO"+"DO", "")) {
			found = append(found, s.name+":"+strconv.Itoa(i+1)+": "+strings.TrimSpace(line))
		}
	}
	ast.Inspect(s.tree, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		switch pkg.Name + "." + sel.Sel.Name {
		case "time.Sleep", "context.TO" + "DO":
			found = append(found, s.at(n)+": "+pkg.Name+"."+sel.Sel.Name)
		case "context.Background":
			if !background(s) {
				found = append(found, s.at(n)+": context.Background outside of wiring")
			}
		}
		return true
	})
	return found
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, f := range s.tooLong() {
			t.Error(f)
		}
	}
}

func TestNothingIsLeftUndone(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, f := range s.unwanted() {
			t.Error(f)
		}
	}
}

// TestSourceFaultsAreFound: the searches themselves can fail.
func TestSourceFaultsAreFound(t *testing.T) {
	t.Parallel()
	long := "package p\nfunc f() {\n" + strings.Repeat("\t_ = 0\n", functionLines-2) + "}\n"
	for text, want := range map[string]int{
		long: 1, "package p\n" + strings.Repeat("\n", fileLines): 1, "package p\n// TO" + "DO: later\n": 1,
		"package p\nvar e = errors.New(\"not " + "implemented\")": 1, "package p\nfunc f() { time.Sleep(1) }": 1,
		"package p\nvar c = context.Background()": 1, "package p\nvar c = context.TO" + "DO()": 1,
		"package main\nvar c = context.Background()": 0, "package p\n// todoist\nfunc f() { x.Sleep(time.Second) }": 0,
	} {
		s := parse(t, "shared/p/p.go", text)
		if got := append(s.tooLong(), s.unwanted()...); len(got) != want {
			t.Errorf("%d faults, want %d: %v in %.60q", len(got), want, got, text)
		}
	}
}
