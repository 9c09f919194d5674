-- What a store is made of, whatever the order in which it was loaded: its log files with the
-- hashes of their content, and what of each is in the store.
SELECT uri, versionId, sha256, status, new, repeated, filtered
FROM files
ORDER BY uri, versionId, sha256, status, new, repeated, filtered;
