package record

import (
	"fmt"

	"trailbox/schema"
)

// Text returns the column of type VARCHAR that a path leads to: the text of a string,
// and of a number or a boolean where CloudTrail documents a string; NULL where there is
// anything else. It is not ok where there is no such column. [Kind] tells a string from
// the others, for which [IsLiteral] says when it matters.
func Text(path Path) (column string, ok bool) {
	at := homeOf(path)
	if !at.isLeaf || len(at.rest) > 0 || at.column.Kind != schema.Text {
		return "", false
	}
	return at.column.Path, true
}

// Block returns the column that has the text of the JSON value that the first step of a
// path leads to, such as requestParameters, and the path within. The column is NULL where
// that value is missing or null.
func Block(path Path) (column string, rest Path, ok bool) {
	at := homeOf(path)
	if !at.isLeaf || at.column.Kind != schema.Block {
		return "", nil, false
	}
	return at.column.Path, at.rest, true
}

// IsLiteral says that a text may be that of a JSON number or boolean. Only then a column
// of [Text] with that text may stand for something else than a string.
func IsLiteral(text string) bool {
	if text == "true" || text == "false" {
		return true
	}
	return text != "" && (text[0] == '-' || '0' <= text[0] && text[0] <= '9')
}

// Kind returns an SQL expression for the type of what a path leads to, in the words of
// DuckDB's json_type: VARCHAR, UBIGINT, BIGINT, DOUBLE, BOOLEAN, ARRAY, OBJECT, or NULL as a
// text for an explicit null; the expression is NULL where the path leads to nothing. The
// path must not have wildcards.
func Kind(b *Binder, path Path) string {
	if len(path) == 0 {
		return "'OBJECT'"
	}
	at := homeOf(path)
	if at.isLeaf && at.column.Kind == schema.Block {
		if len(at.rest) > 0 {
			return b.kindIn(at.column.Path, at.rest)
		}
		return "coalesce(json_type(" + at.column.Path + "), " + outlineKind(b, path) + ")"
	}
	kind := "json_type(" + inUnknown(b, at.unknown, at.unknownRest) + ")"
	if len(at.rest) == 0 || at.isLeaf && at.column.Kind == schema.Resources {
		kind = "coalesce(" + kind + ", " + outlineKind(b, path) + ")"
	}
	return kind
}

// Exists returns an SQL expression for whether a path leads to something, be it null: true
// or false. The path must not have wildcards.
func Exists(b *Binder, path Path) string {
	if at := homeOf(path); len(path) > 0 && len(at.rest) == 0 {
		return "(" + outlineKind(b, path) + " IS NOT NULL)"
	}
	return "(" + Kind(b, path) + " IS NOT NULL)"
}

// outlineKind is the type of a value that is not in unknown, as the outline of the
// record's shape tells it, or the record.
func outlineKind(b *Binder, path Path) string {
	return "CASE WHEN shape IS NOT NULL" +
		" THEN " + b.OfShape(b.kindIn("outlines.outline", path)) +
		" ELSE TRY(" + b.kindIn("decode(verbatim)", path) + ") END"
}

