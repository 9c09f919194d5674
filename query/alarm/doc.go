// Package alarm runs the detections that people already own over a store: it finds what
// would have gone off, when, and on which events.
//
// # Words
//
// A metric [Filter] counts events as CloudWatch Logs does: each event that fits its
// pattern is a value in the minute of its eventTime. An [Alarm] looks at the metric that
// one or more filters make up, and is in one of three [State]s; that it changes its state
// is a [Transition]. A [Rule] (an event pattern of EventBridge, a Sigma rule or
// correlation) has no state: each event that fits is a [Match].
//
// A [Set] is what was found in templates, exports and folders of rules (see package
// source), together with what cannot be run and why. [Evaluate] runs a Set over the events
// of a store.
//
// # A replay
//
// Evaluation goes by eventTime, as if every event had reached CloudWatch the second it
// happened, and as if the filters had always been there. Real deliveries come some five
// minutes late, and real filters do not count what was before them.
//
// An alarm is evaluated at each full minute t. Window k (k = 0 is the newest) of period P
// is [t-(k+1)P, t-kP): windows slide by the minute, they do not stand on a grid. The time
// of a Transition is t: CloudWatch comes to it some seconds later, never earlier. Before
// its first event an alarm is taken to be in the state that an empty window gives it.
//
// Each account and Region has alarms of its own, as CloudWatch has: an alarm is evaluated
// once for each pair of recipientAccountId and awsRegion with matching events.
// [Options].Together puts all of them into one view instead, as a log group has that
// trails of several Regions send to.
//
// # Missing data
//
// A window without a value is missing, and treated by the tables of the CloudWatch User
// Guide. CloudWatch looks at more windows than the evaluation periods, how many is not
// documented; so an alarm there may keep its state for some minutes more. Here it looks
// at the evaluation periods alone and changes at once, which can be told from the alarm's
// settings; [Options].WideRange follows the example of the guide, 5 windows for 3.
//
// # Metric math and composite alarms
//
// An alarm may look at a [Math] over several metrics in place of one: its windows hold what
// the expression comes to there. A [Composite] alarm is in ALARM as long as a rule over the
// states of other alarms is true, and OK otherwise; it changes at the minute in which one of
// them does, and its events are those of the alarms that are in ALARM then.
//
// # What is not replayed
//
// Functions of metric math other than SUM, AVG, MIN, MAX, METRICS, FILL with a number, ABS,
// CEIL and FLOOR, anomaly detection, percentiles, periods below a minute and windows by the
// clock become a [Problem] each, by name.
package alarm
