package mapping

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// lineHash counts equal lines: the first half of a SHA-256, to halve what a long file costs in
// memory (about 40 bytes a line). Two lines that met in it would only get other occurrence numbers.
type lineHash [16]byte

// keyer makes the keys of lines.
type keyer struct {
	prefix string
	column int // -1: lines have no number of their own
	seen   map[lineHash]uint32
}

// key is the prefix with the line's own number ("" when that is empty), or with the hash of its cells
// and, since two equal lines may both be meant, how many times it has been seen.
func (k *keyer) key(cells []string) string {
	if k.column >= 0 {
		own := strings.TrimSpace(cells[k.column])
		if own == "" {
			return ""
		}
		return k.prefix + own
	}
	h := sha256.New()
	for _, cell := range cells {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(cell)))
		h.Write(length[:])
		h.Write([]byte(cell))
	}
	sum := h.Sum(nil)
	short := lineHash(sum)
	k.seen[short]++
	return fmt.Sprintf("%s%s-%d", k.prefix, hex.EncodeToString(sum), k.seen[short])
}
