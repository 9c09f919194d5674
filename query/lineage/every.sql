-- The sessions with any event, in the place of some.sql where there is no filter.
matching AS (
    SELECT DISTINCT session
    FROM session_uses
)
