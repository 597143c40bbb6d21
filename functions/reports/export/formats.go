package export

import (
	"context"
	"io"

	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/csvfile"
	"innkeep.internal/shared/platform/document/htmlpage"
	"innkeep.internal/shared/platform/document/pdffile"
	"innkeep.internal/shared/platform/document/xlsxfile"
	"innkeep.internal/shared/platform/httpfn"
)

// format is a way to write a document.
type format struct {
	extension string
	mediaType string
	inline    bool
	header    map[string]string
	write     func(io.Writer, document.Document, *input) error
}

// formats are those of the API, by their names in it.
var formats = map[string]format{
	"csv": {extension: "csv", mediaType: csvfile.MediaType, write: func(w io.Writer, d document.Document, in *input) error {
		return csvfile.Write(w, d, csvfile.Options{BOM: in.BOM, Section: in.Table})
	}},
	"xlsx": {extension: "xlsx", mediaType: xlsxfile.MediaType, write: plain(xlsxfile.Write)},
	"pdf":  {extension: "pdf", mediaType: pdffile.MediaType, write: plain(pdffile.Write)},
	"html": {extension: "html", mediaType: htmlpage.MediaType, inline: true, write: plain(htmlpage.Write), header: map[string]string{
		"Content-Security-Policy": htmlpage.SecurityPolicy, "Referrer-Policy": "no-referrer",
	}},
}

func plain(write func(io.Writer, document.Document) error) func(io.Writer, document.Document, *input) error {
	return func(w io.Writer, d document.Document, _ *input) error { return write(w, d) }
}

// file is the reply with a document.
func (f format) file(ctx context.Context, d named, in *input) httpfn.File {
	return httpfn.File{
		Name: httpfn.FileName(f.extension, d.name...), MediaType: f.mediaType, Inline: f.inline, Header: f.header,
		Write: measured(ctx, in, func(w io.Writer) error { return f.write(w, d.Document, in) }),
	}
}
