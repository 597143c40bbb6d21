package xlsxfile

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"innkeep.internal/shared/platform/document"
)

// fixed is a part that is known before the rows.
type fixed struct{ name, text string }

const (
	packageNS  = `http://schemas.openxmlformats.org/package/2006/`
	officeNS   = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	sheetTypes = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
)

func fixedParts(d document.Document, names []string) []fixed {
	var types, sheets, relations, titles strings.Builder
	for i, name := range names {
		n := strconv.Itoa(i + 1)
		types.WriteString(`<Override PartName="/` + sheetPath(i) + `" ContentType="` + sheetTypes + `worksheet+xml"/>`)
		sheets.WriteString(`<sheet name="` + string(appendText(nil, name)) + `" sheetId="` + n + `" r:id="rId` + n + `"/>`)
		relations.WriteString(`<Relationship Id="rId` + n + `" Type="` + officeNS + `/worksheet" Target="worksheets/sheet` + n + `.xml"/>`)
		if i > 0 {
			quoted := string(appendText(nil, strings.ReplaceAll(name, "'", "''")))
			titles.WriteString(`<definedName name="_xlnm.Print_Titles" localSheetId="` + strconv.Itoa(i) + `">'` + quoted + `'!$1:$1</definedName>`)
		}
	}
	defined := ""
	if titles.Len() > 0 {
		defined = `<definedNames>` + titles.String() + `</definedNames>`
	}
	styles := strconv.Itoa(len(names) + 1)
	return []fixed{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="` + packageNS + `content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + sheetTypes + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + sheetTypes + `styles+xml"/>` +
			`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>` +
			types.String() + `</Types>`},
		{"_rels/.rels", xmlHead + `<Relationships xmlns="` + packageNS + `relationships">` +
			`<Relationship Id="rId1" Type="` + officeNS + `/officeDocument" Target="xl/workbook.xml"/>` +
			`<Relationship Id="rId2" Type="` + packageNS + `relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`},
		{"docProps/core.xml", xmlHead + `<cp:coreProperties xmlns:cp="` + packageNS + `metadata/core-properties" ` +
			`xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>` + string(appendText(nil, document.Clean(d.Title))) + `</dc:title></cp:coreProperties>`},
		{"xl/workbook.xml", xmlHead + `<workbook ` + mainNS + ` xmlns:r="` + officeNS + `"><sheets>` + sheets.String() + `</sheets>` + defined + `</workbook>`},
		{"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="` + packageNS + `relationships">` + relations.String() +
			`<Relationship Id="rId` + styles + `" Type="` + officeNS + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", stylesPart},
	}
}

// maxName is how many UTF-16 units a sheet's name may have.
const maxName = 31

// sheetNames are valid names, different in any case: of the first sheet, then of the sections.
func sheetNames(d document.Document) []string {
	taken := map[string]bool{"history": true} // a name that the format keeps for itself
	names := []string{unique("Summary", taken)}
	for _, s := range d.Sections {
		names = append(names, unique(s.Title, taken))
	}
	return names
}

func unique(title string, taken map[string]bool) string {
	base := sheetName(title)
	name := base
	for n := 2; taken[strings.ToLower(name)]; n++ {
		suffix := " " + strconv.Itoa(n)
		name = strings.TrimRight(cutName(base, maxName-len(suffix)), " '") + suffix
	}
	taken[strings.ToLower(name)] = true
	return name
}

func sheetName(title string) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, document.Clean(title))
	name = strings.Trim(cutName(strings.Trim(name, " '"), maxName), " '")
	if name == "" {
		return "Table"
	}
	return name
}

// cutName is s, at most most UTF-16 units long.
func cutName(s string, most int) string {
	units := 0
	for i, r := range s {
		if units += utf16.RuneLen(r); units > most {
			return s[:i]
		}
	}
	return s
}
