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
    WHERE ($accounts IS NULL OR list_contains(string_split($accounts, ','), digests.account))
        AND ($regions IS NULL OR list_contains(string_split($regions, ','), digests.region))
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
        l.name,
        lower(l.hashValue) AS hash
    FROM digest_log_files AS l
    JOIN current_digests AS d ON d.file = l.file
),
held AS (
    SELECT
        file,
        uri,
        regexp_replace(split_part(uri, '/', -1), '\.gz$', '') AS name,
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
-- A log file goes by its name, which has 16 random characters. One that was copied
-- from its bucket to elsewhere is in its place if its path ends as its key does, from
-- AWSLogs on, or has no such folders at all.
pairs AS (
    SELECT
        listed.digest,
        listed.position,
        listed.proven,
        held.file,
        held.uri,
        held.live,
        held.sha256,
        held.members,
        held.sha256 = listed.hash AS same,
        NOT contains(held.uri, 'AWSLogs/')
        OR ends_with(
            regexp_replace(held.uri, '\.gz$', ''),
            regexp_replace(substr(listed.s3Object, strpos(listed.s3Object, 'AWSLogs/')), '\.gz$', '')
        ) AS inPlace
    FROM listed
    JOIN held USING (name)
),
verdicts AS (
    SELECT
        listed.*,
        CASE
            WHEN count(pairs.file) = 0 THEN 'missing'
            WHEN coalesce(bool_or(live AND same AND members <= 1 AND inPlace), false) THEN 'valid'
            WHEN coalesce(bool_or(live AND same AND members <= 1), false) THEN 'moved'
            WHEN coalesce(bool_or(live AND (same OR members > 1)), false) THEN 'trailing'
            WHEN coalesce(bool_or(live AND sha256 IS NULL), false) THEN 'unread'
            ELSE 'altered'
        END AS verdict,
        coalesce(min(pairs.uri) FILTER (WHERE live), '') AS uri,
        coalesce(min(pairs.sha256) FILTER (WHERE live), '') AS sha256
    FROM listed
    LEFT JOIN pairs USING (digest, position)
    GROUP BY ALL
),
