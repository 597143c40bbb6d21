package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/functions"
	"innkeep.internal/scripts/serve/assembly"
)

// whole is the document as its readers get it.
func whole(t *testing.T) object {
	t.Helper()
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	o, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// operations calls each for every operation.
func operations(root object, each func(name, method string, op object)) {
	for path, item := range at(root, "paths") {
		for method, op := range item.(object) {
			each(strings.ToUpper(method)+" "+path, method, op.(object))
		}
	}
}

func TestEveryOperation(t *testing.T) {
	t.Parallel()
	root := whole(t)
	ids := map[string]string{}
	operations(root, func(name, method string, op object) {
		id, _ := op["operationId"].(string)
		summary, _ := op["summary"].(string)
		if id == "" || summary == "" {
			t.Errorf("%s: operationId %q, summary %q", name, id, summary)
		}
		if ids[id] != "" {
			t.Errorf("%s: operationId %s stands at %s as well", name, id, ids[id])
		}
		ids[id] = name
		if tags, _ := op["tags"].([]any); len(tags) == 0 {
			t.Errorf("%s: no tag", name)
		}
		if keyed := hasKey(op); keyed != (method != "get") {
			t.Errorf("%s: Idempotency-Key: %v", name, keyed)
		}
		for _, p := range shared {
			if p.writes && method == "get" {
				continue
			}
			ref, _ := at(at(op, "responses"), p.status)["$ref"].(string)
			if got := problemSchema(root, ref); got != schemaRef+"Problem" {
				t.Errorf("%s: response %s has the schema %q", name, p.status, got)
			}
		}
	})
	if len(ids) < 30 {
		t.Errorf("only %d operations", len(ids))
	}
}

// A function that people do not call has no part in it.
func TestPartsWithoutOperationsAreLeftOut(t *testing.T) {
	t.Parallel()
	d, err := Join([]assembly.Part{{Function: functions.Function{EntryPoint: "Fold", Trigger: functions.PubSub}, Handler: http.NotFoundHandler()}})
	if err != nil || len(d.Paths) > 0 || len(d.Tags) > 0 {
		t.Errorf("%v, %v", d, err)
	}
}

func hasKey(op object) bool {
	list, _ := op["parameters"].([]any)
	for _, p := range list {
		if p, ok := p.(object); ok && p["name"] == "Idempotency-Key" && p["in"] == "header" && p["required"] == any(true) {
			return true
		}
	}
	return false
}

func problemSchema(root object, ref string) string {
	name, _ := strings.CutPrefix(ref, "#/components/responses/")
	response := at(at(at(root, "components"), "responses"), name)
	return fmt.Sprint(at(at(at(response, "content"), "application/problem+json"), "schema")["$ref"])
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	root := whole(t)
	known := map[string]bool{}
	for kind, all := range at(root, "components") {
		for name := range all.(object) {
			known["#/components/"+kind+"/"+name] = true
		}
	}
	refs := 0
	_, _ = walk(root, func(v any) (any, error) {
		if o, ok := v.(object); ok && o["$ref"] != nil {
			if refs++; !known[fmt.Sprint(o["$ref"])] {
				t.Errorf("%v leads nowhere", o["$ref"])
			}
		}
		return v, nil
	})
	if refs == 0 {
		t.Error("there are no references")
	}
}

func TestEqualPartsGiveEqualBytes(t *testing.T) {
	t.Parallel()
	var texts [2][]byte
	for i := range texts {
		d, err := New()
		if err == nil {
			texts[i], err = d.YAML()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Error(cmp.Diff(string(texts[0]), string(texts[1])))
	}
}

// Schemas of one name that differ, and those that refer to them, are kept apart; the others not.
func TestJoinSchemas(t *testing.T) {
	t.Parallel()
	text := `{"paths":{"/%s":{"get":{"schema":{"$ref":"#/components/schemas/Page"}}}},"components":{"schemas":{
		"Day":{"type":"%s","maximum":1000000000000000},"List":{"items":{"$ref":"#/components/schemas/Day"}},
		"Page":{"$ref":"#/components/schemas/List"},"Same":{"type":"string"}}}}`
	sources := make([]source, 2)
	for i, kind := range []string{"integer", "string"} {
		root, err := decode(fmt.Appendf(nil, text, kind, kind))
		if err != nil {
			t.Fatal(err)
		}
		sources[i] = source{name: fmt.Sprint("F", i), root: root}
	}
	got, err := json.Marshal(joinSchemas(sources))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"F0Day":{"maximum":1000000000000000,"type":"integer"},"F0List":{"items":{"$ref":"#/components/schemas/F0Day"}},` +
		`"F0Page":{"$ref":"#/components/schemas/F0List"},"F1Day":{"maximum":1000000000000000,"type":"string"},` +
		`"F1List":{"items":{"$ref":"#/components/schemas/F1Day"}},"F1Page":{"$ref":"#/components/schemas/F1List"},"Same":{"type":"string"}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	ref := at(at(at(at(sources[1].root, "paths"), "/string"), "get"), "schema")["$ref"]
	if ref != schemaRef+"F1Page" {
		t.Errorf("the operation refers to %v", ref)
	}
}
