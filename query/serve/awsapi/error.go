package awsapi

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"trailbox/schema"
)

// An apiError is a refusal in AWS's words.
type apiError struct {
	status     int
	code       string // as AWS names it: clients decide by it
	message    string
	retryAfter int // seconds; 0 where to try again is of no use
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// refused is an error that the request is to blame for.
func refused(code, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

// retryAfterSeconds is when clients should try again while another process writes the store.
const retryAfterSeconds = 2

// asAPIError gives an error AWS's name. What is not known is a failure of ours, whose words
// stay here: they may have paths in them.
func asAPIError(err error) *apiError {
	var refusal *apiError
	var locked *schema.LockedError
	var machine *schema.MachineError
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &locked):
		return &apiError{
			status: http.StatusServiceUnavailable, code: "ServiceUnavailable", retryAfter: retryAfterSeconds,
			message: "The store is being written by another process. Try again when that has finished.",
		}
	case errors.Is(err, schema.ErrNoStore):
		return &apiError{
			status: http.StatusServiceUnavailable, code: "ServiceUnavailable", retryAfter: retryAfterSeconds,
			message: "There is no store yet. Load log files with trailbox ingest.",
		}
	case errors.As(err, &machine) && machine.Resource == schema.Memory:
		return &apiError{status: http.StatusServiceUnavailable, code: "ServiceUnavailable", message: "The machine is out of memory.", retryAfter: retryAfterSeconds}
	}
	return &apiError{status: http.StatusInternalServerError, code: "InternalFailure", message: "The request could not be answered. What went wrong is told where trailbox serve runs."}
}

// writeJSON answers in the form that AWS JSON has for errors.
func (e *apiError) writeJSON(w http.ResponseWriter) {
	e.head(w, jsonType)
	text, err := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{e.code, e.message})
	if err == nil {
		w.Write(text)
	}
}

// writeXML answers in the form that S3 has for errors.
func (e *apiError) writeXML(w http.ResponseWriter, head bool) {
	e.head(w, "application/xml")
	if head {
		return
	}
	text, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: e.code, Message: e.message})
	if err == nil {
		w.Write(append([]byte(xml.Header), text...))
	}
}

func (e *apiError) head(w http.ResponseWriter, contentType string) {
	w.Header().Set("Content-Type", contentType)
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	w.WriteHeader(e.status)
}
