-- title:  Which resources
-- why:    what was touched; one thing is one row, whether a record calls it by its
--         name, its id, its ARN or the alias of a key that the store shows to be that key's,
--         and a record that names several counts for each
-- group:  Questions
-- chart:  bars
-- column: type, name, account, region, events, writes, errors, actors
WITH lists AS ( -- most events name what others name: that is looked at once
    SELECT
        touched,
        /* account */ recipientAccountId AS account,
        awsRegion,
        actor,
        min(rowid) AS list, -- a number of its own
        count(*) AS events,
        count(*) FILTER (WHERE readOnly = false) AS writes,
        count(*) FILTER (WHERE errored) AS errors
    FROM events
    WHERE /* filters */ true
        AND len(touched) > 0
    GROUP BY ALL
),
named AS (
    SELECT
        unnest(touched) AS resource,
        * EXCLUDE (touched)
    FROM lists
),
keyed AS (
    SELECT
        * EXCLUDE (resource, account, awsRegion),
        resource_key(resource."type", resource.name, account, awsRegion) AS "key"
    FROM named
),
things AS (
    SELECT
        list,
        CASE WHEN key_aliases."key" IS NULL THEN keyed."key"."type" ELSE 'AWS::KMS::Key' END AS "type",
        coalesce(key_aliases."key", keyed."key".id) AS name,
        keyed."key".account AS account,
        keyed."key".region AS region,
        actor,
        events,
        writes,
        errors
    FROM keyed
    LEFT JOIN key_aliases
        ON keyed."key"."type" = 'AWS::KMS::Alias'
        AND key_aliases.alias = keyed."key".id
        AND key_aliases.account = keyed."key".account
        AND key_aliases.region = keyed."key".region
),
-- A record that calls one thing by two names counts once.
once AS (
    SELECT
        "type",
        name,
        account,
        region,
        any_value(actor) AS actor,
        any_value(events) AS events,
        any_value(writes) AS writes,
        any_value(errors) AS errors
    FROM things
    GROUP BY list, "type", name, account, region
),
acted AS (
    SELECT
        "type",
        name,
        account,
        region,
        actor,
        sum(events) AS events,
        sum(writes) AS writes,
        sum(errors) AS errors
    FROM once
    GROUP BY "type", name, account, region, actor
)
SELECT
    "type",
    name,
    account,
    region,
    sum(events)::BIGINT AS events,
    sum(writes)::BIGINT AS writes,
    sum(errors)::BIGINT AS errors,
    count(actor) AS actors
FROM acted
GROUP BY "type", name, account, region
ORDER BY events DESC, 1, 2, 3, 4;
