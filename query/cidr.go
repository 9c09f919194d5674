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
//
// DuckDB's own type for addresses is an extension, which would have to be downloaded.
func InPrefix(text string, prefix netip.Prefix, bind func(value any) string) string {
	prefix = prefix.Masked()
	if prefix.Addr().Is4() {
		return "coalesce(regexp_full_match(" + text + ", " + bind(ipv4Pattern(prefix)) + "), false)"
	}
	first, last := digitsOf(prefix)
	return "CASE WHEN contains(" + text + ", ':') AND regexp_full_match(" + text + ", " + bind(ipv6Pattern) + ")" +
		" THEN coalesce(" + ipv6Digits("lower("+text+")") +
		" BETWEEN " + bind(first[1:]) + " AND " + bind(last[1:]) + ", false) ELSE false END"
}

const (
	ipv4Byte   = `(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])`
	ipv4Text   = ipv4Byte + `(?:\.` + ipv4Byte + `){3}`
	ipv6Group  = `[0-9a-fA-F]{1,4}`
	ipv6Groups = `(?:` + ipv6Group + `:)*(?:` + ipv6Group + `|` + ipv4Text + `)`
	// ipv6Pattern is a regular expression for what is an IPv6 address, but for the
	// number of its groups.
	ipv6Pattern = ipv6Groups + `|(?:` + ipv6Group + `(?::` + ipv6Group + `)*)?::(?:` + ipv6Groups + `)?`
)

// addressDigits is an SQL expression for the digits of an IP address, an SQL expression of
// type VARCHAR, as [netip.ParseAddr] reads it: a 4 and 8 hexadecimal digits, or a 6 and 32 of
// them, so that addresses of one kind come in their order. It is NULL for any other text, and
// for an address with a zone.
func addressDigits(text string) string {
	byte := func(n int) string { return fmt.Sprintf("split_part(%s, '.', %d)::INTEGER", text, n) }
	return "CASE" +
		" WHEN regexp_full_match(" + text + ", '" + ipv4Text + "')" +
		" THEN printf('4%02x%02x%02x%02x', " + byte(1) + ", " + byte(2) + ", " + byte(3) + ", " + byte(4) + ")" +
		" WHEN contains(" + text + ", ':') AND regexp_full_match(" + text + ", '" + ipv6Pattern + "')" +
		" THEN '6' || " + ipv6Digits("lower("+text+")") + " END"
}

// digitsOf are the digits of the first and the last address of a range, as addressDigits
// gives them.
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

// ipv6Digits is an SQL expression for the 32 digits of an IPv6 address, which has the form
// of ipv6Pattern and small letters; NULL where it has too many groups or too few. A list
// of one element lets a lambda give a name to what is used more than once.
func ipv6Digits(address string) string {
	// An IPv4 address at the end makes two groups.
	groups := `CASE WHEN contains(a, '.') THEN regexp_extract(a, '^.*:')` +
		` || list_transform([list_transform(regexp_extract_all(regexp_extract(a, '[^:]*$'), '[0-9]+'), lambda n: n::INTEGER)],` +
		` lambda n: printf('%02x%02x:%02x%02x', n[1], n[2], n[3], n[4]))[1] ELSE a END`
	digits := func(groups string) string {
		return "array_to_string(list_transform(string_split(" + groups + ", ':'), lambda g: CASE g WHEN '' THEN '' ELSE lpad(g, 4, '0') END), '')"
	}
	full := "CASE WHEN contains(g, '::') THEN" +
		" list_transform([[" + digits("split_part(g, '::', 1)") + ", " + digits("split_part(g, '::', 2)") + "]]," +
		" lambda d: CASE WHEN len(d[1]) + len(d[2]) <= 28 THEN d[1] || repeat('0', 32 - len(d[1]) - len(d[2])) || d[2] END)[1]" +
		" ELSE list_transform([" + digits("g") + "], lambda d: CASE WHEN len(d) = 32 THEN d END)[1] END"
	return "list_transform([" + address + "], lambda a: list_transform([" + groups + "], lambda g: " + full + ")[1])[1]"
}
