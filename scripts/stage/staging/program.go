package staging

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Program builds an upload as the platform does: in a module of its own, beside a main package that the
// folder scripts/stage/app of the checkout at root has. app is an empty folder, or one that is not there yet;
// the program's path is given. Nothing is fetched: what an upload needs is in the go command's cache.
func Program(ctx context.Context, root, app string, upload []byte) (program string, err error) {
	z, err := zip.NewReader(bytes.NewReader(upload), int64(len(upload)))
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(filepath.Join(app, "source"), z); err != nil {
		return "", err
	}
	main, err := os.ReadFile(filepath.Join(root, "scripts", "stage", "app", "main.go"))
	if err != nil {
		return "", err
	}
	sums, err := os.ReadFile(filepath.Join(app, "source", "go.sum"))
	if err != nil {
		return "", err
	}
	versions, err := os.ReadFile(filepath.Join(app, "source", "go.mod"))
	if err != nil {
		return "", err
	}
	// With all versions of the upload's own file: from its name alone the go command would ask for the files of
	// old versions too, which the checkout's build never needed.
	own := bytes.Replace(versions, []byte("module "+module+"\n"), []byte("module function.test/app\n"), 1)
	for name, text := range map[string]string{
		"main.go":   string(main),
		"import.go": "package main\n\nimport _ \"" + module + "\"\n",
		"go.sum":    string(sums),
		"go.mod":    fmt.Sprintf("%s\nrequire %s v0.0.0\n\nreplace %[2]s v0.0.0 => ./source\n", own, module),
	} {
		if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	program = filepath.Join(app, "program")
	cmd := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-ldflags=-s -w", "-o", program, ".")
	if cmd.Dir, err = filepath.Abs(app); err != nil {
		return "", err
	}
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return program, nil
}
