package eventapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/eventlog"
)

var update = flag.Bool("update", false, "write the examples anew")

const folder = "../../../schemas/events"

// object is a JSON object as jsonschema reads it.
type object = map[string]any

// schemas are the compiled schemas by $id.
type schemas map[string]*jsonschema.Schema

func compile(t testing.TB) schemas {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	names, err := filepath.Glob(folder + "/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	all := schemas{}
	for _, name := range names {
		doc := parse(t, read(t, name))
		id := "urn:innkeep:events:" + strings.TrimSuffix(filepath.Base(name), ".json")
		if doc.(object)["$id"] != id {
			t.Errorf("%s: its $id is not %s", name, id)
		}
		if err := c.AddResource(id, doc); err != nil {
			t.Fatal(err)
		}
		all[id] = nil
	}
	for id := range all {
		if all[id], err = c.Compile(id); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// check is nil when an event satisfies the envelope's schema and the one that it names itself.
func (s schemas) check(event any) error {
	if err := s["urn:innkeep:events:envelope.v1"].Validate(event); err != nil {
		return err
	}
	e := event.(object)
	named := s[e["dataschema"].(string)]
	if named == nil {
		return fmt.Errorf("no schema is named %s", e["dataschema"])
	}
	return named.Validate(e["data"])
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(t testing.TB, b []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// types are the types of event that the domain's source declares.
func types(t testing.TB) []daybook.EventType {
	t.Helper()
	var found []daybook.EventType
	add := func(x ast.Expr) {
		if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			name, _ := strconv.Unquote(lit.Value)
			found = append(found, daybook.EventType(name))
		}
	}
	for _, name := range []string{"../../domain/daybook/event.go", "../../domain/setup/setup.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec: // TypeX EventType = "X"
				if of, ok := n.Type.(*ast.Ident); ok && of.Name == "EventType" {
					add(n.Values[0])
				}
			case *ast.FuncDecl: // func (X) Type() daybook.EventType { return "X" }
				if n.Name.Name == "Type" && n.Recv != nil {
					add(n.Body.List[0].(*ast.ReturnStmt).Results[0])
				}
			}
			return true
		})
	}
	if len(found) < 18 {
		t.Fatalf("only %d types were found: %q", len(found), found)
	}
	return found
}

// TestEveryTypeHasSchemaAndExample: of each version that was ever written, and nothing more.
func TestEveryTypeHasSchemaAndExample(t *testing.T) {
	t.Parallel()
	want := []string{"envelope.v1.json", "words.v1.json"}
	var examples []string
	for _, kind := range types(t) {
		for v := int64(1); v <= daybook.CurrentSchema(kind); v++ {
			examples = append(examples, fmt.Sprintf("%s.v%d.json", kind, v))
		}
	}
	for pattern, want := range map[string][]string{folder: append(want, examples...), folder + "/examples": examples} {
		names, err := filepath.Glob(pattern + "/*.json")
		if err != nil {
			t.Fatal(err)
		}
		for i := range names {
			names[i] = filepath.Base(names[i])
		}
		slices.Sort(want)
		slices.Sort(names)
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s (-want +there):\n%s", pattern, diff)
		}
	}
}

// TestExamples: each is what JSON makes of an event, satisfies its schema, and its facts are read
// and written by the domain without a change.
func TestExamples(t *testing.T) {
	t.Parallel()
	all := compile(t)
	byType := map[daybook.EventType]eventlog.Stored{}
	for _, e := range append(story(t), setupEvents(t)...) {
		e.At = noon.Add(time.Duration(e.Version)*time.Second + 123_456*time.Microsecond)
		if _, told := byType[e.Type]; !told {
			byType[e.Type] = e
		}
	}
	for kind, e := range byType {
		got, err := eventapi.JSON(e)
		if err != nil {
			t.Fatal(err)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, got, "", "  "); err != nil {
			t.Fatal(err)
		}
		pretty.WriteByte('\n')
		name := fmt.Sprintf("%s/examples/%s.v%d.json", folder, kind, e.Schema)
		if *update {
			if err := os.WriteFile(name, pretty.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(read(t, name)), pretty.String()); diff != "" {
			t.Errorf("%s (-file +made; -update writes it):\n%s", name, diff)
		}
		if err := all.check(parse(t, got)); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
		if again := text(t, decode(t, e)); again != e.Raw.Data {
			t.Errorf("%s: its facts are written anew as\n%s, were\n%s", name, again, e.Raw.Data)
		}
	}
	for _, kind := range types(t) {
		if _, told := byType[kind]; !told {
			t.Errorf("no %s has happened", kind)
		}
	}
}

func decode(t testing.TB, e eventlog.Stored) daybook.Data {
	t.Helper()
	data, err := daybook.DecodeData(e.Type, e.Schema, e.Raw.Data)
	for _, read := range []func() (daybook.Data, error){
		func() (daybook.Data, error) {
			return setup.Decode[setup.OrganisationCreated](e.Type, e.Schema, e.Raw.Data)
		},
		func() (daybook.Data, error) { return setup.Decode[setup.PropertyCreated](e.Type, e.Schema, e.Raw.Data) },
		func() (daybook.Data, error) { return setup.Decode[setup.MemberSet](e.Type, e.Schema, e.Raw.Data) },
		func() (daybook.Data, error) { return setup.Decode[setup.MemberRemoved](e.Type, e.Schema, e.Raw.Data) },
		func() (daybook.Data, error) { return setup.Decode[setup.PolicySet](e.Type, e.Schema, e.Raw.Data) },
		func() (daybook.Data, error) { return setup.Decode[setup.ChartSet](e.Type, e.Schema, e.Raw.Data) },
		func() (daybook.Data, error) { return setup.Decode[setup.BudgetSet](e.Type, e.Schema, e.Raw.Data) },
	} {
		if err != nil {
			data, err = read()
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", e.Type, err)
	}
	return data
}

// TestEventsOfTheStores: whatever the stores have written satisfies its schema.
func TestEventsOfTheStores(t *testing.T) {
	t.Parallel()
	all := compile(t)
	told := map[daybook.EventType]bool{}
	for _, e := range append(story(t), setupStory(t)...) {
		told[e.Type] = true
		b, err := eventapi.JSON(e)
		if err == nil {
			err = all.check(parse(t, b))
		}
		if err != nil {
			t.Errorf("%s: %#v\n%s", e.Type, err, b)
		}
	}
	if len(told) != len(types(t)) {
		t.Errorf("%d types of event have happened: %v", len(told), told)
	}
}
