package redact

import (
	"crypto/aes"
	"net/netip"
	"strings"
)

// Addresses that begin alike have pseudonyms that begin alike, to the very bit (as Crypto-PAn
// does it: "Prefix-preserving IP address anonymization", Xu and others, 2002): each bit is turned or not by
// what stands before it and by the secret. It is a permutation of all addresses.
//
// Ranges with a meaning of their own are mapped onto themselves: no bit is turned on the way
// to them, so that an address of 10.0.0.0/8 has another of 10.0.0.0/8. It also means that of an
// address near to one of them some first bits stay.
var ranges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}

// fixed are ranges in which nothing is anybody's.
var fixed = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/32"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("255.255.255.255/32"), netip.MustParsePrefix("::/128"), netip.MustParsePrefix("::1/128"),
}

// isFixed reports whether an address stays as it is.
func isFixed(addr netip.Addr) bool {
	for _, f := range fixed {
		if f.Contains(addr) {
			return true
		}
	}
	return false
}

// address replaces an address.
func (p *pseudonyms) address(addr netip.Addr) netip.Addr {
	if addr.Is4In6() {
		return netip.AddrFrom16(p.address(addr.Unmap()).As16())
	}
	if isFixed(addr) {
		return addr
	}
	in := addr.AsSlice()
	out := append([]byte(nil), in...)
	var before, sum [aes.BlockSize]byte // what stands before the bit, and behind it its number
	for bit := range addr.BitLen() {
		if !leadsToRange(addr, bit) {
			before[aes.BlockSize-1] ^= byte(bit + 1)
			if addr.Is4() {
				before[aes.BlockSize-2] = 4
			}
			p.block.Encrypt(sum[:], before[:])
			before[aes.BlockSize-1] ^= byte(bit + 1)
			out[bit/8] ^= sum[0] & 1 << (7 - bit%8)
		}
		before[bit/8] |= in[bit/8] & (1 << (7 - bit%8))
	}
	result, _ := netip.AddrFromSlice(out)
	return result
}

// leadsToRange reports whether the first bits of an address are those of a range that is longer:
// then the next bit says whether the address is in it.
func leadsToRange(addr netip.Addr, bits int) bool {
	for _, list := range [...][]netip.Prefix{ranges, fixed} {
		for _, r := range list {
			if r.Addr().BitLen() == addr.BitLen() && bits < r.Bits() && netip.PrefixFrom(addr, bits).Masked() == netip.PrefixFrom(r.Addr(), bits).Masked() {
				return true
			}
		}
	}
	return false
}

// network replaces a range of addresses. Its bits behind the length stay zero where they were.
func (p *pseudonyms) network(network netip.Prefix) netip.Prefix {
	out := netip.PrefixFrom(p.address(network.Addr()), network.Bits())
	if network == network.Masked() {
		return out.Masked()
	}
	return out
}

// shaped writes an address as the one that it stands for was written: in upper case, in full.
func shaped(addr netip.Addr, plain string) string {
	out := addr.String()
	if addr.Is6() && strings.Count(plain, ":") == 7 {
		out = addr.StringExpanded()
	}
	if strings.ContainsAny(plain, "ABCDEF") {
		out = strings.ToUpper(out)
	}
	return out
}
