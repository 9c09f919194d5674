-- What a versioned bucket tells of an object, where it was read by its versions.
ALTER TABLE files ADD COLUMN versionId VARCHAR;  -- of the object, as S3 has it; NULL: it was read by its key alone
ALTER TABLE files ADD COLUMN replaced TIMESTAMP; -- when another version took its place; NULL: none did
ALTER TABLE files ADD COLUMN deleted TIMESTAMP;  -- when a delete marker was put over it; NULL: none was
