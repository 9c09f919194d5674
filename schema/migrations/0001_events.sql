-- The store's first tables: events, the log files they came from, the records
-- that came more than once, and the runs that loaded them.

-- One row per distinct event. Names and spelling are CloudTrail's own ("CloudTrail
-- record contents for management, data, and network activity events"); DuckDB
-- ignores their case.
CREATE TABLE events (
    eventTime                    TIMESTAMP, -- UTC: when the request completed
    eventName                    VARCHAR,
    eventSource                  VARCHAR,
    awsRegion                    VARCHAR,   -- where the request went; a file's folder may name another
    recipientAccountId           VARCHAR,
    username                     VARCHAR,   -- derived: as LookupEvents shows it
    actor                        VARCHAR,   -- derived: the best name of who really acted
    sourceIPAddress              VARCHAR,   -- an address, a service's name, or AWS Internal
    userAgent                    VARCHAR,
    readOnly                     BOOLEAN,
    errored                      BOOLEAN,   -- derived: CloudTrail reports a failure, in any of its ways
    errorCode                    VARCHAR,
    errorMessage                 VARCHAR,
    touched                      STRUCT("type" VARCHAR, "name" VARCHAR)[], -- derived: resources that the record names
    resources                    STRUCT(ARN VARCHAR, ARNPrefix VARCHAR, accountId VARCHAR, "type" VARCHAR)[],
    userIdentity                 STRUCT(
        "type"            VARCHAR,
        principalId       VARCHAR,
        arn               VARCHAR,
        accountId         VARCHAR,
        accessKeyId       VARCHAR,
        userName          VARCHAR,
        sessionContext    STRUCT(
            sessionIssuer       STRUCT("type" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR),
            webIdFederationData STRUCT(federatedProvider VARCHAR, attributes VARCHAR), -- attributes: JSON
            attributes          STRUCT(creationDate VARCHAR, mfaAuthenticated VARCHAR), -- mfaAuthenticated: 'true' or 'false'
            sourceIdentity      VARCHAR,
            ec2RoleDelivery     VARCHAR,
            ec2IssuedInVpc      VARCHAR,
            assumedRoot         VARCHAR,
            signInSessionArn    VARCHAR
        ),
        invokedBy         VARCHAR,
        invokedByDelegate STRUCT(accountId VARCHAR),
        onBehalfOf        STRUCT(userId VARCHAR, identityStoreArn VARCHAR),
        inScopeOf         STRUCT(sourceArn VARCHAR, sourceAccount VARCHAR, issuerType VARCHAR, credentialsIssuedTo VARCHAR),
        credentialId      VARCHAR,
        identityProvider  VARCHAR
    ),
    -- Free-form blocks, each as its JSON text: services change the type of a
    -- member from year to year, so nothing is inferred here. DuckDB would take a
    -- dictionary for them, which is twice as large.
    requestParameters            VARCHAR USING COMPRESSION zstd,
    responseElements             VARCHAR USING COMPRESSION zstd,
    additionalEventData          VARCHAR USING COMPRESSION zstd,
    serviceEventDetails          VARCHAR USING COMPRESSION zstd,
    insightDetails               VARCHAR,
    addendum                     VARCHAR,
    edgeDeviceDetails            VARCHAR,
    eventContext                 VARCHAR,
    tlsDetails                   STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR, clientProvidedHostHeader VARCHAR, keyExchange VARCHAR),
    eventVersion                 VARCHAR,   -- major.minor: text, since 1.10 comes after 1.9
    eventType                    VARCHAR,
    eventCategory                VARCHAR,
    managementEvent              BOOLEAN,
    apiVersion                   VARCHAR,
    requestID                    VARCHAR,   -- not always a GUID
    eventID                      UUID,      -- NULL before eventVersion 1.01
    sharedEventID                UUID,
    vpcEndpointId                VARCHAR,
    vpcEndpointAccountId         VARCHAR,
    sessionCredentialFromConsole VARCHAR,
    annotation                   VARCHAR,
    unknown                      VARCHAR,   -- JSON object of what has no column, by dotted path
    file                         INTEGER NOT NULL, -- the log file that it was first read from
    position                     INTEGER NOT NULL, -- its place there, from 0
    recordHash                   UBIGINT NOT NULL, -- of the record's bytes, seeded with store.hashSeed
    shape                        INTEGER,          -- its skeleton, in shapes; NULL: the record is in verbatim
    verbatim                     BLOB USING COMPRESSION zstd -- the record, where skeleton and leaves would not give it back
);

