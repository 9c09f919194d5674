-- What the digests list, and what the store holds, one beside the other. $proven are the
-- digests that are known to be CloudTrail's. Statements go on from here.
WITH proven AS (
    SELECT unnest($proven::INTEGER[]) AS digest
),
current_digests AS (
    SELECT digests.*, proven.digest IS NOT NULL AS proven
    FROM digests
    JOIN files ON files.file = digests.file AND files.superseded IS NULL
    LEFT JOIN proven ON proven.digest = digests.file
    WHERE ($accounts IS NULL OR list_contains($accounts::VARCHAR[], digests.account))
        AND ($regions IS NULL OR list_contains($regions::VARCHAR[], digests.region))
        AND ($trail IS NULL OR trail = $trail)
),
listed AS (
    SELECT
        d.file AS digest,
        d.account,
        d.region,
        d.trail,
        d.homeRegion,
        d.backfill,
        d.digestStartTime,
        d.digestEndTime,
        d.proven,
        l.position,
        l.s3Bucket,
        l.s3Object,
        l.hashValue,
        split_part(l.s3Object, '/', -1) AS name
    FROM digest_log_files AS l
    JOIN current_digests AS d ON d.file = l.file
),
held AS (
    SELECT
        file,
        uri,
        split_part(uri, '/', -1) AS name,
        sha256,
        coalesce(members, 1) AS members,
        status,
        account,
        region,
        kind,
        delivered,
        new,
        superseded IS NULL AS live
    FROM files
    WHERE kind IS DISTINCT FROM 'CloudTrail-Digest'
        AND status <> 'skipped'
),
-- A log file goes by its name, which has 16 random characters; .gz at its end is lost
-- where it was unpacked. One that was copied from its bucket to elsewhere is in its place
-- if its path ends as its key does, from AWSLogs on, or has no such folders at all.
pairs AS (
    SELECT
        listed.digest,
        listed.position,
        listed.proven,
        held.file,
        held.live,
        held.sha256 IS NULL AS unread,
        held.members > 1 AS appended,
        held.sha256 = lower(listed.hashValue) AS same,
        held.uri = 's3://' || listed.s3Bucket || '/' || listed.s3Object
        OR NOT contains(held.uri, 'AWSLogs/')
        OR ends_with(
            CASE WHEN ends_with(held.uri, '.gz') THEN held.uri ELSE held.uri || '.gz' END,
            substr(listed.s3Object, strpos(listed.s3Object, 'AWSLogs/'))
        ) AS inPlace
    FROM listed
    JOIN held
        ON CASE WHEN ends_with(held.name, '.gz') THEN held.name ELSE held.name || '.gz' END
        = CASE WHEN ends_with(listed.name, '.gz') THEN listed.name ELSE listed.name || '.gz' END
),
outcomes AS (
    SELECT
        digest,
        position,
        CASE
            WHEN coalesce(bool_or(live AND same AND NOT appended AND inPlace), false) THEN 'valid'
            WHEN coalesce(bool_or(live AND same AND NOT appended), false) THEN 'moved'
            WHEN coalesce(bool_or(live AND (same OR appended)), false) THEN 'trailing'
            WHEN coalesce(bool_or(live AND unread), false) THEN 'unread'
            ELSE 'altered'
        END AS verdict,
        min(file) FILTER (WHERE live) AS found
    FROM pairs
    GROUP BY digest, position
),
-- The times that runs have asked for, without those that are part of another's.
asked AS (
    SELECT since, until
    FROM (
        SELECT
            coalesce(deliveredSince, '-infinity'::TIMESTAMP) AS since,
            coalesce(deliveredUntil, 'infinity'::TIMESTAMP) AS until
        FROM runs
    )
    QUALIFY (until <= max(until) OVER (
        ORDER BY since, until DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )) IS DISTINCT FROM true
),
judged AS (
    SELECT
        listed.*,
        outcomes.verdict,
        outcomes.found,
        CASE
            WHEN outcomes.verdict IS NULL THEN try_strptime(regexp_extract(name, '_(\d{8}T\d{4}Z)', 1), '%Y%m%dT%H%MZ')
        END AS gone -- when it was delivered, of those that are not here
    FROM listed
    LEFT JOIN outcomes USING (digest, position)
),
-- One that is not here was left out if no run has asked for its time, and else is missing.
verdicts AS (
    SELECT judged.* REPLACE (
        CASE
            WHEN verdict IS NOT NULL THEN verdict
            WHEN gone IS NULL OR EXISTS (FROM asked WHERE gone >= since AND gone < until) THEN 'missing'
            ELSE 'left out'
        END AS verdict
    )
    FROM judged
),
