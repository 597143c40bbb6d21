package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

func TestOptionsSayAllThatIsWrong(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	args := []string{"--url", "localhost", "--workers", "0", "--batch", "1001", "--create-properties", "more"}
	if exit := run(t.Context(), args, func(string) string { return "" }, nil, &bytes.Buffer{}, &stderr); exit != exitFailed {
		t.Errorf("exit %d", exit)
	}
	for _, want := range []string{"--mapping", "--file", "http://", "--token", "--workers", "--batch", "--go-live", `"more"`} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%s is not reported:\n%s", want, stderr.String())
		}
	}
}

func TestHelpIsNoFailure(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	if exit := run(context.Background(), []string{"-h"}, nil, nil, nil, &stderr); exit != exitOK || !strings.Contains(stderr.String(), "-go-live date") {
		t.Errorf("exit %d\n%s", exit, stderr.String())
	}
}

func TestProgressWithoutATerminal(t *testing.T) {
	t.Parallel()
	var w bytes.Buffer
	p := newProgress(&w, 1000)
	p.Add(10, 100)
	if w.Len() != 0 {
		t.Errorf("a line at once: %s", w.String())
	}
	p.next = time.Now().Add(-time.Second)
	p.Add(10, 150)
	p.Add(10, 150)
	p.end()
	if w.String() != "import: 20 lines judged, 25 % of the file\n" {
		t.Errorf("%q", w.String())
	}
}
