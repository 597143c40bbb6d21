package strict

import (
	"math"
	"reflect"
	"regexp"

	"github.com/danielgtaylor/huma/v2"
)

func (n *node) text(s *huma.Schema, t reflect.Type) {
	if s.Pattern != "" {
		n.re, n.reText = regexp.MustCompile(s.Pattern), "pattern: "+s.Pattern
		if s.PatternDescription != "" {
			n.reText = "expected " + s.PatternDescription
		}
	}
	if s.Format != "" && t != timeType {
		n.format = &huma.Schema{Type: huma.TypeString, Format: s.Format}
		n.format.PrecomputeMessages()
	}
	n.base64 = s.ContentEncoding == "base64"
}

// integer narrows the int64 range to what the Go type holds and the schema allows.
func (n *node) integer(s *huma.Schema, t reflect.Type) {
	n.minInt, n.maxInt = math.MinInt64, math.MaxInt64
	if t != nil {
		switch t.Kind() {
		case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int:
			n.minInt, n.maxInt = -1<<(t.Bits()-1), 1<<(t.Bits()-1)-1
		case reflect.Uint8, reflect.Uint16, reflect.Uint32:
			n.minInt, n.maxInt = 0, 1<<t.Bits()-1
		case reflect.Uint, reflect.Uint64:
			n.minInt = 0
		}
	}
	if s.Minimum != nil {
		n.minInt = max(n.minInt, toInt(math.Ceil(*s.Minimum)))
	}
	if s.ExclusiveMinimum != nil {
		n.minInt = max(n.minInt, toInt(math.Floor(*s.ExclusiveMinimum)+1))
	}
	if s.Maximum != nil {
		n.maxInt = min(n.maxInt, toInt(math.Floor(*s.Maximum)))
	}
	if s.ExclusiveMaximum != nil {
		n.maxInt = min(n.maxInt, toInt(math.Ceil(*s.ExclusiveMaximum)-1))
	}
	if s.MultipleOf != nil {
		n.multipleOf = toInt(*s.MultipleOf)
	}
}

// toInt is f as an int64, at the end of the range where f is beyond it.
func toInt(f float64) int64 {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

func (n *node) number(s *huma.Schema) {
	n.minNum, n.maxNum = -math.MaxFloat64, math.MaxFloat64
	if s.Format == "float" {
		n.minNum, n.maxNum = -math.MaxFloat32, math.MaxFloat32
	}
	if s.Minimum != nil {
		n.minNum = *s.Minimum
	}
	if s.ExclusiveMinimum != nil {
		n.minNum, n.openMin = *s.ExclusiveMinimum, true
	}
	if s.Maximum != nil {
		n.maxNum = *s.Maximum
	}
	if s.ExclusiveMaximum != nil {
		n.maxNum, n.openMax = *s.ExclusiveMaximum, true
	}
}
