-- The events of a history over time, in steps of $width microseconds from $from on, until
-- $until. Steps without any are not among them.
SELECT
    (epoch_us(eventTime) - epoch_us($from::TIMESTAMP)) // $width AS step,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors
FROM events
WHERE /* filters */ true
    AND eventTime >= $from
    AND eventTime < $until
GROUP BY step
ORDER BY step;
