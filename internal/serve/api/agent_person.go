package api

import (
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
)

// AgentPersonView is an account of one of an agent's people.
type AgentPersonView struct {
	ID          string     `json:"id" zh:"编号" en:"ID"`
	Name        string     `json:"name" zh:"姓名" en:"Name"`
	Login       string     `json:"login" zh:"登录名" en:"Log-in name" doc:"Masked."`
	Roles       []string   `json:"roles" nullable:"false" zh:"角色" en:"Roles"`
	State       string     `json:"state" enum:"pending,active,locked,closed" zh:"状态" en:"State"`
	Password    bool       `json:"password" doc:"The person has set a password."`
	CreatedAt   time.Time  `json:"created_at" zh:"创建时间" en:"Created"`
	LastLoginAt *time.Time `json:"last_login_at,omitempty"`
}

func agentPersonView(u access.User) AgentPersonView {
	return AgentPersonView{u.ID, u.Name, u.Contact().Masked(), roleWords(u.Roles), string(u.State), u.Hash != "", u.CreatedAt.Time(), when(u.LastLoginAt)}
}

// AgentPersonOutput answers with one of an agent's people.
type AgentPersonOutput struct{ Body AgentPersonView }

func answerPerson(u access.User, err error) (*AgentPersonOutput, error) {
	if err != nil {
		return nil, err
	}
	return &AgentPersonOutput{agentPersonView(u)}, nil
}

// registerAgentPeople registers what staff do with the accounts of an agent's people.
func (a *API) registerAgentPeople(tag string, manage, fresh Rule) {
	type listInput struct {
		PageInput
		IDInput
	}
	registerList(a, operation(http.MethodGet, "/agents/{id}/people", "list-agent-people", tag, "Who logs in for an agent"), manage,
		func(ctx context.Context, in *listInput, p listing.Page) (listing.Slice[AgentPersonView], error) {
			who := actorOf(ctx)
			if _, err := a.config.Agents.Show(ctx, who.Scope(), in.ID); err != nil {
				return listing.Slice[AgentPersonView]{}, err
			}
			slice, err := a.config.People.Users(ctx, who.Scope(), access.UserFilter{Realm: access.Agent, Agent: in.ID}, p)
			return through(slice, agentPersonView), err
		})
	type addInput struct {
		IDInput
		Body struct {
			Login string   `json:"login" maxLength:"254" doc:"E-mail address or telephone number."`
			Name  string   `json:"name" maxLength:"60"`
			Roles []string `json:"roles" minItems:"1" maxItems:"10"`
			Lang  string   `json:"lang,omitempty" enum:"zh,en" default:"zh" doc:"In which the person is written to."`
		}
	}
	add := operation(http.MethodPost, "/agents/{id}/people", "add-agent-person", tag, "Make an account for a person of an agent, who is sent word to set a password")
	register(a, withStatus(add, http.StatusCreated), fresh, func(ctx context.Context, in *addInput) (*AgentPersonOutput, error) {
		who := actorOf(ctx)
		firm, err := a.config.Agents.Show(ctx, who.Scope(), in.ID)
		if err != nil {
			return nil, err
		}
		return answerPerson(a.config.Access.AddAgentPerson(ctx, who, firm.ID, firm.Name, access.PersonOrder{
			Login: in.Body.Login, Name: in.Body.Name, Lang: in.Body.Lang, Roles: rolesOf(in.Body.Roles),
		}))
	})
	type actInput struct {
		IDInput
		Account string `path:"account" maxLength:"64"`
		Body    struct {
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	for _, act := range []struct {
		path, id, summary string
		run               func(ctx context.Context, who access.Actor, account, reason string) (access.User, error)
	}{
		{"lock", "lock-agent-person", "Lock the account of an agent's person at once", a.config.Access.LockUser},
		{"unlock", "unlock-agent-person", "Open a locked account of an agent's person", a.config.Access.UnlockUser},
	} {
		register(a, operation(http.MethodPost, "/agents/{id}/people/{account}/"+act.path, act.id, tag, act.summary), fresh,
			func(ctx context.Context, in *actInput) (*AgentPersonOutput, error) {
				u, err := a.config.Access.AgentPerson(ctx, in.ID, in.Account)
				if err != nil {
					return nil, err
				}
				return answerPerson(act.run(ctx, actorOf(ctx), u.ID, in.Body.Reason))
			})
	}
}
