-- title:  Old versions of TLS
-- group:  Attention
-- chart:  bars
-- why:    whose clients still speak what AWS no longer wants (older than 1.2), first; of
--         each newer version only how much it is used
-- column: tlsVersion, actor, events, userAgent, sourceIPAddress, lastEventTime
WITH matching AS (
    SELECT
        tlsDetails.tlsVersion AS tlsVersion,
        -- Newer ones will come, older ones will not.
        regexp_matches(tlsVersion, '^(SSL.*|TLSv1(\.[01])?)$') AS old,
        CASE WHEN old THEN coalesce(actor, '(unknown)') END AS actor,
        CASE WHEN old THEN userAgent END AS userAgent,
        CASE WHEN old THEN sourceIPAddress END AS sourceIPAddress,
        eventTime
    FROM events
    WHERE /* filters */ true
        AND tlsDetails.tlsVersion IS NOT NULL
)
SELECT
    tlsVersion,
    actor,
    count(*) AS events,
    userAgent,
    sourceIPAddress,
    max(eventTime) AS lastEventTime
FROM matching
GROUP BY tlsVersion, old, actor, userAgent, sourceIPAddress
ORDER BY old DESC, events DESC, tlsVersion, actor, userAgent, sourceIPAddress;
