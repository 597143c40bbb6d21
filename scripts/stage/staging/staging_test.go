package staging

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/functions"
)

const repository = "../../.."

func stager(t *testing.T, root string) (*Stager, []string) {
	t.Helper()
	c, err := functions.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), root, c)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range c.Functions {
		names = append(names, f.Name)
	}
	return s, names
}

// Two stagings of one commit are the same to the byte, wherever it is checked out.
func TestStagingIsReproducible(t *testing.T) {
	t.Parallel()
	first, names := stager(t, repository)
	elsewhere := checkout(t)
	second, _ := stager(t, elsewhere)
	folder := t.TempDir()
	m, err := first.Stage(t.Context(), folder, names)
	if err != nil {
		t.Fatal(err)
	}
	again, err := second.Stage(t.Context(), t.TempDir(), names)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, again); diff != "" || len(m) != len(names) {
		t.Errorf("two stagings differ (-here +elsewhere)\n%s", diff)
	}
	var file File
	text, err := os.ReadFile(filepath.Join(folder, ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, file.Staged); diff != "" {
		t.Error(diff)
	}
	for name, u := range file.Staged {
		zip, err := os.ReadFile(filepath.Join(folder, u.Object))
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(name, zip); got != u {
			t.Errorf("%s: %v is written, %v is told", name, got, u)
		}
	}
	moved(t, elsewhere, second, m)
}

// moved changes one file after the other and looks which uploads that moves.
func moved(t *testing.T, root string, s *Stager, before Manifest) {
	for _, c := range []struct{ file, only string }{
		{"functions/finance/days/days.go", "days"},
		{"functions/events/relay/register.go", "relay"},
		{"functions/finance/days/days_test.go", ""},
		{"functions/catalogue.yaml", "edge"}, // the door alone reads it
		{"shared/core/money/money.go", "*"},
	} {
		name := filepath.Join(root, filepath.FromSlash(c.file))
		was, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, append(bytes.Clone(was), "\n// changed\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
		var changed []string
		for fn, u := range before {
			zip, err := s.Zip(fn)
			if err != nil {
				t.Fatal(err)
			}
			if describe(fn, zip) != u {
				changed = append(changed, fn)
			}
		}
		if c.only == "*" && len(changed) == len(before) {
			continue
		}
		if got := strings.Join(changed, " "); got != c.only {
			t.Errorf("a change of %s moves the uploads of %q, not %q", c.file, got, c.only)
		}
		if err := os.WriteFile(name, was, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// checkout is a copy of what is staged from.
func checkout(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	for _, part := range []string{"go.mod", "go.sum", "functions", "schemas", "shared"} {
		err := filepath.WalkDir(filepath.Join(repository, part), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(file, "_test.go") {
				return err
			}
			name, err := filepath.Rel(repository, file)
			if err != nil {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Join(to, filepath.Dir(name)), 0o700); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, name), text, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func TestUnknownFunction(t *testing.T) {
	t.Parallel()
	if _, err := (&Stager{}).Zip("nothing"); err == nil {
		t.Error("a function was staged that is not in the catalogue")
	}
}
