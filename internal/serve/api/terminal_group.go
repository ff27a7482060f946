package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// CoverageView says how far a version of parameters has come in a group.
type CoverageView struct {
	Kind     string `json:"kind" enum:"settings,ca_keys,applications,contactless,blacklist,bins,notice"`
	Version  int64  `json:"version" doc:"That the group assigns; 0 for none."`
	Latest   int64  `json:"latest" doc:"The newest there is; 0 for none."`
	Fetched  int64  `json:"fetched" doc:"Terminals that hold it."`
	Expected int64  `json:"expected" doc:"Terminals that are to hold it."`
}

// GroupView is terminals that are configured alike.
type GroupView struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Profile    string         `json:"profile" enum:"cup,cup-x919,cup-190,cup-single,cup-sm4" doc:"Dialect of ISO 8583 that they speak."`
	Terminals  int64          `json:"terminals" doc:"How many, without those that are lost or retired."`
	Parameters []CoverageView `json:"parameters" nullable:"false"`
	ChangedAt  *time.Time     `json:"changed_at"`
}

// GroupOutput is one group.
type GroupOutput struct{ Body GroupView }

// ReleaseView is a version of parameters in a list.
type ReleaseView struct {
	Kind      string    `json:"kind" enum:"settings,ca_keys,applications,contactless,blacklist,bins,notice"`
	Version   int64     `json:"version"`
	Bytes     int64     `json:"bytes"`
	By        string    `json:"by"`
	ByName    string    `json:"by_name"`
	CreatedAt time.Time `json:"created_at"`
}

// ParametersView is a version of parameters with its content.
type ParametersView struct {
	ReleaseView
	Content json.RawMessage `json:"content" doc:"What terminals download, by the kind."`
	Cards   int             `json:"cards" doc:"Whole cards on a black list, which are shown to nobody and stay on the next version."`
}

// ParametersOutput is one version.
type ParametersOutput struct{ Body ParametersView }

// KindInput names a kind of parameters.
type KindInput struct {
	Kind string `path:"kind" enum:"settings,ca_keys,applications,contactless,blacklist,bins,notice"`
}

// VersionOfInput names a version of parameters.
type VersionOfInput struct {
	KindInput
	Version int64 `path:"version" minimum:"1"`
}

// PublishInput makes another version.
type PublishInput struct {
	KindInput
	Body struct {
		Base    int64           `json:"base" minimum:"0" doc:"The newest version as you saw it; 0 where there was none."`
		Content json.RawMessage `json:"content" doc:"All of it."`
	}
}

// GroupInput names a group.
type GroupInput struct {
	ID string `path:"id" pattern:"^[a-z0-9-]{1,32}$"`
}

// SaveGroupInput makes a group or renames it.
type SaveGroupInput struct {
	GroupInput
	Body struct {
		Name    string `json:"name" minLength:"1" maxLength:"60"`
		Profile string `json:"profile" enum:"cup,cup-x919,cup-190,cup-single,cup-sm4"`
	}
}

// AssignInput says what a group is to hold.
type AssignInput struct {
	GroupInput
	Body struct {
		Kind    string `json:"kind" enum:"settings,ca_keys,applications,contactless,blacklist,bins,notice"`
		Version int64  `json:"version" minimum:"0" doc:"0 takes the kind away."`
	}
}

// MoveInput puts terminals into a group.
type MoveInput struct {
	GroupInput
	Body struct {
		Numbers []string `json:"numbers" nullable:"false" minItems:"1" maxItems:"200" doc:"Of terminals, 8 characters each."`
	}
}

// MovedLine is what became of a terminal.
type MovedLine struct {
	Number  string `json:"number"`
	Refused string `json:"refused" doc:"Why it was not moved, as a stable word; empty where it was."`
}

// MovedOutput says what became of each.
type MovedOutput struct {
	Body struct {
		Data []MovedLine `json:"data" nullable:"false"`
	}
}

