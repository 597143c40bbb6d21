package httpfn

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// File is a reply that is no JSON and is written while it is made.
type File struct {
	Name      string // as FileName makes it
	MediaType string
	Inline    bool              // to be shown rather than kept
	Header    map[string]string // more headers
	Write     func(io.Writer) error
}

// held is how much of a file is kept back: an error before that much is answered as a problem, and
// nobody sees the beginning of a file that will not be one.
const held = 256 << 10

// Response answers with the file. When Write fails after the reply has begun, the reply is broken
// off, so that nobody takes half of a file for the whole.
func (f File) Response(ctx context.Context) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		reply := &fileReply{file: f, w: w}
		if r.Method == http.MethodHead { // ServeMux takes it for a GET
			reply.begin()
			return
		}
		b := bufio.NewWriterSize(reply, held)
		err := f.Write(b)
		switch {
		case err == nil:
			err = b.Flush()
		case !reply.begun:
			writeProblem(w, r, problemOf(ctx, r.Method, err))
			return
		}
		if err == nil {
			return
		}
		if !reply.gone {
			slog.ErrorContext(ctx, "a file was broken off", slog.String("file", f.MediaType), slog.Any("error", err))
		}
		panic(http.ErrAbortHandler)
	}}
}

// fileReply sends the headers with the first bytes.
type fileReply struct {
	file        File
	w           http.ResponseWriter
	begun, gone bool
}

func (p *fileReply) begin() {
	p.begun = true
	h := p.w.Header()
	for name, value := range p.file.Header {
		h.Set(name, value)
	}
	h.Set("Content-Type", p.file.MediaType)
	kind := "attachment"
	if p.file.Inline {
		kind = "inline"
	}
	h.Set("Content-Disposition", kind+`; filename="`+p.file.Name+`"`)
	p.w.WriteHeader(http.StatusOK)
}

// Write sends a part of the file; an error means that the caller is gone.
func (p *fileReply) Write(b []byte) (int, error) {
	if !p.begun {
		p.begin()
	}
	n, err := p.w.Write(b)
	p.gone = p.gone || err != nil
	return n, err
}

// FileName is a name for a file that every system takes, made of the parts and an extension: letters
// and digits of ASCII, hyphens and underscores, 100 characters at most. What else the parts have
// becomes a hyphen.
func FileName(extension string, parts ...string) string {
	const most = 100
	var kept []string
	for _, part := range parts {
		part = strings.Trim(strings.Map(func(r rune) rune {
			if r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-') {
				return r
			}
			return '-'
		}, part), "-")
		if part != "" {
			kept = append(kept, part)
		}
	}
	name := strings.Join(kept, "_")
	if name == "" {
		name = "file"
	}
	return name[:min(len(name), most-len(extension)-1)] + "." + extension
}
