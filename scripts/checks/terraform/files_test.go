package terraform

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const root = "../../.."

// file is a .tf file, parsed.
type file struct {
	name string // below terraform/, with slashes
	body *hclsyntax.Body
}

func parse(t *testing.T, name, text string) file {
	t.Helper()
	f, problems := hclsyntax.ParseConfig([]byte(text), name, hcl.InitialPos)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return file{name, f.Body.(*hclsyntax.Body)}
}

// files are all .tf files that belong to what is deployed: not those of tests.
func files(t *testing.T) []file {
	t.Helper()
	var out []file
	dir := filepath.Join(root, "terraform")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == ".terraform" || d.Name() == "tests") {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".tf") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		out = append(out, parse(t, filepath.ToSlash(name), string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 40 {
		t.Fatalf("only %d files", len(out))
	}
	return out
}

// blocks gives the blocks of a kind at the top of all files.
func blocks(list []file, kind string, visit func(f file, b *hclsyntax.Block)) {
	for _, f := range list {
		for _, b := range f.body.Blocks {
			if b.Type == kind {
				visit(f, b)
			}
		}
	}
}

// strs are the literal texts in a node, each with a zero byte for every interpolation.
func strs(n hclsyntax.Node) []string {
	var out []string
	_ = hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
		if t, ok := n.(*hclsyntax.TemplateExpr); ok {
			var b strings.Builder
			for _, p := range t.Parts {
				if lit, ok := p.(*hclsyntax.LiteralValueExpr); ok && lit.Val.Type().FriendlyName() == "string" {
					b.WriteString(lit.Val.AsString())
				} else {
					b.WriteByte(0)
				}
			}
			out = append(out, b.String())
		}
		return nil
	})
	return out
}

// words are the first literal text of an attribute, "" where there is none.
func words(b *hclsyntax.Body, attribute string) string {
	a, ok := b.Attributes[attribute]
	if !ok {
		return ""
	}
	if all := strs(a.Expr); len(all) > 0 {
		return all[0]
	}
	return ""
}

func TestStrings(t *testing.T) {
	t.Parallel()
	f := parse(t, "x.tf", "locals {\n a = \"one ${b} two\"\n c = [\"three\"]\n}\n")
	if got := strings.Join(strs(f.body), "|"); got != "one \x00 two|three" && got != "three|one \x00 two" {
		t.Errorf("%q", got)
	}
}
