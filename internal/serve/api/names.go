package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Named is what a record is called.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// NamesInput lists ids.
type NamesInput struct {
	IDs []string `query:"ids" required:"true" minItems:"1" maxItems:"100" doc:"Ids of merchants, stores, agents and accounts, with commas between them."`
}

// NamesOutput has the names of those that the caller may know; the others are left out.
type NamesOutput struct {
	Body struct {
		Data []Named `json:"data" nullable:"false"`
	}
}

func (a *API) registerNames() {
	op := operation(http.MethodGet, "/names", "list-names", "Merchants", "What merchants, stores, agents and people are called")
	op.Description = "Records refer to others by id. This tells the names to show for them: of merchants and stores in your scope, and to the platform's staff of agents and people."
	register(a, op, Rule{}, a.names)
}

func (a *API) names(ctx context.Context, in *NamesInput) (*NamesOutput, error) {
	out := &NamesOutput{}
	out.Body.Data = []Named{}
	seen := make(map[string]bool, len(in.IDs))
	for _, one := range in.IDs {
		if seen[one] {
			continue
		}
		seen[one] = true
		name, err := a.calledTo(ctx, actorOf(ctx), one)
		if err != nil {
			return nil, err
		}
		if name != "" {
			out.Body.Data = append(out.Body.Data, Named{one, name})
		}
	}
	return out, nil
}

// calledTo returns the name of a record for an actor, "" where there is none that they may know.
func (a *API) calledTo(ctx context.Context, actor access.Actor, record string) (string, error) {
	if strings.HasPrefix(record, agent.Prefix) && actor.Realm == access.Platform {
		one, _, err := step.Read[agent.Agent](ctx, a.config.People, agent.Key(record))
		return one.Name, err
	}
	b, err := id.BucketOf(record)
	if err != nil {
		return "", nil
	}
	switch {
	case strings.HasPrefix(record, merchant.Prefix) && actor.Scope().Covers(record):
		m, _, err := step.Read[merchant.Merchant](ctx, a.config.People, merchant.Key(record))
		return m.Name, err
	case strings.HasPrefix(record, merchant.StorePrefix):
		s, _, err := step.Read[merchant.Store](ctx, a.config.People, step.Key{Table: merchant.StoreTable, Bucket: b, ID: record})
		if err != nil || !actor.Scope().Covers(s.Merchant) {
			return "", err
		}
		return s.Name, nil
	case strings.HasPrefix(record, access.UserPrefix) && actor.Realm == access.Platform:
		return a.nameOfAccount(ctx, record)
	}
	return "", nil
}
