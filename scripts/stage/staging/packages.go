package staging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
)

// module is go.mod's name of this module.
const module = "innkeep.internal"

// platform is what functions are compiled for, whatever machine stages them: files of other systems
// are left out.
var platform = []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOWORK=off"}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Module     *struct{ Path string }
	Imports    []string
	GoFiles    []string
	SFiles     []string
	HFiles     []string
	EmbedFiles []string
	Error      *struct{ Err string }
}

// files are all that a build of the package reads, by their paths in the repository.
func (p listed) files(root string) ([]string, error) {
	folder, err := filepath.Rel(root, p.Dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range slices.Concat(p.GoFiles, p.SFiles, p.HFiles, p.EmbedFiles) {
		out = append(out, path.Join(filepath.ToSlash(folder), filepath.ToSlash(name)))
	}
	return out, nil
}

// packages is every package of this module that a function imports, at any depth, by import path.
type packages map[string]listed

// list asks the go command once for all functions.
func list(ctx context.Context, root string) (packages, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps",
		"-json=ImportPath,Dir,Module,Imports,GoFiles,SFiles,HFiles,EmbedFiles,Error", "./functions/...")
	cmd.Dir, cmd.Env = root, append(os.Environ(), platform...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, bytes.TrimSpace(problems.Bytes()))
	}
	all := packages{}
	for d := json.NewDecoder(&out); ; {
		var p listed
		switch err := d.Decode(&p); { //nolint:musttag // names as the go command has them
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("go list: %w", err)
		case p.Error != nil:
			return nil, fmt.Errorf("go list: %s: %s", p.ImportPath, p.Error.Err)
		}
		if p.Module != nil && p.Module.Path == module {
			all[p.ImportPath] = p
		}
	}
}

// closure is a package and what it imports of this module, in the order of their paths.
func (all packages) closure(importPath string) ([]listed, error) {
	if _, ok := all[importPath]; !ok {
		return nil, fmt.Errorf("there is no package %s", importPath)
	}
	seen := map[string]bool{importPath: true}
	queue := []string{importPath}
	var out []listed
	for len(queue) > 0 {
		p := all[queue[0]]
		queue = queue[1:]
		out = append(out, p)
		for _, to := range p.Imports {
			if _, ours := all[to]; ours && !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	slices.SortFunc(out, func(a, b listed) int {
		switch {
		case a.ImportPath < b.ImportPath:
			return -1
		case a.ImportPath > b.ImportPath:
			return 1
		}
		return 0
	})
	return out, nil
}
