package bureau_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/bureau"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	simbureau "github.com/yifen-pay/yifen/internal/sim/bureau"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// rig is a client before a simulated provider.
func rig(t *testing.T, c simbureau.Config, change func(*bureau.Config)) (*bureau.Client, *simbureau.Provider) {
	t.Helper()
	provider, err := simbureau.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { provider.Close() })
	config := bureau.Config{
		URL: "http://" + provider.Addr().String(), Client: simbureau.DemoClient, Key: []byte(simbureau.DemoKey), Now: time.Now, Timeout: 5 * time.Second,
	}
	if change != nil {
		change(&config)
	}
	client, err := bureau.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, provider
}

func TestAsk(t *testing.T) {
	client, provider := rig(t, simbureau.Config{
		People:    []simbureau.Person{{Name: "张三", Number: "11010519491231002X"}},
		Companies: []simbureau.Company{{Name: "一分公司", Code: "914403001922038216", Representative: "张三"}},
		Accounts:  []simbureau.Account{{Holder: "张三", Number: "6216261000000000018", Identity: "11010519491231002X", Phone: "13800138000"}},
	}, nil)
	for i, c := range []struct {
		q    merchant.Question
		want string
	}{
		{merchant.Question{Kind: merchant.RealName, Name: "张三", Number: "11010519491231002X"}, "match []"},
		{merchant.Question{Kind: merchant.RealName, Name: "李四", Number: "11010519491231002X"}, "mismatch [name]"},
		{merchant.Question{Kind: merchant.RealName, Name: "王五", Number: "440305198802023018"}, "match []"},
		{merchant.Question{Kind: merchant.RealName, Name: "王不符", Number: "440305198802023018"}, "mismatch [name]"},
		{merchant.Question{Kind: merchant.RealName, Name: "王五", Number: "440305198802029018"}, "mismatch [number]"},
		{merchant.Question{Kind: merchant.RealName, Name: "王查无", Number: "440305198802023018"}, "mismatch [no_record]"},
		{merchant.Question{Kind: merchant.Register, Name: "一分公司", Code: "914403001922038216", Representative: "张三"}, "match []"},
		{merchant.Question{Kind: merchant.Register, Name: "二分公司", Code: "914403001922038216", Representative: "李四"}, "mismatch [name representative]"},
		{merchant.Question{Kind: merchant.Register, Name: "三分公司注销", Code: "9144030071526726XG"}, "mismatch [state]"},
		{merchant.Question{Kind: merchant.BankElements, Name: "张三", Account: "6216261000000000018", Phone: "13900139000"}, "mismatch [phone]"},
		{merchant.Question{Kind: merchant.BankElements, Name: "一分公司", Account: "44201500052051239001"}, "mismatch [account]"},
		{merchant.Question{Kind: merchant.BankElements, Name: "一分公司", Account: "44201500052051234567"}, "match []"},
	} {
		c.q.ID = fmt.Sprint("q", i)
		a, err := client.Ask(t.Context(), c.q)
		if got := fmt.Sprint(a.Outcome, " ", a.Differs); err != nil || got != c.want || a.Reference == "" {
			t.Errorf("question %d: %s %q, %v; want %s", i, got, a.Reference, err, c.want)
		}
		again, err := client.Ask(t.Context(), c.q)
		if err != nil || again.Reference != a.Reference {
			t.Errorf("question %d again: %+v, %v", i, again, err)
		}
	}
	if s := provider.Stats(); s.Answered != 12 || s.Repeated != 12 {
		t.Errorf("%+v", s)
	}
}

