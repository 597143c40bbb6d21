package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestTheRepositorysDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	if err := run([]string{"--check", "--file", filepath.Join("..", "..", defaultFile)}); err != nil {
		t.Error(err)
	}
}

func TestWriteThenCheck(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := run([]string{"--check", "--file", file}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := run([]string{"--file", file}); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"--check", "--file", file}); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("openapi: 3.1.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"--check", "--file", file}); !errors.Is(err, errStale) {
		t.Errorf("a stale file: %v", err)
	}
}
