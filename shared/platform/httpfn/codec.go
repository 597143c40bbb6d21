package httpfn

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
)

// replyJSON is JSON as it leaves: equal values give equal bytes, a nil slice is [], omitempty means
// what it does in encoding/json, and text that is no UTF-8 does not make a reply fail.
var replyJSON = json.JoinOptions(
	json.Deterministic(true),
	jsonv1.OmitEmptyWithLegacySemantics(true),
	jsontext.AllowInvalidUTF8(true),
	jsontext.EscapeForHTML(false),
)

// bodyJSON is for bytes that package strict has passed: what it has checked is not checked again.
var bodyJSON = json.JoinOptions(
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
)

// Encode is v as JSON, as every reply is written: what a reply of type Raw has to be.
func Encode(v any) ([]byte, error) { return encode(v) }

// Decode reads into v what Encode has made.
func Decode(data []byte, v any) error { return json.Unmarshal(data, v) }

// encode is v as JSON, as every reply is written.
func encode(v any) ([]byte, error) { return json.Marshal(v, replyJSON) }

// codec is huma's API with our reading and writing of bodies. There is one format, JSON, whatever
// a caller says that it accepts.
type codec struct{ huma.API }

// encoded is a body that is ready to be written.
type encoded []byte

// Negotiate answers JSON always.
func (c codec) Negotiate(string) (string, error) { return jsonType, nil }

// Transform encodes v before the status is sent, so that what cannot be encoded is a 500 and never
// half a success.
func (c codec) Transform(ctx huma.Context, _ string, v any) (any, error) {
	if ready, is := v.(interface{ ready() []byte }); is {
		return encoded(ready.ready()), nil
	}
	body, err := encode(v)
	if err == nil {
		return encoded(body), nil
	}
	slog.ErrorContext(ctx.Context(), "reply not encoded", slog.Any("error", err))
	body, err = encode(newProblem(http.StatusInternalServerError, "internal", "internal error"))
	ctx.SetHeader("Content-Type", problemType)
	ctx.SetStatus(http.StatusInternalServerError) // the one that huma sends next is ignored
	return encoded(body), err
}

// Marshal writes what Transform made.
func (c codec) Marshal(w io.Writer, _ string, v any) error {
	body, ok := v.(encoded)
	if !ok {
		return fmt.Errorf("httpfn: a body of type %T was not encoded", v)
	}
	_, err := w.Write(body)
	return err
}

// Unmarshal decodes a body that the gate has passed.
func (c codec) Unmarshal(_ string, data []byte, v any) error {
	return json.Unmarshal(data, v, bodyJSON)
}
