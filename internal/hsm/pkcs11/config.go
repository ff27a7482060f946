package pkcs11

import (
	"fmt"
	"log/slog"
)

// Config says which token, and which keys in it.
type Config struct {
	Library string // file of the PKCS #11 library
	Token   string // label of the token
	PIN     string // of the user
	Prefix  string // of the labels of the four keys; "" stands for "yifen-"
}

func (c Config) prefix() string {
	if c.Prefix == "" {
		return "yifen-"
	}
	return c.Prefix
}

// String returns what may be shown: the library, the token, the prefix.
func (c Config) String() string {
	return fmt.Sprintf("token %q by %s, keys %s*", c.Token, c.Library, c.prefix())
}

// GoString returns what String returns.
func (c Config) GoString() string { return c.String() }

// Format writes what String returns, whatever the verb.
func (c Config) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// LogValue returns what String returns.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (c Config) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", c.String()), nil }
