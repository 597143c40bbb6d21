package limiter

import "time"

const (
	// buckets is how many sub-buckets a window has: a second each where the window is a minute.
	buckets = 60
	// slots is how many of them are counted together. A lease is used in the sub-bucket that it was
	// taken in, or in the next. So what is used within any one window was leased in 62 consecutive
	// sub-buckets at most, and where these hold no more than the limit, no window does. It costs
	// 2 in 62 of the limit.
	slots = buckets + 2
	// ahead is by how many sub-buckets another instance's clock may be ahead of ours.
	ahead = 5
)

// window is what was taken of a limit, by sub-bucket. The zero value is empty. A sub-bucket's number
// is the time since 1970 over its width.
type window struct {
	newest int64 // the number of the latest sub-bucket
	sum    int
	taken  [slots]int32 // of sub-bucket n at n % slots
}

// advance forgets what has left the window at sub-bucket b. It does not go back.
func (w *window) advance(b int64) {
	if b <= w.newest {
		return
	}
	if b-w.newest >= slots {
		*w = window{newest: b}
		return
	}
	for w.newest < b {
		w.newest++
		w.sum -= int(w.taken[w.newest%slots])
		w.taken[w.newest%slots] = 0
	}
}

// add notes that n were taken in the latest sub-bucket.
func (w *window) add(n int) {
	w.taken[w.newest%slots] += int32(n) //nolint:gosec // G115: at most a limit and its debts, far below 2^31
	w.sum += n
}

// merge adds what another window has, sub-bucket by sub-bucket; both are at the same one.
func (w *window) merge(o *window) {
	for i, n := range o.taken {
		w.taken[i] += n
	}
	w.sum += o.sum
}

// less takes out what another window has; what has left w meanwhile is passed over.
func (w *window) less(o window) {
	o.advance(w.newest)
	for i, n := range o.taken {
		w.taken[i] -= n
	}
	w.sum -= o.sum
}

// until is how many sub-buckets must pass before at least n have left the window.
func (w *window) until(n int) int {
	if n <= 0 {
		return 0
	}
	for i := range int64(slots) {
		oldest := w.newest - slots + 1 + i
		if n -= int(w.taken[(oldest%slots+slots)%slots]); n <= 0 {
			return int(i) + 1
		}
	}
	return slots
}

// Record is a window as instances share it.
type Record struct {
	Newest int64   // the number of the latest sub-bucket
	Taken  []int64 // what was taken, the latest sub-bucket last; 62 at most
}

// record is w to be shared.
func (w *window) record() Record {
	r := Record{Newest: w.newest, Taken: make([]int64, slots)}
	for i := range r.Taken {
		n := w.newest - slots + 1 + int64(i)
		r.Taken[i] = int64(w.taken[(n%slots+slots)%slots])
	}
	return r
}

// read is the window of a record at sub-bucket b. A record from a clock that is far ahead counts as
// one of now: so what it holds is kept for longer, and never for less.
func read(r Record, b int64) window {
	w := window{newest: min(r.Newest, b+ahead)}
	from := max(0, len(r.Taken)-slots)
	for i, n := range r.Taken[from:] {
		at := w.newest - int64(len(r.Taken)-from-1-i)
		n = min(max(n, 0), 1<<30)
		w.taken[(at%slots+slots)%slots] = int32(n)
		w.sum += int(n)
	}
	w.advance(b)
	return w
}

// bucket is the number of t's sub-bucket.
func (l *Limiter) bucket(t time.Time) int64 { return t.UnixNano() / int64(l.width) }
