package mapping

import (
	"math/big"
	"strings"
	"testing"
)

func TestMinorUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text               string
		exponent           int
		decimal, thousands string
		want               int64
	}{
		{"12", 2, ".", "", 1200}, {"12.3", 2, ".", "", 1230}, {"12.34", 2, ".", "", 1234}, {"0", 2, ".", "", 0},
		{"0.1", 2, ".", "", 10}, {"-0.07", 2, ".", "", -7}, {"-0.00", 2, ".", "", 0}, {"007.50", 2, ".", "", 750},
		{"1234", 0, ".", "", 1234}, {"1.005", 3, ".", "", 1005}, {"54.4", 2, ".", "", 5440}, {"1,50", 2, ",", "", 150},
		{"1.234.567,89", 2, ",", ".", 123456789}, {"1234567,89", 2, ",", ".", 123456789}, {"1'234.5", 2, ".", "'", 123450},
		{"-12\u00a0345,6", 2, ",", "\u00a0", -1234560},
		{"92233720368547758.07", 2, ".", "", 9223372036854775807}, {"-92233720368547758.08", 2, ".", "", -9223372036854775808},
	} {
		if got, err := minorUnits(c.text, c.exponent, c.decimal, c.thousands); err != nil || got != c.want {
			t.Errorf("%q: %d %v, want %d", c.text, got, err, c.want)
		}
	}
}

func TestMinorUnitsRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text               string
		exponent           int
		decimal, thousands string
	}{
		{"", 2, ".", ""}, {"-", 2, ".", ""}, {".", 2, ".", ""}, {".5", 2, ".", ""}, {"5.", 2, ".", ""}, {"+5", 2, ".", ""},
		{"--5", 2, ".", ""}, {"5-", 2, ".", ""}, {"1e3", 2, ".", ""}, {"0x10", 2, ".", ""}, {"NaN", 2, ".", ""}, {"Inf", 2, ".", ""},
		{"1_000", 2, ".", ""}, {" 5", 2, ".", ""}, {"5 EUR", 2, ".", ""}, {"(5)", 2, ".", ""}, {"1.2.3", 2, ".", ""}, {"1,5", 2, ".", ""},
		{"٣", 2, ".", ""}, {"1.234", 2, ".", ""}, {"1.230", 2, ".", ""}, {"1.0", 0, ".", ""}, {"1,234.5", 2, ".", ""},
		{"12,34.5", 2, ".", ","}, {"1234,567", 2, ".", ","}, {",123", 2, ".", ","}, {"1,,234", 2, ".", ","}, {"1.2,345", 3, ".", ","},
		{"92233720368547758.08", 2, ".", ""}, {"-92233720368547758.09", 2, ".", ""}, {strings.Repeat("9", 40), 2, ".", ""},
		{"9223372036854775808", 0, ".", ""}, {"922337203685477581", 2, ".", ""},
	} {
		if got, err := minorUnits(c.text, c.exponent, c.decimal, c.thousands); err == nil {
			t.Errorf("%q was read as %d", c.text, got)
		}
	}
}

// FuzzMinorUnits: what is read equals the exact rational number, and nothing exact is refused.
func FuzzMinorUnits(f *testing.F) {
	for _, text := range []string{"12.34", "-0.1", "92233720368547758.07", "1e3", "1/2", "", "0x1p-2"} {
		f.Add(text, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, exponent uint8) {
		exponent %= 4
		got, err := minorUnits(text, int(exponent), ".", "")
		exact, ok := new(big.Rat), true
		if len(text) < 60 && !strings.ContainsAny(text, "eEpPxXoObB/_+i") {
			_, ok = exact.SetString(text)
		} else if err != nil {
			return
		} else {
			t.Fatalf("%q was read as %d", text, got)
		}
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
		minor := exact.Mul(exact, new(big.Rat).SetInt(unit))
		_, fraction, _ := strings.Cut(text, ".")
		plain := ok && minor.IsInt() && minor.Num().IsInt64() && len(fraction) <= int(exponent) &&
			!strings.HasSuffix(text, ".") && !strings.HasPrefix(strings.TrimPrefix(text, "-"), ".")
		if plain != (err == nil) || plain && minor.Num().Int64() != got {
			t.Fatalf("%q with %d decimals: %d %v, exactly %s", text, exponent, got, err, minor)
		}
	})
}
