package strict

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// size judges the number of items or members.
func (c *scanner) size(n *node, count int) {
	if n.kind != kindArray && n.kind != kindObject {
		return
	}
	if n.min != nil && count < *n.min {
		c.fault(ErrTooFew, fmt.Sprintf("at least %d", *n.min))
	}
	if n.max != nil && count > *n.max {
		c.fault(ErrTooMany, fmt.Sprintf("at most %d", *n.max))
	}
}

func (c *scanner) string(n *node, s []byte) {
	if n.kind != kindString {
		return
	}
	if n.min != nil && utf8.RuneCount(s) < *n.min {
		c.fault(ErrTooShort, fmt.Sprintf("at least %d characters", *n.min))
	}
	if n.max != nil && len(s) > *n.max && utf8.RuneCount(s) > *n.max {
		c.fault(ErrTooLong, fmt.Sprintf("at most %d characters", *n.max))
	}
	if n.re != nil && !n.re.Match(s) {
		c.fault(ErrBadFormat, n.reText)
	}
	if n.format != nil && !formatted(n.format, string(s)) {
		c.fault(ErrBadFormat, "expected format "+n.format.Format)
	}
	if n.base64 {
		if _, err := base64.StdEncoding.Strict().DecodeString(string(s)); err != nil {
			c.fault(ErrBadFormat, "expected base64")
		}
	}
	c.allowed(n, s)
}

// formatted asks huma's validator whether s has the format of schema.
func formatted(schema *huma.Schema, s string) bool {
	var res huma.ValidateResult
	huma.Validate(nil, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, s, &res)
	return len(res.Errors) == 0
}

func (c *scanner) allowed(n *node, s []byte) {
	if n.enum != nil && !slices.Contains(n.enum, string(s)) {
		c.fault(ErrNotAllowed, n.enumText)
	}
}

// numeric judges a number, given as it is written.
func (c *scanner) numeric(n *node, text []byte, integer bool) {
	switch n.kind {
	case kindAny:
	case kindInteger:
		c.integer(n, text, integer)
	case kindNumber:
		v, err := strconv.ParseFloat(string(text), 64)
		if err != nil || v < n.minNum || v > n.maxNum || n.openMin && v == n.minNum || n.openMax && v == n.maxNum {
			c.fault(ErrOutOfRange, "")
			return
		}
	default:
		c.expect(n, kindNumber)
	}
}

func (c *scanner) integer(n *node, text []byte, integer bool) {
	if !integer {
		c.fault(ErrNotInteger, "")
		return
	}
	v, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || v < n.minInt || v > n.maxInt {
		c.fault(ErrOutOfRange, fmt.Sprintf("an integer from %d to %d", n.minInt, n.maxInt))
		return
	}
	if n.multipleOf != 0 && v%n.multipleOf != 0 {
		c.fault(ErrBadValue, fmt.Sprintf("expected a multiple of %d", n.multipleOf))
	}
	c.allowed(n, text)
}
