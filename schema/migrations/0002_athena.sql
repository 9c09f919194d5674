-- What was made here are views and macros, which definitions.sql makes: migrations are of
-- tables. Their number is a store's version, so that this one stays.
SELECT NULL;
