-- The sessions with any event, in the place of matching.sql where there is no filter: reads
-- no events.
matching AS (
    SELECT DISTINCT session
    FROM session_uses
)
