package notify_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/notify"
)

var names = []string{"code", "merchant", "device", "address", "link", "document", "date", "carrier", "tracking", "title", "service", "invitation", "agent", "login"}

func full(kind notify.Kind, lang string) notify.Message {
	m := notify.Message{To: "a@b.example", Kind: kind, Lang: lang, Args: map[string]string{}}
	for _, n := range names {
		m.Args[n] = "<" + n + ">"
	}
	return m
}

func TestCompose_everyKindInBothLanguages(t *testing.T) {
	chinese := regexp.MustCompile(`\p{Han}`)
	for _, kind := range notify.Kinds() {
		zh, err := notify.Compose(full(kind, "zh"))
		if err != nil || !chinese.MatchString(zh.Body) || !chinese.MatchString(zh.Subject) {
			t.Errorf("%s in Chinese: %+v, %v", kind, zh, err)
		}
		en, err := notify.Compose(full(kind, "en"))
		if err != nil || chinese.MatchString(en.Body) || en.Body == "" {
			t.Errorf("%s in English: %+v, %v", kind, en, err)
		}
		for _, n := range names {
			if strings.Contains(zh.Body, "<"+n+">") != strings.Contains(en.Body, "<"+n+">") {
				t.Errorf("%s tells %s in one language only", kind, n)
			}
		}
	}
}

func TestCompose_refuses(t *testing.T) {
	m := full(notify.CodeReset, "en")
	delete(m.Args, "code")
	if _, err := notify.Compose(m); !errors.Is(err, notify.ErrArgs) {
		t.Errorf("without its code: %v", err)
	}
	if _, err := notify.Compose(full("nothing", "en")); !errors.Is(err, notify.ErrKind) {
		t.Errorf("of no kind: %v", err)
	}
}

func TestCompose_argumentsStayWithin(t *testing.T) {
	m := full(notify.Invitation, "en")
	m.Args["merchant"] = "Shop\r\nBcc: all@world.example {code}"
	got, err := notify.Compose(m)
	if err != nil || strings.ContainsAny(got.Body, "\r\n{}") {
		t.Errorf("%q, %v", got.Body, err)
	}
}
