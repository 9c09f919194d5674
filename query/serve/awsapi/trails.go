package awsapi

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"trailbox/query/integrity"
	"trailbox/query/setup"
	"trailbox/schema"
)

// trails are those that the store shows.
func (h *Handler) trails(ctx context.Context) (trails []setup.Trail, err error) {
	_, err = h.with(ctx, func(ctx context.Context, store *schema.Store) (any, error) {
		trails, err = setup.Trails(ctx, store)
		return nil, err
	})
	return trails, err
}

// trailOf finds the trail that a call names, by its name or its ARN.
func (h *Handler) trailOf(ctx context.Context, c call, member string) (*setup.Trail, error) {
	name := c.text(member)
	switch err := c.failed(); {
	case err != nil:
		return nil, err
	case isBlank(name):
		return nil, refused("InvalidTrailNameException", "The trail name is missing.")
	case strings.HasPrefix(name, "arn:") && !strings.Contains(name, ":trail/"):
		return nil, refused("CloudTrailARNInvalidException", "%.300q is not the ARN of a trail.", name)
	}
	trails, err := h.trails(ctx)
	if err != nil {
		return nil, err
	}
	var found []*setup.Trail
	for i := range trails {
		if isCalled(&trails[i], name) {
			found = append(found, &trails[i])
		}
	}
	switch {
	case len(found) == 0:
		return nil, refused("TrailNotFoundException", "Unknown trail: %.300q: no record and no digest in the store is of it.", name)
	case len(found) > 1:
		return nil, refused("InvalidTrailNameException", "%d trails are called %.300q: ask by the ARN.", len(found), name)
	}
	return found[0], nil
}

// isCalled reports whether a trail goes by a name.
func isCalled(t *setup.Trail, name string) bool {
	return t.Name == name || t.ARN != "" && t.ARN == name
}

// describe is what DescribeTrails tells of a trail.
func describe(t *setup.Trail) map[string]any {
	members := map[string]any{"Name": t.Name, "HomeRegion": t.HomeRegion}
	if t.ARN != "" {
		members["TrailARN"] = t.ARN
	}
	for name, value := range t.Settings {
		members[name] = value
	}
	return members
}

func (h *Handler) describeTrails(ctx context.Context, c call) (any, error) {
	names := c.texts("trailNameList")
	c.boolean("includeShadowTrails", true) // all Regions are one here: no trail has a shadow
	if err := c.failed(); err != nil {
		return nil, err
	}
	trails, err := h.trails(ctx)
	list := []any{}
	for i := range trails {
		called := func(name string) bool { return isCalled(&trails[i], name) }
		if len(names) == 0 || slices.ContainsFunc(names, called) {
			list = append(list, describe(&trails[i]))
		}
	}
	return map[string]any{"trailList": list}, err
}

func (h *Handler) getTrail(ctx context.Context, c call) (any, error) {
	t, err := h.trailOf(ctx, c, "Name")
	if err != nil {
		return nil, err
	}
	return map[string]any{"Trail": describe(t)}, nil
}

func (h *Handler) listTrails(ctx context.Context, c call) (any, error) {
	if token := c.text("NextToken"); token != "" && c.failed() == nil {
		return nil, refused("InvalidTokenException", "There is only one page.")
	}
	if err := c.failed(); err != nil {
		return nil, err
	}
	trails, err := h.trails(ctx)
	list := []any{}
	for _, t := range trails {
		members := map[string]any{"Name": t.Name, "HomeRegion": t.HomeRegion}
		if t.ARN != "" {
			members["TrailARN"] = t.ARN
		}
		list = append(list, members)
	}
	return map[string]any{"Trails": list}, err
}

func (h *Handler) getTrailStatus(ctx context.Context, c call) (any, error) {
	t, err := h.trailOf(ctx, c, "Name")
	if err != nil {
		return nil, err
	}
	status := map[string]any{}
	if t.Logging != nil {
		status["IsLogging"] = *t.Logging
	}
	for _, one := range []struct {
		name, text string
		at         time.Time
	}{
		{"StartLoggingTime", "TimeLoggingStarted", t.Started}, {"StopLoggingTime", "TimeLoggingStopped", t.Stopped}, {"LatestDigestDeliveryTime", "", t.Digested},
	} {
		if one.at.IsZero() {
			continue
		}
		if status[one.name] = epochOf(one.at); one.text != "" {
			status[one.text] = one.at.UTC().Format(time.RFC3339)
		}
	}
	return status, nil
}

func (h *Handler) getEventSelectors(ctx context.Context, c call) (any, error) {
	t, err := h.trailOf(ctx, c, "TrailName")
	if err != nil {
		return nil, err
	}
	members := map[string]any{}
	if t.ARN != "" {
		members["TrailARN"] = t.ARN
	}
	if t.Selectors != nil {
		members["EventSelectors"] = t.Selectors
	}
	if t.Advanced != nil {
		members["AdvancedEventSelectors"] = t.Advanced
	}
	return members, nil
}

// listPublicKeys answers ListPublicKeys: with the keys of the Region that is asked, and those
// whose Region is not known.
func (h *Handler) listPublicKeys(ctx context.Context, c call) (any, error) {
	start, end, token := c.time("StartTime"), c.time("EndTime"), c.text("NextToken")
	switch err := c.failed(); {
	case err != nil:
		return nil, err
	case token != "":
		return nil, refused("InvalidTokenException", "There is only one page.")
	case !start.IsZero() && !end.IsZero() && start.After(end):
		return nil, refused("InvalidTimeRangeException", "The start time is after the end time.")
	}
	return h.with(ctx, func(ctx context.Context, store *schema.Store) (any, error) {
		keys, err := integrity.StoredKeys(ctx, store)
		type publicKey struct {
			Value             []byte
			ValidityStartTime epoch
			ValidityEndTime   epoch
			Fingerprint       string
		}
		list := []publicKey{}
		for _, k := range keys {
			isOther := c.region != "" && k.Region != "" && k.Region != c.region
			if isOther || !start.IsZero() && k.Until.Before(start) || !end.IsZero() && k.From.After(end) {
				continue
			}
			list = append(list, publicKey{k.DER, epoch{k.From}, epoch{k.Until}, k.Fingerprint})
		}
		slices.SortStableFunc(list, func(a, b publicKey) int {
			return cmp.Or(a.ValidityStartTime.Compare(b.ValidityStartTime.Time), cmp.Compare(a.Fingerprint, b.Fingerprint))
		})
		return map[string]any{"PublicKeyList": slices.CompactFunc(list, func(a, b publicKey) bool {
			return a.Fingerprint == b.Fingerprint && a.ValidityStartTime == b.ValidityStartTime && a.ValidityEndTime == b.ValidityEndTime
		})}, err
	})
}
