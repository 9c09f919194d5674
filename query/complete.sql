-- What is known of one kind of names, and begins as typed. A name goes to a shell, and
-- whoever called the API chose it: what a shell could take for more than a word is left
-- out, and so is what nobody would want to have typed.
WITH known AS MATERIALIZED (
    SELECT /* account */ recipientAccountId AS name FROM events WHERE $kind = 'account'
    UNION
    SELECT awsRegion FROM events WHERE $kind = 'region'
    UNION
    SELECT actor FROM events WHERE $kind = 'actor'
    UNION
    SELECT userIdentity.sessionContext.sessionIssuer.userName FROM events WHERE $kind = 'actor' -- all sessions of a role
    UNION
    SELECT eventName FROM events WHERE $kind = 'event name'
    UNION
    SELECT eventSource FROM events WHERE $kind = 'event source'
    UNION
    SELECT accessKeyId FROM credential_uses WHERE $kind = 'access key'
    UNION
    SELECT accessKeyId FROM credential_events WHERE $kind = 'access key' -- never used
)
SELECT name
FROM known
WHERE starts_with(name, $typed) AND regexp_full_match(name, '[A-Za-z0-9][A-Za-z0-9_.@/:+=,-]{0,255}')
ORDER BY name
LIMIT $most