// registerGroups registers what configures terminals.
func (a *API) registerGroups() {
	const tag = "Terminal groups"
	seen := Rule{Needs: access.TerminalView, Realm: access.Platform}
	manage := Rule{Needs: access.TerminalManage, Realm: access.Platform}
	type groupsOutput struct {
		Body struct {
			Data []GroupView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/terminal-groups", "list-terminal-groups", tag, "List groups of terminals, with what they hold"), seen,
		func(ctx context.Context, _ *struct{}) (*groupsOutput, error) {
			groups, err := a.config.Terminals.Groups(ctx)
			out := &groupsOutput{}
			out.Body.Data = make([]GroupView, 0, len(groups))
			if err != nil || len(groups) == 0 {
				return out, err
			}
			latest, err := a.latestParameters(ctx)
			if err != nil {
				return nil, err
			}
			for _, g := range groups {
				v, err := a.groupView(ctx, g, latest)
				if err != nil {
					return nil, err
				}
				out.Body.Data = append(out.Body.Data, v)
			}
			return out, nil
		})
	register(a, operation(http.MethodGet, "/terminal-groups/{id}", "get-terminal-group", tag, "Show a group"), seen,
		func(ctx context.Context, in *GroupInput) (*GroupOutput, error) { return a.showGroup(ctx, in.ID, nil) })
	register(a, operation(http.MethodPut, "/terminal-groups/{id}", "save-terminal-group", tag, "Make a group, or change its name and dialect"), manage,
		func(ctx context.Context, in *SaveGroupInput) (*GroupOutput, error) {
			err := a.config.TerminalDesk.SaveGroup(ctx, terminal.Group{ID: in.ID, Name: in.Body.Name, Profile: in.Body.Profile}, actorOf(ctx).Trail())
			return a.showGroup(ctx, in.ID, err)
		})
	register(a, operation(http.MethodPost, "/terminal-groups/{id}/assign", "assign-parameters", tag, "Say which version the terminals of a group are to hold"), manage,
		func(ctx context.Context, in *AssignInput) (*GroupOutput, error) {
			err := a.config.TerminalDesk.Assign(ctx, in.ID, terminal.Kind(in.Body.Kind), in.Body.Version, actorOf(ctx).Trail())
			return a.showGroup(ctx, in.ID, err)
		})
	register(a, operation(http.MethodPost, "/terminal-groups/{id}/terminals", "move-terminals", tag, "Put terminals into a group by their numbers"), manage,
		func(ctx context.Context, in *MoveInput) (*MovedOutput, error) {
			refused, err := a.config.TerminalDesk.MoveAll(ctx, in.Body.Numbers, in.ID, actorOf(ctx).Trail())
			out := &MovedOutput{}
			out.Body.Data = make([]MovedLine, 0, len(in.Body.Numbers))
			for _, number := range in.Body.Numbers {
				line := MovedLine{Number: number}
				if why := refused[number]; why != nil {
					line.Refused = fault.CodeOf(why)
				}
				out.Body.Data = append(out.Body.Data, line)
			}
			return out, err
		})
	a.registerParameters()
}

// registerParameters registers the versions of what terminals download.
func (a *API) registerParameters() {
	const tag, at = "Terminal parameters", "/terminal-parameters/{kind}"
	seen := Rule{Needs: access.TerminalView, Realm: access.Platform}
	type releasesOutput struct {
		Body struct {
			Data []ReleaseView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, at, "get-parameter-versions", tag, "The hundred newest versions of a kind of parameters"), seen,
		func(ctx context.Context, in *KindInput) (*releasesOutput, error) {
			list, err := a.config.Terminals.Releases(ctx, terminal.Kind(in.Kind))
			out := &releasesOutput{}
			out.Body.Data = make([]ReleaseView, 0, len(list))
			if err != nil {
				return nil, err
			}
			names := map[string]string{}
			for _, r := range list {
				if _, known := names[r.Author]; !known {
					if names[r.Author], err = a.nameOf(ctx, r.Author); err != nil {
						return nil, err
					}
				}
				out.Body.Data = append(out.Body.Data, releaseView(r, names[r.Author]))
			}
			return out, nil
		})
	register(a, operation(http.MethodGet, at+"/{version}", "get-parameters", tag, "Show a version of parameters"), seen,
		func(ctx context.Context, in *VersionOfInput) (*ParametersOutput, error) {
			set, err := a.config.TerminalDesk.Parameters(ctx, terminal.Kind(in.Kind), in.Version)
			return a.showParameters(ctx, set, err)
		})
	publish := withStatus(operation(http.MethodPost, at, "publish-parameters", tag, "Publish another version; nobody gets it before it is assigned"), http.StatusCreated)
	register(a, publish, Rule{Needs: access.TerminalManage, Realm: access.Platform}, func(ctx context.Context, in *PublishInput) (*ParametersOutput, error) {
		set, err := a.config.TerminalDesk.PublishOver(ctx, terminal.Kind(in.Kind), in.Body.Base, in.Body.Content, actorOf(ctx).Trail())
		return a.showParameters(ctx, set, err)
	})
}

// latestParameters returns the newest version of each kind of parameters.
func (a *API) latestParameters(ctx context.Context) (map[terminal.Kind]int64, error) {
	latest := make(map[terminal.Kind]int64, len(terminal.Kinds))
	for _, k := range terminal.Kinds {
		var err error
		if latest[k], err = a.config.Terminals.LatestParameters(ctx, k); err != nil {
			return nil, err
		}
	}
	return latest, nil
}

func (a *API) groupView(ctx context.Context, g terminal.Group, latest map[terminal.Kind]int64) (GroupView, error) {
	v := GroupView{ID: g.ID, Name: g.Name, Profile: g.Profile, Parameters: []CoverageView{}, ChangedAt: when(g.UpdatedAt)}
	census, err := a.config.Terminals.Census(ctx, g.ID)
	if err != nil {
		return v, err
	}
	cover, terminals := g.Cover(census)
	v.Terminals = terminals
	for _, c := range cover {
		v.Parameters = append(v.Parameters, CoverageView{string(c.Kind), c.Version, latest[c.Kind], c.Fetched, c.Expected})
	}
	return v, nil
}

func (a *API) showGroup(ctx context.Context, group string, err error) (*GroupOutput, error) {
	if err != nil {
		return nil, err
	}
	g, found, err := step.Read[terminal.Group](ctx, a.config.Terminals, terminal.GroupKey(group))
	if err == nil && !found {
		err = terminal.ErrGroup
	}
	if err != nil {
		return nil, err
	}
	latest, err := a.latestParameters(ctx)
	if err != nil {
		return nil, err
	}
	v, err := a.groupView(ctx, g, latest)
	return &GroupOutput{v}, err
}

func releaseView(r terminal.Release, author string) ReleaseView {
	return ReleaseView{string(r.Kind), r.Version, r.Bytes, r.Author, author, r.CreatedAt.Time()}
}

func (a *API) showParameters(ctx context.Context, set terminal.Set, err error) (*ParametersOutput, error) {
	if err != nil {
		return nil, err
	}
	content, cards, err := set.Shown()
	if err != nil {
		return nil, err
	}
	author, err := a.nameOf(ctx, set.Author)
	v := releaseView(terminal.Release{
		Kind: set.Kind, Version: set.Version, Bytes: int64(len(set.Content)), Author: set.Author, CreatedAt: set.CreatedAt,
	}, author)
	return &ParametersOutput{ParametersView{v, content, cards}}, err
}
