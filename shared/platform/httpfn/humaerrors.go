package httpfn

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn/strict"
)

// huma keeps these in package variables: they are set once, before any API is made.
//
//nolint:gochecknoinits // see above
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(status, msg, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		var p *Problem
		if status == http.StatusInternalServerError && len(errs) == 1 {
			p = problemOf(ctx.Context(), ctx.Method(), errs[0])
		} else {
			p = humaProblem(status, msg, errs)
		}
		p.headers(ctx.SetHeader)
		return p
	}
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
}

// humaProblem is the problem of an error that huma found by itself or that a resolver returned.
func humaProblem(status int, msg string, errs []error) *Problem {
	var faults strict.Faults
	for _, err := range errs {
		if d, ok := err.(huma.ErrorDetailer); ok {
			detail := d.ErrorDetail()
			faults.Add(humaPointer(detail.Location), humaCode(detail.Message), "")
		} else if err != nil {
			faults.AddError("", err)
		}
	}
	if status == http.StatusUnprocessableEntity && faults.Len() > 0 {
		e := fault.From(faults.Err())
		p := newProblem(StatusOf(e.Kind), e.Code, e.Text)
		for _, f := range e.Fields {
			p.Errors = append(p.Errors, ProblemField{Pointer: f.Pointer, Code: f.Code, Detail: f.Text})
		}
		return p
	}
	if status == http.StatusNotFound {
		return notFound()
	}
	if status >= http.StatusInternalServerError {
		return newProblem(status, "internal", "internal error")
	}
	return newProblem(status, strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_"), msg)
}

// humaPointer turns "body.lines[3].tags" into "/lines/3/tags" and "query.limit" into "#limit".
func humaPointer(location string) string {
	if rest, ok := strings.CutPrefix(location, "body"); ok {
		return strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(rest)
	}
	_, name, _ := strings.Cut(location, ".")
	return "#" + name
}

// humaCodes maps the constant beginnings of huma's messages to faults, the first that fits.
var humaCodes = []struct {
	message string
	fault   *fault.Error
}{
	{validation.MsgUnexpectedProperty, strict.ErrUnknownField},
	{validation.MsgExpectedRequiredProperty, strict.ErrMissingField},
	{validation.MsgExpectedDependentRequiredProperty, strict.ErrMissingField},
	{validation.MsgExpectedMinimumNumber, strict.ErrOutOfRange},
	{validation.MsgExpectedExclusiveMinimumNumber, strict.ErrOutOfRange},
	{validation.MsgExpectedMaximumNumber, strict.ErrOutOfRange},
	{validation.MsgExpectedExclusiveMaximumNumber, strict.ErrOutOfRange},
	{validation.MsgExpectedMinLength, strict.ErrTooShort},
	{validation.MsgExpectedMaxLength, strict.ErrTooLong},
	{validation.MsgExpectedMinItems, strict.ErrTooFew},
	{validation.MsgExpectedMaxItems, strict.ErrTooMany},
	{validation.MsgExpectedArrayItemsUnique, strict.ErrNotUnique},
	{validation.MsgExpectedOneOf, strict.ErrNotAllowed},
	{validation.MsgExpectedMatchPattern, strict.ErrBadFormat},
	{"expected string to be ", strict.ErrBadFormat},
	{validation.MsgExpectedBoolean, strict.ErrWrongType},
	{validation.MsgExpectedInteger, strict.ErrWrongType},
	{validation.MsgExpectedNumber, strict.ErrWrongType},
	{validation.MsgExpectedString, strict.ErrWrongType},
	{validation.MsgExpectedArray, strict.ErrWrongType},
	{validation.MsgExpectedObject, strict.ErrWrongType},
	{"invalid date/time", strict.ErrBadFormat},
	{"invalid ", strict.ErrWrongType},
	{"required ", ErrMissingParameter},
}

// humaCode is the fault that a message of huma's tells of. The gate finds faults before huma does;
// this is for what only huma sees, so its text is never passed on.
func humaCode(message string) *fault.Error {
	for _, c := range humaCodes {
		constant, _, _ := strings.Cut(c.message, "%")
		if strings.HasPrefix(message, constant) {
			return c.fault
		}
	}
	return strict.ErrBadValue
}
