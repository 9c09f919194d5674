-- Digest files and what they prove ("CloudTrail digest file structure"): what each
-- digest says, the log files that it lists, the public keys that it was signed with,
-- and what verify has found.

ALTER TABLE files ADD COLUMN members INTEGER; -- gzip members; 0: not gzip, NULL: not to be told

-- One row per digest file that is loaded. Its bytes are in originals, their SHA-256 in
-- files.
CREATE TABLE digests (
    file                        INTEGER NOT NULL, -- its row in files
    awsAccountId                VARCHAR NOT NULL,
    account                     VARCHAR NOT NULL, -- this and the next four: from digestS3Object
    region                      VARCHAR NOT NULL, -- whose log files it lists
    homeRegion                  VARCHAR NOT NULL, -- where the trail was made
    trail                       VARCHAR NOT NULL,
    backfill                    BOOLEAN NOT NULL, -- lists what the hourly digests had missed: a chain of its own
    digestStartTime             TIMESTAMP NOT NULL,
    digestEndTime               TIMESTAMP NOT NULL,
    digestS3Bucket              VARCHAR NOT NULL,
    digestS3Object              VARCHAR NOT NULL,
    digestPublicKeyFingerprint  VARCHAR NOT NULL, -- as the digest says
    digestSignatureAlgorithm    VARCHAR,
    newestEventTime             TIMESTAMP,        -- NULL: no log file was delivered
    oldestEventTime             TIMESTAMP,
    previousDigestS3Bucket      VARCHAR,          -- NULL, with the next four: a chain begins here
    previousDigestS3Object      VARCHAR,
    previousDigestHashValue     VARCHAR,          -- hexadecimal SHA-256 of the uncompressed bytes
    previousDigestHashAlgorithm VARCHAR,
    previousDigestSignature     VARCHAR,          -- hexadecimal
    logFiles                    INTEGER NOT NULL, -- how many it lists
    -- From the metadata of the object in S3; NULL where a copy has lost it.
    signature                   VARCHAR,          -- hexadecimal
    signatureAlgorithm          VARCHAR,
    backfillGenerationTimestamp VARCHAR
);

-- One row per log file that a digest lists.
CREATE TABLE digest_log_files (
    file            INTEGER NOT NULL, -- the digest
    position        INTEGER NOT NULL, -- in its list, from 0
    s3Bucket        VARCHAR NOT NULL,
    s3Object        VARCHAR USING COMPRESSION zstd NOT NULL,
    hashValue       VARCHAR NOT NULL, -- hexadecimal, of the uncompressed bytes
    hashAlgorithm   VARCHAR,
    newestEventTime TIMESTAMP,
    oldestEventTime TIMESTAMP
);

-- The public keys that digests were signed with, from CloudTrail's ListPublicKeys.
CREATE TABLE public_keys (
    fingerprint       VARCHAR NOT NULL,   -- computed: the MD5 of value
    region            VARCHAR,            -- NULL: the list did not tell
    validityStartTime TIMESTAMP NOT NULL,
    validityEndTime   TIMESTAMP NOT NULL,
    value             BLOB NOT NULL,      -- DER, of PKCS #1 or a SubjectPublicKeyInfo
    source            VARCHAR NOT NULL,   -- the file or the API that it came from
    added             TIMESTAMP NOT NULL
);

-- One row per verification: what was asked, and what came of it.
CREATE TABLE verifications (
    verification INTEGER NOT NULL,
    started      TIMESTAMP NOT NULL,
    finished     TIMESTAMP NOT NULL,
    version      VARCHAR NOT NULL, -- of trailbox
    scope        VARCHAR,          -- what it was limited to; NULL for the whole store
    summary      VARCHAR NOT NULL  -- JSON, as printed by verify -o json
);

-- What the latest verification of each log file and digest file found. One without a row was not
-- looked at yet.
CREATE TABLE proofs (
    file         INTEGER NOT NULL,
    state        VARCHAR NOT NULL, -- proven; altered; unproven: no digest that lists it holds; unlisted; undigested: outside of the digested time; uncovered: of Insights or network activity; superseded
    verification INTEGER NOT NULL
);
