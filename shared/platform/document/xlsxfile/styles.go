package xlsxfile

import (
	"strconv"
	"strings"

	"innkeep.internal/shared/platform/document"
)

// The styles of cells, by their place in the list of stylesPart. From firstFormat on there are two
// for each of formats, the second one for total rows.
const (
	stylePlain = iota
	styleTitle
	styleHeading
	styleHeadingRight
	firstFormat
)

// maxAmountDecimals is more than any currency has.
const maxAmountDecimals = 8

// formats are the number formats; those of amounts stand last, by their decimals.
var formats = func() []string {
	list := []string{"@", "yyyy-mm-dd", "#,##0", "0.00%", "General"}
	for n := range maxAmountDecimals + 1 {
		f := "#,##0"
		if n > 0 {
			f += "." + strings.Repeat("0", n)
		}
		list = append(list, f+";[Red]-"+f)
	}
	return list
}()

const firstAmount = 5

// styleOf is the style of a value.
func styleOf(t document.Type, total bool) int {
	format := 0
	switch t.Kind {
	case document.Date:
		format = 1
	case document.Integer:
		format = 2
	case document.Percent:
		format = 3
	case document.Ratio:
		format = 4
	case document.Amount:
		format = firstAmount + t.Decimals
	}
	style := firstFormat + 2*format
	if total {
		style++
	}
	return style
}

// firstFormatID is the first number that formats of one's own may have.
const firstFormatID = 164

var stylesPart = func() string {
	var codes, cells strings.Builder
	for i, f := range formats {
		id := strconv.Itoa(firstFormatID + i)
		codes.WriteString(`<numFmt numFmtId="` + id + `" formatCode="` + string(appendText(nil, f)) + `"/>`)
		align := ""
		if i == 4 { // a ratio that is kept as a text stands to the right as well
			align = `<alignment horizontal="right"/>`
		}
		cells.WriteString(`<xf numFmtId="` + id + `" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">` + align + `</xf>`)
		cells.WriteString(`<xf numFmtId="` + id + `" fontId="1" fillId="0" borderId="2" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1" applyAlignment="1">` + align + `</xf>`)
	}
	return xmlHead + `<styleSheet ` + mainNS + `>` +
		`<numFmts count="` + strconv.Itoa(len(formats)) + `">` + codes.String() + `</numFmts>` +
		`<fonts count="3"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>` +
		`<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font>` +
		`<font><b/><sz val="16"/><name val="Calibri"/><family val="2"/></font></fonts>` +
		`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>` +
		`<fill><patternFill patternType="solid"><fgColor rgb="FFEEF2F4"/><bgColor indexed="64"/></patternFill></fill></fills>` +
		`<borders count="3"><border><left/><right/><top/><bottom/><diagonal/></border>` +
		`<border><left/><right/><top/><bottom style="thin"><color rgb="FF8A979E"/></bottom><diagonal/></border>` +
		`<border><left/><right/><top style="thin"><color rgb="FF8A979E"/></top><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="` + strconv.Itoa(firstFormat+2*len(formats)) + `">` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="49" fontId="2" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>` +
		`<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1"/>` +
		`<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment horizontal="right"/></xf>` +
		cells.String() + `</cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
}()
