-- title:  Which resources
-- why:    what was touched; one thing is one row, whether a record calls it by its
--         name, its id, its ARN or the alias of a key that the store shows to be that key's,
--         and a record that names several counts for each
-- group:  Questions
-- column: type, name, account, region, events, writes, errors, actors
WITH named AS (
    SELECT
        unnest(touched) AS resource,
        /* account */ recipientAccountId AS account,
        awsRegion,
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
        * EXCLUDE (resource, account, awsRegion),
        resource_key(resource."type", resource.name, account, awsRegion) AS "key"
    FROM named
),
things AS (
    SELECT
        CASE WHEN key_aliases."key" IS NULL THEN keyed."key"."type" ELSE 'AWS::KMS::Key' END AS "type",
        coalesce(key_aliases."key", keyed."key".id) AS name,
        keyed."key".account AS account,
        keyed."key".region AS region,
        readOnly,
        errored,
        actor,
        several,
        file,
        position
    FROM keyed
    LEFT JOIN key_aliases
        ON keyed."key"."type" = 'AWS::KMS::Alias'
        AND key_aliases.alias = keyed."key".id
        AND key_aliases.account = keyed."key".account
        AND key_aliases.region = keyed."key".region
),
-- A record that calls one thing by two names counts once.
once AS (
    SELECT * EXCLUDE (several, file, position) FROM things WHERE NOT several
    UNION ALL
    SELECT * EXCLUDE (several, file, position) FROM (SELECT DISTINCT * FROM things WHERE several)
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
