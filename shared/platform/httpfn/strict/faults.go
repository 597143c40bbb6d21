package strict

import (
	"strconv"
	"strings"

	"innkeep.internal/shared/core/fault"
)

const (
	// maxListed bounds the faults that are listed: a body of 1 MiB can hold 200,000 of them.
	maxListed = 1000
	// maxName bounds a member name that is given back in a pointer, in bytes.
	maxName = 128
)

// Faults collects what is wrong with one request; its zero value is ready.
type Faults struct {
	list      []fault.Field
	total     int
	malformed *fault.Error // the first that keeps the request from being read
}

// Add notes that the value at pointer has the fault e; text, when not empty, replaces e's.
func (f *Faults) Add(pointer string, e *fault.Error, text string) {
	if f.total++; e.Kind == fault.Malformed && f.malformed == nil {
		f.malformed = e
	}
	if len(f.list) >= maxListed {
		return
	}
	if text == "" {
		text = e.Text
	}
	f.list = append(f.list, fault.Field{Pointer: pointer, Code: e.Code, Text: text})
}

// AddError notes what a type's own unmarshaler says about the value at pointer: code and text of a
// fault.Error, else ErrBadFormat (the text of other errors may repeat what was sent).
func (f *Faults) AddError(pointer string, err error) {
	e := fault.From(err)
	switch {
	case e == nil:
		f.Add(pointer, ErrBadFormat, "")
	case len(e.Fields) == 0:
		f.Add(pointer, &fault.Error{Kind: fault.Invalid, Code: e.Code, Text: e.Text}, "")
	default:
		for _, x := range e.Fields {
			f.Add(pointer+x.Pointer, &fault.Error{Kind: fault.Invalid, Code: x.Code, Text: x.Text}, "")
		}
	}
}

// Len is the number of faults.
func (f *Faults) Len() int { return f.total }

// Err is nil without faults; else an error of kind Malformed or Invalid that lists them in the
// order of the text. The code at its top is that of the first malformed one, or of the only one.
// The fact "faults" counts them when more were found than are listed.
func (f *Faults) Err() error {
	if f.total == 0 {
		return nil
	}
	e := fault.ErrInvalid.At("")
	switch {
	case f.malformed != nil:
		e = f.malformed.At("")
	case f.total == 1:
		e.Code, e.Text = f.list[0].Code, f.list[0].Text
	}
	if f.total > len(f.list) {
		e = e.With("faults", strconv.Itoa(f.total))
	}
	e.Fields = f.list
	return e
}

// step is one part of the way from the root to a value: a member's name, or an item's index where
// index is not negative.
type step struct {
	name  string
	index int
}

var escaper = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON pointer (RFC 6901) of path.
func pointer(path []step) string {
	var b strings.Builder
	for _, s := range path {
		b.WriteByte('/')
		if s.index >= 0 {
			b.WriteString(strconv.Itoa(s.index))
			continue
		}
		_, _ = escaper.WriteString(&b, s.name)
	}
	return b.String()
}
