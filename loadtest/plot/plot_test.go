package plot

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestSVGIsWellFormed(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]Plot{
		"nothing": {Title: "a < b"},
		"line":    {Title: "t", X: "s", Y: "ms", Limit: 2, Series: []Series{{Name: "a", X: []float64{1, 2, 3}, Y: []float64{1, 5, 2}}, {Name: "b&c", X: []float64{1}, Y: []float64{1}}}},
		"bars":    {Title: "t", Bars: true, Series: []Series{{X: []float64{0, 1}, Y: []float64{3, 0}}}},
		"log":     {Title: "t", Logarithmic: true, Ticks: map[float64]string{1: "p0", 100: "p99"}, Series: []Series{{X: []float64{1, 100}, Y: []float64{1, 2}}}},
	} {
		svg := p.SVG()
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s: a place that is none: %s", name, svg)
		}
	}
}

func TestRounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to float64
		want     int
	}{{0, 10, 6}, {0, 1, 6}, {0, 97, 5}, {3, 3.5, 6}} {
		if got := rounds(c.from, c.to); len(got) < 4 || len(got) > 11 {
			t.Errorf("%v to %v: %v, want about %d", c.from, c.to, got, c.want)
		}
	}
}
