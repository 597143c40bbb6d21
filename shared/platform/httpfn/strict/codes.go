package strict

import "innkeep.internal/shared/core/fault"

// What keeps a request from being read at all. The status of a request with one of these is that
// of fault.Malformed, whatever else is wrong with it.
var (
	ErrMalformed      = fault.New(fault.Malformed, "malformed_json", "the text is not JSON")
	ErrBadUTF8        = fault.New(fault.Malformed, "bad_utf8", "the text is not UTF-8")
	ErrDuplicateField = fault.New(fault.Malformed, "duplicate_field", "the field is there twice")
	ErrTooDeep        = fault.New(fault.Malformed, "too_deep", "the text is nested too deeply")
)

// What a schema refuses.
var (
	ErrUnknownField = fault.New(fault.Invalid, "unknown_field", "there is no such field")
	ErrMissingField = fault.New(fault.Invalid, "missing_field", "the field is required")
	ErrNull         = fault.New(fault.Invalid, "null_not_allowed", "null is not allowed here")
	ErrWrongType    = fault.New(fault.Invalid, "wrong_type", "the value has another type")
	ErrNotInteger   = fault.New(fault.Invalid, "not_an_integer", "an integer is written in digits only, without fraction and exponent")
	ErrOutOfRange   = fault.New(fault.Invalid, "out_of_range", "the number is out of range")
	ErrTooLong      = fault.New(fault.Invalid, "too_long", "the text is too long")
	ErrTooShort     = fault.New(fault.Invalid, "too_short", "the text is too short")
	ErrTooMany      = fault.New(fault.Invalid, "too_many", "there are too many")
	ErrTooFew       = fault.New(fault.Invalid, "too_few", "there are too few")
	ErrNotUnique    = fault.New(fault.Invalid, "not_unique", "each item may stand there once")
	ErrNotAllowed   = fault.New(fault.Invalid, "not_allowed_value", "the value is none of those that are allowed")
	ErrBadFormat    = fault.New(fault.Invalid, "bad_format", "the text has not the format that is asked for")
	ErrBadValue     = fault.New(fault.Invalid, "bad_value", "the value cannot be used")
)
