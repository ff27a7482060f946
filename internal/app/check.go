package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/hsm"
)

// Each check returns what is wrong with the value of a setting, nil if nothing is.

func notEmpty(v string) error {
	if v == "" {
		return errors.New("must not be empty")
	}
	return nil
}

func kek(v string) error {
	_, err := hsm.ParseKEK(v)
	return err
}

func authorities(v string) error {
	if v == "" {
		return nil
	}
	_, err := readAuthorities(v)
	return err
}

func hostKey(v string) error {
	if v == "" {
		return nil
	}
	pkcs8, err := readHostKey(v)
	clear(pkcs8)
	return err
}

func noPINLimit(v string) error {
	if n, err := strconv.Atoi(v); err != nil || n < 1 || n > payment.NoPINFloor {
		return fmt.Errorf("must be 1 to %d fen: the law allows no more", payment.NoPINFloor)
	}
	return nil
}

func staticLimit(v string) error {
	if n, err := strconv.Atoi(v); err != nil || n < 1 || n > payment.StaticMaxFen {
		return fmt.Errorf("must be 1 to %d fen: the rules on printed codes allow no more", payment.StaticMaxFen)
	}
	return nil
}

func between(least, most time.Duration) func(string) error {
	return func(v string) error {
		if d, err := time.ParseDuration(v); err != nil || d < least || d > most {
			return fmt.Errorf("write a time from %s to %s, such as 15m", least, most)
		}
		return nil
	}
}

// optionalURL takes the address of a wallet: money and keys travel there, so that only this machine may be reached without TLS.
func optionalURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("write it as https://host")
	}
	if u.Scheme == "http" && !loopback(u.Host+":80") && !loopback(u.Host) {
		return errors.New("only an https address is safe for payments")
	}
	return nil
}

func address(v string) error {
	if _, port, err := net.SplitHostPort(v); err != nil || port == "" {
		return errors.New("write it as host:port, such as 127.0.0.1:9000")
	}
	return nil
}

func addresses(v string) error {
	for one := range strings.SplitSeq(v, ",") {
		if err := address(strings.TrimSpace(one)); err != nil {
			return err
		}
	}
	return nil
}

func count(v string) error {
	if n, err := strconv.Atoi(v); err != nil || n < 1 {
		return errors.New("must be a number above zero")
	}
	return nil
}

func duration(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d <= 0 {
		return errors.New("write a time such as 25s or 5m")
	}
	return nil
}

func timeOfDay(v string) error {
	if _, err := time.Parse("15:04", v); err != nil {
		return errors.New("write a time of day such as 23:00")
	}
	return nil
}

func hex32(v string) error {
	if len(v) != 32 || strings.Trim(v, "0123456789abcdefABCDEF") != "" {
		return errors.New("must be 32 hex digits")
	}
	return nil
}

func digits(v string) error {
	if v == "" || len(v) > 11 || strings.Trim(v, "0123456789") != "" {
		return errors.New("must be 1 to 11 digits")
	}
	return nil
}

func optionalDigits(v string) error {
	if v == "" {
		return nil
	}
	return digits(v)
}

func zone(v string) error {
	if _, err := loadZone(v); err != nil {
		return errors.New("no such time zone")
	}
	return nil
}

func level(v string) error {
	var l slog.Level
	if err := l.UnmarshalText([]byte(v)); err != nil {
		return errors.New("must be debug, info, warn or error")
	}
	return nil
}

func oneOf(words ...string) func(string) error {
	return func(v string) error {
		for _, w := range words {
			if v == w {
				return nil
			}
		}
		return errors.New("must be " + strings.Join(words, " or "))
	}
}

func publicURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
		return errors.New("write it as https://pay.example.com")
	}
	if u.Scheme == "http" && !loopback(u.Host+":80") && !loopback(u.Host) {
		return errors.New("only an https address is safe for log-ins")
	}
	return nil
}

// loopback tells an address that this machine alone can reach.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

func networks(v string) error {
	_, err := parseNetworks(v)
	return err
}

func parseNetworks(v string) (list []netip.Prefix, err error) {
	for _, text := range strings.Fields(v) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, addressErr := netip.ParseAddr(text)
			if addressErr != nil {
				return nil, fmt.Errorf("%q: write networks as 10.0.0.0/8 or addresses as 10.0.0.1", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		list = append(list, p)
	}
	return list, nil
}

func optionalAddress(v string) error {
	if v == "" {
		return nil
	}
	return address(v)
}

func institutions(v string) error {
	list := strings.Fields(v)
	for _, i := range list {
		if len(i) != 3 || digits(i) != nil {
			return errors.New("each is three digits")
		}
	}
	if len(list) == 0 {
		return errors.New("name at least one")
	}
	return nil
}

func prefix(v string) error {
	if len(v) > 4 || digits(v) != nil {
		return errors.New("must be one to four digits")
	}
	return nil
}

func tpdu(v string) error {
	if len(v) != 10 || digits(v) != nil {
		return errors.New("must be ten digits")
	}
	return nil
}

func atMost(most int) func(string) error {
	return func(v string) error {
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > most {
			return fmt.Errorf("must be 1 to %d: the rules of the trade allow no more", most)
		}
		return nil
	}
}
