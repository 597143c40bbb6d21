package exportapi

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// factual are numbers that are no figures: they stand with the facts.
var factual = map[string]bool{"formulaVersion": true, "year": true, "streamVersion": true, "version": true}

// keys are columns that programs need and people do not.
var keys = map[string]bool{"id": true, "propertyId": true, "reversalOf": true, "entryId": true, "contentHash": true}

// added are the columns that a total row adds up: sums of what happened. Balances, averages and
// rates are not.
var added = set("amountMinor netMinor receivedMinor expensesMinor count entryCount cashReceivedMinor bankReceivedMinor totalReceivedMinor " +
	"cashExpensesMinor bankExpensesMinor totalExpensesMinor transfersInMinor transfersOutMinor overShortMinor netCashFlowMinor " +
	"debitMinor creditMinor roomRevenueMinor revenueMinor roomsSold roomsAvailable legCount")

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(names) {
		m[n] = true
	}
	return m
}

// chars are the usual lengths of texts that are not as long as others.
var chars = map[string]int{
	"type": 10, "paymentMode": 11, "source": 14, "categoryCode": 14, "kind": 14, "status": 8, "code": 8, "name": 22, "currency": 6,
	"vendorName": 18, "createdBy": 14, "approvedBy": 14, "countedBy": 14, "description": 34, "note": 30, "recordedAt": 24, "blind": 5, "accountCode": 9,
}

// labels are the words for names that do not say them letter by letter.
var labels = map[string]string{
	"id": "Id", "propertyId": "Property id", "asOf": "As of", "knownAt": "Known at", "adrMinor": "ADR", "revparMinor": "RevPAR", "revParMinor": "RevPAR",
	"trevparMinor": "TRevPAR", "overShortMinor": "Over/short", "byPaymentMode": "By payment mode", "categoryCode": "Category", "reversalOf": "Reversal of",
	"goparMinor": "GOPPAR", "bySource": "By source", "byCategory": "By category", "vendorName": "Vendor", "accountCode": "Account",
}

// label is the field's name in words: "cashReceivedMinor" is "Cash received".
func (f field) label() string { return inWords(f.name) }

func inWords(name string) string {
	if l, ok := labels[name]; ok {
		return l
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "Minor"), "BasisPoints")
	var b strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(r))
		case unicode.IsUpper(r):
			b.WriteRune(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func lower(title string) string {
	if strings.ToUpper(title) == title {
		return title
	}
	return strings.ToLower(title[:1]) + title[1:]
}

// keyTitle is the title of the column of a map's keys: "byPaymentMode" has payment modes.
func keyTitle(name string) string {
	if rest, ok := strings.CutPrefix(name, "by"); ok && rest != "" {
		return inWords(strings.ToLower(rest[:1]) + rest[1:])
	}
	return inWords(name)
}

// ranks are the facts that stand first and last, in their order; the others stand between.
var (
	firstFacts = []string{"From", "To", "Business date", "Currency", "Status"}
	lastFacts  = []string{"As of", "Known at", "Formula version", "Property id", "Content hash"}
)

func rank(label string) int {
	if i := slices.Index(firstFacts, label); i >= 0 {
		return i
	}
	if i := slices.Index(lastFacts, label); i >= 0 {
		return len(firstFacts) + 1 + i
	}
	return len(firstFacts)
}

var jsonName = regexp.MustCompile(`\b[a-z][A-Za-z]*(Minor|BasisPoints)\b`)

// meaning is a field's documentation for those who do not see the JSON.
func meaning(doc string) string {
	return jsonName.ReplaceAllStringFunc(doc, func(name string) string { return lower(inWords(name)) })
}
