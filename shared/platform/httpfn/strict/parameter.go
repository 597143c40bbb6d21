package strict

import (
	"strings"
	"unicode/utf8"
)

// CheckText judges the text of the parameter name and adds what is wrong to faults, with the
// pointer "#name". Items of a list are separated by commas.
func (p *Plan) CheckText(name, text string, faults *Faults) {
	var c scanner
	c.reset([]byte(text))
	c.prefix, c.faults = "#"+name, *faults
	c.parameter(p.root)
	*faults = c.faults
}

func (c *scanner) parameter(n *node) {
	if !utf8.Valid(c.data) {
		c.fault(ErrBadUTF8, "")
		return
	}
	before := c.faults.Len()
	switch n.kind {
	case kindArray:
		parts := strings.Split(string(c.data), ",")
		for _, part := range parts {
			c.data = []byte(part)
			c.parameter(n.items)
		}
		c.size(n, len(parts))
		return
	case kindInteger, kindNumber:
		number := scanner{data: c.data}
		text, integer, ok := number.number()
		if !ok || number.pos < len(c.data) {
			c.fault(ErrWrongType, "expected "+n.kind.String())
			return
		}
		c.numeric(n, text, integer)
	case kindBoolean:
		if s := string(c.data); s != "true" && s != "false" {
			c.fault(ErrWrongType, "expected "+n.kind.String())
		}
	default:
		c.string(n, c.data)
	}
	if n.custom != nil && c.faults.Len() == before {
		c.customParameter(n)
	}
}
