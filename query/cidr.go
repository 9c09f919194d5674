package query

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// InPrefix returns an SQL expression for whether text, an SQL expression of type VARCHAR,
// is an IP address in a range, as [netip.ParseAddr] reads addresses and
// [netip.Prefix.Contains] compares them: an IPv4 address is in no IPv6 range, an address
// with a zone in none. Any other text is in none, nor is NULL; the expression is never
// NULL. bind gives the parameters that stand for values.
func InPrefix(text string, prefix netip.Prefix, bind func(value any) string) string {
	if prefix.Addr().Is4() { // most are: there are faster ways than their digits
		return "coalesce(regexp_full_match(" + text + ", " + bind(ipv4Pattern(prefix.Masked())) + "), false)"
	}
	first, last := digitsOf(prefix)
	return "coalesce(contains(" + text + ", ':') AND ip_digits(" + text + ") BETWEEN " + bind(first) + " AND " + bind(last) + ", false)"
}

// ipv4Byte is a regular expression for a number of an IPv4 address.
const ipv4Byte = `(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])`

// digitsOf are the digits of the first and the last address of a range, as the macro
// ip_digits gives them.
func digitsOf(prefix netip.Prefix) (first, last string) {
	from := prefix.Masked().Addr().AsSlice()
	to := slices.Clone(from)
	for bit := prefix.Bits(); bit < 8*len(to); bit++ {
		to[bit/8] |= 0x80 >> (bit % 8)
	}
	kind := "6"
	if len(from) == 4 {
		kind = "4"
	}
	return kind + hex.EncodeToString(from), kind + hex.EncodeToString(to)
}

// apart leaves out the ranges that are within others of them.
func apart(ranges []netip.Prefix) (some []netip.Prefix) {
	ranges = slices.Clone(ranges)
	slices.SortFunc(ranges, func(a, b netip.Prefix) int {
		return cmp.Or(a.Masked().Addr().Compare(b.Masked().Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	for _, r := range ranges {
		if len(some) == 0 || !some[len(some)-1].Overlaps(r) {
			some = append(some, r)
		}
	}
	return some
}

// ipv4Pattern is a regular expression for the addresses in an IPv4 range.
func ipv4Pattern(prefix netip.Prefix) string {
	var parts []string
	for i, first := range prefix.Addr().As4() {
		switch bits := prefix.Bits() - 8*i; {
		case bits >= 8:
			parts = append(parts, fmt.Sprint(first))
		case bits > 0:
			var values []string
			for value := range 1 << (8 - bits) {
				values = append(values, fmt.Sprint(int(first)+value))
			}
			parts = append(parts, "(?:"+strings.Join(values, "|")+")")
		default:
			parts = append(parts, ipv4Byte)
		}
	}
	return strings.Join(parts, `\.`)
}
