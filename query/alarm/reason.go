package alarm

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reason words a change of state as CloudWatch does, and gives the data that it has with
// it.
func (a *Alarm) reason(c change) (text, data string) {
	return a.reasonText(c.verdict), a.reasonData(c)
}

func (a *Alarm) reasonText(v verdict) string {
	total := a.EvaluationPeriods
	filled := fmt.Sprintf("%s treated as [%s].", were(v.filled, "missing datapoint"), a.treated())
	points := deciding(v)
	switch {
	case v.state == InsufficientData:
		return fmt.Sprintf("Insufficient Data: %s unknown.", were(total, "datapoint"))
	case len(points) == 0:
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s", counted(total, "period"), filled)
	case v.filled > 0:
		return fmt.Sprintf("Threshold Crossed: %s [%s] %s and %s", counted(len(points), "datapoint"), values(points), a.compared(points), filled)
	case v.early:
		return fmt.Sprintf("Threshold Crossed: %s [%s] %s.", counted(len(points), "datapoint"), values(points), a.compared(points))
	}
	least, move := a.DatapointsToAlarm, "OK -> ALARM"
	if v.state == OK {
		least, move = total-a.DatapointsToAlarm+1, "ALARM -> OK"
	}
	return fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] %s (minimum %s for %s transition).",
		len(points), total, values(points), a.compared(points), counted(least, "datapoint"), move)
}

// deciding are the datapoints that speak for the state: all, if none does and what is
// missing decided.
func deciding(v verdict) []datapoint {
	var points []datapoint
	for _, p := range v.points {
		if p.breaching == (v.state == InAlarm) {
			points = append(points, p)
		}
	}
	if points == nil {
		return v.points
	}
	return points
}

// compared says what datapoints, all of one kind, are to the threshold.
func (a *Alarm) compared(points []datapoint) string {
	verb, not := "was", ""
	if len(points) > 1 {
		verb = "were"
	}
	if !points[0].breaching {
		not = "not "
	}
	words := map[Comparison]string{
		AtLeast:     "greater than or equal to",
		GreaterThan: "greater than",
		LessThan:    "less than",
		AtMost:      "less than or equal to",
	}
	return fmt.Sprintf("%s %s%s the threshold (%s)", verb, not, words[a.Comparison], Double(a.Threshold))
}

func (a *Alarm) treated() string {
	if a.TreatMissingData == MissingBreaching {
		return "Breaching"
	}
	return "NonBreaching"
}

// counted writes a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// were writes a number of things with their verb.
func were(n int, thing string) string {
	if n == 1 {
		return "1 " + thing + " was"
	}
	return counted(n, thing) + " were"
}

// values writes datapoints, the newest first: 3.0 (15/06/25 12:02:00).
func values(points []datapoint) string {
	var all []string
	for _, p := range points {
		all = append(all, fmt.Sprintf("%s (%s)", Double(p.value), timeOf(p.start).Format("02/01/06 15:04:05")))
	}
	return strings.Join(all, ", ")
}

// Double writes a number as Java does, in which CloudWatch is written: 3.0, 1.0E7.
func Double(f float64) string {
	abs := math.Abs(f)
	if abs == 0 || abs >= 1e-3 && abs < 1e7 {
		text := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	power, _ := strconv.Atoi(exponent) // FormatFloat wrote it
	return mantissa + "E" + strconv.Itoa(power)
}

// timeOf is the time of a minute.
func timeOf(minute int64) time.Time { return time.Unix(minute*60, 0).UTC() }

// awsTime is how CloudWatch writes times in its JSON.
const awsTime = "2006-01-02T15:04:05.000-0700"

func (a *Alarm) reasonData(c change) string {
	type evaluated struct {
		Timestamp   string      `json:"timestamp"`
		SampleCount json.Number `json:"sampleCount,omitempty"`
		Value       json.Number `json:"value,omitempty"`
	}
	data := struct {
		Version             string        `json:"version"`
		QueryDate           string        `json:"queryDate"`
		StartDate           string        `json:"startDate,omitempty"`
		Unit                string        `json:"unit,omitempty"`
		Statistic           Statistic     `json:"statistic,omitempty"`
		Period              int64         `json:"period"`
		RecentDatapoints    []json.Number `json:"recentDatapoints"`
		Threshold           json.Number   `json:"threshold"`
		EvaluatedDatapoints []evaluated   `json:"evaluatedDatapoints,omitempty"`
	}{
		Version:          "1.0",
		QueryDate:        timeOf(c.at).Format(awsTime),
		Unit:             a.Unit,
		Statistic:        a.Statistic,
		Period:           int64(a.Period / time.Second),
		RecentDatapoints: []json.Number{},
		Threshold:        json.Number(Double(a.Threshold)),
	}
	for _, p := range c.verdict.points { // newest first
		at := timeOf(p.start).Format(awsTime)
		data.StartDate = at
		data.EvaluatedDatapoints = append(data.EvaluatedDatapoints, evaluated{
			Timestamp: at, SampleCount: json.Number(Double(float64(p.samples))), Value: json.Number(Double(p.value)),
		})
		data.RecentDatapoints = append(data.RecentDatapoints, json.Number(Double(p.value)))
	}
	slices.Reverse(data.RecentDatapoints)
	text, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("BUG: %v", err)) // strings and numbers that Double wrote
	}
	return string(text)
}
