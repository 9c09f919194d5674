-- The filters that all reports share, one condition each. A report has a mark for them:
-- WHERE /* filters */ true. Only the conditions of the filters given are put in, each
-- value bound to the parameter of its name. Those of filters that take several values are
-- made in match.go, of what values.sql says that they look at.

-- filter: since
eventTime >= $since

-- filter: until
eventTime < $until

-- filter: resource
-- One, by any of its names. The first look at all names is a short one. A list of what is
-- found is short to DuckDB, too: of rows it would expect so many that it holds all events
-- to join them.
rowid IN (
    SELECT unnest((
        SELECT list(event)
        FROM (
            SELECT rowid AS event, unnest(list_filter(touched, lambda t: contains(t.name, $resource))).name AS name
            FROM events
        )
        CROSS JOIN (SELECT $resource AS called)
        WHERE /* is called */ true
    ))
)

-- filter: resource is there
-- Whether there is one at all, by itself: the first that is found is enough.
EXISTS (
    SELECT 1
    FROM (
        SELECT unnest(list_filter(touched, lambda t: contains(t.name, $resource))).name AS name
        FROM events
    )
    CROSS JOIN (SELECT $resource AS called)
    WHERE /* is called */ true
)

-- filter: resource by ARN
-- The same for one that says of what account and Region it is.
rowid IN (
    SELECT unnest((
        SELECT list(event)
        FROM (
            SELECT
                event,
                name,
                resource_key("type", name, account, awsRegion) AS "key"
            FROM (
                SELECT
                    events.rowid AS event,
                    /* account */ recipientAccountId AS account,
                    awsRegion,
                    unnest(list_filter(touched, lambda t: contains(t.name, id)), recursive := true)
                FROM events, (SELECT resource_id($resource) AS id)
            )
        )
        CROSS JOIN (SELECT $resource AS called, resource_key(NULL, $resource, NULL, NULL) AS wanted)
        WHERE name = called OR /* is wanted */ true
    ))
)

-- filter: resources by name
-- The same for many: with each name once, of which there are few beside the events.
list_has_any(
    list_transform(touched, lambda t: t.name),
    (
        SELECT coalesce(list(DISTINCT name), [])
        FROM (
            SELECT name, unnest(list_distinct([name_end(name), name_end(resource_id(name))])) AS name_end
            FROM (SELECT DISTINCT unnest(touched).name AS name FROM events)
        )
        JOIN (SELECT unnest($resource::VARCHAR[]) AS called) ON name_end(called) = name_end
        WHERE /* is called */ true
    )
)

-- filter: resources by ARN
-- And for those which say of what account and Region they are.
rowid IN (
    SELECT event
    FROM (
        SELECT
            event,
            t.name AS name,
            resource_key(t."type", t.name, account, awsRegion) AS "key"
        FROM (
            SELECT
                rowid AS event,
                /* account */ recipientAccountId AS account,
                awsRegion,
                unnest(touched) AS t
            FROM events
        )
    )
    JOIN (
        SELECT called, resource_key(NULL, called, NULL, NULL) AS wanted
        FROM (SELECT unnest($resource::VARCHAR[]) AS called)
    ) ON wanted.id = "key".id
    WHERE name = called OR /* is wanted */ true
)

-- filter: resources by pattern
list_has_any(
    list_transform(touched, lambda t: t.name),
    (
        SELECT coalesce(list(name), [])
        FROM (SELECT DISTINCT unnest(touched).name AS name FROM events)
        WHERE /* any */ true
    )
)

-- filter: addresses
-- Each address once, too, of which there are few. No two of the ranges have one in common.
sourceIPAddress IN (
    SELECT address
    FROM (
        SELECT address, ip_digits(address) AS digits
        FROM (SELECT DISTINCT sourceIPAddress AS address FROM events)
    )
    ASOF JOIN (SELECT unnest($lowest::VARCHAR[]) AS lowest, unnest($highest::VARCHAR[]) AS highest) ON digits >= lowest
    WHERE digits <= highest
)

-- filter: rows
-- The rows of a condition on many columns, which DuckDB's scan does not go by: what is wide is
-- then unpacked of these rows alone. As a list, see resource.
rowid IN (
    SELECT unnest((
        SELECT list(rowid)
        FROM events
        WHERE /* condition */ true
    ))
)

-- filter: readonly
readOnly = $readonly

-- filter: errorsonly
errored
