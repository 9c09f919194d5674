package schema

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
)

// Addresses are read and compared as Go's own package does.
func TestAddresses(t *testing.T) {
	store, err := Create(t.Context(), filepath.Join(t.TempDir(), "t.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	texts := []string{
		"203.0.113.77", "0.0.0.0", "255.255.255.255", "256.1.1.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", " 1.2.3.4", "1.2.3.4 ", "",
		"::", "::1", "1::", "2001:db8::77", "2001:DB8::77", "2001:db8:0:0:0:0:0:77", "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::",
		"::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", ":::", ":", "1:", ":1", "::ffff:203.0.113.77", "64:ff9b::203.0.113.77", "1:2:3:4:5:6:203.0.113.77",
		"1:2:3:4:5:6:7:203.0.113.77", "::203.0.113.256", "fe80::1%eth0", "g::1", "AWS Internal", "cloudtrail.amazonaws.com", "1:2:3:4:5:6:7", "::1.2.3.4:5",
	}
	ranges := []string{"203.0.113.0/24", "203.0.113.77", "203.0.113.77/32", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8::77", "2001:db8::/127", "::ffff:0:0/96", "128.0.0.0/1", "203.0.113.99/25"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b [16]byte
		for i := range b {
			if random.IntN(3) > 0 {
				b[i] = byte(random.IntN(256))
			}
		}
		address, short := netip.AddrFrom16(b), netip.AddrFrom4([4]byte(b[:4]))
		texts = append(texts, address.String(), address.StringExpanded(), short.String())
		if len(ranges) < 60 {
			ranges = append(ranges, netip.PrefixFrom(address, random.IntN(129)).String(), netip.PrefixFrom(short, random.IntN(33)).String())
		}
	}
	numbers := map[string]string{}
	rows, err := store.Query(t.Context(), "SELECT a, ip_number(a)::VARCHAR FROM unnest($texts) AS t(a)", Arg{Name: "texts", Value: texts})
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		numbers[values[0].(string)] = fmt.Sprint(values[1])
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		want := "<nil>"
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			want = new(big.Int).SetBytes(a.AsSlice()).String()
		}
		if numbers[text] != want {
			t.Errorf("ip_number(%q) = %s, want %s", text, numbers[text], want)
		}
	}
	for _, r := range ranges {
		prefix, err := netip.ParsePrefix(r)
		if err != nil {
			a := netip.MustParseAddr(r)
			prefix = netip.PrefixFrom(a, a.BitLen())
		}
		in, err := Collect[string](store.Query(t.Context(), "SELECT a FROM unnest($texts) AS t(a) WHERE ip_in(a, $range)", Arg{Name: "texts", Value: texts}, Arg{Name: "range", Value: r}))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, text := range texts {
			if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" && prefix.Contains(a) {
				want = append(want, text)
			}
		}
		if fmt.Sprint(in) != fmt.Sprint(want) {
			t.Errorf("in %s are %q, want %q", r, in, want)
		}
	}
	for _, r := range []string{"203.0.113.0/33", "300.1.1.0/24", "2001:db8::/129", "203.0.113.0/", "203.0.113.0/x", "anywhere", "", "10.0.0.0/8/8"} {
		if _, err := Collect[string](store.Query(t.Context(), "SELECT a FROM unnest($texts) AS t(a) WHERE ip_in(a, $range)", Arg{Name: "texts", Value: texts}, Arg{Name: "range", Value: r})); err == nil {
			t.Errorf("ip_in takes %q for a range", r)
		}
	}
}
