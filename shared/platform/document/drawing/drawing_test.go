package drawing_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/drawing"
)

func boxes(d drawing.Drawing, paints ...drawing.Paint) (found []drawing.Shape) {
	for _, s := range d.Shapes {
		for _, p := range paints {
			if s.Form == drawing.Box && s.Paint == p {
				found = append(found, s)
			}
		}
	}
	return found
}

func one(form document.Form, values ...int64) document.Chart {
	c := document.Chart{Title: "t", Form: form, Type: document.In("EUR"), Series: []document.Series{{Name: "a", Values: values}}}
	for i := range values {
		c.Labels = append(c.Labels, string(rune('a'+i)))
	}
	return c
}

func TestBars(t *testing.T) {
	t.Parallel()
	d := drawing.Of(one(document.Bars, 100, -50, 0, 25))
	up, down := boxes(d, drawing.Part), boxes(d, drawing.Below)
	if len(up) != 3 || len(down) != 1 {
		t.Fatalf("%d up, %d down", len(up), len(down))
	}
	if up[0].X != 1200 || up[0].W != 2400 || down[0].X != 0 || down[0].W != 1200 || up[1].W != 0 || up[2].W != 600 {
		t.Errorf("%+v %+v", up, down)
	}
	if d.Told != "a: 1.00; b: \u22120.50; c: 0.00; d: 0.25" {
		t.Errorf("%q", d.Told)
	}
}

// What is very little beside the rest is seen all the same.
func TestLittleIsSeen(t *testing.T) {
	t.Parallel()
	d := drawing.Of(one(document.Bars, math.MaxInt64, 1, math.MinInt64, -1))
	for _, b := range append(boxes(d, drawing.Part), boxes(d, drawing.Below)...) {
		if b.W < 8 || b.X < 0 || b.X+b.W > drawing.Width {
			t.Errorf("%+v", b)
		}
	}
}

// Shares fill the whole and tell percentages that add up; with a negative part they are bars.
func TestShares(t *testing.T) {
	t.Parallel()
	d := drawing.Of(one(document.Shares, 1, 1, 1))
	if d.Told != "a: 0.01, 33.34\u00a0%; b: 0.01, 33.33\u00a0%; c: 0.01, 33.33\u00a0%" {
		t.Errorf("%q", d.Told)
	}
	if got := boxes(d, drawing.Part, drawing.Part+1, drawing.Part+2); len(got) != 6 || got[0].X != 0 {
		t.Errorf("%+v", got)
	}
	for _, values := range [][]int64{{3, -1}, {0, 0}, {math.MaxInt64, 1}} {
		if d := drawing.Of(one(document.Shares, values...)); strings.Contains(d.Told, "%") || len(boxes(d, drawing.Track)) != 2 {
			t.Errorf("%v is drawn as shares: %q", values, d.Told)
		}
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	c := one(document.Pairs, 10, 20, 0)
	c.Series = append(c.Series, document.Series{Name: "b", Values: []int64{20, -20, 5}})
	d := drawing.Of(c)
	first, second := boxes(d, drawing.Part), boxes(d, drawing.Part+1)
	if len(first) != 3 || len(second) != 4 { // the legend's among them; nothing for 0
		t.Fatalf("%+v %+v", first, second)
	}
	if first[1].H*2 != first[2].H || second[1].H != second[2].H || second[1].Y+second[1].H != second[2].Y {
		t.Errorf("%+v %+v", first, second)
	}
	if d.Told != "a: lowest 0.00 at c, highest 0.20 at b; b: lowest \u22120.20 at b, highest 0.20 at a" {
		t.Errorf("%q", d.Told)
	}
}

// Every shape lies within the drawing, whatever is drawn.
func TestShapesLieWithin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom([]document.Form{document.Bars, document.Columns, document.Shares}).Draw(t, "form")
		d := drawing.Of(one(form, rapid.SliceOfN(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 3)), 1, 8).Draw(t, "values")...))
		for _, s := range d.Shapes {
			if s.X < 0 || s.Y < 0 || s.W < 0 || s.H < 0 || s.X+s.W > drawing.Width || s.Y+s.H > d.Height {
				t.Fatalf("%+v in a drawing of height %d", s, d.Height)
			}
		}
	})
}
