package metricfilter

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"trailbox/query/record"
)

// number is the SQL of a comparison with a number. A string may equal the number as it is
// written. A number that is too large for a float equals nothing, and is not unequal to
// anything either.
func (s subject) number(b *record.Binder, op Op, text string) string {
	value := parseNumber(text)
	kind := s.kind()
	isNumber := kind + " IN ('UBIGINT', 'BIGINT', 'DOUBLE')"
	compared := func(op Op) string {
		// DuckDB has no integers of more than 64 bits in JSON, but keeps their digits. Those
		// of more than 128 are compared as floats.
		return "CASE WHEN regexp_full_match(" + s.text + ", '-?[0-9]+') AND try_cast(" + s.text + " AS HUGEINT) IS NOT NULL" +
			" THEN " + value.integers(b, op, "try_cast("+s.text+" AS HUGEINT)") +
			" ELSE isfinite(try_cast(" + s.text + " AS DOUBLE)) AND " + value.floats(b, op, "try_cast("+s.text+" AS DOUBLE)") + " END"
	}
	if op.orders() {
		return "CASE WHEN " + isNumber + " THEN " + compared(op) + " END"
	}
	equal := "false"
	if !strings.HasPrefix(text, "+") {
		equal = s.text + " = " + b.Bind(text)
	}
	if op == Equal {
		return "CASE WHEN " + kind + " = 'VARCHAR' THEN " + equal + " WHEN " + isNumber + " THEN " + compared(Equal) + " END"
	}
	return "CASE WHEN " + kind + " = 'VARCHAR' THEN NOT (" + equal + ") WHEN " + isNumber +
		" THEN isfinite(try_cast(" + s.text + " AS DOUBLE)) AND NOT (" + compared(Equal) + ") END"
}

// A number is an operand's value: exact, and the float that is nearest to it. A float
// stands for the decimal of the fewest digits that it is nearest to: 0.1 is equal to 0.1.
type number struct {
	exact   *big.Rat
	float   float64
	rounded int // -1 where float stands for less than exact, 1 where it does for more
}

// maxMagnitude is more digits than any float or HUGEINT has before or behind the point:
// beyond, numbers compare with those all alike.
const maxMagnitude = 400

// parseNumber reads what numberText matches.
func parseNumber(text string) number {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	negative := strings.HasPrefix(mantissa, "-")
	digits, fraction, _ := strings.Cut(strings.TrimLeft(mantissa, "+-"), ".")
	power := 0
	if exponent != "" {
		power, _ = strconv.Atoi(exponent) // the parser has seen to its size
	}
	power -= len(fraction)
	digits = strings.TrimLeft(digits+fraction, "0")
	switch magnitude := len(digits) + power; {
	case digits == "":
		power = 0
		digits = "0"
	case magnitude > maxMagnitude:
		digits, power = "1", maxMagnitude
	case magnitude < -maxMagnitude:
		digits, power = "1", -maxMagnitude
	}
	n := number{exact: new(big.Rat)}
	n.exact.SetString(digits + "e" + strconv.Itoa(power))
	if negative {
		n.exact.Neg(n.exact)
	}
	n.float, _ = n.exact.Float64()
	if !math.IsInf(n.float, 0) {
		decimal, _ := new(big.Rat).SetString(strconv.FormatFloat(n.float, 'g', -1, 64))
		n.rounded = decimal.Cmp(n.exact)
	}
	return n
}

// floats compares a finite DOUBLE with the number, exactly.
func (n number) floats(b *record.Binder, op Op, column string) string {
	if math.IsInf(n.float, 0) {
		return strconv.FormatBool(op != Equal && (n.float > 0) == (op == Less || op == LessOrEqual))
	}
	if n.rounded != 0 {
		switch {
		case op == Equal:
			return "false"
		// No float is between the number and the one that is nearest to it.
		case op == LessOrEqual && n.rounded > 0:
			op = Less
		case op == Less && n.rounded < 0:
			op = LessOrEqual
		case op == GreaterOrEqual && n.rounded < 0:
			op = Greater
		case op == Greater && n.rounded > 0:
			op = GreaterOrEqual
		}
	}
	return column + " " + string(op) + " " + b.Bind(n.float)
}

// integers compares a HUGEINT with the number, exactly.
func (n number) integers(b *record.Binder, op Op, column string) string {
	floor := new(big.Int).Div(n.exact.Num(), n.exact.Denom()) // the denominator is positive
	if floor.BitLen() > 127 && floor.Cmp(leastHugeInt()) != 0 {
		return strconv.FormatBool(op != Equal && (floor.Sign() > 0) == (op == Less || op == LessOrEqual))
	}
	if !n.exact.IsInt() {
		switch op {
		case Equal:
			return "false"
		case Less:
			op = LessOrEqual
		case GreaterOrEqual:
			op = Greater
		}
	}
	if floor.IsInt64() {
		return column + " " + string(op) + " " + b.Bind(floor.Int64())
	}
	return column + " " + string(op) + " " + b.Bind(floor.String()) + "::HUGEINT"
}

// leastHugeInt is the only HUGEINT of 128 bits without its sign.
func leastHugeInt() *big.Int { return new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 127)) }
