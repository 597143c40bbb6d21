// Package staging makes what is uploaded of a function: a zip file with go.mod, go.sum, the packages
// of this module that the function imports, and a root package that imports the one function, since
// Cloud Functions compiles the package at the root of a module.
//
// An upload depends on nothing but these files: names are sorted, times and modes fixed, nothing is
// compressed, so that two stagings of one commit are the same bytes on every machine, and a change
// moves the uploads alone that it is part of. go.mod and go.sum are part of each.
package staging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/functions"
)

// ManifestName is the file that says what was staged, beside the uploads.
const ManifestName = "staged.json"

// Upload is what was staged of one function.
type Upload struct {
	Object string `json:"object"` // the zip file's name; it has the hash, so that new content is a new object
	SHA256 string `json:"sha256"` // of the zip file, 64 hexadecimal digits
}

// Manifest is what was staged, by the functions' names.
type Manifest map[string]Upload

// File is the contents of staged.json: Terraform's variable staged, as -var-file takes it.
type File struct {
	Staged Manifest `json:"staged"`
}

// Stager stages functions of one checkout.
type Stager struct {
	root string
	all  packages
	byFn map[string]functions.Function
}

// New looks at the module at root, once for all functions of the catalogue.
func New(ctx context.Context, root string, c functions.Catalogue) (*Stager, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if root, err = filepath.EvalSymlinks(root); err != nil { // as the go command names folders
		return nil, err
	}
	all, err := list(ctx, root)
	if err != nil {
		return nil, err
	}
	s := &Stager{root: root, all: all, byFn: map[string]functions.Function{}}
	for _, f := range c.Functions {
		s.byFn[f.Name] = f
	}
	return s, nil
}

// Stage writes the uploads of the named functions into a folder, several at a time, and then the
// manifest of these and no others. Nothing is written of a run that fails but uploads, which harm
// nobody: their names say what they hold.
func (s *Stager) Stage(ctx context.Context, folder string, names []string) (Manifest, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, err
	}
	uploads := make([]Upload, len(names))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			zip, err := s.Zip(name)
			if err != nil {
				return err
			}
			uploads[i] = describe(name, zip)
			return writeWhole(filepath.Join(folder, uploads[i].Object), zip)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	m := Manifest{}
	for i, name := range names {
		m[name] = uploads[i]
	}
	text, err := json.MarshalIndent(File{m}, "", "  ")
	if err != nil {
		return nil, err
	}
	return m, writeWhole(filepath.Join(folder, ManifestName), append(text, '\n'))
}

// Zip is one function's upload.
func (s *Stager) Zip(name string) ([]byte, error) {
	f, ok := s.byFn[name]
	if !ok {
		return nil, fmt.Errorf("function %q is not in the catalogue", name)
	}
	importPath := module + "/functions/" + f.Package
	deps, err := s.all.closure(importPath)
	if err != nil {
		return nil, err
	}
	names := []string{"go.mod", "go.sum"}
	for _, p := range deps {
		of, err := p.files(s.root)
		if err != nil {
			return nil, err
		}
		names = append(names, of...)
	}
	a := archive{rootFile: rootText(f.Name, importPath)}
	for _, file := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if a[file], err = os.ReadFile(filepath.Join(s.root, filepath.FromSlash(file))); err != nil {
			return nil, err
		}
	}
	return a.zip()
}

// describe names an upload by its content.
func describe(name string, zip []byte) Upload {
	sum := sha256.Sum256(zip)
	digits := hex.EncodeToString(sum[:])
	return Upload{Object: name + "-" + digits + ".zip", SHA256: digits}
}

// writeWhole puts a file in its place in one step, so that nobody reads half of it.
func writeWhole(name string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err = f.Write(content); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
