package money_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/currency"

	"innkeep.internal/shared/core/money"
)

// iso lists the active codes of ISO 4217, list one, by exponent; typed here a second time so that a
// slip in the package's table shows.
var iso = map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
	3: "BHD IQD JOD KWD LYD OMR TND",
	2: "AUD BRL CAD CHF CNY EUR GBP HKD INR MXN NOK NZD SEK SGD THB TRY USD ZAR",
}

// cldrSaysZero are the currencies whose ISO exponent CLDR does not keep, since their coins are out
// of use. Banks' files have the ISO exponent.
const cldrSaysZero = "AFN ALL AMD COP GYD IDR IQD IRR KPW LAK LBP MGA MMK MNT MUR PKR RSD SOS SYP TZS UZS YER"

func TestExponents(t *testing.T) {
	t.Parallel()
	for exponent, codes := range iso {
		for _, code := range strings.Fields(codes) {
			c, err := money.ParseCurrency(code)
			if err != nil || c.Exponent() != exponent {
				t.Errorf("%s: %v, want %d decimals", code, err, exponent)
			}
		}
	}
}

func TestExponentsAgreeWithCLDR(t *testing.T) {
	t.Parallel()
	differing, compared := map[string]bool{}, 0
	for _, code := range strings.Fields(cldrSaysZero) {
		differing[code] = true
	}
	for code := range everyCode() {
		c, err := money.ParseCurrency(code)
		if err != nil {
			continue
		}
		unit, err := currency.ParseISO(code)
		if err != nil {
			continue // newer than the CLDR of x/text
		}
		compared++
		scale, _ := currency.Standard.Rounding(unit)
		if agrees := scale == c.Exponent(); agrees == differing[code] {
			t.Errorf("%s: CLDR %d, here %d; listed as differing: %v", code, scale, c.Exponent(), differing[code])
		}
		if differing[code] && scale != 0 {
			t.Errorf("%s: CLDR has %d decimals now", code, scale)
		}
	}
	if compared < 140 {
		t.Errorf("only %d currencies compared", compared)
	}
}

func everyCode() map[string]bool {
	codes := map[string]bool{}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			for c := 'A'; c <= 'Z'; c++ {
				codes[string([]rune{a, b, c})] = true
			}
		}
	}
	return codes
}

func TestParseCurrencyRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "eur", "EU", "EURO", " EUR", "XXX", "XTS", "XAU", "XDR", "CLF", "UYW", "CHE", "DEM", "ZWL", "€"} {
		if _, err := money.ParseCurrency(s); !errors.Is(err, money.ErrCurrency) {
			t.Errorf("%q: %v", s, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("the exponent of no currency did not panic")
		}
	}()
	money.Currency("eur").Exponent()
}
