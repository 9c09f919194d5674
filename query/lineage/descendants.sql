-- The sessions that match, and all that descends from them. $whole are the ids of the sessions
-- that the views are true of, NULL for all.
WITH RECURSIVE
/* sessions */ sessions,
/* matching */ matching,
edges AS MATERIALIZED (SELECT session, parent FROM session_links WHERE NOT candidate AND parent IS NOT NULL AND ($whole IS NULL OR session IN (SELECT unnest($whole::VARCHAR[])))),
-- Each once, so that circles end.
down AS (
    SELECT session FROM matching
    UNION
    SELECT edges.session
    FROM down
    JOIN edges ON edges.parent = down.session
)
SELECT
    session,
    session IN (SELECT session FROM matching) AS asked,
    (SELECT coalesce(list_sort(list(parent)), []) FROM edges WHERE edges.session = down.session) AS parents,
    coalesce(list_sort(list(DISTINCT accessKeyId) FILTER (WHERE accessKeyId <> '')), []) AS keys,
    -- Without a key, by the ARN and when the session was created.
    coalesce(list_sort(list(DISTINCT arn || ' ' || strftime(created, '%Y-%m-%dT%H:%M:%SZ')) FILTER (WHERE coalesce(accessKeyId, '') = '')), []) AS keyless
FROM down
LEFT JOIN session_uses USING (session)
GROUP BY session
ORDER BY session
