// Package fault says what a caller can do about an error.
//
// An error that somebody outside may see has a Kind (what the caller can do), a stable code
// (part of the API), a message for people, and, where it helps, parameters and the faults of
// single fields. It is declared beside the rule that it belongs to. The package knows no HTTP:
// the table from kind to status stands in platform/httpfn.
package fault

import (
	"errors"
	"fmt"
)

// Kind is what the caller of an operation can do about its failure.
type Kind uint8

// The kinds. The zero value is Internal: what nobody has judged is a defect.
const (
	Internal        Kind = iota // a defect or an unexplained state: nothing the caller can do
	Invalid                     // the request can never succeed as it stands: change it
	Malformed                   // the request cannot be read at all
	Unauthenticated             // no valid token
	Denied                      // the caller may not do this
	NotFound                    // there is no such thing, or it is another tenant's
	Conflict                    // the state does not allow it: look, then decide
	KeyReused                   // the idempotency key belongs to another request
	Unavailable                 // try again later: nothing has happened
	OutcomeUnknown              // it may have happened: send the same key again
	TooLarge                    // more than one call may carry
	Limited                     // too many calls: wait
)

// Error is a failure with a kind and a stable code. Errors that are declared as package
// variables are sentinels: errors.Is finds them behind With and At.
type Error struct {
	Kind   Kind
	Code   string            // stable, snake_case: part of the API
	Text   string            // one sentence for people, without personal data
	Params map[string]string // facts of this occurrence, by camelCase name
	Fields []Field           // the faults of single fields, for Invalid
	base   *Error
}

// Field is the fault of one field of a request.
type Field struct {
	Pointer string // JSON pointer (RFC 6901) into the request's body; for a parameter "#name"
	Code    string // stable, snake_case
	Text    string
}

// New declares an error. Its code must be unique in the product.
func New(kind Kind, code, text string) *Error {
	return &Error{Kind: kind, Code: code, Text: text}
}

// Error gives the code and the text.
func (e *Error) Error() string { return e.Code + ": " + e.Text }

// Is reports whether target is the sentinel that e was made from.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t == e.base
}

// With is e with a fact of this occurrence. The receiver stays as it is.
func (e *Error) With(name, value string) *Error {
	c := e.occurrence()
	c.Params = make(map[string]string, len(e.Params)+1)
	for k, v := range e.Params {
		c.Params[k] = v
	}
	c.Params[name] = value
	return c
}

// At is e as the fault of the field that the JSON pointer names.
func (e *Error) At(pointer string) *Error {
	c := e.occurrence()
	c.Fields = append(append([]Field(nil), e.Fields...), Field{Pointer: pointer, Code: e.Code, Text: e.Text})
	return c
}

func (e *Error) occurrence() *Error {
	c := *e
	if c.base == nil {
		c.base = e
	}
	return &c
}

// From finds the Error in err's chain; nil when there is none.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf is the kind of err: Internal when nothing in its chain has one.
func KindOf(err error) Kind {
	if e := From(err); e != nil {
		return e.Kind
	}
	return Internal
}

// Wrap names the operation on *errp, once, at its top:
//
//	defer fault.Wrap(&err, "daybookstore.Load(%s)", id)
//
// A nil *errp stays nil. Kind, code and errors.Is are kept.
func Wrap(errp *error, format string, args ...any) {
	if *errp != nil {
		*errp = fmt.Errorf(format+": %w", append(args, *errp)...)
	}
}

// ErrInvalid carries the faults of single fields of a request.
var ErrInvalid = New(Invalid, "invalid_request", "the request has faults; each is listed with its place")

// ErrNotFound is the answer for whatever is not there, or is not the caller's to see: the two
// must not be told apart.
var ErrNotFound = New(NotFound, "not_found", "there is no such thing here")

// Faults collects the faults of single fields; its zero value is ready.
type Faults struct{ fields []Field }

// Add notes one fault. A nil error is no fault; one without a code counts as "invalid".
func (f *Faults) Add(pointer string, err error) {
	if err == nil {
		return
	}
	e := From(err)
	if e == nil {
		f.fields = append(f.fields, Field{Pointer: pointer, Code: "invalid", Text: err.Error()})
		return
	}
	if len(e.Fields) > 0 {
		for _, x := range e.Fields {
			x.Pointer = pointer + x.Pointer
			f.fields = append(f.fields, x)
		}
		return
	}
	f.fields = append(f.fields, Field{Pointer: pointer, Code: e.Code, Text: e.Text})
}

// Err is nil without faults, else an ErrInvalid that lists them all. With a single fault its code
// and text are the error's own, so that a caller sees the stable code at the top.
func (f *Faults) Err() error {
	if len(f.fields) == 0 {
		return nil
	}
	c := ErrInvalid.occurrence()
	c.Fields = f.fields
	if len(f.fields) == 1 {
		c.Code, c.Text = f.fields[0].Code, f.fields[0].Text
	}
	return c
}
