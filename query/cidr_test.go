package query_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"trailbox/query"
	"trailbox/query/record"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// inPrefix asks a store which of texts are in a range.
func inPrefix(t *testing.T, store *schema.Store, texts []string, prefix netip.Prefix) []bool {
	t.Helper()
	b := new(record.Binder)
	expression := "list_transform(" + b.Bind(texts) + "::VARCHAR[], lambda t: " + query.InPrefix("t", prefix, b.Bind) + ")"
	answers := recordtest.Values[[]bool](t, store, expression, b.Args()...)[0]
	if len(answers) != len(texts) {
		t.Fatalf("%d answers for %d texts", len(answers), len(texts))
	}
	return answers
}

// What is an address and in which ranges it is, is what net/netip says.
func TestInPrefix(t *testing.T) {
	store := recordtest.Load(t, `{"eventVersion":"1.08"}`)
	texts := []string{
		"", "AWS Internal", "cloudtrail.amazonaws.com", ":", "::", ":::", "1::2::3", "1:2", "a:b:c", "%", "\x00", "10.0.0.1\n", "\n10.0.0.1",
		"10.0.0.0", "10.0.0.255", "10.0.1.0", "9.255.255.255", "10.0.0", "10.0.0.0.0", "10.0.0.256", "10.0.0.01", "010.0.0.1", "10.0.0.1 ", "10.0.0.-1", "１０.0.0.1",
		"255.255.255.255", "0.0.0.0", "192.0.2.7", "192.0.2.127", "192.0.2.128",
		"2001:db8::", "2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8:1::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
		"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "1::3:4:5:6:7:8", "1:2:3::4:5:6:7:8",
		"::1.2.3.4", "::ffff:10.0.0.1", "::ffff:a00:1", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5::1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "::1.2.3.4:5", "1.2.3.4::",
		"::01.2.3.4", "::1.2.3.256", "::1.2.3", "::g", "::12345", "fe80::1%eth0", "fe80::1%", "[::1]", "::1/128", "10.0.0.1/8", ":1::", "1:", ":1", "::1:",
	}
	for _, text := range []string{
		"10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.0/25", "192.0.2.7/32", "10.0.0.77/23", "128.0.0.0/1",
		"::/0", "2001:db8::/32", "2001:db8::1/128", "::ffff:0:0/96", "::/96", "1::/16", "1:2:3:4:5:6:7:8/127", "fe80::/10", "2001:db8::/31", "::ffff:10.0.0.0/104",
	} {
		prefix := netip.MustParsePrefix(text)
		for i, got := range inPrefix(t, store, texts, prefix) {
			addr, err := netip.ParseAddr(texts[i])
			if want := err == nil && prefix.Contains(addr); got != want {
				t.Errorf("%q in %s: %v, want %v", texts[i], prefix, got, want)
			}
		}
	}
}

// The same for texts and ranges made from random numbers.
func FuzzInPrefix(f *testing.F) {
	for seed := range uint64(6) {
		f.Add(seed)
	}
	store := recordtest.Load(f, `{"eventVersion":"1.08"}`)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		addr := randomAddr(r)
		prefix := netip.PrefixFrom(addr, r.IntN(addr.BitLen()+1))
		var texts []string
		for range 500 {
			texts = append(texts, randomAddrText(r, addr))
		}
		for i, got := range inPrefix(t, store, texts, prefix) {
			addr, err := netip.ParseAddr(texts[i])
			if want := err == nil && prefix.Contains(addr); got != want {
				t.Errorf("%q in %s: %v, want %v", texts[i], prefix, got, want)
			}
		}
	})
}

func randomAddr(r *rand.Rand) netip.Addr {
	if r.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
	}
	var bytes [16]byte
	for i := range bytes {
		if r.IntN(2) == 0 {
			bytes[i] = byte(r.Uint32())
		}
	}
	return netip.AddrFrom16(bytes)
}

// randomAddrText is an address near another one, in one of its spellings and sometimes
// with an error.
func randomAddrText(r *rand.Rand, near netip.Addr) string {
	bytes := near.AsSlice()
	for range r.IntN(3) {
		bytes[r.IntN(len(bytes))] ^= 1 << r.IntN(8)
	}
	addr, _ := netip.AddrFromSlice(bytes)
	text := addr.String()
	switch r.IntN(5) {
	case 0:
		text = addr.StringExpanded()
	case 1:
		text = strings.ToUpper(text)
	case 2:
		if b := addr.As16(); addr.Is6() {
			text = fmt.Sprintf("%x:%x::%d.%d.%d.%d", uint16(b[0])<<8|uint16(b[1]), uint16(b[2])<<8|uint16(b[3]), b[12], b[13], b[14], b[15])
		}
	}
	for range max(0, r.IntN(5)-2) {
		const letters = ":::...0123456789afg%/ \x00\n"
		at, c := r.IntN(len(text)+1), letters[r.IntN(len(letters))]
		switch r.IntN(3) {
		case 0:
			text = text[:at] + string(c) + text[at:]
		case 1:
			text = text[:at]
		case 2:
			text = text[:at] + strings.Replace(text[at:], ":", string(c), 1)
		}
	}
	return text
}
