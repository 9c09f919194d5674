-- What a record looks like without its values, as JSON: for conditions that ask whether
-- a member is missing, null, a number or a text, which the columns of events do not
-- tell. In place of a text is an empty one, in place of a block or of a value that is in
-- unknown a 0; numbers, booleans and nulls are there as they were.
ALTER TABLE shapes ADD COLUMN outline VARCHAR;

-- For the shapes that the store has; see outline in schema/shape.go, which makes those of
-- later ones. A BLOB's own text, in which the marks and the quotes around them are
-- escapes, is what DuckDB can look for them in.
UPDATE shapes SET outline = decode(system.main.regexp_replace(
    system.main.regexp_replace(
        replace(skeleton::VARCHAR, '\xFF\xFD', ''),
        '\\x22\\xFF(\\x..|[^\\])\\x22', '\\x22\\x22', 'g'
    ),
    '\\xFF(\\x..|[^\\])', '0', 'g'
)::BLOB);
