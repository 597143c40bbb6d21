package document_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var colour = regexp.MustCompile(`--([a-z]+[0-9]?): #([0-9a-f]{6})`)

// luminance of a colour by WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(shift int) float64 {
		c := float64(n>>shift&255) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

// TestContrast: texts stand out from what is behind them by 4.5 to 1, parts of charts by 2 to 1 and
// with their names beside them, in light and in dark.
func TestContrast(t *testing.T) {
	t.Parallel()
	css := styleElement.FindStringSubmatch(writeHTML(t, month()))[1]
	light, rest, _ := strings.Cut(css, "@media screen and (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "* {")
	for name, css := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]float64{}
		for _, m := range colour.FindAllStringSubmatch(css, -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		contrast := func(front, back string) float64 {
			a, b := colours[front], colours[back]
			return (max(a, b) + 0.05) / (min(a, b) + 0.05)
		}
		if len(colours) != 17 {
			t.Errorf("%s: %d colours", name, len(colours))
		}
		for _, back := range []string{"page", "sheet", "track"} {
			for _, front := range []string{"ink", "soft", "neg", "accent"} {
				if c := contrast(front, back); c < 4.5 {
					t.Errorf("%s: %s on %s is %.2f to 1", name, front, back, c)
				}
			}
		}
		for i := range 8 {
			if part := "p" + strconv.Itoa(i); contrast(part, "sheet") < 2 {
				t.Errorf("%s: %s is %.2f to 1", name, part, contrast(part, "sheet"))
			}
		}
	}
}
