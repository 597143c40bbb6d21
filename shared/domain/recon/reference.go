package recon

import (
	"strings"
	"unicode"
)

const (
	// minKey is the length of the shortest reference that says anything: "2026" and longer.
	minKey = 4
	// minWord is that of a word of an entry's description, which is no reference by itself.
	minWord = 6
	// maxKey bounds a reference: banks cut at 35 characters.
	maxKey = 40
	// maxRun is how many words of a text a reference may be spread over: "INV 2026 0123".
	maxRun = 3
	// maxWords bounds the words of a text that are looked at.
	maxWords = 80
)

// normal is a reference without what people and banks change in it: upper case, letters and digits
// alone. It is empty when what is left cannot tell one payment from another: too short, or without a
// digit.
func normal(s string) string {
	var b strings.Builder
	digit := false
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digit = true
			b.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	if !digit || b.Len() < minKey || b.Len() > maxKey {
		return ""
	}
	return b.String()
}

// runs gives each reference that stands in a text: one to maxRun neighbouring words, joined.
func runs(text string, each func(key string)) {
	words := strings.Fields(text)
	if len(words) > maxWords {
		words = words[:maxWords]
	}
	for i := range words {
		joined := ""
		for j := i; j < len(words) && j < i+maxRun; j++ {
			joined += words[j]
			if len(joined) > 4*maxKey {
				break
			}
			if key := normal(joined); key != "" {
				each(key)
			}
		}
	}
}

// keys gives what an item may be called in a bank's text: its bank reference, its name in another
// system, and the references in its description.
func (it Item) keys(each func(key string)) {
	for _, s := range []string{it.Reference, it.External} {
		if key := normal(s); key != "" {
			each(key)
		}
	}
	runs(it.Description, func(key string) {
		if len(key) >= minWord && strings.ContainsFunc(key, unicode.IsLetter) { // a bare number may be a date
			each(key)
		}
	})
}

// keys gives every reference that a line carries.
func (l Line) keys(each func(key string)) {
	for _, s := range []string{l.Reference, l.BankReference} {
		if key := normal(s); key != "" {
			each(key)
		}
	}
	runs(l.Reference, each)
	runs(l.Text, each)
}

// series is the letters that a reference begins with, two of them at least, before nothing but digits:
// "INV" of "INV202600123"; empty when it is not of that form.
func series(key string) string {
	digits := strings.IndexFunc(key, func(r rune) bool { return r >= '0' && r <= '9' })
	if digits < 2 || strings.ContainsFunc(key[digits:], unicode.IsLetter) {
		return ""
	}
	return key[:digits]
}

// serials are a node's references by their series, of each the longest: the words of a text give its
// parts, too.
type serials []struct{ series, key string }

// note adds a reference.
func (s *serials) note(key string) {
	of := series(key)
	if of == "" {
		return
	}
	for i, x := range *s {
		if x.series == of {
			if len(key) > len(x.key) {
				(*s)[i].key = key
			}
			return
		}
	}
	*s = append(*s, struct{ series, key string }{of, key})
}

// contradict reports whether one series stands in both with two references: of two invoices one cannot
// be the other.
func (s serials) contradict(other serials) bool {
	for _, x := range s {
		for _, y := range other {
			if x.series == y.series && x.key != y.key {
				return true
			}
		}
	}
	return false
}
