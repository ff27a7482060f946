package identity

import "strings"

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // it cannot be right
	Warning Severity = "warning" // it may be right; a person looks
)

// Finding is something wrong with a field.
type Finding struct {
	Field    string   `json:"field"` // as the caller named it
	Code     string   `json:"code"`  // stable word
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`        // a sentence for people
	Want     string   `json:"want,omitempty"` // what would be right, where that is known
}

// Findings is what checks found, in the order of the fields. Nil is a clean bill.
type Findings []Finding

// Failed tells whether there is an error among the findings.
func (f Findings) Failed() bool {
	for _, one := range f {
		if one.Severity == Error {
			return true
		}
	}
	return false
}

// Has tells whether a finding with this word is among them.
func (f Findings) Has(code string) bool {
	for _, one := range f {
		if one.Code == code {
			return true
		}
	}
	return false
}

// String returns the findings' sentences, each with its field.
func (f Findings) String() string {
	var b strings.Builder
	for i, one := range f {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(one.Field + ": " + one.Message)
	}
	return b.String()
}

func wrong(field, code, message string) Findings {
	return Findings{{Field: field, Code: code, Severity: Error, Message: message}}
}

func doubtful(field, code, message string) Findings {
	return Findings{{Field: field, Code: code, Severity: Warning, Message: message}}
}

// digits tells whether s is decimal digits only.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
