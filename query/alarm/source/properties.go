package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"trailbox/query/alarm"
)

// properties are what a source says of a filter, an alarm or a rule, by the names of
// CloudFormation.
type properties struct {
	line, column int
	values       map[string]any // nil, bool, json.Number, string, []any, map[string]any
	errors       map[string]error
	positions    map[string]alarm.Position // of the values, without their file
	notes        []string
}

// newProperties returns properties of what is at n.
func newProperties(n *yaml.Node) *properties {
	p := &properties{values: map[string]any{}, errors: map[string]error{}, positions: map[string]alarm.Position{}}
	if n != nil {
		p.line, p.column = n.Line, n.Column
	}
	return p
}

func (p *properties) set(key string, n *yaml.Node, value any, err error) {
	p.values[key] = value
	if n != nil {
		p.positions[key] = alarm.Position{Line: n.Line, Column: n.Column}
	}
	if err != nil {
		p.errors[key] = err
	}
}

// wrong returns the error that something is wrong with a property.
func (p *properties) wrong(key, format string, args ...any) error {
	return p.at(key, fmt.Errorf(key+": "+format, args...))
}

// at returns an error with the position of a property.
func (p *properties) at(key string, err error) error {
	e := &nodeError{Line: p.line, Column: p.column, Reason: err.Error()}
	if at := new(nodeError); errors.As(err, &at) {
		e.Parameter = at.Parameter
	}
	if at, ok := p.positions[key]; ok && at.Line > 0 {
		e.Line, e.Column = at.Line, at.Column
	}
	return e
}

// located returns an error with the position of the property that the engine refuses, if
// it names one.
func (p *properties) located(err error) error {
	var refused *alarm.RefusedError
	if errors.As(err, &refused) && refused.Property != "" {
		return p.at(refused.Property, err)
	}
	return err
}

// has says that there is such a property, of whatever value.
func (p *properties) has(key string) bool { return p.values[key] != nil || p.errors[key] != nil }

// value returns a property's value, nil where there is none.
func (p *properties) value(key string) (any, error) {
	if err := p.errors[key]; err != nil {
		var at *nodeError
		if errors.As(err, &at) {
			return nil, &nodeError{Line: at.Line, Column: at.Column, Reason: key + ": " + at.Reason, Parameter: at.Parameter}
		}
		return nil, err
	}
	return p.values[key], nil
}

// text returns a property's text, otherwise where there is none.
func (p *properties) text(key, otherwise string) (string, error) {
	v, err := p.value(key)
	if err != nil || v == nil {
		return otherwise, err
	}
	s, ok := plain(v)
	if !ok {
		return "", p.wrong(key, "a text is expected")
	}
	return s, nil
}

// number returns a property's number; nil where there is none. Templates have numbers as
// texts, too.
func (p *properties) number(key string) (*float64, error) {
	text, err := p.text(key, "")
	if err != nil || text == "" {
		return nil, err
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > alarm.MaxValue {
		return nil, p.wrong(key, "%q is not a number", text)
	}
	return &f, nil
}

// whole returns a property's whole number, otherwise where there is none.
func (p *properties) whole(key string, otherwise int) (int, error) {
	f, err := p.number(key)
	switch {
	case err != nil || f == nil:
		return otherwise, err
	case *f != math.Trunc(*f) || math.Abs(*f) > 1e9:
		return 0, p.wrong(key, "%s is not a whole number that makes sense", alarm.Double(*f))
	}
	return int(*f), nil
}

// flag returns a property's boolean, otherwise where there is none.
func (p *properties) flag(key string, otherwise bool) (bool, error) {
	text, err := p.text(key, strconv.FormatBool(otherwise))
	if err != nil {
		return false, err
	}
	b, err := strconv.ParseBool(text)
	if err != nil {
		return false, p.wrong(key, "%q is neither true nor false", text)
	}
	return b, nil
}

// list returns a property's elements; one alone may stand without brackets.
func (p *properties) list(key string) ([]any, error) {
	v, err := p.value(key)
	if err != nil || v == nil {
		return nil, err
	}
	if list, ok := v.([]any); ok {
		return list, nil
	}
	return []any{v}, nil
}

// texts are the texts of a list.
func (p *properties) texts(key string) ([]string, error) {
	list, err := p.list(key)
	var all []string
	for _, v := range list {
		if s, ok := plain(v); ok {
			all = append(all, s)
		}
	}
	return all, err
}

// objects are the properties of each object of a list.
func (p *properties) objects(key string) ([]*properties, error) {
	list, err := p.list(key)
	if err != nil {
		return nil, err
	}
	var all []*properties
	for _, v := range list {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, p.wrong(key, "an object is expected")
		}
		inner := newProperties(nil)
		inner.line, inner.column = p.line, p.column
		if at, ok := p.positions[key]; ok {
			inner.line, inner.column = at.Line, at.Column
		}
		inner.values = object
		all = append(all, inner)
	}
	return all, nil
}

// textsInto reads texts of properties into variables, and returns the first error.
func (p *properties) textsInto(targets map[string]*string) error {
	for _, key := range slices.Sorted(maps.Keys(targets)) {
		v, err := p.text(key, *targets[key])
		if err != nil {
			return err
		}
		*targets[key] = v
	}
	return nil
}

// dimensions are those of an alarm ([{Name, Value}]) or of a filter ([{Key, Value}], or
// an object in exports).
func (p *properties) dimensions(key, name string) ([]alarm.Dimension, error) {
	v, err := p.value(key)
	if err != nil || v == nil {
		return nil, err
	}
	var all []alarm.Dimension
	if object, ok := v.(map[string]any); ok && object[name] == nil {
		for k, v := range object {
			s, ok := plain(v)
			if !ok {
				return nil, p.wrong(key, "a dimension's value is a text")
			}
			all = append(all, alarm.Dimension{Name: k, Value: s})
		}
	} else {
		objects, err := p.objects(key)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			k, err1 := o.text(name, "")
			v, err2 := o.text("Value", "")
			if err := errors.Join(err1, err2); err != nil {
				return nil, err
			}
			all = append(all, alarm.Dimension{Name: k, Value: v})
		}
	}
	return all, nil
}

// jsonText is a property's value as JSON: a text is JSON already.
func (p *properties) jsonText(key string) (string, error) {
	v, err := p.value(key)
	if err != nil || v == nil {
		return "", err
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", p.wrong(key, "%v", err)
	}
	return string(text), nil
}

// asInt reads a number or a text as an index.
func asInt(v any) (int, bool) {
	s, ok := plain(v)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(s)
	return i, err == nil
}
