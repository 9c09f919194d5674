-- title:  Which resources
-- why:    what was touched, by the name or ARN that the records give; a record
--         that names several counts for each
-- group:  Questions
-- column: type, name, events, writes, errors, actors
WITH named AS (
    SELECT
        unnest(touched) AS resource,
        readOnly,
        errored,
        actor
    FROM events
    WHERE /* filters */ true
)
SELECT
    resource.type,
    resource.name,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT actor) AS actors
FROM named
GROUP BY 1, 2
ORDER BY events DESC, 1, 2;
