package terraform

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// source is what a package of Go says of documents in Firestore.
type source struct {
	words  map[string]string            // its constants that are strings
	asked  []string                     // "package.Constant" of each call of Collection
	fields map[string]map[string]string // field -> Go type, by struct with firestore tags
	keys   []string                     // of maps that are written out, "package.Constant"
}

// sources reads the packages below some folders, without tests, by name.
func sources(t *testing.T, folders ...string) map[string]*source {
	t.Helper()
	all := map[string]*source{}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			name := f.Name.Name
			if all[name] == nil {
				all[name] = &source{words: map[string]string{}, fields: map[string]map[string]string{}}
			}
			ast.Inspect(f, func(n ast.Node) bool { return all[name].see(name, n) })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func (s *source) see(name string, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ValueSpec:
		for i, v := range n.Values {
			if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s.words[n.Names[i].Name], _ = strconv.Unquote(lit.Value)
			}
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Collection" && len(n.Args) == 1 {
			s.asked = append(s.asked, constant(name, n.Args[0]))
		}
	case *ast.TypeSpec:
		if st, ok := n.Type.(*ast.StructType); ok {
			if fields := tagged(st); len(fields) > 0 {
				s.fields[n.Name.Name] = fields
			}
		}
	case *ast.CompositeLit:
		if _, ok := n.Type.(*ast.MapType); ok {
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					s.keys = append(s.keys, constant(name, kv.Key))
				}
			}
		}
	}
	return true
}

// constant is "package.Name" of what an expression names; "" where it names nothing.
func constant(name string, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return name + "." + e.Name
	case *ast.SelectorExpr:
		if p, ok := e.X.(*ast.Ident); ok {
			return p.Name + "." + e.Sel.Name
		}
	}
	return ""
}

func tagged(st *ast.StructType) map[string]string {
	fields := map[string]string{}
	for _, f := range st.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		if name, ok := reflect.StructTag(tag).Lookup("firestore"); ok {
			kind := constant("", f.Type)
			fields[name] = strings.TrimPrefix(kind, ".")
		}
	}
	return fields
}

// documents are the collections that the code keeps, each with the fields of its documents: those of the
// structs with firestore tags beside the collection's constant, or, where there is none, the keys by which
// its package writes. Of several collections of one package each has a struct of its name: Entries, Entry.
func documents(t *testing.T, all map[string]*source) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for _, s := range all {
		for _, asked := range s.asked {
			pkg, name, _ := strings.Cut(asked, ".")
			if all[pkg] == nil || all[pkg].words[name] == "" {
				t.Errorf("a collection is asked for by %q, which is no constant", asked)
				continue
			}
			fields := map[string]string{}
			for kind, of := range all[pkg].fields {
				if len(all[pkg].fields) == 1 || strings.HasPrefix(name, kind[:len(kind)-1]) {
					maps.Copy(fields, of)
				}
			}
			for _, key := range all[pkg].keys {
				if of, word, _ := strings.Cut(key, "."); len(all[pkg].fields) == 0 && of == pkg && all[pkg].words[word] != "" {
					fields[all[pkg].words[word]] = ""
				}
			}
			found[all[pkg].words[name]] = fields
		}
	}
	return found
}

// TestCollectionsAreTheCodes: every field of every document that the code keeps is without an index, and
// one that is a time is what its document expires by. One that is misspelt in Terraform would be exempt,
// and the real one would not.
func TestCollectionsAreTheCodes(t *testing.T) {
	t.Parallel()
	code, declared := documents(t, sources(t, "shared", "functions")), map[string]cty.Value{}
	blocks(files(t), "locals", func(f file, b *hclsyntax.Block) {
		if f.name == "modules/innkeep/collections.tf" {
			v, problems := b.Body.Attributes["collections"].Expr.Value(nil)
			if problems.HasErrors() {
				t.Fatal(problems)
			}
			declared = v.AsValueMap()
		}
	})
	for name, of := range code {
		var want, expires []string
		for field, kind := range of {
			if kind == "time.Time" {
				expires = append(expires, field)
			} else {
				want = append(want, field)
			}
		}
		says, ok := declared[name]
		if !ok {
			t.Errorf("the code keeps %s, Terraform does not know it", name)
			continue
		}
		var got, ends []string
		for _, v := range says.GetAttr("fields").AsValueSlice() {
			got = append(got, v.AsString())
		}
		if says.Type().HasAttribute("expires") {
			ends = append(ends, says.GetAttr("expires").AsString())
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) || !slices.Equal(ends, expires) || len(want) == 0 {
			t.Errorf("%s has the fields %q and expires by %q; Terraform says %q and %q", name, want, expires, got, ends)
		}
	}
	for name := range declared {
		if code[name] == nil {
			t.Errorf("Terraform knows %s, the code keeps no such collection", name)
		}
	}
	if len(code) < 5 {
		t.Errorf("only %d collections were found", len(code))
	}
}
