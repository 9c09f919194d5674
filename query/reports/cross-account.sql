-- title:  Calls from one account to another
-- why:    the caller's account is not the one that has the event, or the call went to
--         a resource of another one: a bucket, a key, a role
-- group:  Identity
-- chart:  bars
-- column: caller, account, actor, events, errors, lastEventTime
WITH calls AS (
    -- An account's number need not have twelve digits: AWS has names for some.
    SELECT
        userIdentity.accountId AS caller, -- by itself: of what a lambda names, all members are read
        recipientAccountId,
        resources,
        actor,
        errored,
        eventTime
    FROM events
    WHERE /* filters */ true
        AND userIdentity.accountId IS NOT NULL
),
called AS (
    SELECT
        * EXCLUDE (recipientAccountId, resources),
        CASE
            WHEN caller <> recipientAccountId THEN recipientAccountId
            WHEN resources IS NOT NULL
                THEN list_filter(resources, lambda r: r.accountId <> caller)[1].accountId
        END AS account
    FROM calls
)
SELECT
    caller,
    account,
    coalesce(actor, '(unknown)') AS actor,
    count(*) AS events,
    count(*) FILTER (WHERE errored) AS errors,
    max(eventTime) AS lastEventTime
FROM called
WHERE account IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY events DESC, 1, 2, 3;