// Node returns an SQL expression for the JSON value that a path leads to, NULL where it
// leads to nothing. Of an object on the way to columns, such as userIdentity or the record
// itself, the members are left out. The path must not have wildcards.
func Node(b *Binder, path Path) string {
	if len(path) == 0 {
		return "'{}'::JSON"
	}
	at := homeOf(path)
	if at.isStrange() {
		return inUnknown(b, at.unknown, at.unknownRest)
	}
	if !at.isLeaf {
		return "coalesce(" + inUnknown(b, at.unknown, at.unknownRest) + ", CASE " + outlineKind(b, path) + " WHEN 'OBJECT' THEN '{}'::JSON WHEN 'NULL' THEN 'null'::JSON END)"
	}
	column := at.column.Path
	switch kind := at.column.Kind; {
	case kind == schema.Resources && isMember(at.rest):
		column = fmt.Sprintf("resources[%d].\"%s\"", at.rest[0].Index+1, at.rest[1].Name)
	case kind == schema.Resources:
		return b.Follow("coalesce("+inUnknown(b, at.known, nil)+", "+resources(b)+")", at.rest)
	case kind == schema.Block && len(at.rest) > 0:
		return b.Follow(column, at.rest)
	case len(at.rest) > 0:
		return inUnknown(b, at.unknown, at.unknownRest)
	case kind == schema.Block:
		return "coalesce(" + b.Follow(column, nil) + ", CASE WHEN " + outlineKind(b, path) + " = 'NULL' THEN 'null'::JSON END)"
	case kind == schema.Time:
		column = asDelivered(b, path, "strftime("+column+", '%Y-%m-%dT%H:%M:%SZ')")
	case kind == schema.GUID:
		column = asDelivered(b, path, column+"::VARCHAR")
	case kind == schema.Bool:
		column += "::VARCHAR"
	}
	return "coalesce(" + inUnknown(b, at.unknown, at.unknownRest) + ", CASE " + outlineKind(b, path) +
		" WHEN 'NULL' THEN 'null'::JSON" +
		" WHEN 'VARCHAR' THEN to_json(" + column + ")" +
		" ELSE coalesce(TRY_CAST(" + column + " AS JSON), to_json(" + column + ")) END)"
}

// isMember says that a path from resources[] leads to a documented member of one of its
// elements.
func isMember(path Path) bool {
	if len(path) != 2 || !path[0].IsIndex {
		return false
	}
	_, ok := schema.ResourceMember([]byte(path[1].Name))
	return ok
}

// asDelivered is the text of a value that has other forms than the one that the store
// gives back: a record with another one has no shape.
func asDelivered(b *Binder, path Path, text string) string {
	return "CASE WHEN shape IS NOT NULL THEN " + text +
		" ELSE coalesce(TRY(json_extract_string(decode(verbatim), " + b.Bind(path.jsonPaths()[0]) + ")), " + text + ") END"
}

// resources is the JSON of resources[], as far as it is not in unknown. The columns do not
// tell a member that is null from one that is missing; the outline does.
func resources(b *Binder) string {
	path := b.Bind("$.resources")
	names := b.OfShape("list_transform(json_extract(outlines.outline, '$.resources[*]'), lambda e: json_keys(e))")
	return "CASE WHEN shape IS NULL THEN coalesce(TRY(json_extract(decode(verbatim), " + path + ")), to_json(resources))" +
		" WHEN resources IS NULL THEN " + b.OfShape("json_extract(outlines.outline, "+path+")") +
		" ELSE to_json(list_transform(list_zip(resources, " + names + "), lambda z:" +
		" ('{' || array_to_string(list_transform(z[2], lambda k: to_json(k) || ':' || coalesce(to_json(" +
		"CASE k WHEN 'ARN' THEN z[1].ARN WHEN 'ARNPrefix' THEN z[1].ARNPrefix WHEN 'accountId' THEN z[1].accountId ELSE z[1].\"type\" END" +
		"), 'null')), ',') || '}')::JSON)) END"
}

// TextOf returns an SQL expression for the text of the string, number or boolean that a
// path leads to, NULL where it leads to nothing or to null. Of an object or an array it
// may be JSON: [Kind] tells. The path must not have wildcards.
func TextOf(b *Binder, path Path) string {
	if column, ok := Text(path); ok {
		return column
	}
	document := "NULL::JSON"
	if column, rest, ok := Block(path); ok && len(rest) > 0 {
		document, path = column, rest
	} else {
		document, path = Node(b, path), nil
	}
	paths := path.jsonPaths()
	if len(paths) == 0 {
		return "json_extract_string(" + document + ", '$')"
	}
	last := len(paths) - 1
	for _, p := range paths[:last] {
		document = "json_extract(" + document + ", " + b.Bind(p) + ")"
	}
	return "json_extract_string(" + document + ", " + b.Bind(paths[last]) + ")"
}

// Bool returns the column of type BOOLEAN that a path leads to: of a boolean, and of the
// strings "true" and "false", which [Kind] tells from it.
func Bool(path Path) (column string, ok bool) {
	at := homeOf(path)
	if !at.isLeaf || len(at.rest) > 0 || at.column.Kind != schema.Bool {
		return "", false
	}
	return at.column.Path, true
}
