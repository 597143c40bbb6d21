package money

import "strings"

// exponents are the decimals of the minor unit by ISO 4217 (list one, without the codes for funds,
// metals and testing). ANG and BGN, withdrawn lately, stay for the books of their last years.
// golang.org/x/text/currency is not asked: its scales are CLDR's, which say 0 for currencies whose
// coins went out of use (IDR, COP, PKR), where ISO 4217 and the banks' files say 2.
var exponents = func() map[Currency]uint8 {
	table := make(map[Currency]uint8, 160)
	for exponent, codes := range map[uint8]string{
		0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF`,
		2: `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD
			CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
			GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD
			MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
			PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
			TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
		3: `BHD IQD JOD KWD LYD OMR TND`,
	} {
		for _, code := range strings.Fields(codes) {
			table[Currency(code)] = exponent
		}
	}
	return table
}()
