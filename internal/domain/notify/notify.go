// Package notify words what people are told by mail and by text message, in Chinese and in English.
//
// A [Message] says what is to be told and to whom; [Compose] puts it into words. What it tells is in its arguments; a
// message that misses one is refused, so that nobody gets a text with a hole. Texts never carry account or identity
// numbers; a code stands in a text only, never in a log.
package notify

import (
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/fault"
)

// Kind is what is told.
type Kind string

// The kinds.
const (
	CodeRegister  Kind = "register_code"
	CodeReset     Kind = "reset_code"
	CodeLogin     Kind = "name_code"
	Invitation    Kind = "invitation"
	AgentPerson   Kind = "agent_person"
	NewDevice     Kind = "new_device"
	Password      Kind = "password_changed"
	Locked        Kind = "account_locked"
	Known         Kind = "registered_already" // somebody registered anew under a name that has an account
	ResetUnknown  Kind = "reset_unknown"      // somebody wants to reset the password of a name that has no account
	Returned      Kind = "application_returned"
	Approved      Kind = "application_approved"
	Rejected      Kind = "application_rejected"
	Expiring      Kind = "document_expiring"
	Shipped       Kind = "terminal_shipped"
	Answered      Kind = "ticket_answered"
	ServiceOpened Kind = "service_opened"
	WebhookEnded  Kind = "webhook_ended" // its address takes nothing any more
)

// Message is one thing that one person is told.
type Message struct {
	To   string // telephone number or e-mail address
	Kind Kind
	Lang string // "zh" or "en"
	Args map[string]string
}

// Text is a message in words. A text message has no subject.
type Text struct{ Subject, Body string }

// Refusals.
var (
	ErrKind = fault.New(fault.Internal, "message_kind", "there are no words for this kind of message")
	ErrArgs = fault.New(fault.Internal, "message_args", "a message misses a part")
)

type words struct{ subject, body string }

