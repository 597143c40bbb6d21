package terraform

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// terraformFunctions are those that the modules with queries use.
var terraformFunctions = map[string]function.Function{
	"compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc, "flatten": stdlib.FlattenFunc, "format": stdlib.FormatFunc,
	"join": stdlib.JoinFunc, "length": stdlib.LengthFunc, "merge": stdlib.MergeFunc,
	"toset": function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.Set(cty.DynamicPseudoType)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return convert.Convert(args[0], cty.Set(cty.DynamicPseudoType))
		},
	}),
}

// evaluated are the locals of a module as Terraform makes them of some variables; those that hang on resources
// are left out.
func evaluated(t *testing.T, module string, variables map[string]cty.Value) map[string]cty.Value {
	t.Helper()
	open, known := hclsyntax.Attributes{}, map[string]cty.Value{}
	blocks(files(t), "locals", func(f file, b *hclsyntax.Block) {
		if strings.HasPrefix(f.name, "modules/"+module+"/") {
			for name, a := range b.Body.Attributes {
				open[name] = a
			}
		}
	})
	for before := -1; before != len(known); { // until nothing more follows
		before = len(known)
		for name, a := range open {
			v, problems := a.Expr.Value(&hcl.EvalContext{
				Variables: map[string]cty.Value{"local": cty.ObjectVal(known), "var": cty.ObjectVal(variables)}, Functions: terraformFunctions,
			})
			if !problems.HasErrors() {
				known[name] = v
				delete(open, name)
			}
		}
	}
	return known
}

// queries are the alerts' and the dashboards', by where they stand.
func queries(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	alerting := evaluated(t, "alerting", map[string]cty.Value{
		"domains":             cty.ListVal([]cty.Value{cty.StringVal("api.example.com")}),
		"periods":             cty.MapVal(map[string]cty.Value{"monitor": cty.NumberIntVal(60)}),
		"spanner_cpu_percent": cty.NumberIntVal(65),
		"streams":             cty.ListVal([]cty.Value{cty.StringVal("stream"), cty.StringVal("export")}),
	})
	alerts, ok := alerting["alerts"]
	if !ok {
		t.Fatal("the alerts are not evaluated: a function or a variable is missing here")
	}
	for name, alert := range alerts.AsValueMap() {
		for condition, c := range alert.GetAttr("conditions").AsValueMap() {
			all[name+"/"+condition] = c.GetAttr("query").AsString()
		}
	}
	boards, ok := evaluated(t, "dashboards", nil)["dashboards"]
	if !ok {
		t.Fatal("the dashboards are not evaluated: a function is missing here")
	}
	for name, board := range boards.AsValueMap() {
		for _, chart := range board.GetAttr("charts").AsValueSlice() {
			for legend, q := range chart.GetAttr("queries").AsValueMap() {
				all[name+"/"+chart.GetAttr("title").AsString()+"/"+legend] = q.AsString()
			}
		}
	}
	return all
}

// TestQueriesAreParsed by Prometheus's own parser, as Cloud Monitoring takes them: what is asked for over time
// is a counter or a histogram, and what is compared or drawn is a number at a moment.
func TestQueriesAreParsed(t *testing.T) {
	t.Parallel()
	all := queries(t)
	if len(all) < 80 {
		t.Errorf("only %d queries were found", len(all))
	}
	kinds := instruments(t)
	for at, q := range all {
		for _, fault := range queryFaults(q, kinds) {
			t.Errorf("%s: %s in %s", at, fault, q)
		}
	}
}

// queryFaults says what is wrong with a query.
func queryFaults(q string, kinds map[string]string) (found []string) {
	e, err := parser.ParseExpr(q)
	if err != nil {
		return []string{err.Error()}
	}
	if e.Type() != parser.ValueTypeVector {
		found = append(found, "it gives a "+string(e.Type()))
	}
	parser.Inspect(e, func(n parser.Node, path []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		name := metricOf(v)
		if name == "" {
			found = append(found, "a metric is not named")
		}
		// Of Google's own metrics the kind is not known here, of ours it is the code's.
		kind := kinds[base(name)]
		if kind == "" {
			return nil
		}
		within := enclosing(path)
		grows := kind != "Gauge" && kind != "ObservableGauge" && kind != "UpDownCounter"
		if over := slices.Contains([]string{"rate", "increase"}, within); grows != over && within != "absent_over_time" {
			found = append(found, name+" is a "+kind+" and stands in "+within)
		}
		return nil
	})
	return found
}

// metricOf is the metric that a selector names; names with dots stand in its braces.
func metricOf(v *parser.VectorSelector) string {
	for _, m := range v.LabelMatchers {
		if m.Name == labels.MetricName && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return v.Name
}

// enclosing is the innermost function that a node stands in.
func enclosing(path []parser.Node) string {
	for _, n := range slices.Backward(path) {
		if c, ok := n.(*parser.Call); ok {
			return c.Func.Name
		}
	}
	return "no function"
}

func TestQueryFaultsAreFound(t *testing.T) {
	t.Parallel()
	kinds := map[string]string{"a.b": "Counter", "c.d": "Histogram", "e.f": "Gauge"}
	for q, want := range map[string]int{
		`sum(rate({"a.b", "x.y"="z"}[5m])) > 1`:                                  0,
		`histogram_quantile(0.5, sum by (le, "x.y") (rate({"c.d_bucket"}[5m])))`: 0,
		`max by ("x.y") ({"e.f"}) > 0 and sum(increase({"a.b"}[5m])) > 0`:        0,
		`sum(rate({"a.b"}[5m]) > 1`:                                              1, // a bracket
		`sum(rated({"a.b"}[5m]))`:                                                1, // a function
		`sum(rate({"a.b"}))`:                                                     1, // no window
		`sum by (x.y) (rate({"a.b"}[5m]))`:                                       1, // a label with a dot
		`sum(rate(a.b[5m]))`:                                                     1, // a name with a dot
		`max({"a.b"})`:                                                           1, // a counter as it stands
		`sum(rate({"e.f"}[5m]))`:                                                 1, // a gauge's rate
		`histogram_quantile(0.5, {"c.d_bucket"})`:                                1,
		`rate({"a.b"}[5m])[5m:1m]`:                                               1, // many moments
		`sum(rate({"x"="y"}[5m]))`:                                               1, // no name
	} {
		if got := queryFaults(q, kinds); len(got) != want {
			t.Errorf("%d faults, want %d: %q in %s", len(got), want, got, q)
		}
	}
}
