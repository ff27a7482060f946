package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
)

// SpeakerLists is what the door reads of speakers.
type SpeakerLists interface {
	Speakers(context.Context, access.Scope, speaker.Filter, listing.Page) (listing.Slice[speaker.Speaker], error)
}

// SpeakerView is a device that says aloud what was paid.
type SpeakerView struct {
	ID        string     `json:"id" doc:"Its user name at the broker." zh:"编号" en:"ID"`
	Merchant  string     `json:"merchant" zh:"商户" en:"Merchant"`
	Store     string     `json:"store" doc:"Empty for all of the merchant's." zh:"门店" en:"Store"`
	Name      string     `json:"name" zh:"名称" en:"Name"`
	Lang      string     `json:"lang" enum:"zh,en" zh:"语言" en:"Language"`
	State     string     `json:"state" enum:"on,off" zh:"状态" en:"State"`
	Topic     string     `json:"topic" doc:"What it reads at the broker."`
	SeenAt    *time.Time `json:"seen_at,omitempty" doc:"Within some minutes." zh:"最近在线" en:"Last seen"`
	CreatedAt time.Time  `json:"created_at" zh:"添加时间" en:"Added"`
}

func speakerView(s speaker.Speaker) SpeakerView {
	return SpeakerView{
		s.ID, s.Merchant, s.Store, s.Name, string(s.Lang), string(s.State), speaker.Topic(s.ID), when(s.SeenAt), s.CreatedAt.Time(),
	}
}

// SpeakerBody is a speaker as it is made or changed.
type SpeakerBody struct {
	Name  string `json:"name" minLength:"1" maxLength:"60"`
	Store string `json:"store,omitempty" maxLength:"64" doc:"Says what is paid in this store only; empty for all of the merchant's."`
	Lang  string `json:"lang" enum:"zh,en"`
}

func (b SpeakerBody) order() speaker.Order {
	return speaker.Order{Store: b.Store, Name: b.Name, Lang: speaker.Lang(b.Lang)}
}

// SpeakerSecret is a speaker with its password, which is shown once.
type SpeakerSecret struct {
	Speaker  SpeakerView `json:"speaker"`
	Password string      `json:"password"`
	Broker   string      `json:"broker" doc:"Where it connects by MQTT 3.1.1 over TLS, host:port; empty where this installation has no broker."`
}

func (a *API) registerSpeakers() {
	const tag = "Speakers"
	type speakersInput struct {
		PageInput
		Merchant string `query:"merchant"`
		State    string `query:"state" enum:"on,off"`
	}
	type speakerOutput struct{ Body SpeakerView }
	type secretOutput struct{ Body SpeakerSecret }
	registerList(a, operation(http.MethodGet, "/speakers", "list-speakers", tag, "List speakers"), Rule{Needs: access.TerminalView},
		func(ctx context.Context, in *speakersInput, p listing.Page) (listing.Slice[SpeakerView], error) {
			found, err := a.config.SpeakerLists.Speakers(ctx, actorOf(ctx).Scope(), speaker.Filter{Merchant: in.Merchant, State: speaker.State(in.State)}, p)
			return through(found, speakerView), err
		})
	register(a, operation(http.MethodGet, "/speakers/{id}", "get-speaker", tag, "A speaker"), Rule{Needs: access.TerminalView},
		func(ctx context.Context, in *IDInput) (*speakerOutput, error) {
			s, err := a.config.Speakers.Look(ctx, in.ID)
			if err == nil && !actorOf(ctx).Scope().Covers(s.Merchant) {
				err = speaker.ErrNotFound
			}
			if err != nil {
				return nil, err
			}
			return &speakerOutput{speakerView(s)}, nil
		})
	edit := Rule{Needs: access.MerchantEdit}
	secret := Rule{Needs: access.MerchantEdit, Secret: true}
	type makeInput struct {
		Body struct {
			SpeakerBody
			Merchant string `json:"merchant,omitempty" maxLength:"64" doc:"Whose it is; one's own merchant when empty."`
		}
	}
	made := withStatus(operation(http.MethodPost, "/speakers", "make-speaker", tag, "Add a speaker"), http.StatusCreated)
	made.Description = "Its user name is its id. The password is shown once."
	register(a, made, secret, func(ctx context.Context, in *makeInput) (*secretOutput, error) {
		who := actorOf(ctx)
		s, password, err := a.config.Speakers.Make(ctx, who, cmp.Or(in.Body.Merchant, who.Merchant), in.Body.order())
		return &secretOutput{SpeakerSecret{speakerView(s), password, a.config.Broker}}, err
	})
	type changeInput struct {
		IDInput
		Body SpeakerBody
	}
	register(a, operation(http.MethodPut, "/speakers/{id}", "change-speaker", tag, "Change name, store and language of a speaker"), edit,
		func(ctx context.Context, in *changeInput) (*speakerOutput, error) {
			s, err := a.config.Speakers.Change(ctx, actorOf(ctx), in.ID, in.Body.order())
			return &speakerOutput{speakerView(s)}, err
		})
	register(a, operation(http.MethodPost, "/speakers/{id}/reset", "reset-speaker", tag, "Give a speaker another password"), secret,
		func(ctx context.Context, in *IDInput) (*secretOutput, error) {
			s, password, err := a.config.Speakers.Reset(ctx, actorOf(ctx), in.ID)
			return &secretOutput{SpeakerSecret{speakerView(s), password, a.config.Broker}}, err
		})
	for _, to := range []speaker.State{speaker.On, speaker.Off} {
		word := string(to)
		register(a, operation(http.MethodPost, "/speakers/{id}/"+word, "switch-speaker-"+word, tag, "Switch a speaker "+word), edit,
			func(ctx context.Context, in *IDInput) (*speakerOutput, error) {
				s, err := a.config.Speakers.Switch(ctx, actorOf(ctx), in.ID, to)
				return &speakerOutput{speakerView(s)}, err
			})
	}
}