-- The skeletons of records: a record is its skeleton with the values of its leaves
-- put back. See schema/shape.go for how the places are marked.
CREATE TABLE shapes (
    shape    INTEGER NOT NULL,
    skeleton BLOB NOT NULL
);

-- One row per log file that a run has seen.
CREATE TABLE files (
    file           INTEGER NOT NULL, -- number within this store
    uri            VARCHAR NOT NULL,
    account        VARCHAR,          -- account, region, kind, delivered: from the key, where it tells
    region         VARCHAR,
    kind           VARCHAR,
    delivered      TIMESTAMP,        -- what the name says: the newest event's time, rounded up to 5 minutes
    size           BIGINT,           -- bytes as delivered
    etag           VARCHAR,
    sha256         VARCHAR,          -- hexadecimal, of the uncompressed bytes: what AWS signs
    jsonBytes      BIGINT,           -- uncompressed
    records        INTEGER NOT NULL, -- = new + repeated + filtered
    new            INTEGER NOT NULL,
    repeated       INTEGER NOT NULL,
    filtered       INTEGER NOT NULL, -- outside what the run asked for
    conflicts      INTEGER NOT NULL, -- of new: same eventID as another event, other bytes
    firstEventTime TIMESTAMP,
    lastEventTime  TIMESTAMP,
    status         VARCHAR NOT NULL, -- loaded; partial, corrupt: damaged; skipped: not a log file; failed: not fetched
    error          VARCHAR,
    overLimit      BIGINT,           -- the limit in bytes that its uncompressed size went beyond
    envelope       BLOB,             -- what stands around the records; NULL: they do not make up the file
    run            INTEGER NOT NULL,
    superseded     INTEGER           -- the row that took this one's place: the object was read again, changed as a rule
);

-- Files that cannot be rebuilt from their records (damaged, not CloudTrail's, with
-- records inside of strings), as they were delivered.
CREATE TABLE originals (
    file   INTEGER NOT NULL,
    sha256 VARCHAR NOT NULL, -- hexadecimal, of the file as delivered
    packed BOOLEAN NOT NULL, -- data is the gzip of the file as delivered
    data   BLOB NOT NULL
);

-- One row per record that was already in events, byte for byte: delivered twice,
-- or by two trails. (file, position) is the record, (firstFile, firstPosition)
-- the event's row.
CREATE TABLE repeats (
    file          INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    eventID       UUID,
    firstFile     INTEGER NOT NULL,
    firstPosition INTEGER NOT NULL
);

-- Who loaded what, when, from where, with which version and options.
CREATE TABLE runs (
    run      INTEGER NOT NULL,
    started  TIMESTAMP NOT NULL,
    finished TIMESTAMP,          -- NULL: cut off
    "user"   VARCHAR,
    host     VARCHAR,
    version  VARCHAR,            -- of trailbox
    sources  VARCHAR[],
    filter   VARCHAR,            -- what the run was limited to; NULL for everything
    summary  VARCHAR             -- JSON, as printed by ingest -o json
);

-- What belongs to the store as a whole: one row.
CREATE TABLE store (
    hashSeed UBIGINT NOT NULL -- for recordHash; random, so that nobody can prepare two records of one hash
);
INSERT INTO store VALUES ((random() * 9007199254740992)::UBIGINT * 2048 + (random() * 2048)::UBIGINT);
