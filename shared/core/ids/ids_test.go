package ids_test

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
)

func entry() ids.Entry {
	return ids.Entry{Kind: 'r', Property: ids.NewUUID(), Date: bizdate.MustParse("2024-02-29"), ID: ids.NewUUID()}
}

func TestUUIDs(t *testing.T) {
	t.Parallel()
	seen := map[ids.UUID]bool{}
	for range 1000 {
		u := ids.NewUUID()
		s := u.String()
		if back, err := ids.ParseUUID(s); err != nil || back != u || seen[u] {
			t.Fatalf("%s: %v %v, seen %v", s, back, err, seen[u])
		}
		if s[14] != '4' || !strings.ContainsRune("89ab", rune(s[19])) {
			t.Fatalf("%s is not of version 4", s)
		}
		seen[u] = true
	}
}

func FuzzParseUUID(f *testing.F) {
	f.Add("8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10")
	f.Add("8D9F3A52-0C1E-4B7A-9F65-2F8F0C6F4A10")
	f.Add("8d9f3a520c1e4b7a9f652f8f0c6f4a10----")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if u, err := ids.ParseUUID(s); err == nil && u.String() != s {
			t.Fatalf("%q was read as %s", s, u)
		}
	})
}

func TestEntryRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := ids.Entry{
			Kind:     rapid.Byte().Draw(t, "kind"),
			Property: ids.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "property")),
			Date:     bizdate.MustParse("2000-01-01").AddDays(rapid.IntRange(-36_000, 2_900_000).Draw(t, "date")),
			ID:       ids.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")),
		}
		s := e.String()
		if back, err := ids.ParseEntry(s); err != nil || back != e || len(s) != 51 {
			t.Fatalf("%+v became %q became %+v, %v", e, s, back, err)
		}
	})
}

// FuzzParseEntry: one entry has one id, whatever a caller sends.
func FuzzParseEntry(f *testing.F) {
	s := entry().String()
	f.Add(s)
	f.Add(strings.Repeat("\n", len(s)))
	f.Add(s[:50] + "\n")
	f.Add(s[:10] + "\r\n\n" + s[13:])
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := ids.ParseEntry(s); err == nil && e.String() != s {
			t.Fatalf("%q was read as %q", s, e)
		}
	})
}

func TestParseEntryRefuses(t *testing.T) {
	t.Parallel()
	good := entry().String()
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int, b ...byte) string {
		c := append([]byte(nil), raw...)
		copy(c[at:], b)
		return base64.RawURLEncoding.EncodeToString(c)
	}
	dated := func(n uint32) string { return changed(18, binary.BigEndian.AppendUint32(nil, n)...) }
	if _, err := ids.ParseEntry(dated(20240229)); err != nil {
		t.Fatalf("the test's own encoding: %v", err)
	}
	for name, s := range map[string]string{
		"empty": "", "short": good[:50], "long": good + "A", "padded": good + "=", "spaces": strings.Repeat(" ", 51),
		"version 0": changed(0, 0), "version 2": changed(0, 2), "no date": dated(0), "no such day": dated(20230229),
		"beyond": dated(1<<32 - 1), "standard alphabet": good[:20] + "+/" + good[22:],
		"line breaks":     strings.Repeat("\n", 51), // the decoder skips them
		"one line break":  good[:50] + "\n",
		"three of them":   good[:48] + "\r\n\n",
		"one in the date": good[:26] + "\n" + good[27:],
	} {
		if e, err := ids.ParseEntry(s); err == nil {
			t.Errorf("%s: %q was read as %+v", name, s, e)
		}
	}
}

// TestParseEntryRefusesOtherSpellings: the last character carries two bits that are not the id's.
func TestParseEntryRefusesOtherSpellings(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	good, accepted := entry().String(), 0
	for _, c := range alphabet {
		s := good[:50] + string(c)
		e, err := ids.ParseEntry(s)
		if err != nil {
			continue
		}
		accepted++
		if e.String() != s {
			t.Errorf("%q was read as %q", s, e)
		}
	}
	if accepted != 16 {
		t.Errorf("%d last characters were accepted, want the 16 that leave the two bits zero", accepted)
	}
}
