-- What no other store has: it tells one from another.
SELECT hashSeed::VARCHAR FROM store;
