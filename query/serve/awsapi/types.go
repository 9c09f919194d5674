package awsapi

import (
	"context"
	"strconv"
	"strings"

	"trailbox/query"
	"trailbox/schema"
)

// athenaType is the type of a column of a result, in Athena's words. A sum of whole numbers is a
// bigint to Trino, and to DuckDB an integer twice as long.
func athenaType(name string) (kind string, precision, scale int) {
	switch {
	case strings.HasSuffix(name, "]"):
		return "array", 0, 0
	case strings.HasPrefix(name, "STRUCT("):
		return "row", 0, 0
	case strings.HasPrefix(name, "MAP("):
		return "map", 0, 0
	case strings.HasPrefix(name, "DECIMAL("):
		p, s, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(name, "DECIMAL("), ")"), ",")
		precision, _ = strconv.Atoi(strings.TrimSpace(p))
		scale, _ = strconv.Atoi(strings.TrimSpace(s))
		return "decimal", precision, scale
	}
	plain, ok := map[string]struct {
		kind      string
		precision int
	}{
		"BOOLEAN": {"boolean", 0}, "TINYINT": {"tinyint", 3}, "SMALLINT": {"smallint", 5}, "INTEGER": {"integer", 10}, "BIGINT": {"bigint", 19},
		"UTINYINT": {"smallint", 5}, "USMALLINT": {"integer", 10}, "UINTEGER": {"bigint", 19}, "UBIGINT": {"bigint", 19}, "HUGEINT": {"bigint", 19},
		"FLOAT": {"float", 17}, "DOUBLE": {"double", 17}, "DATE": {"date", 0}, "TIME": {"time", 3}, "BLOB": {"varbinary", 1 << 30}, "JSON": {"json", 0},
		"TIMESTAMP": {"timestamp", 3}, "TIMESTAMP_S": {"timestamp", 3}, "TIMESTAMP_MS": {"timestamp", 3}, "TIMESTAMP_NS": {"timestamp", 3},
		"TIMESTAMPTZ": {"timestamp with time zone", 3}, "TIMESTAMP WITH TIME ZONE": {"timestamp with time zone", 3},
		"INTERVAL": {"interval day to second", 0},
	}[name]
	if !ok {
		return "varchar", 1<<31 - 1, 0
	}
	return plain.kind, plain.precision, 0
}

// A tableColumn is a column of a table, as Athena's catalog has it.
type tableColumn struct {
	Name    string
	Type    string
	Comment string `json:",omitempty"`
}

// tableColumns are the columns of a view.
func tableColumns(ctx context.Context, store *schema.Store, view string) (columns []tableColumn, err error) {
	rows, err := query.Columns(ctx, store, view)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var members []schema.TypeMember // of the column that was read last
	var outline string
	add := func() {
		if n := len(columns) - 1; n >= 0 {
			columns[n].Type = hiveType(outline, "", members)
		}
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return nil, err
		}
		name, kind := query.Text(values[1]), query.Text(values[2])
		if n := len(columns) - 1; n >= 0 && isMember(name, columns[n].Name) {
			members = append(members, schema.TypeMember{Path: name[len(columns[n].Name):], Type: kind})
			continue
		}
		add()
		members, outline = nil, kind
		columns = append(columns, tableColumn{Name: name, Comment: shortened(query.Text(values[3]))})
	}
	add()
	for i := range columns {
		columns[i].Name = strings.ToLower(columns[i].Name) // as Hive has names
	}
	return columns, rows.Err()
}

// isMember reports whether a name is that of a member of a column.
func isMember(name, column string) bool {
	rest, ok := strings.CutPrefix(name, column)
	return ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "[]"))
}

// shortened is a text as long as a comment may be.
func shortened(text string) string {
	const most = 255
	if r := []rune(text); len(r) > most {
		return string(r[:most])
	}
	return text
}

// hiveType is a type in Hive's words, in which Athena's catalog has them. outline is the type at a
// path, without its members.
func hiveType(outline, path string, members []schema.TypeMember) string {
	if element, ok := strings.CutSuffix(outline, "[]"); ok {
		return "array<" + hiveType(element, path+"[]", members) + ">"
	}
	if inner, ok := strings.CutPrefix(outline, "MAP("); ok {
		key, value, _ := strings.Cut(strings.TrimSuffix(inner, ")"), ", ")
		return "map<" + hiveType(key, "", nil) + "," + hiveType(value, "", nil) + ">"
	}
	if outline != "STRUCT" {
		switch kind, precision, scale := athenaType(outline); kind {
		case "varchar", "json", "interval day to second", "time":
			return "string"
		case "integer":
			return "int"
		case "varbinary":
			return "binary"
		case "timestamp with time zone":
			return "timestamp"
		case "decimal":
			return "decimal(" + strconv.Itoa(precision) + "," + strconv.Itoa(scale) + ")"
		default:
			return kind
		}
	}
	var parts []string
	for _, m := range members {
		name, ok := strings.CutPrefix(m.Path, path+".")
		if ok && !strings.ContainsAny(name, ".[") {
			parts = append(parts, strings.ToLower(name)+":"+hiveType(m.Type, m.Path, members))
		}
	}
	return "struct<" + strings.Join(parts, ",") + ">"
}
