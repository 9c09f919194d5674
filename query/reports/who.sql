-- title:  Who acted
-- why:    every principal by who is behind it: users, role and single sign-on
--         sessions, services
-- group:  Questions
-- chart:  bars
-- column: actor, type, events, writes, errors, lastEventTime
SELECT
    coalesce(actor, '(unknown)') AS actor,
    coalesce(userIdentity.type, '(none)') AS type, -- service events have none
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    max(eventTime) AS lastEventTime
FROM events
WHERE /* filters */ true
GROUP BY 1, 2
ORDER BY events DESC, 1, 2;
