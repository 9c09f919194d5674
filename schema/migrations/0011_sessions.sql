-- What is known of credentials: what each did, and which were issued by whom. Both are made
-- of events as they are loaded, and rows are only added, so that the order in which log files
-- come makes no difference: sums and links are made when they are asked for.

-- What a credential did in the log files of one load, from one address: a row for each.
CREATE TABLE credential_uses (
    file             INTEGER NOT NULL, -- the last of these log files
    accessKeyId      VARCHAR,          -- this and the next eleven: as userIdentity has them
    "type"           VARCHAR,
    principalId      VARCHAR,
    arn              VARCHAR,
    accountId        VARCHAR,
    created          TIMESTAMP,        -- sessionContext.attributes.creationDate
    invokedBy        VARCHAR,
    credentialId     VARCHAR,
    signInSessionArn VARCHAR,
    sourceIdentity   VARCHAR,
    onBehalfOf       VARCHAR,          -- userIdentity.onBehalfOf.userId
    issuedTo         VARCHAR,          -- userIdentity.inScopeOf.credentialsIssuedTo
    sourceIPAddress  VARCHAR,
    console          BOOLEAN NOT NULL, -- some of it by a credential that the console made
    mfa              BOOLEAN,
    firstUse         TIMESTAMP,
    lastUse          TIMESTAMP,
    events           BIGINT NOT NULL,
    writes           BIGINT NOT NULL,  -- of events: neither failed nor a read
    errors           BIGINT NOT NULL   -- of events
);

-- The events that issued a credential, began a session or ended a key: a row for each
-- credential.
CREATE TABLE credential_events (
    file             INTEGER NOT NULL, -- this and the next eight: the event
    position         INTEGER NOT NULL,
    eventTime        TIMESTAMP,
    eventName        VARCHAR,
    eventID          UUID,
    sharedEventID    UUID,
    account          VARCHAR,          -- recipientAccountId
    sourceIPAddress  VARCHAR,
    userAgent        VARCHAR,
    issuerType       VARCHAR,          -- this and the next eight: whoever called
    issuerPrincipal  VARCHAR,
    issuerArn        VARCHAR,
    issuerAccount    VARCHAR,
    issuerKey        VARCHAR,
    issuerCreated    TIMESTAMP,        -- userIdentity.sessionContext.attributes.creationDate
    issuerSignIn     VARCHAR,          -- userIdentity.sessionContext.signInSessionArn
    issuerCredential VARCHAR,          -- userIdentity.credentialId
    issuerName       VARCHAR,          -- of a service, of a user of an identity provider
    accessKeyId      VARCHAR,          -- this and the rest: what was issued
    arn              VARCHAR,          -- of the session, of the user
    principalId      VARCHAR,
    name             VARCHAR,          -- of the session, the user, the instance or the permission set
    sourceIdentity   VARCHAR,
    mfa              BOOLEAN,
    expires          TIMESTAMP,
    status           VARCHAR           -- of a key: Active, Inactive or Deleted
);

-- The log files with events of before, in which credentials are still to be looked for: up to
-- this one; no row: none. A table, since an earlier migration may have changed store just now.
CREATE TABLE uncounted (file INTEGER NOT NULL);
INSERT INTO uncounted SELECT max(file) FROM events HAVING max(file) IS NOT NULL;
