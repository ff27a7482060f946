package world

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/sim/bureau"
	"github.com/yifen-pay/yifen/internal/sim/inbox"
	"github.com/yifen-pay/yifen/internal/sim/registry"
)

// DemoPassword opens every account of the demo, DemoKey the API for its first merchant.
const (
	DemoPassword = "yifen-demo-2026"
	DemoKey      = "yf_test_demo_898290054110001"
)

// demoPerson is an account of the demo: a role of staff, roles with the first merchant, or of the agent.
type demoPerson struct {
	email, name string
	realm       access.Realm
	roles       []access.Role
}

var demoPeople = []demoPerson{
	{"admin@demo.yifen", "管理员 Admin", access.Platform, []access.Role{access.Admin}},
	{"reviewer@demo.yifen", "审核员 Reviewer", access.Platform, []access.Role{access.Reviewer}},
	{"ops@demo.yifen", "运营 Operations", access.Platform, []access.Role{access.Operations}},
	{"finance@demo.yifen", "财务 Finance", access.Platform, []access.Role{access.Finance}},
	{"risk@demo.yifen", "风控 Risk", access.Platform, []access.Role{access.Risk}},
	{"auditor@demo.yifen", "审计 Auditor", access.Platform, []access.Role{access.Auditor}},
	{"owner@demo.yifen", "老板 Owner", access.Merchant, []access.Role{access.Owner}},
	{"manager@demo.yifen", "店长 Manager", access.Merchant, []access.Role{access.Manager}},
	{"cashier@demo.yifen", "收银员 Cashier", access.Merchant, []access.Role{access.Cashier}},
	{"cashier2@demo.yifen", "收银员二 Cashier 2", access.Merchant, []access.Role{access.Cashier}},
	{"agent@demo.yifen", "代理商 Agent", access.Agent, []access.Role{access.AgentOwner}},
}

// furnishPeople makes the demo's accounts and its API key, once.
func furnishPeople(ctx context.Context, a *app.App, merchantID, agentID string) error {
	for _, p := range demoPeople {
		n := access.NewUser{Email: p.email, Name: p.name, Lang: "zh", Password: DemoPassword, Realm: p.realm}
		if p.realm != access.Merchant {
			n.Roles = p.roles
		}
		if p.realm == access.Agent {
			n.Agent = agentID
		}
		u, err := a.Access.FurnishUser(ctx, n)
		if err != nil {
			return fmt.Errorf("account %s: %w", p.email, err)
		}
		if p.realm == access.Merchant {
			if err := enroll(ctx, a, merchantID, u.ID, p.roles); err != nil {
				return fmt.Errorf("account %s: %w", p.email, err)
			}
		}
	}
	_, err := a.Access.FurnishKey(ctx, merchantID, DemoKey, access.KeyOrder{
		Name: "demo", Mode: access.Test, Scopes: access.KeyScopes.Words(), ExpiresAt: calendar.At(a.Now().AddDate(10, 0, 0)),
	})
	return err
}

// enroll makes a person work with a merchant, unless they do already.
func enroll(ctx context.Context, a *app.App, merchantID, account string, roles []access.Role) error {
	now := calendar.At(a.Now())
	return a.Store.Do(ctx, step.Step{
		Name: "demo.enroll", Class: step.Staff, Keys: access.EnrollKeys(merchantID, account),
		Run: func(v step.View) error {
			if _, found, err := step.Get[access.Member](v, access.MemberKey(merchantID, account)); err != nil || found {
				return err
			}
			return access.Enroll(v, access.Member{
				Merchant: merchantID, Account: account, Roles: roles, State: access.MemberActive,
				AddedBy: "system", CreatedAt: now, UpdatedAt: now,
			})
		},
	})
}

// demoSecret signs between the demo and the parties that it plays. It opens nothing that is not on loopback.
const demoSecret = "yifen-demo-shared-secret"

// outside is the world beside the card network: everybody's inbox, and the register of terminals.
type outside struct {
	inbox    *inbox.Inbox
	register *registry.Register
	bureau   *bureau.Provider
	settings map[string]string
}

// startOutside starts the parties that people and terminals are told of, each on a port of its own.
func (d *Demo) startOutside() (err error) {
	dir := d.Options.Dir
	if d.outside.inbox, err = inbox.New(inbox.Config{Dir: dir, Secret: []byte(demoSecret), Clock: d.Clock, Wall: time.Now}); err != nil {
		return err
	}
	d.stop = append(d.stop, func() { d.outside.inbox.Close() })
	if d.outside.register, err = registry.New(registry.Config{Dir: dir, Secret: []byte(demoSecret), Clock: d.Clock, Wall: time.Now}); err != nil {
		return err
	}
	d.stop = append(d.stop, func() { d.outside.register.Close() })
	if d.outside.bureau, err = bureau.Start(bureau.Config{Dir: dir, Clock: d.Clock, Logger: d.Options.Logger}); err != nil {
		return err
	}
	d.stop = append(d.stop, func() { d.outside.bureau.Close() })
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := d.outside.inbox.ServeMail(ctx, mail); err != nil {
			d.Options.Logger.Error("simulated inbox", "error", err)
		}
	}()
	mux := http.NewServeMux()
	mux.Handle("/sms", d.outside.inbox.Handler())
	mux.Handle("/terminals", d.outside.register.Handler())
	parties, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		cancel()
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(parties); err != nil && !errors.Is(err, http.ErrServerClosed) {
			d.Options.Logger.Error("simulated parties", "error", err)
		}
	}()
	d.stop = append([]func(){func() {
		cancel()
		<-done
		server.Close()
	}}, d.stop...)
	address := "http://" + parties.Addr().String()
	d.outside.settings = map[string]string{
		"mail-address": mail.Addr().String(), "mail-from": "no-reply@demo.yifen", "mail-plain": "true",
		"sms-url": address + "/sms", "sms-sign": "【一分演示】", "register-url": address + "/terminals",
		"bureau-url": "http://" + d.outside.bureau.Addr().String(), "bureau-client": bureau.DemoClient,
	}
	return nil
}
