package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// ComponentView is a component that its holder entered: who it was, and nothing of what it holds.
type ComponentView struct {
	By         string    `json:"by"`
	ByName     string    `json:"by_name"`
	CheckValue string    `json:"check_value" doc:"Of the component."`
	At         time.Time `json:"at"`
}

// KeyCeremonyView is a master key on its way into a terminal.
type KeyCeremonyView struct {
	Algorithm  string          `json:"algorithm" enum:"3des,sm4"`
	Parts      int64           `json:"parts"`
	State      string          `json:"state" enum:"open,loaded,void"`
	Components []ComponentView `json:"components" nullable:"false"`
	CheckValue string          `json:"check_value" doc:"Of the key, once it is loaded: compare it with what the terminal shows."`
	By         string          `json:"by"`
	At         time.Time       `json:"at"`
	Until      time.Time       `json:"until"`
	Mine       bool            `json:"mine" doc:"You have entered a component of it."`
}

// KeyCeremonyOutput is a ceremony.
type KeyCeremonyOutput struct{ Body KeyCeremonyView }

// KeyCeremonyInput begins one.
type KeyCeremonyInput struct {
	IDInput
	Body struct {
		Algorithm string `json:"algorithm" enum:"3des,sm4"`
		Parts     int64  `json:"parts" minimum:"2" maximum:"3"`
	}
}

// ComponentInput is a component from its holder.
type ComponentInput struct {
	IDInput
	Body struct {
		Component  string `json:"component" minLength:"32" maxLength:"59" doc:"32 or 48 hexadecimal digits; spaces do not count. It is never shown again."`
		CheckValue string `json:"check_value" pattern:"^[0-9A-Fa-f]{6,16}$" doc:"Of the component: 6 hexadecimal digits or more."`
	}
}

// registerTerminalKeys registers how people load a master key into a terminal.
func (a *API) registerTerminalKeys() {
	const tag, at = "Terminal keys", "/terminals/{id}/key-ceremony"
	hold := Rule{Needs: access.TerminalKey, Realm: access.Platform}
	fresh := hold
	fresh.Fresh = true
	enter := fresh
	enter.Bare = true
	register(a, operation(http.MethodGet, at, "get-key-ceremony", tag, "How far the loading of a master key is"), hold,
		func(ctx context.Context, in *IDInput) (*KeyCeremonyOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			c, err := a.config.TerminalDesk.Ceremony(ctx, t)
			return a.answerCeremony(ctx, c, err)
		})
	register(a, withStatus(operation(http.MethodPost, at, "begin-key-ceremony", tag, "Begin to load a master key by its components"), http.StatusCreated), fresh,
		func(ctx context.Context, in *KeyCeremonyInput) (*KeyCeremonyOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			c, err := a.config.TerminalDesk.OpenCeremony(ctx, t, in.Body.Algorithm, in.Body.Parts, actorOf(ctx).Trail())
			return a.answerCeremony(ctx, c, err)
		})
	register(a, operation(http.MethodPost, at+"/components", "enter-key-component", tag, "Enter a component; each holder enters one"), enter,
		func(ctx context.Context, in *ComponentInput) (*KeyCeremonyOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			value, err := hex.DecodeString(strings.ReplaceAll(in.Body.Component, " ", ""))
			if err != nil { // its cause is left out: it quotes what was typed
				return nil, terminal.ErrParts.With("a component is 32 or 48 hexadecimal digits")
			}
			defer clear(value)
			check, err := hex.DecodeString(in.Body.CheckValue)
			if err != nil {
				return nil, terminal.ErrParts.With("a check value is an even number of hexadecimal digits")
			}
			who := actorOf(ctx)
			c, err := a.config.TerminalDesk.EnterComponent(ctx, t, terminal.Component{Value: value, CheckValue: check}, who.Trail(), who.Name)
			return a.answerCeremony(ctx, c, err)
		})
	register(a, operation(http.MethodPost, at+"/cancel", "cancel-key-ceremony", tag, "Give up the loading of a master key; what was entered is erased"), hold,
		func(ctx context.Context, in *NoteInput) (*KeyCeremonyOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			c, err := a.config.TerminalDesk.CancelCeremony(ctx, t, in.Body.Note, actorOf(ctx).Trail())
			return a.answerCeremony(ctx, c, err)
		})
}

func (a *API) answerCeremony(ctx context.Context, c terminal.Ceremony, err error) (*KeyCeremonyOutput, error) {
	if err != nil {
		return nil, err
	}
	v := KeyCeremonyView{
		Algorithm: c.Algorithm, Parts: c.Parts, State: string(c.State), Components: []ComponentView{}, CheckValue: c.CheckValue, By: c.By,
		At: c.At.Time(), Until: c.Until.Time(),
	}
	for _, e := range c.Entries {
		v.Components = append(v.Components, ComponentView{e.By, e.Name, e.CheckValue, e.At.Time()})
		v.Mine = v.Mine || e.By == actorOf(ctx).Trail()
	}
	return &KeyCeremonyOutput{v}, nil
}
