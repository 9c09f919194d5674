-- title:  Services used for the first time
-- why:    newFor account where nobody of the account had called the service before, actor
--         where this actor had not; with --since those of the period that nothing in the
--         store before it had, whatever the other filters leave out
-- group:  Attention
-- column: firstEventTime, newFor, account, eventSource, actor, firstCall, calls, events,
--         errors, lastEventTime
WITH calls AS (
    SELECT
        /* account */ recipientAccountId AS account,
        eventSource,
        actor,
        eventName,
        min(eventTime) AS first,
        min(eventTime) FILTER (WHERE asked) AS firstAsked,
        max(eventTime) FILTER (WHERE asked) AS lastAsked,
        count(*) FILTER (WHERE asked) AS events,
        count(*) FILTER (WHERE asked AND errored) AS errors
    FROM (
        SELECT *, eventTime IS NOT NULL AND coalesce((
                /* filters */ true
            ), false) AS asked
        FROM events
    )
    GROUP BY ALL
),
matching AS (
    SELECT
        account,
        eventSource,
        actor,
        min(firstAsked) AS first,
        arg_min(eventName, (firstAsked, eventName)) AS firstCall,
        count(DISTINCT eventName) AS calls,
        sum(calls.events)::BIGINT AS events,
        sum(calls.errors)::BIGINT AS errors,
        max(lastAsked) AS lastEventTime
    FROM calls
    WHERE calls.events > 0
        AND eventSource IS NOT NULL
    GROUP BY 1, 2, 3
),
everything AS (
    SELECT account, eventSource, actor, min(first) AS first
    FROM calls
    GROUP BY 1, 2, 3
),
firsts AS (
    SELECT *, min(first) OVER (PARTITION BY account, eventSource) AS ofAccount
    FROM everything
)
SELECT
    matching.first AS firstEventTime,
    CASE matching.first WHEN firsts.ofAccount THEN 'account' ELSE 'actor' END AS newFor,
    matching.account,
    matching.eventSource,
    coalesce(matching.actor, '(unknown)') AS actor,
    firstCall,
    calls,
    events,
    errors,
    lastEventTime
FROM matching
JOIN firsts
    ON firsts.account IS NOT DISTINCT FROM matching.account
    AND firsts.eventSource = matching.eventSource
    AND firsts.actor IS NOT DISTINCT FROM matching.actor
    AND firsts.first = matching.first
ORDER BY newFor, firstEventTime, matching.account, matching.eventSource, actor;
