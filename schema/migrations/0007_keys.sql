-- What the keys of files tell beside account, Region, kind and time, and what those of the
-- log files do that digests list, so that nothing reads a key again: as ParseKey in
-- schema/key.go does, which object_key is. The tables are written anew, since an update
-- of all rows would have to be held in memory.

CREATE TABLE files_7 (
    file           INTEGER NOT NULL, -- see 0001_events.sql for these
    uri            VARCHAR USING COMPRESSION zstd NOT NULL, -- names are random: a dictionary is twice as large
    account        VARCHAR,
    region         VARCHAR,
    kind           VARCHAR,
    delivered      TIMESTAMP,
    size           BIGINT,
    etag           VARCHAR,
    sha256         VARCHAR,
    jsonBytes      BIGINT,
    records        INTEGER NOT NULL,
    new            INTEGER NOT NULL,
    repeated       INTEGER NOT NULL,
    filtered       INTEGER NOT NULL,
    conflicts      INTEGER NOT NULL,
    firstEventTime TIMESTAMP,
    lastEventTime  TIMESTAMP,
    status         VARCHAR NOT NULL,
    error          VARCHAR,
    overLimit      BIGINT,
    envelope       BLOB,
    run            INTEGER NOT NULL,
    superseded     INTEGER,
    members        INTEGER,
    folder         VARCHAR,          -- the path from AWSLogs on; NULL: it lies in no such folders
    name           VARCHAR USING COMPRESSION zstd NOT NULL, -- behind the last slash, without .gz
    trail          VARCHAR,          -- this and the next two: of digest files, by their names
    homeRegion     VARCHAR,
    backfill       BOOLEAN
);
INSERT INTO files_7
SELECT * EXCLUDE (k), k.folder, k.name, k.trail, k.homeRegion, k.backfill
FROM (SELECT *, object_key(uri) AS k FROM files);
DROP TABLE files;
ALTER TABLE files_7 RENAME TO files;

CREATE TABLE digest_log_files_7 (
    file            INTEGER NOT NULL, -- see 0003_digests.sql for these
    position        INTEGER NOT NULL,
    s3Bucket        VARCHAR NOT NULL,
    s3Object        VARCHAR USING COMPRESSION zstd NOT NULL,
    hashValue       VARCHAR NOT NULL,
    hashAlgorithm   VARCHAR,
    newestEventTime TIMESTAMP,
    oldestEventTime TIMESTAMP,
    folder          VARCHAR,          -- this and the next two: from s3Object, as in files
    name            VARCHAR USING COMPRESSION zstd NOT NULL,
    delivered       TIMESTAMP
);
INSERT INTO digest_log_files_7
SELECT * EXCLUDE (k), k.folder, k.name, k.delivered
FROM (SELECT *, object_key(s3Object) AS k FROM digest_log_files);
DROP TABLE digest_log_files;
ALTER TABLE digest_log_files_7 RENAME TO digest_log_files;
