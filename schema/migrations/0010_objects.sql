-- Objects that a record lacks, such as userIdentity.sessionContext, are NULL in events from
-- now on. Those of the store's events so far are structs of NULLs, and stay so: to write
-- them anew would take as long as to load them. Views make NULL of them.
ALTER TABLE store ADD COLUMN hollowFiles INTEGER; -- the last log file with such events; NULL: none has any
UPDATE store SET hollowFiles = (SELECT max(file) FROM events);
