package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const (
	barEvery  = 100 * time.Millisecond // often enough to look alive
	lineEvery = 10 * time.Second       // rare enough for a log
)

// progress shows how much of the file has been judged: a bar on a terminal, a line now and then
// elsewhere. It may be used concurrently.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	bar   *progressbar.ProgressBar // nil when w is no terminal
	size  int64                    // bytes of the file, -1 when unknown
	lines int
	bytes int64
	next  time.Time // of the next line
}

func newProgress(w io.Writer, size int64) *progress {
	p := &progress{w: w, size: size, next: time.Now().Add(lineEvery)}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.bar = progressbar.NewOptions64(size,
			progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true), progressbar.OptionThrottle(barEvery),
			progressbar.OptionSetDescription("importing"), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth())
	}
	return p
}

// Add implements intake.Progress.
func (p *progress) Add(lines int, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines += lines
	p.bytes += bytes
	switch {
	case p.bar != nil:
		_ = p.bar.Add64(bytes)
	case time.Now().After(p.next):
		p.next = time.Now().Add(lineEvery)
		if p.size > 0 {
			fmt.Fprintf(p.w, "import: %d lines judged, %d %% of the file\n", p.lines, 100*p.bytes/p.size)
		} else {
			fmt.Fprintf(p.w, "import: %d lines judged\n", p.lines)
		}
	}
}

// notice says why nothing moves.
func (p *progress) notice(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(p.w, "import:", text)
}

// end clears the bar.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
