package report

import (
	"fmt"
	"html/template"
	"os"
	"strings"

	"innkeep.internal/loadtest/plot"
)

// WritePage writes the report as one HTML page that needs nothing else; changes may be nil.
func (r *Report) WritePage(file string, changes []Change) error {
	var b strings.Builder
	err := page.Execute(&b, struct {
		*Report
		Changes []Change
	}{r, changes})
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o600)
}

// SVG draws the plot.
func (p Plot) SVG() template.HTML {
	out := plot.Plot{Title: p.Title, X: p.X, Y: p.Y, Bars: p.Bars, Limit: p.Limit, Logarithmic: p.Percentiles}
	for _, s := range p.Series {
		out.Series = append(out.Series, plot.Series{Name: s.Name, X: s.X, Y: s.Y})
	}
	if p.Percentiles {
		out.Ticks = map[float64]string{}
		for x, label := range map[float64]string{1: "0", 2: "50 %", 10: "90 %", 100: "99 %", 1000: "99.9 %"} {
			if x <= p.farthest() {
				out.Ticks[x] = label
			}
		}
	}
	return template.HTML(out.SVG()) //nolint:gosec // the plot escapes its texts
}

// farthest is the largest X.
func (p Plot) farthest() (x float64) {
	for _, s := range p.Series {
		for _, v := range s.X {
			x = max(x, v)
		}
	}
	return x
}

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"f": func(v float64) string { return fmt.Sprintf("%.4g", v) },
	"sign": func(v float64) string {
		return fmt.Sprintf("%+.1f %%", v)
	},
}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Load test, phase {{.Phase}}</title>
<style>body{font:14px/1.45 sans-serif;max-width:84rem;margin:2rem auto;padding:0 1rem;color:#222}table{border-collapse:collapse;margin:.6rem 0 1.4rem}
td,th{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child{text-align:left}
.good{color:#17623f}.short{color:#a00;font-weight:bold}figure{display:inline-block;margin:.4rem}figcaption{max-width:40rem;color:#555}</style></head><body>
<h1>Load test, phase {{.Phase}}: {{.Organisations}} organisations</h1>
<p class="{{if .Passed}}good{{else}}short{{end}}">{{if .Passed}}Passed{{else}}Fell short{{end}}. {{.Bound}}</p>
<p>Began {{.Began.Format "2006-01-02 15:04:05 MST"}}, commit {{.Commit}}, seed {{.Seed}}; {{f .Seconds}} s measured after {{f .WarmupSeconds}} s of warming up. {{.RateFrom}}
Machine: {{.Machine.Model}}, {{.Machine.Cores}} cores, {{f .Machine.MemoryGiB}} GiB, {{.Machine.Go}}; calibration loop {{f .Machine.LoopNanos}} ns a round. {{if .Fresh}}Emulators were started for this run.{{else}}The installation was running before.{{end}}</p>
<h2>Thresholds</h2><table><tr><th>what</th><th>wanted</th><th>measured</th><th></th></tr>
{{range .Checks}}<tr><td>{{.Name}}</td><td>{{.Want}}</td><td>{{f .Got}} {{.Unit}}</td><td class="{{if .Good}}good{{else}}short{{end}}">{{if .Good}}good{{else}}short by {{f .By}}{{end}}</td></tr>{{end}}</table>
<h2>Figures</h2><table><tr><th>figure</th><th>value</th><th>floor or ceiling here</th></tr>
{{range .Figures}}<tr><td>{{.Name}}</td><td>{{f .Value}} {{.Unit}}</td><td>{{if .Floor}}{{f .Floor}} {{.Unit}}: {{.Of}}{{end}}</td></tr>{{end}}</table>
{{if .Changes}}<h2>Beside the earlier run</h2><table><tr><th>figure</th><th>before</th><th>now</th><th>change</th></tr>
{{range .Changes}}<tr><td>{{.Name}}</td><td>{{if .New}}none{{else}}{{f .Before}}{{end}}</td><td>{{f .Now}} {{.Unit}}</td><td>{{if .Before}}{{sign .Percent}}{{end}}</td></tr>{{end}}</table>{{end}}
<h2>Latency from the intended start, ms</h2><table><tr><th>kind</th><th>offered</th><th>answered</th><th>failed</th><th>p50</th><th>p95</th><th>p99</th><th>p99.9</th><th>max</th></tr>
{{range .Kinds}}<tr><td>{{.Name}}</td><td>{{.Offered}}</td><td>{{.Answered}}</td><td>{{.Failed}}</td><td>{{f .P50}}</td><td>{{f .P95}}</td><td>{{f .P99}}</td><td>{{f .P999}}</td><td>{{f .Max}}</td></tr>{{end}}</table>
{{if .Faults}}<h2>Failures</h2><table><tr><th>what</th><th>calls</th></tr>{{range .Faults}}<tr><td>{{.What}}</td><td>{{.N}}</td></tr>{{end}}</table>{{end}}
{{range .Plots}}<figure>{{.SVG}}{{if .Floor}}<figcaption>{{.Floor}}</figcaption>{{end}}</figure>{{end}}
<h2>What a call costs at Spanner</h2><table><tr><th>function</th><th>calls</th><th>RPCs</th><th>rows read</th><th>rows written</th><th>bytes sent</th><th>bytes received</th></tr>
{{range .Costs}}<tr><td>{{.Function}}{{if .PerSecond}} (a second){{end}}</td><td>{{.Calls}}</td><td>{{f .RPCs}}</td><td>{{f .Rows}}</td><td>{{f .Written}}</td><td>{{f .Sent}}</td><td>{{f .Received}}</td></tr>{{end}}</table>
{{if .Same}}<h2>What the same calls of an organisation that nobody has met ask for, one after the other</h2><table><tr><th>call</th><th>organisations</th><th>RPCs</th><th>rows read</th><th>rows written</th><th>bytes sent</th><th>bytes received</th></tr>
{{range .Same}}<tr><td>{{.Function}}</td><td>{{.Calls}}</td><td>{{f .RPCs}}</td><td>{{f .Rows}}</td><td>{{f .Written}}</td><td>{{f .Sent}}</td><td>{{f .Received}}</td></tr>{{end}}</table>
{{if .SameAllocations}}<p>One of them has the server allocate {{f .SameAllocations}} objects (standard error {{f .SameAllocationsWithin}}), with what the feed makes of it.</p>{{end}}{{end}}
<h2>Proof</h2><p>{{.Proof.Organisations}} organisations, {{.Proof.Properties}} properties and {{.Proof.Rows}} rows of read models proved in {{f .Proof.Seconds}} s: {{.Proof.Breaks}} breaks. Accepted by HTTP {{.Proof.Accepted}} entries, in the tables {{.Proof.Entries}}.</p>
{{if .Proof.Shown}}<ul>{{range .Proof.Shown}}<li>{{.}}</li>{{end}}</ul>{{end}}
<h2>Organisations</h2><p>{{.SeedFacts.Organisations}} organisations with {{.SeedFacts.Properties}} properties, {{.SeedFacts.Open}} with open books and {{.SeedFacts.Woken}} woken when first met; {{.SeedFacts.Rows}} rows written in {{f .SeedFacts.Seconds}} s, {{f .SeedFacts.BytesPerRow}} bytes each in memory; the feed had their {{.SeedFacts.FeedEvents}} events behind it after {{f .SeedFacts.CatchUpSeconds}} s more.</p>
<h2>Floors</h2><table><tr><th>what</th><th>a second</th></tr><tr><td>transactions of a command's shape, one client, one after the other</td><td>{{f .FloorFacts.Transactions}}</td></tr>
<tr><td>commands' rows in blind commits of 100</td><td>{{f .FloorFacts.Blind}}</td></tr><tr><td>range reads, one after the other</td><td>{{f .FloorFacts.Reads}}</td></tr><tr><td>the generator against a server that does nothing</td><td>{{f .FloorFacts.Generator}}</td></tr></table>
{{if .Notes}}<h2>Notes</h2><ul>{{range .Notes}}<li>{{.}}</li>{{end}}</ul>{{end}}
</body></html>
`))
