-- The sessions with at least one of the rows of credential_uses that matching.sql has found.
matching AS (
    SELECT DISTINCT session
    FROM session_uses
    WHERE use IN (SELECT unnest($matched::BIGINT[]))
)
