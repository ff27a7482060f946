// Package id makes and reads the identifiers of yifen, and places them in buckets.
//
// An id is a prefix, two digits of bucket and a ULID: "pay_" + "07" + 26 characters, 32 in all for a
// payment, so that it serves as a wallet's order number too. Ids of one maker rise with time, so lists
// order by time, then id. The bucket is fixed for life; everything of one merchant lies in the
// merchant's bucket, and the bucket leads every key of those tables, which is what lets a distributed
// engine place them together.
package id

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"sync"
	"time"
)

// BucketCount is the number of buckets, fixed for the life of an installation.
const BucketCount = 64

// Bucket is where the rows of a merchant lie: 0 to 63.
type Bucket uint8

// Of returns the bucket of a key that is spread by its own text, such as a directory key.
func Of(key string) Bucket {
	h := fnv.New32a()
	io.WriteString(h, key)
	return Bucket(h.Sum32() % BucketCount)
}

// String returns the two digits that ids carry.
func (b Bucket) String() string { return string([]byte{'0' + byte(b)/10, '0' + byte(b)%10}) }

// crockford is the alphabet of ULIDs: base 32 without I, L, O and U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const ulidLen = 26

// Maker makes ids from a clock and a source of chance, which it is handed: the domain has neither.
// It is safe for concurrent use.
type Maker struct {
	now     func() time.Time
	entropy io.Reader

	mu   sync.Mutex
	last uint64 // milliseconds of the newest id
	hi   uint16 // the 80 random bits of the newest id, counted up within one millisecond
	lo   uint64
}

// NewMaker returns a maker that reads the time from now and chance from entropy.
func NewMaker(now func() time.Time, entropy io.Reader) *Maker {
	return &Maker{now: now, entropy: entropy}
}

// New returns the next id: prefix, bucket, ULID. It panics when the source of chance fails.
func (m *Maker) New(prefix string, b Bucket) string {
	buf := make([]byte, 0, len(prefix)+2+ulidLen)
	buf = append(buf, prefix...)
	buf = append(buf, '0'+byte(b)/10, '0'+byte(b)%10)
	return string(m.appendULID(buf))
}

// NewRoot returns the id of something that begins a bucket of its own, such as a merchant: the bucket is
// the hash of its ULID.
func (m *Maker) NewRoot(prefix string) string {
	ulid := string(m.appendULID(make([]byte, 0, ulidLen)))
	return prefix + Of(ulid).String() + ulid
}

// Since returns what every id of a prefix and bucket that is made at t or later follows.
func Since(prefix string, b Bucket, t time.Time) string {
	buf := append([]byte(prefix), b.String()...)
	ms := uint64(max(0, t.UnixMilli()))
	for shift := 45; shift >= 0; shift -= 5 {
		buf = append(buf, crockford[ms>>shift&31])
	}
	return string(buf)
}

// Moment returns the part of an id that rises with time whatever the prefix and bucket, so that ids are held against each
// other across buckets. Of what is no id it returns nothing.
func Moment(s string) string {
	if _, err := BucketOf(s); err != nil {
		return ""
	}
	return s[len(s)-ulidLen:]
}

func (m *Maker) appendULID(buf []byte) []byte {
	m.mu.Lock()
	ms := uint64(m.now().UnixMilli())
	if ms <= m.last { // same millisecond, or a clock that stepped back: keep rising
		ms = m.last
		m.lo++
		if m.lo == 0 {
			m.hi++
		}
	} else {
		var chance [10]byte
		if _, err := io.ReadFull(m.entropy, chance[:]); err != nil {
			m.mu.Unlock()
			panic("id: no entropy: " + err.Error())
		}
		m.last = ms
		m.hi = binary.BigEndian.Uint16(chance[:2]) &^ 0x8000 // head room for counting up
		m.lo = binary.BigEndian.Uint64(chance[2:])
	}
	hi, lo := m.hi, m.lo
	m.mu.Unlock()

	for shift := 45; shift >= 0; shift -= 5 {
		buf = append(buf, crockford[ms>>shift&31])
	}
	// 80 bits as 16 digits of 5 bits; the fourth digit spans the border between hi and lo.
	for digit := 15; digit >= 0; digit-- {
		bit := digit * 5
		var v uint64
		switch {
		case bit >= 64:
			v = uint64(hi) >> (bit - 64)
		case bit > 59:
			v = lo>>bit | uint64(hi)<<(64-bit)
		default:
			v = lo >> bit
		}
		buf = append(buf, crockford[v&31])
	}
	return buf
}

// BucketOf reads the bucket that an id carries.
func BucketOf(s string) (Bucket, error) {
	if len(s) < 2+ulidLen {
		return 0, fmt.Errorf("id is too short: %d characters", len(s))
	}
	d := s[len(s)-ulidLen-2:]
	if d[0] < '0' || d[0] > '6' || d[1] < '0' || d[1] > '9' {
		return 0, fmt.Errorf("id carries no bucket")
	}
	b := (d[0]-'0')*10 + d[1] - '0'
	if b >= BucketCount {
		return 0, fmt.Errorf("id carries bucket %d of %d", b, BucketCount)
	}
	return Bucket(b), nil
}

// MustBucket is BucketOf for ids that yifen itself made; it panics on others.
func MustBucket(s string) Bucket {
	b, err := BucketOf(s)
	if err != nil {
		panic("id: " + err.Error())
	}
	return b
}
