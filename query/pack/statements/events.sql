WITH matching AS (
    /* matching */ ''
)
SELECT * EXCLUDE (file, position, touched)
FROM matching
ORDER BY eventTime, eventID, file, position
