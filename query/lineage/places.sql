-- What was used from two places at once, a row for each unit: a session, or all sessions of an
-- instance or a task. $keys, $keyless and $principals say of whom an event is, the lists beside
-- them of which unit; $first and $last are when all of these were used. $console are the units
-- that the console made.
--
-- A place is a network: of IPv4 the first 16 bits, of IPv6 the first 32, as far as what a
-- provider hands out in turns goes. Who has both kinds of addresses, or a VPC endpoint beside
-- the way into the internet, uses them in turns by himself: places are compared only with such
-- of their kind. A service's own calls are of no place, and what the console asks for behind the
-- scenes comes through a VPC endpoint of AWS.
WITH keyed AS (SELECT unnest($keys::VARCHAR[]) AS accessKeyId, unnest($keyUnits::VARCHAR[]) AS unit),
keyless AS (SELECT unnest($keyless::VARCHAR[]) AS name, unnest($keylessUnits::VARCHAR[]) AS unit),
homes AS (SELECT unnest($principals::VARCHAR[]) AS principalId),
acts AS (
    SELECT
        coalesce(homes.principalId, keyed.unit, keyless.unit) AS unit,
        eventTime AS used,
        sourceIPAddress AS address,
        eventID,
        vpcEndpointId IS NOT NULL AS endpoint
    FROM events
    LEFT JOIN homes ON homes.principalId = userIdentity.principalId
    LEFT JOIN keyed ON keyed.accessKeyId = userIdentity.accessKeyId
    LEFT JOIN keyless ON coalesce(userIdentity.accessKeyId, '') = ''
        AND keyless.name = userIdentity.arn || ' ' || userIdentity.sessionContext.attributes.creationDate
    WHERE eventTime BETWEEN $first::TIMESTAMP AND $last::TIMESTAMP
        AND coalesce(userIdentity.invokedBy, '') = ''
        AND coalesce(homes.principalId, keyed.unit, keyless.unit) IS NOT NULL
),
addresses AS MATERIALIZED (
    SELECT address, ip_digits(address) AS digits
    FROM (SELECT DISTINCT address FROM acts)
),
placed AS (
    SELECT
        unit,
        digits[1] || CASE WHEN endpoint THEN ' by endpoint' ELSE '' END AS kind,
        CASE digits[1] WHEN '4' THEN digits[2:5] ELSE digits[2:9] END AS network,
        used,
        min(address) AS address,
        min(eventID) AS eventID
    FROM acts
    JOIN addresses USING (address)
    WHERE digits IS NOT NULL
        AND NOT (endpoint AND list_contains($console::VARCHAR[], unit))
    GROUP BY ALL
),
-- Of each network before and after, and what comes next from any.
turns AS (
    SELECT
        *,
        lag(used) OVER ofNetwork AS before,
        lead(used) OVER ofNetwork AS after,
        lead(eventID) OVER ofNetwork AS afterID,
        count(*) OVER (PARTITION BY unit, kind, used) > 1 AS shared,
        min(used) OVER (PARTITION BY unit, kind ORDER BY used RANGE BETWEEN INTERVAL 1 SECOND FOLLOWING AND INTERVAL 10 MINUTES FOLLOWING) AS next
    FROM placed
    WINDOW ofNetwork AS (PARTITION BY unit, kind, network ORDER BY used)
),
-- There and back: from one network, then from another, then from the first again. What is of one
-- second has no order, so that it must be earlier and later.
returns AS (
    SELECT unit, kind, network, address, eventID, used AS gone, next AS there, after AS back, afterID AS backID
    FROM turns
    WHERE next < after
        AND after - used <= INTERVAL 10 MINUTES
    UNION ALL
    SELECT turns.unit, turns.kind, turns.network, turns.address, earlier.eventID, turns.before, turns.used, turns.after, afterID
    FROM turns
    JOIN placed AS earlier ON earlier.unit = turns.unit AND earlier.kind = turns.kind AND earlier.network = turns.network AND earlier.used = turns.before
    WHERE shared
        AND after - before <= INTERVAL 10 MINUTES
),
-- Once may be somebody who has changed his network and changed it back, if it was not within a
-- minute; twice within an hour is more than that.
judged AS (
    SELECT
        *,
        back - gone <= INTERVAL 1 MINUTE
        OR lead(back) OVER ofNetwork - gone <= INTERVAL 1 HOUR
        OR back - lag(gone) OVER ofNetwork <= INTERVAL 1 HOUR AS sure
    FROM (SELECT DISTINCT ON (unit, kind, network, back) * FROM returns ORDER BY gone DESC)
    WINDOW ofNetwork AS (PARTITION BY unit, kind, network ORDER BY back)
),
counted AS (
    SELECT DISTINCT ON (unit) *, count(*) OVER (PARTITION BY unit) AS "returns"
    FROM judged
    WHERE sure
    ORDER BY unit, back - gone, gone, eventID
)
SELECT
    unit,
    counted.address,
    other.address AS otherAddress,
    gone,
    there,
    back,
    counted.eventID,
    other.eventID AS otherID,
    backID,
    "returns"
FROM counted
JOIN placed AS other USING (unit, kind)
WHERE other.used = there
    AND other.network <> counted.network
QUALIFY row_number() OVER (PARTITION BY unit ORDER BY other.eventID) = 1
ORDER BY unit
