package strict

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"innkeep.internal/shared/core/fault"
)

const (
	// maxDepth is how deep a judged value may be nested; no schema of ours comes near it.
	maxDepth = 64
	// maxRawDepth is the same for what is judged later: there only the scanner's stack is at stake.
	maxRawDepth = 512
)

// scanner reads JSON (RFC 8259) from data. Its methods answer false after a fatal fault, which is
// then the last in faults.
type scanner struct {
	data    []byte
	pos     int
	depth   int
	lenient int    // > 0 inside of what is judged later: only the grammar counts
	prefix  string // of every pointer: "#name" for a parameter
	path    []step
	faults  Faults
	scratch []byte
	pathBuf [16]step
	textBuf [128]byte
}

func (c *scanner) reset(data []byte) {
	*c = scanner{data: data}
	c.path, c.scratch = c.pathBuf[:0], c.textBuf[:0]
}

// fault notes e about the value at the present path.
func (c *scanner) fault(e *fault.Error, text string) { c.faults.Add(c.prefix+pointer(c.path), e, text) }

// faultAt notes e about the member name of the present object; a name too long to be given back
// is told of at the object itself.
func (c *scanner) faultAt(name string, e *fault.Error, text string) {
	if len(name) > maxName {
		c.fault(e, e.Text+" (a name of "+strconv.Itoa(len(name))+" bytes)")
		return
	}
	c.path = append(c.path, step{name, -1})
	c.fault(e, text)
	c.path = c.path[:len(c.path)-1]
}

// broken notes that the text is no JSON from here on.
func (c *scanner) broken() bool {
	c.fault(ErrMalformed, ErrMalformed.Text+", from byte "+strconv.Itoa(c.pos)+" on")
	return false
}

func (c *scanner) space() {
	for c.pos < len(c.data) {
		switch c.data[c.pos] {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return
		}
	}
}

// peek is the next byte, 0 at the end.
func (c *scanner) peek() byte {
	if c.pos < len(c.data) {
		return c.data[c.pos]
	}
	return 0
}

// enter goes one level down.
func (c *scanner) enter() bool {
	limit := maxDepth
	if c.lenient > 0 {
		limit = maxRawDepth
	}
	if c.depth++; c.depth > limit {
		c.fault(ErrTooDeep, "")
		return false
	}
	c.pos++
	c.space()
	return true
}

func (c *scanner) literal(word string) bool {
	if !bytes.HasPrefix(c.data[c.pos:], []byte(word)) {
		return c.broken()
	}
	c.pos += len(word)
	return true
}

// number reads a number; integer says that it has neither fraction nor exponent.
func (c *scanner) number() (text []byte, integer, ok bool) {
	start := c.pos
	if c.peek() == '-' {
		c.pos++
	}
	if c.peek() == '0' {
		c.pos++
	} else if !c.digits() {
		return nil, false, c.broken()
	}
	integer = true
	if c.peek() == '.' {
		integer = false
		c.pos++
		if !c.digits() {
			return nil, false, c.broken()
		}
	}
	if b := c.peek(); b == 'e' || b == 'E' {
		integer = false
		c.pos++
		if b := c.peek(); b == '+' || b == '-' {
			c.pos++
		}
		if !c.digits() {
			return nil, false, c.broken()
		}
	}
	return c.data[start:c.pos], integer, true
}

func (c *scanner) digits() bool {
	start := c.pos
	for c.pos < len(c.data) && c.data[c.pos]-'0' <= 9 {
		c.pos++
	}
	return c.pos > start
}

// text reads a string, whose first quote is next. The bytes are valid until the next call. good
// says that they are UTF-8 and hold no half of a surrogate pair.
func (c *scanner) text() (s []byte, good, ok bool) {
	c.pos++
	start, ascii := c.pos, true
	for c.pos < len(c.data) {
		switch b := c.data[c.pos]; {
		case b == '"':
			s = c.data[start:c.pos]
			c.pos++
			return s, ascii || utf8.Valid(s), true
		case b == '\\':
			return c.escaped(start)
		case b < 0x20:
			return nil, false, c.broken()
		case b >= utf8.RuneSelf:
			ascii = false
		}
		c.pos++
	}
	return nil, false, c.broken()
}

// escaped reads on in a string that started at start and whose first escape is next.
func (c *scanner) escaped(start int) (s []byte, good, ok bool) {
	c.scratch = append(c.scratch[:0], c.data[start:c.pos]...)
	good = true
	for c.pos < len(c.data) {
		b := c.data[c.pos]
		switch {
		case b == '"':
			c.pos++
			return c.scratch, good && utf8.Valid(c.scratch), true
		case b < 0x20:
			return nil, false, c.broken()
		case b != '\\':
			c.scratch = append(c.scratch, b)
			c.pos++
			continue
		}
		r, ok := c.escape()
		if !ok {
			return nil, false, c.broken()
		}
		good = good && r != half
		c.scratch = utf8.AppendRune(c.scratch, r)
	}
	return nil, false, c.broken()
}

// half stands for one half of a surrogate pair without the other: no character.
const half rune = -1

// escape reads one escape.
func (c *scanner) escape() (rune, bool) {
	if c.pos+1 >= len(c.data) {
		return 0, false
	}
	b := c.data[c.pos+1]
	if b == 'u' {
		r, ok := c.hex(c.pos + 2)
		if !ok {
			return 0, false
		}
		c.pos += 6
		if !utf16.IsSurrogate(r) {
			return r, true
		}
		if bytes.HasPrefix(c.data[c.pos:], []byte(`\u`)) {
			if low, ok := c.hex(c.pos + 2); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
				c.pos += 6
				return utf16.DecodeRune(r, low), true
			}
		}
		return half, true
	}
	i := bytes.IndexByte([]byte(`"\/bfnrt`), b)
	if i < 0 {
		return 0, false
	}
	c.pos += 2
	return rune("\"\\/\b\f\n\r\t"[i]), true
}

func (c *scanner) hex(at int) (rune, bool) {
	if at+4 > len(c.data) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(c.data[at:at+4]), 16, 16)
	return rune(v), err == nil
}
