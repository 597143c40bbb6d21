package edge

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/apidoc"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/lazy"
)

// docs are the API's document for programs and the page of it for people: made on first use, the same
// for every caller until the next version of the door.
type docs struct{ made *lazy.Value[[2]file] }

// file is a text that is given out as it is.
type file struct {
	media, policy, tag string
	plain, zipped      []byte
}

func newDocs() *docs {
	return &docs{lazy.New(func(context.Context) (out [2]file, err error) {
		text, err := apidoc.JSON(schemas.OpenAPI())
		if err != nil {
			return out, err
		}
		page, err := apidoc.Page(text)
		if err != nil {
			return out, err
		}
		out[0] = file{media: "application/json", policy: security["Content-Security-Policy"], plain: text}
		out[1] = file{media: "text/html; charset=utf-8", policy: apidoc.SecurityPolicy, plain: page}
		for i := range out {
			if err := out[i].zip(); err != nil {
				return out, err
			}
		}
		return out, nil
	})}
}

func (d *docs) json(w http.ResponseWriter, r *http.Request) { d.serve(w, r, 0) }
func (d *docs) page(w http.ResponseWriter, r *http.Request) { d.serve(w, r, 1) }

func (d *docs) serve(w http.ResponseWriter, r *http.Request, which int) {
	made, err := d.made.Get(r.Context())
	if err != nil {
		httpfn.WriteError(w, r, err)
		return
	}
	f, h := made[which], w.Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Content-Security-Policy", f.policy)
	h.Set("ETag", f.tag)
	h.Add("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.media)
	text := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		text = f.zipped
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(text) // of a HEAD, net/http keeps it back
}

func (f *file) zip() error {
	sum := sha256.Sum256(f.plain)
	f.tag = `W/"` + hex.EncodeToString(sum[:8]) + `"` // weak: it names both encodings
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(f.plain); err != nil {
		return err
	}
	err := z.Close()
	f.zipped = b.Bytes()
	return err
}
