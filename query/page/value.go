package page

import (
	"strings"
	"time"
	"unicode/utf8"

	"trailbox/query"
	"trailbox/schema"
)

// ValueCell is a value of an answer, as all pages show it.
func ValueCell(c schema.ResultColumn, value any) Cell {
	text := query.Text(value)
	cell := NewCell(text, classOf(c, text))
	if n, ok := value.(int64); ok && IsNumber(c.Type) {
		cell.Text = query.Count(n)
	}
	if _, ok := value.(time.Time); ok {
		cell.Class = "m t" // whatever the type says
	}
	cell.Class += WidthClass(cell.Text)
	return cell
}

// maxOneLine is how many characters of a cell stay on one line: an eventID has 36.
const maxOneLine = 36

// WidthClass is the class by which short values stay on one line, and long ones have some room.
func WidthClass(text string) string {
	if utf8.RuneCountInString(text) <= maxOneLine {
		return " n"
	}
	return " long"
}

// classOf is how a value of a column is shown.
func classOf(c schema.ResultColumn, text string) string {
	switch {
	case IsNumber(c.Type):
		switch c.Name {
		case "errors", "denied", "failed", "failures", "refused":
			if text != "0" && text != "" {
				return "num e"
			}
		case "writes":
			if text != "0" && text != "" {
				return "num w"
			}
		}
		return "num"
	case strings.HasPrefix(c.Type, "TIMESTAMP"):
		return "m"
	}
	switch c.Name {
	case "sourceIPAddress", "accessKeyId", "eventID", "account", "awsRegion", "region", "sha256", "uri", "detail", "resource", "credential":
		return "m"
	case "error", "errorCode":
		return "e"
	case "level", "severity", "state", "status":
		switch {
		case text == "critical" || text == "high" || text == "ALARM" || text == "corrupt" || text == "partial" || text == "absent" || strings.HasPrefix(text, "off: "):
			return "e"
		case text == "proven":
			return "g"
		}
	}
	return ""
}

// IsNumber reports whether a column of a type is set to the right.
func IsNumber(kind string) bool {
	switch kind {
	case "BIGINT", "INTEGER", "HUGEINT", "UBIGINT", "DOUBLE", "SMALLINT", "UINTEGER":
		return true
	}
	return strings.HasPrefix(kind, "DECIMAL")
}
