package source

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

var errUnknown = errors.New("not known")

// fromCty is a value as other sources have it.
func fromCty(v cty.Value, depth int) (any, error) {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || depth > maxDepth:
		return nil, errUnknown
	case v.IsNull():
		return nil, nil
	case v.Type() == cty.String:
		return v.AsString(), nil
	case v.Type() == cty.Number:
		return json.Number(v.AsBigFloat().Text('g', -1)), nil
	case v.Type() == cty.Bool:
		return v.True(), nil
	case v.Type().IsMapType() || v.Type().IsObjectType():
		object := map[string]any{}
		for it := v.ElementIterator(); it.Next(); {
			key, value := it.Element()
			inner, err := fromCty(value, depth+1)
			if err != nil {
				return nil, err
			}
			object[key.AsString()] = inner
		}
		return object, nil
	case v.CanIterateElements():
		list := []any{}
		for it := v.ElementIterator(); it.Next(); {
			_, value := it.Element()
			inner, err := fromCty(value, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, inner)
		}
		return list, nil
	}
	return nil, errUnknown
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
