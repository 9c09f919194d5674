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
        AND ($trail IS NULL OR digests.trail = $trail)
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
        l.folder,
        l.name,
        l.delivered
    FROM digest_log_files AS l
    JOIN current_digests AS d ON d.file = l.file
),
held AS (
    SELECT
        file,
        uri,
        folder,
        name,
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
    -- What has events is a log file, wherever it lies and whatever it is called.
    WHERE (kind IS DISTINCT FROM 'CloudTrail-Digest' OR records > 0)
        AND status NOT IN ('skipped', 'other')
),
-- A log file goes by its name, which has 16 random characters. It lies where it was
-- delivered as LiesWhere in schema/key.go has it.
pairs AS (
    SELECT
        listed.digest,
        listed.position,
        listed.proven,
        held.file,
        held.live,
        held.sha256 IS NULL AS unread,
        held.status = 'archived' AS archived,
        held.members > 1 AS appended,
        held.sha256 = lower(listed.hashValue) AS same,
        held.folder IS NULL
        OR held.folder = listed.folder
        OR ends_with(held.folder, '/' || listed.folder) AS inPlace
    FROM listed
    JOIN held ON held.name = listed.name
),
outcomes AS (
    SELECT
        digest,
        position,
        CASE
            WHEN coalesce(bool_or(live AND same AND NOT appended AND inPlace), false) THEN 'valid'
            WHEN coalesce(bool_or(live AND same AND NOT appended), false) THEN 'moved'
            WHEN coalesce(bool_or(live AND (same OR appended)), false) THEN 'trailing'
            WHEN coalesce(bool_or(live AND unread AND NOT archived), false) THEN 'unread'
            WHEN coalesce(bool_or(live AND archived), false) THEN 'archived'
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
-- The times of listed log files that no run has asked for.
unasked AS (
    SELECT delivered
    FROM (SELECT DISTINCT delivered FROM listed WHERE delivered IS NOT NULL) AS times
    ANTI JOIN asked ON times.delivered >= asked.since AND times.delivered < asked.until
),
-- One that is not here was left out if no run has asked for its time, and else is missing.
verdicts AS (
    SELECT
        listed.*,
        CASE
            WHEN outcomes.verdict IS NOT NULL THEN outcomes.verdict
            WHEN unasked.delivered IS NOT NULL THEN 'left out'
            ELSE 'missing'
        END AS verdict,
        outcomes.found
    FROM listed
    LEFT JOIN outcomes USING (digest, position)
    LEFT JOIN unasked ON unasked.delivered = listed.delivered
),
