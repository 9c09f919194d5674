-- Which views and macros the store has: the SHA-256 of the definitions.sql that made them.
ALTER TABLE store ADD COLUMN definitions VARCHAR;
