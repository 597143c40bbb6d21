package checks

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	scheme  = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
	snippet = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

// targets are the files that a Markdown text links to, by their paths in the repository.
func targets(name, text string) []string {
	var out []string
	for _, m := range link.FindAllStringSubmatch(snippet.ReplaceAllString(text, ""), -1) {
		to, _, _ := strings.Cut(m[1], "#")
		switch {
		case to == "" || scheme.MatchString(to):
		case strings.HasPrefix(to, "/"):
			out = append(out, path.Clean(to[1:]))
		default:
			out = append(out, path.Join(path.Dir(name), to))
		}
	}
	return out
}

func TestLinksResolve(t *testing.T) {
	t.Parallel()
	walk(t, func(name string) {
		if !strings.HasSuffix(name, ".md") {
			return
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range targets(name, string(text)) {
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil || strings.HasPrefix(to, "..") {
				t.Errorf("%s links to %s, which is not there", name, to)
			}
		}
	})
}

func TestTargets(t *testing.T) {
	t.Parallel()
	text := "[a](b.md) [c](../d/e.go#L3) [f](/g.md \"title\") [h](https://x.y/z) [i](#here) `[j](k)` ![l](m.png)\n```\n[n](o)\n```\n"
	if got, want := strings.Join(targets("docs/x.md", text), " "), "docs/b.md d/e.go g.md docs/m.png"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