// texts holds every text by kind and language. {name} stands for an argument.
var texts = map[Kind]map[string]words{
	CodeRegister: {
		"zh": {"注册验证码", "您的注册验证码是 {code}，10 分钟内有效。请勿告诉他人。"},
		"en": {"Your code", "Your registration code is {code}. It is good for 10 minutes. Tell it to nobody."},
	},
	CodeReset: {
		"zh": {"重置密码验证码", "您正在重置密码，验证码是 {code}，10 分钟内有效。如非本人操作，请忽略。"},
		"en": {"Reset your password", "Your code to reset the password is {code}. It is good for 10 minutes. If it was not you, do nothing."},
	},
	CodeLogin: {
		"zh": {"更换登录名验证码", "您正在更换登录名，验证码是 {code}，10 分钟内有效。"},
		"en": {"Change your log-in name", "Your code to change the log-in name is {code}. It is good for 10 minutes."},
	},
	Invitation: {
		"zh": {"邀请您加入商户", "{merchant} 邀请您加入，7 天内有效。打开 {link} 接受；或在商户平台填写邀请 {invitation} 和邀请码 {code}。"},
		"en": {"You are invited", "{merchant} invites you to join, within 7 days. Open {link} to accept; or enter invitation {invitation} and code {code} in the merchant portal."},
	},
	AgentPerson: {
		"zh": {"您的代理商账号", "{agent} 的代理商账号已为您开通，登录名是 {login}。打开 {link}，用它获取验证码并设置密码，即可登录。"},
		"en": {"Your account with an agent", "You have an account for {agent}, under the log-in name {login}. Open {link} to get a code for it and set your password; then log in."},
	},
	NewDevice: {
		"zh": {"新设备登录提醒", "您的账号在新设备上登录：{device}，地址 {address}。如非本人操作，请立即修改密码。"},
		"en": {"Log-in from a new device", "Your account was used on a new device: {device}, from {address}. If it was not you, change the password at once."},
	},
	Password: {
		"zh": {"密码已修改", "您的密码已修改，其他设备已退出登录。如非本人操作，请立即联系我们。"},
		"en": {"Your password was changed", "Your password was changed and other devices were logged out. If it was not you, contact us at once."},
	},
	Locked: {
		"zh": {"账号已锁定", "您的账号因多次登录失败被锁定 30 分钟。如非本人操作，请重置密码。"},
		"en": {"Your account is locked", "Your account is locked for 30 minutes after too many failures. If it was not you, reset the password."},
	},
	Known: {
		"zh": {"您已有账号", "有人用您的联系方式注册，但您已有账号。请直接登录，或重置密码。"},
		"en": {"You have an account", "Somebody registered with your name, but you have an account already. Log in, or reset the password."},
	},
	ResetUnknown: {
		"zh": {"没有该账号", "有人请求重置此联系方式的密码，但它没有对应的账号。如是您本人，请用注册时的联系方式。"},
		"en": {"There is no account", "Somebody asked to reset the password of this address, but it has no account. If it was you, use the address that you registered with."},
	},
	Returned: {
		"zh": {"进件资料需补正", "{merchant} 的申请已退回，需要补正。请登录商户平台查看审核意见。"},
		"en": {"Please correct your application", "The application of {merchant} was returned for correction. See the remarks in the merchant portal."},
	},
	Approved: {
		"zh": {"申请已通过", "{merchant} 的申请已通过，可以开通支付服务并订购终端。"},
		"en": {"Your application is approved", "The application of {merchant} is approved. You can open payment services and order terminals."},
	},
	Rejected: {
		"zh": {"申请未通过", "{merchant} 的申请未通过。原因请登录商户平台查看。"},
		"en": {"Your application is rejected", "The application of {merchant} is rejected. See the reason in the merchant portal."},
	},
	Expiring: {
		"zh": {"证件即将到期", "{merchant} 的{document}将于 {date} 到期，请及时更新，以免影响收款。"},
		"en": {"A document expires", "The {document} of {merchant} expires on {date}. Renew it in time, so that you can go on collecting."},
	},
	Shipped: {
		"zh": {"终端已发货", "您订购的终端已发货：{carrier} {tracking}。收到后请在商户平台确认并激活。"},
		"en": {"Your terminals are on their way", "Your terminals were shipped: {carrier} {tracking}. Confirm the receipt in the merchant portal and activate them."},
	},
	Answered: {
		"zh": {"工单有新回复", "您的工单「{title}」有新回复，请登录商户平台查看。"},
		"en": {"Your ticket was answered", "Your ticket \"{title}\" has an answer. See it in the merchant portal."},
	},
	WebhookEnded: {
		"zh": {"事件推送已停用", "{merchant} 的事件推送已停用：{address} 连续 5 天接收失败，或要求不再发送。请修复后在商户平台重新启用并补发。"},
		"en": {"A webhook is switched off", "A webhook of {merchant} is switched off: {address} took nothing for 5 days, or wants nothing more. Mend it, switch it on in the merchant portal, and send again what it missed."},
	},
	ServiceOpened: {
		"zh": {"支付服务已开通", "{merchant} 的{service}已开通。"},
		"en": {"A payment service is open", "{service} is open for {merchant}."},
	},
}

// Kinds lists every kind.
func Kinds() []Kind {
	list := make([]Kind, 0, len(texts))
	for k := range texts {
		list = append(list, k)
	}
	return list
}

// Compose puts a message into words; another language than Chinese and English gets English.
func Compose(m Message) (Text, error) {
	byLang, ok := texts[m.Kind]
	if !ok {
		return Text{}, ErrKind.With("there are no words for a message of kind %q", m.Kind)
	}
	w, ok := byLang[m.Lang]
	if !ok {
		w = byLang["en"]
	}
	body := w.body
	for name, value := range m.Args {
		body = strings.ReplaceAll(body, "{"+name+"}", plain(value))
	}
	if i := strings.IndexByte(body, '{'); i >= 0 {
		return Text{}, ErrArgs.With("a message of kind %q misses %s", m.Kind, body[i:])
	}
	return Text{Subject: "yifen 一分: " + w.subject, Body: body}, nil
}

// plain keeps what a person typed from making lines, or holes, of its own.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return ' '
		case r == '{' || r == '}':
			return '|'
		}
		return r
	}, s)
}
