package strict

import "sync"

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// Check judges data, one JSON value and nothing after it. The error is that of Faults.Err.
func (p *Plan) Check(data []byte) error {
	var faults Faults
	p.CheckInto(data, &faults)
	return faults.Err()
}

// CheckInto judges as Check does and adds what is wrong to faults.
func (p *Plan) CheckInto(data []byte, faults *Faults) {
	c := scanners.Get().(*scanner) //nolint:errcheck // the pool holds nothing else
	c.reset(data)
	c.faults = *faults
	if c.value(p.root) {
		if c.space(); c.pos < len(data) {
			c.broken()
		}
	}
	*faults = c.faults
	c.reset(nil)
	scanners.Put(c)
}

// value judges the next value, however deep it goes; false means that reading cannot go on.
func (c *scanner) value(n *node) bool {
	if n.kind == kindRaw {
		c.lenient++
		ok := c.value(anything)
		c.lenient--
		return ok
	}
	c.space()
	start, before := c.pos, c.faults.Len()
	if !c.typed(n) {
		return false
	}
	if n.custom != nil && c.faults.Len() == before {
		c.custom(n, c.data[start:c.pos])
	}
	return true
}

func (c *scanner) typed(n *node) bool {
	switch b := c.peek(); {
	case b == '{':
		return c.object(c.expect(n, kindObject))
	case b == '[':
		return c.array(c.expect(n, kindArray))
	case b == '"':
		s, good, ok := c.text()
		if !ok {
			return false
		}
		if !good && c.lenient == 0 {
			c.fault(ErrBadUTF8, "")
			return true
		}
		c.string(c.expect(n, kindString), s)
		return true
	case b == 't':
		c.expect(n, kindBoolean)
		return c.literal("true")
	case b == 'f':
		c.expect(n, kindBoolean)
		return c.literal("false")
	case b == 'n':
		if !c.literal("null") {
			return false
		}
		if n.kind != kindAny && !n.nullable {
			c.fault(ErrNull, "")
		}
		return true
	case b == '-' || b-'0' <= 9:
		text, integer, ok := c.number()
		if ok {
			c.numeric(n, text, integer)
		}
		return ok
	}
	return c.broken()
}

// expect is n where a value of kind k may stand; else it notes the fault, and the value is read as
// anything.
func (c *scanner) expect(n *node, k kind) *node {
	if n.kind == k || n.kind == kindAny {
		return n
	}
	c.fault(ErrWrongType, "expected "+n.kind.String())
	return anything
}

func (k kind) String() string {
	return [...]string{"anything", "anything", "an object", "an array", "a string", "an integer", "a number", "true or false"}[k]
}

func (c *scanner) array(n *node) bool {
	if !c.enter() {
		return false
	}
	items, count := n.items, 0
	if items == nil {
		items = anything
	}
	var known map[string]bool
	for c.peek() != ']' {
		if count > 0 {
			if c.peek() != ',' {
				return c.broken()
			}
			c.pos++
			c.space()
		}
		start := c.pos
		c.path = append(c.path, step{index: count})
		if !c.value(items) {
			return false
		}
		if n.unique {
			known = c.distinct(known, string(c.data[start:c.pos]))
		}
		c.path = c.path[:len(c.path)-1]
		count++
		c.space()
	}
	c.pos++
	c.depth--
	c.size(n, count)
	return true
}

func (c *scanner) distinct(known map[string]bool, item string) map[string]bool {
	if known == nil {
		known = map[string]bool{}
	}
	if known[item] {
		c.fault(ErrNotUnique, "")
	}
	known[item] = true
	return known
}
