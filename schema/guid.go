package schema

// ParseGUID reads 8-4-4-4-12 hexadecimal digits, in either case.
func ParseGUID(text []byte) (id [16]byte, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id, false
	}
	bad := byte(0)
	for i, at := range guidDigits {
		high, low := hexDigits[text[at]], hexDigits[text[at+1]]
		id[i] = high<<4 | low
		bad |= high | low
	}
	return id, bad <= 15
}

// guidDigits says where the digits of each byte of a GUID are.
var guidDigits = [16]uint8{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// hexDigits are the values of hexadecimal digits, 255 for all other bytes.
var hexDigits = func() (values [256]byte) {
	for c := range values {
		values[c] = 255
	}
	for i := range 10 {
		values['0'+i] = byte(i)
	}
	for i := range 6 {
		values['a'+i], values['A'+i] = byte(10+i), byte(10+i)
	}
	return values
}()
