package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// BlockView is an entry of the block list. Of a number, its mask and its keyed hash are known here.
type BlockView struct {
	Kind     string     `json:"kind" enum:"uscc,resident,account,phone" zh:"类型" en:"Kind"`
	Index    string     `json:"index" doc:"Names the entry, with its kind."`
	Masked   string     `json:"masked" zh:"号码" en:"Number"`
	RiskType string     `json:"risk_type" zh:"风险类型" en:"Risk type"`
	Meaning  string     `json:"meaning" doc:"Of the risk type." zh:"风险说明" en:"Meaning"`
	Source   string     `json:"source" zh:"来源" en:"Source"`
	Reason   string     `json:"reason" zh:"原因" en:"Reason"`
	Until    *time.Time `json:"until" doc:"null for ever." zh:"有效期至" en:"Until"`
	Lifted   bool       `json:"lifted" zh:"已解除" en:"Lifted"`
	By       string     `json:"by" zh:"操作者" en:"By"`
	At       time.Time  `json:"at" zh:"时间" en:"Time"`
}

func blockView(b merchant.Block) BlockView {
	return BlockView{
		string(b.Kind), b.Index, b.Masked, b.RiskType, merchant.RiskTypes[b.RiskType], b.Source, b.Reason, when(b.Until), b.Lifted, b.By, b.At.Time(),
	}
}

// BlockInput puts a number on the block list.
type BlockInput struct {
	Body struct {
		Kind     string     `json:"kind" enum:"uscc,resident,account,phone"`
		Number   string     `json:"number" minLength:"1" maxLength:"64" doc:"It is not kept."`
		RiskType string     `json:"risk_type" pattern:"^[0-9]{2}$" doc:"Code of the payment association's risk information system."`
		Source   string     `json:"source,omitempty" maxLength:"100" doc:"Who says so."`
		Reason   string     `json:"reason" minLength:"1" maxLength:"500"`
		Until    *time.Time `json:"until,omitempty" doc:"Left out for ever."`
	}
}

// LiftInput asks to take an entry off the block list.
type LiftInput struct {
	Kind  string `path:"kind" enum:"uscc,resident,account,phone"`
	Index string `path:"index" maxLength:"128"`
	Body  struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (a *API) registerBlocks() {
	const tag = "Block list"
	rule := Rule{Needs: access.RiskManage, Realm: access.Platform}
	type blocksInput struct{ PageInput }
	type blockOutput struct{ Body BlockView }
	registerList(a, operation(http.MethodGet, "/blocks", "list-blocks", tag, "List who is not served"), rule,
		func(ctx context.Context, _ *blocksInput, p listing.Page) (listing.Slice[BlockView], error) {
			found, err := a.config.MerchantLists.Blocks(ctx, actorOf(ctx).Scope(), p)
			return through(found, blockView), err
		})
	register(a, withStatus(operation(http.MethodPost, "/blocks", "add-block", tag, "Put a number on the block list"), http.StatusCreated), rule,
		func(ctx context.Context, in *BlockInput) (*blockOutput, error) {
			b := merchant.Block{Kind: merchant.SubjectKind(in.Body.Kind), RiskType: in.Body.RiskType, Source: in.Body.Source, Reason: in.Body.Reason}
			if in.Body.Until != nil {
				b.Until = calendar.At(*in.Body.Until)
			}
			b, err := a.config.Merchants.Ban(ctx, actorOf(ctx), b, in.Body.Number)
			return &blockOutput{blockView(b)}, err
		})
	lift := rule
	lift.Fresh = true
	register(a, withStatus(operation(http.MethodPost, "/blocks/{kind}/{index}/lift", "propose-lift", tag, "Ask a second person to take an entry off the block list"), http.StatusAccepted), lift,
		func(ctx context.Context, in *LiftInput) (*ProposalOutput, error) {
			draft, err := a.config.Merchants.ProposeLift(ctx, actorOf(ctx), merchant.SubjectKind(in.Kind), in.Index, in.Body.Reason)
			if err != nil {
				return nil, err
			}
			p, err := a.config.Access.Propose(ctx, actorOf(ctx), draft)
			return a.answerProposal(ctx, p, err)
		})
	type typesOutput struct {
		Body struct {
			Data []RiskTypeView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/risk-types", "get-risk-types", tag, "The risk types of the payment association, by their codes"), rule,
		func(context.Context, *struct{}) (*typesOutput, error) {
			out := &typesOutput{}
			for _, code := range slices.Sorted(maps.Keys(merchant.RiskTypes)) {
				out.Body.Data = append(out.Body.Data, RiskTypeView{code, merchant.RiskTypes[code]})
			}
			return out, nil
		})
}

// RiskTypeView is a risk type of the payment association.
type RiskTypeView struct {
	Code    string `json:"code"`
	Meaning string `json:"meaning"`
}
