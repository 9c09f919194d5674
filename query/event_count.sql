-- How many events there are of a condition.
SELECT count(*) FROM events WHERE /* filters */ true
