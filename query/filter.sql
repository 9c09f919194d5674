-- The filters that all reports share, one condition each. A report has a mark for them:
-- WHERE /* filters */ true. Only the conditions of the filters given are put in, each
-- value bound to the parameter of its name. Those of filters that take several values are
-- made in match.go, of what values.sql says that they look at.

-- filter: since
eventTime >= $since

-- filter: until
eventTime < $until

-- filter: resource
-- A name, or what an ARN ends in: behind its last colon or slash.
len(list_filter(
    touched,
    lambda t: t.name = $resource OR ends_with(t.name, ':' || $resource) OR ends_with(t.name, '/' || $resource)
)) > 0

-- filter: resources
-- The same for many: with each name once, of which there are few beside the events.
list_has_any(
    list_transform(touched, lambda t: t.name),
    (
        SELECT coalesce(list(name), [])
        FROM (
            SELECT name, split_part(split_part(name, ':', -1), '/', -1) AS suffix
            FROM (SELECT DISTINCT unnest(touched).name AS name FROM events)
        )
        WHERE /* any */ true
    )
)

-- filter: addresses
-- Each address once, too, of which there are few. No two of the ranges have one in common.
sourceIPAddress IN (
    SELECT address
    FROM (
        SELECT address, /* digits */ address AS digits
        FROM (SELECT DISTINCT sourceIPAddress AS address FROM events)
    )
    ASOF JOIN (SELECT unnest($lowest::VARCHAR[]) AS lowest, unnest($highest::VARCHAR[]) AS highest) ON digits >= lowest
    WHERE digits <= highest
)

-- filter: readonly
readOnly = $readonly

-- filter: errorsonly
errored
