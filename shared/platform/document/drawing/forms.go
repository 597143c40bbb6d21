package drawing

import (
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/platform/document"
)

// bars draws a labelled bar for each value, one below the other.
func (d *pen) bars() {
	const row, bar = 380, 90
	series := d.chart.Series[0]
	s := newScale(Width, series)
	for i, label := range d.chart.Labels {
		v := series.Values[i]
		shown := d.shown(v)
		y := d.y + row*i
		d.words(0, y+130, short(label, Width-letter*(len([]rune(shown))+2)), Start, Ink)
		d.words(Width, y+130, shown, End, Ink)
		d.box(0, y+190, Width, bar, Track)
		from, length := s.bar(v)
		paint := Part
		if v < 0 {
			paint = Below
		}
		d.box(from, y+190, length, bar, paint)
		d.tell(label, shown)
	}
	d.y += row * len(d.chart.Labels)
}

// shares draws the parts of a whole beside each other, and below them what each of them is.
func (d *pen) shares(parts []int64) {
	const bar, gap, row = 200, 20, 230
	values := d.chart.Series[0].Values
	s := scale{high: 10_000, length: Width}
	sofar := int64(0)
	for i, part := range parts {
		from, to := s.at(sofar), s.at(sofar+part)
		sofar += part
		if to-from > gap {
			d.box(from, 0, to-from-gap, bar, Part+Paint(i))
		}
	}
	d.y = bar + 60
	for i, label := range d.chart.Labels {
		share := document.Shown(document.Type{Kind: document.Percent}, document.Number(parts[i]))
		shown := d.shown(values[i])
		y := d.y + 150
		d.box(0, y-100, 110, 110, Part+Paint(i))
		d.words(180, y, short(label, Width-180-900-letter*(len([]rune(shown))+1)), Start, Ink)
		d.words(Width-800, y, shown, End, Ink)
		d.words(Width, y, share, End, Soft)
		d.tell(label, shown+", "+share)
		d.y += row
	}
}

// percentages are the values as parts of their sum, in basis points that add up to 10,000; not ok
// where a value is negative or there is no sum.
func percentages(values []int64) ([]int64, bool) {
	sum := money.NewSum(0)
	for _, v := range values {
		if v < 0 {
			return nil, false
		}
		sum = sum.Add(v)
	}
	if sum.Err != nil || sum.Minor == 0 {
		return nil, false
	}
	parts := make([]int64, len(values))
	for i, a := range money.Of(10_000, "").Allocate(values) {
		parts[i] = a.Minor
	}
	return parts, true
}

// columns draws the values of one or two series above and below a common zero, label by label.
func (d *pen) columns() {
	const height, top = 1300, 190
	series := d.chart.Series
	if len(series) > 1 {
		d.legend()
	}
	s := newScale(height, series...)
	base := d.y + top
	y := func(at int) int { return base + height - at }
	d.words(0, base-50, d.shown(s.high), Start, Soft)
	d.rule(0, base, Width)
	under := 0
	if s.low < 0 {
		d.words(Width, y(0)+140, d.shown(s.low), End, Soft)
		d.rule(0, y(0), Width)
		under = 150
	}
	n := len(d.chart.Labels)
	for i := range n {
		left, right := Width*i/n, Width*(i+1)/n
		gap := (right - left) / 6
		left, right = left+gap, right-gap
		for k, one := range series {
			from, length := s.bar(one.Values[i])
			paint := Part + Paint(k)
			if len(series) == 1 && one.Values[i] < 0 {
				paint = Below
			}
			x := left + (right-left)*k/len(series)
			if length > 0 {
				d.box(x, y(from+length), left+(right-left)*(k+1)/len(series)-x, length, paint)
			}
		}
	}
	d.rule(0, y(s.at(0)), Width)
	d.y = base + height + under + 170
	d.below()
	for _, one := range series {
		d.tellExtremes(one)
	}
	d.y += 40
}

// legend names the two series.
func (d *pen) legend() {
	for k, one := range d.chart.Series {
		x := Width / 2 * k
		d.box(x, d.y+30, 110, 110, Part+Paint(k))
		d.words(x+180, d.y+130, short(one.Name, Width/2-200), Start, Ink)
	}
	d.y += 230
}

// below writes labels under the columns: the first, the middle one and the last.
func (d *pen) below() {
	labels := d.chart.Labels
	n := len(labels)
	d.words(0, d.y, short(labels[0], Width/3), Start, Soft)
	if n > 2 {
		d.words(Width*(2*(n/2)+1)/(2*n), d.y, short(labels[n/2], Width/3), Middle, Soft)
	}
	if n > 1 {
		d.words(Width, d.y, short(labels[n-1], Width/3), End, Soft)
	}
}

func (d *pen) tellExtremes(s document.Series) {
	low, high := 0, 0
	for i, v := range s.Values {
		if v < s.Values[low] {
			low = i
		}
		if v > s.Values[high] {
			high = i
		}
	}
	name := s.Name
	if name == "" {
		name = d.chart.Title
	}
	d.tell(name, "lowest "+d.shown(s.Values[low])+" at "+d.chart.Labels[low]+", highest "+d.shown(s.Values[high])+" at "+d.chart.Labels[high])
}
