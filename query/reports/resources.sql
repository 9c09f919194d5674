-- title:  Which resources
-- why:    what was touched; one thing is one row, whether a record calls it by its
--         name, its id or its ARN, and a record that names several counts for each
-- group:  Questions
-- column: type, name, account, region, events, writes, errors, actors
WITH named AS (
    SELECT
        unnest(touched) AS resource,
        /* account */ recipientAccountId AS account,
        awsRegion AS region,
        readOnly,
        errored,
        actor,
        len(touched) > 1 AS several,
        file,
        position
    FROM events
    WHERE /* filters */ true
),
keyed AS (
    SELECT
        resource_type(resource.type, resource.name) AS "type",
        resource_id(resource.name) AS name,
        resource_account(resource.type, resource.name, account) AS account,
        resource_region(resource.type, resource.name, region) AS region,
        readOnly,
        errored,
        actor,
        several,
        file,
        position
    FROM named
),
-- A record that calls one thing by two names counts once.
once AS (
    SELECT * EXCLUDE (several, file, position) FROM keyed WHERE NOT several
    UNION ALL
    SELECT * EXCLUDE (several, file, position) FROM (SELECT DISTINCT * FROM keyed WHERE several)
)
SELECT
    "type",
    name,
    account,
    region,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT actor) AS actors
FROM once
GROUP BY ALL
ORDER BY events DESC, 1, 2, 3, 4;