func TestAsk_withoutAnAnswer(t *testing.T) {
	short := func(c *bureau.Config) { c.Timeout = 300 * time.Millisecond }
	for _, c := range []struct {
		name   string
		change func(*bureau.Config)
		fault  kit.Fault
		asked  string
		want   error
	}{
		{"busy", nil, kit.Fault{}, "张繁忙", merchant.ErrBureauBusy},
		{"cut off", nil, kit.Fault{}, "张停机", merchant.ErrBureauDown},
		{"busy by a fault", nil, kit.Fault{Kind: kit.Decline, Rate: 1}, "张三", merchant.ErrBureauBusy},
		{"cut off by a fault", nil, kit.Fault{Kind: kit.Close, Rate: 1}, "张三", merchant.ErrBureauDown},
		{"lost", short, kit.Fault{Kind: kit.Lost, Rate: 1}, "张三", merchant.ErrBureauDown},
		{"silent", short, kit.Fault{Kind: kit.Drop, Rate: 1}, "张三", merchant.ErrBureauDown},
		{"late", short, kit.Fault{Kind: kit.Late, Rate: 1, After: time.Minute}, "张三", merchant.ErrBureauDown},
		{"another key", func(c *bureau.Config) { c.Key = []byte("another key of 16 bytes or more") }, kit.Fault{}, "张三", merchant.ErrBureauDown},
		{"another client", func(c *bureau.Config) { c.Client = "somebody" }, kit.Fault{}, "张三", merchant.ErrBureauDown},
		{"a clock that is off", func(c *bureau.Config) {
			c.Now = func() time.Time { return time.Now().Add(-6 * time.Minute) }
		}, kit.Fault{}, "张三", merchant.ErrBureauDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, provider := rig(t, simbureau.Config{}, c.change)
			if c.fault.Kind != "" {
				if err := provider.Faults().Set(c.fault); err != nil {
					t.Fatal(err)
				}
			}
			a, err := client.Ask(t.Context(), merchant.Question{ID: "q", Kind: merchant.RealName, Name: c.asked, Number: "440305198802023018"})
			if !errors.Is(err, c.want) || a.Outcome != "" {
				t.Errorf("%+v, %v", a, err)
			}
			if err != nil && (strings.Contains(err.Error(), c.asked) || strings.Contains(err.Error(), "440305198802023018")) {
				t.Errorf("the error says too much: %v", err)
			}
		})
	}
}

// What was decided and not heard is told when it is asked again.
func TestAsk_againAfterSilence(t *testing.T) {
	client, provider := rig(t, simbureau.Config{}, nil)
	q := merchant.Question{ID: "q", Kind: merchant.RealName, Name: "张不符", Number: "440305198802023018"}
	if err := provider.Faults().Set(kit.Fault{Kind: kit.Close, Rate: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Ask(t.Context(), q); !errors.Is(err, merchant.ErrBureauDown) {
		t.Fatal(err)
	}
	provider.Faults().Clear()
	if a, err := client.Ask(t.Context(), q); err != nil || a.Outcome != merchant.Mismatch {
		t.Errorf("%+v, %v", a, err)
	}
	if s := provider.Stats(); s.Answered != 1 || s.Repeated != 1 {
		t.Errorf("%+v", s)
	}
	q = merchant.Question{ID: "r", Kind: merchant.RealName, Name: "张稍候", Number: "440305198802023018"}
	if _, err := client.Ask(t.Context(), q); !errors.Is(err, merchant.ErrBureauBusy) {
		t.Error(err)
	}
	if a, err := client.Ask(t.Context(), q); err != nil || a.Outcome != merchant.Match {
		t.Errorf("%+v, %v", a, err)
	}
}

// An answer that the provider did not sign for this question is none, whatever it says.
func TestAsk_takesSignedAnswersOnly(t *testing.T) {
	for name, forged := range map[string]http.HandlerFunc{
		"unsigned": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"id":"q","outcome":"match"}`)
		},
		"signed by nobody": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Bureau-Signature", strings.Repeat("00", 32))
			fmt.Fprint(w, `{"id":"q","outcome":"match"}`)
		},
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/else", http.StatusTemporaryRedirect)
		},
		"without end": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(strings.Repeat(" ", 1<<20)))
		},
	} {
		server := httptest.NewServer(forged)
		client, err := bureau.New(bureau.Config{URL: server.URL, Client: "c", Key: make([]byte, 16), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if a, err := client.Ask(t.Context(), merchant.Question{ID: "q", Kind: merchant.RealName, Name: "张三"}); !errors.Is(err, merchant.ErrBureauDown) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
		client.Close()
		server.Close()
	}
}

func TestAsk_givesUpWithItsCaller(t *testing.T) {
	client, provider := rig(t, simbureau.Config{}, nil)
	if err := provider.Faults().Set(kit.Fault{Kind: kit.Drop, Rate: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client.Ask(ctx, merchant.Question{ID: "q", Kind: merchant.RealName, Name: "张三"}); !errors.Is(err, merchant.ErrBureauDown) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestNew_refuses(t *testing.T) {
	good := bureau.Config{URL: "https://bureau.example", Client: "c", Key: make([]byte, 16), Now: time.Now}
	if _, err := bureau.New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*bureau.Config){
		"in the clear": func(c *bureau.Config) { c.URL = "http://bureau.example" },
		"a path":       func(c *bureau.Config) { c.URL += "/v2" },
		"a password":   func(c *bureau.Config) { c.URL = "https://a:b@bureau.example" },
		"no address":   func(c *bureau.Config) { c.URL = "" },
		"no client":    func(c *bureau.Config) { c.Client = "" },
		"a short key":  func(c *bureau.Config) { c.Key = c.Key[:15] },
		"no clock":     func(c *bureau.Config) { c.Now = nil },
	} {
		c := good
		change(&c)
		if _, err := bureau.New(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
