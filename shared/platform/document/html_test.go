package document_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/htmlpage"
)

func writeHTML(t testing.TB, d document.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := htmlpage.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// find are the elements of a name, in the order of the page.
func find(n *html.Node, name string) (found []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			found = append(found, d)
		}
	}
	return found
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func parseHTML(t testing.TB, page string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var styleElement = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

func TestHTML(t *testing.T) {
	t.Parallel()
	page := writeHTML(t, month())
	golden(t, "month.html", styleElement.ReplaceAllString(page, "<style></style>"))
	n := parseHTML(t, page)
	if got := textOf(find(n, "title")[0]); got != "Monthly cash report – Quay House, March 2026" {
		t.Errorf("title %q", got)
	}
	if tables, charts := find(n, "table"), find(n, "figure"); len(tables) != 3 || len(charts) != 4 {
		t.Errorf("%d tables, %d charts", len(tables), len(charts))
	}
	for _, svg := range find(n, "svg") {
		if desc := find(svg, "desc"); len(find(svg, "title")) != 1 || len(desc) != 1 || len(textOf(desc[0])) < 40 {
			t.Errorf("a chart is not told: %q", textOf(svg))
		}
	}
	cells := find(find(n, "table")[2], "tr")
	for i, s := range hostile {
		if got := textOf(find(cells[i+1], "td")[3]); got != document.Clean(s) {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

// The page needs nothing from anywhere, has no script, and its style is the one that the policy names.
func TestHTMLStandsAlone(t *testing.T) {
	t.Parallel()
	page := writeHTML(t, month())
	n := parseHTML(t, page)
	for d := range n.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		switch d.Data {
		case "script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use":
			t.Errorf("an element %s", d.Data)
		}
		for _, a := range d.Attr {
			switch key := strings.ToLower(a.Key); {
			case key == "href" && strings.HasPrefix(a.Val, "#"):
			case key == "href" || key == "src" || key == "style" || key == "srcset" || strings.HasPrefix(key, "on") || strings.Contains(a.Val, "//"):
				t.Errorf("%s has %s=%q", d.Data, a.Key, a.Val)
			}
		}
	}
	styles := find(n, "style")
	if len(styles) != 1 {
		t.Fatalf("%d styles", len(styles))
	}
	css := textOf(styles[0])
	if strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the style fetches something")
	}
	sum := sha256.Sum256([]byte(css))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(htmlpage.SecurityPolicy, want) {
		t.Errorf("the policy is %s, the style's %s", htmlpage.SecurityPolicy, want)
	}
}

// An empty table says that it is one, a long document says what is in it.
func TestHTMLEdges(t *testing.T) {
	t.Parallel()
	d := document.Document{Title: "<b>&\"'", Facts: []document.Fact{{Label: "<i>", Value: "</dd>"}}}
	for _, title := range []string{"One", "Two", "Three", "<Four>"} {
		d.Sections = append(d.Sections, document.Section{Title: title, Columns: []document.Column{{Title: "<u>"}, {Title: "b", Type: eur, Sum: true}}, Total: "Sum"})
	}
	n := parseHTML(t, writeHTML(t, d))
	if got := textOf(find(n, "h1")[0]) + textOf(find(n, "dd")[0]) + textOf(find(n, "th")[0]); got != "<b>&\"'</dd><u>" {
		t.Errorf("%q", got)
	}
	if got := textOf(find(n, "tbody")[0]); !strings.Contains(got, "Nothing to list.") {
		t.Errorf("%q", got)
	}
	if links := find(find(n, "nav")[0], "a"); len(links) != 4 || links[3].Attr[0].Val != "#s4" || textOf(links[3]) != "<Four>" {
		t.Errorf("%d links", len(links))
	}
	if foot := find(n, "tfoot"); len(foot) != 4 || strings.TrimSpace(textOf(foot[0])) != "Sum0.00" {
		t.Errorf("%d totals, %q", len(foot), textOf(foot[0]))
	}
}
