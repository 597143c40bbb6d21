package strict

func (c *scanner) object(n *node) bool {
	if !c.enter() {
		return false
	}
	var seen uint64
	var others map[string]bool // names without a property of their own
	count := 0
	for c.peek() != '}' {
		if count > 0 {
			if c.peek() != ',' {
				return c.broken()
			}
			c.pos++
			c.space()
		}
		if c.peek() != '"' {
			return c.broken()
		}
		key, good, ok := c.text()
		if !ok {
			return false
		}
		if p := n.props[string(key)]; p != nil {
			ok = c.member(p, seen&p.bit != 0)
			seen |= p.bit
		} else {
			others, ok = c.other(n, string(key), good, others)
		}
		if !ok {
			return false
		}
		count++
		c.space()
	}
	c.pos++
	c.depth--
	c.absent(n, seen)
	c.size(n, count)
	return true
}

// member judges the value of the property p.
func (c *scanner) member(p *prop, twice bool) bool {
	if twice {
		c.faultAt(p.name, ErrDuplicateField, "")
	}
	return c.memberValue(p.name, p.node)
}

// other judges the value of a member that is no property of n.
func (c *scanner) other(n *node, name string, good bool, known map[string]bool) (map[string]bool, bool) {
	if c.lenient > 0 {
		return nil, c.memberValue("", anything)
	}
	if !good {
		c.fault(ErrBadUTF8, "a field's name is not UTF-8")
		return known, c.memberValue("", anything)
	}
	if known == nil {
		known = map[string]bool{}
	}
	if known[name] {
		c.faultAt(name, ErrDuplicateField, "")
	}
	known[name] = true
	next := n.extra
	if next == nil {
		if next = anything; n.kind != kindAny {
			c.faultAt(name, ErrUnknownField, "")
		}
	}
	return known, c.memberValue(name, next)
}

func (c *scanner) memberValue(name string, n *node) bool {
	c.space()
	if c.peek() != ':' {
		return c.broken()
	}
	c.pos++
	if len(name) > maxName {
		name = name[:maxName]
	}
	c.path = append(c.path, step{name, -1})
	ok := c.value(n)
	if ok {
		c.path = c.path[:len(c.path)-1]
	}
	return ok
}

// absent notes the members that an object lacks.
func (c *scanner) absent(n *node, seen uint64) {
	if n.required&^seen == 0 && n.dependent == nil {
		return
	}
	for _, name := range n.names {
		p := n.props[name]
		if n.required&^seen&p.bit != 0 {
			c.faultAt(name, ErrMissingField, "")
		}
		if seen&p.bit == 0 {
			continue
		}
		for _, other := range n.dependent[name] {
			if q := n.props[other]; seen&q.bit == 0 && n.required&q.bit == 0 {
				c.faultAt(other, ErrMissingField, "the field is required beside "+name)
			}
		}
	}
}
