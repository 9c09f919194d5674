package main

import (
	"math/bits"
	"math/rand/v2"
)

// dice decide what is made up. They are thrown anew for each record, so that a
// record does not depend on which were made before it, or by whom.
type dice struct{ pcg rand.PCG }

// What dice are thrown for: part of their seed, so that none meet.
const (
	diceForSizes = iota
	diceForPrincipals
	diceForResources
	diceForFiles
	diceForRecords
	diceForCasts
	diceForSessions
)

func (d *dice) seed(seed, what, a, b uint64) {
	d.pcg.Seed(scatter(seed^what<<56)^a, scatter(a<<32^b))
}

// scatter spreads numbers that are close to each other (SplitMix64).
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below returns a number from 0 to n-1.
func (d *dice) below(n int) int {
	high, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(high)
}

// few returns a number from 0 to n-1, small ones far more often: as few users make
// most of the calls, and few buckets take most of the objects.
func (d *dice) few(n int) int {
	x := float64(d.pcg.Uint64()>>11) / (1 << 53)
	return int(x * x * x * float64(n))
}

const (
	hexDigits    = "0123456789abcdef"
	idLetters    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// append appends n characters of an alphabet of 64, or of one whose size divides
// that, repeated.
func (d *dice) append(b []byte, alphabet string, n int) []byte {
	for n > 0 {
		x := d.pcg.Uint64()
		for range min(n, 10) {
			b = append(b, alphabet[int(x&63)%len(alphabet)])
			x >>= 6
		}
		n -= min(n, 10)
	}
	return b
}

func (d *dice) letters(n int) string { return string(d.append(nil, idLetters, n)) }
func (d *dice) hex(n int) string     { return string(d.append(nil, hexDigits, n)) }

// appendGUID appends a version 4 GUID.
func (d *dice) appendGUID(b []byte) []byte {
	high, low := d.pcg.Uint64(), d.pcg.Uint64()
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	for i := range 32 {
		switch i {
		case 8, 12, 16, 20:
			b = append(b, '-')
		}
		x := high
		if i >= 16 {
			x = low
		}
		b = append(b, hexDigits[x>>(60-4*(i%16))&15])
	}
	return b
}
