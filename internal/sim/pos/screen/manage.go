package screen

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

func manageMenu(d *Device) page {
	m := &menu{name: tr("管理", "MANAGEMENT"), items: []item{
		{"1", tr("签到", "sign in"), signIn},
		{"2", tr("签退", "sign off"), signOff},
		{"3", tr("操作员", "operators"), open(operatorMenu)},
		{"4", tr("下载", "downloads"), open(downloadMenu)},
		{"5", tr("查看参数", "parameters"), open(parametersPage)},
		{"6", tr("密钥", "keys"), open(keysMenu)},
		{"7", tr("终端体检", "doctor"), doctor},
		{"8", tr("训练模式", "training"), toggleTraining},
	}}
	if d.t.Training() {
		m.items[7].label = tr("退出训练", "leave training")
	}
	if d.config.Demo {
		m.items = append(m.items, item{"9", tr("硬件（演示）", "hardware (demo)"), open(hardwareMenu)})
	}
	return m
}

// done tells that something local was done, or why not.
func done(d *Device, name pos.Text, what pos.Text, err error) Job {
	if err != nil {
		d.push(errorPage(name, err))
		return nil
	}
	d.push(&notice{name: name, text: func(d *Device) []string { return []string{d.say(tr("[OK] ", "[OK] ")) + d.say(what)} }})
	return nil
}

func operatorMenu(*Device) page {
	name := tr("操作员", "OPERATORS")
	withNumber := func(label pos.Text, what pos.Text, do func(t *pos.Terminal, supervisor, number string) error) func(*Device) Job {
		return func(d *Device) Job {
			var number string
			password := &entry{name: name, prompt: tr("请输入主管密码", "Supervisor's password"), min: 4, max: 8, secret: true}
			password.done = func(d *Device, value string) Job { return done(d, name, what, do(d.t, value, number)) }
			e := &entry{name: label, prompt: tr("收银员号 01-97", "cashier 01 to 97"), min: 2, max: 2}
			e.done = func(d *Device, value string) Job {
				number, e.value = value, value
				d.push(password)
				return nil
			}
			d.push(e)
			return nil
		}
	}
	return &menu{name: name, items: []item{
		{"1", tr("改密码", "change password"), changePassword},
		{"2", tr("增加", "add"), withNumber(tr("增加操作员", "ADD AN OPERATOR"), tr("已增加，初始密码 0000", "added, first password 0000"),
			func(t *pos.Terminal, s, n string) error { return t.AddOperator(s, n) })},
		{"3", tr("删除", "delete"), withNumber(tr("删除操作员", "DELETE AN OPERATOR"), tr("已删除", "deleted"),
			func(t *pos.Terminal, s, n string) error { return t.DeleteOperator(s, n) })},
		{"4", tr("重置密码", "reset password"), withNumber(tr("重置密码", "RESET A PASSWORD"), tr("已重置为初始密码 0000", "reset to 0000"),
			func(t *pos.Terminal, s, n string) error { return t.ResetOperator(s, n) })},
		{"5", tr("列表", "list"), open(operatorsPage)},
	}}
}

func changePassword(d *Device) Job {
	number, name := d.status.Operator, tr("改密码", "CHANGE PASSWORD")
	ask := func(prompt pos.Text, then func(*Device, *entry, string) Job) *entry {
		e := &entry{name: name, prompt: prompt, min: 4, max: 8, secret: true}
		e.done = func(d *Device, value string) Job { return then(d, e, value) }
		return e
	}
	d.push(ask(tr("操作员 "+number+" 原密码", "old password of operator "+number), func(d *Device, _ *entry, old string) Job {
		d.push(ask(tr("新密码（4-8位）", "new password, 4 to 8 digits"), func(d *Device, _ *entry, fresh string) Job {
			d.push(ask(tr("再输一次新密码", "the new password again"), func(d *Device, e *entry, again string) Job {
				if fresh != again {
					e.fault = tr("两次输入不同", "the two differ")
					return nil
				}
				return done(d, name, tr("密码已改", "the password is changed"), d.t.ChangePassword(number, old, fresh))
			}))
			return nil
		}))
		return nil
	}))
	return nil
}

func operatorsPage(*Device) page {
	return &scroll{name: tr("操作员", "OPERATORS"), text: func(d *Device) []string {
		var lines []string
		for _, o := range d.t.Operators() {
			state := ""
			if o.First {
				state = d.say(tr("初始密码，请修改", "first password!"))
			}
			lines = append(lines, ends(o.Number+" "+d.say(o.Role), state, displayColumns))
		}
		return lines
	}}
}

func downloadMenu(*Device) page {
	m := &menu{name: tr("下载", "DOWNLOADS")}
	for i, what := range pos.Downloads() {
		m.items = append(m.items, item{fmt.Sprint(i + 1), what.Name(), load(what)})
	}
	m.items = append(m.items, item{"9", tr("全部", "all of it"), loadAll})
	return m
}

// loadAll downloads everything, one after the other.
func loadAll(d *Device) Job {
	return d.work(tr("下载", "DOWNLOADS"), func(ctx context.Context) Finish {
		var lines []func(*Device) string
		for _, what := range pos.Downloads() {
			o, err := d.t.Download(ctx, what)
			result := fmt.Sprint(o.Items)
			switch {
			case err != nil:
				result = "x"
			case !o.Approved:
				result = "x " + o.Code
			}
			lines = append(lines, func(d *Device) string { return ends(d.say(what.Name()), result, displayColumns) })
		}
		return func(d *Device) Job {
			d.push(&scroll{name: tr("下载", "DOWNLOADS"), text: func(d *Device) []string {
				var out []string
				for _, line := range lines {
					out = append(out, line(d))
				}
				return out
			}})
			return nil
		}
	})
}

func parametersPage(*Device) page {
	return &scroll{name: tr("终端参数", "PARAMETERS"), text: func(d *Device) []string {
		p, s := d.t.Parameters(), d.status
		var lines []string
		add := func(name pos.Text, value string) {
			if value != "" && value != "0" {
				lines = append(lines, ends(d.say(name), value, displayColumns))
			}
		}
		yes := func(on bool) string {
			if on {
				return d.say(tr("开", "on"))
			}
			return d.say(tr("关", "off"))
		}
		add(tr("商户", "merchant"), s.MerchantName)
		add(tr("商户号", "merchant number"), s.Merchant)
		add(tr("终端号", "terminal number"), s.Terminal)
		add(tr("主机", "host"), s.Address)
		add(tr("TPDU", "TPDU"), s.TPDU)
		add(tr("协议", "profile"), s.Profile)
		if at := p.LoadedAt[pos.TerminalParameters]; !at.IsZero() {
			add(tr("参数下载于", "downloaded"), at.Format("2006-01-02 15:04"))
			add(tr("应答超时(秒)", "timeout (s)"), fmt.Sprint(p.Timeout))
			add(tr("冲正次数", "reversal tries"), fmt.Sprint(p.Tries))
			add(tr("小费", "tips"), yes(p.Tips)+fmt.Sprintf(" %d%%", p.TipPercent))
			add(tr("手输卡号", "typed numbers"), yes(p.Manual))
			add(tr("结批后签退", "sign off after close"), yes(p.AutoSignOff))
			add(tr("交易开关", "switches"), fmt.Sprintf("%016X", p.Switches))
		} else {
			lines = append(lines, d.say(tr("未下载终端参数，使用默认值", "nothing downloaded: defaults")))
		}
		if !p.LoadedAt[pos.Contactless].IsZero() {
			add(tr("免密限额", "limit without PIN"), pos.FormatAmount(p.NoPIN))
			add(tr("非接限额", "contactless limit"), pos.FormatAmount(p.TapLimit))
		}
		add(tr("CA 公钥", "CA keys"), fmt.Sprint(len(p.Keys)))
		add(tr("IC 卡应用", "applications"), fmt.Sprint(len(p.AIDs)))
		add(tr("黑名单", "blacklist"), fmt.Sprint(len(p.Blacklist)))
		add(tr("卡 BIN 表", "card table"), fmt.Sprint(len(p.BINs)))
		if p.Notice != nil {
			add(tr("有新版本", "new version"), p.Notice.Version)
		}
		return lines
	}}
}

func keysMenu(*Device) page {
	return &menu{name: tr("密钥", "KEYS"), items: []item{
		{"1", tr("校验值", "check values"), open(func(*Device) page {
			return &scroll{name: tr("密钥校验值", "CHECK VALUES"), text: func(d *Device) []string {
				i := slices.IndexFunc(d.t.Examine(), func(f pos.Finding) bool { return f.Part == pos.PartKeys })
				return pos.Wrap(d.say(d.t.Examine()[i].What), displayColumns)
			}}
		})},
		{"2", tr("装载主密钥", "load master key"), loadKey},
	}}
}

// loadKey asks the system operator and two custodians, each with a component and its check value.
func loadKey(d *Device) Job {
	name := tr("装载主密钥", "MASTER KEY")
	var parts []pos.Component
	secret := func(prompt pos.Text, least, most int, then func(*Device, *entry, []byte) Job) *entry {
		e := &entry{name: name, prompt: prompt, form: hexadecimal, min: least, max: most, secret: true}
		e.done = func(d *Device, value string) Job {
			raw, err := hex.DecodeString(value)
			if err != nil {
				e.fault = tr("位数应为偶数", "an even number of digits")
				return nil
			}
			return then(d, e, raw)
		}
		return e
	}
	whole := secret(tr("合成密钥校验值（可空）", "check value of the whole, or nothing"), 0, 16, func(d *Device, _ *entry, want []byte) Job {
		if len(want) == 0 {
			want = nil
		}
		err := d.t.LoadTMK(want, parts...)
		for _, p := range parts {
			clear(p.Value)
		}
		if err != nil {
			return done(d, name, nothing, err)
		}
		return done(d, name, tr("已装载，校验值 "+d.t.Status().CheckValue, "loaded, check value "+d.t.Status().CheckValue), nil)
	})
	whole.secret = false
	var component func(n int) *entry
	component = func(n int) *entry {
		return secret(tr(fmt.Sprintf("分量 %d（32位十六进制）", n), fmt.Sprintf("component %d, 32 hexadecimal digits", n)), 16, 32, func(d *Device, _ *entry, value []byte) Job {
			check := secret(tr(fmt.Sprintf("分量 %d 校验值（可空）", n), fmt.Sprintf("its check value (%d), or nothing", n)), 0, 16, func(d *Device, _ *entry, want []byte) Job {
				if len(want) == 0 {
					want = nil
				}
				parts = append(parts[:n-1], pos.Component{Value: bytes.Clone(value), CheckValue: want})
				if n == 2 {
					d.push(whole)
					return nil
				}
				d.push(component(n + 1))
				return nil
			})
			check.secret = false
			d.push(check)
			return nil
		})
	}
	gate := &entry{name: name, prompt: tr("请输入系统管理员密码", "System operator's password"), min: 4, max: 8, secret: true}
	gate.done = func(d *Device, value string) Job {
		if err := d.t.CheckSystem(value); err != nil {
			return gate.refused(err)
		}
		d.push(component(1))
		return nil
	}
	d.push(gate)
	return nil
}

// echoes is how often the doctor asks the host.
const echoes = 3

// doctor examines the terminal and the way to the host.
func doctor(d *Device) Job {
	name := tr("终端体检", "DOCTOR")
	return d.work(name, func(ctx context.Context) Finish {
		found := d.t.Diagnose(ctx, echoes)
		return func(d *Device) Job {
			d.push(findingsPage(name, found.Findings))
			return nil
		}
	})
}

var stateMarks = map[pos.State]string{pos.Good: "[ok] ", pos.Warning: "[ !] ", pos.Blocks: "[XX] "}

// findingsPage lists what was found, and what to do about it.
func findingsPage(name pos.Text, findings []pos.Finding) page {
	// What matters comes first.
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(a, b pos.Finding) int { return int(b.State) - int(a.State) })
	return &scroll{name: name, text: func(d *Device) []string {
		var lines []string
		for _, f := range findings {
			for i, line := range pos.Wrap(d.say(f.Part.Name())+": "+d.say(f.What), displayColumns-5) {
				mark := stateMarks[f.State]
				if i > 0 {
					mark = "     "
				}
				lines = append(lines, mark+line)
			}
			if f.State == pos.Good {
				continue
			}
			for _, line := range pos.Wrap("-> "+d.say(f.Do), displayColumns-5) {
				lines = append(lines, "     "+line)
			}
		}
		return lines
	}}
}

// toggleTraining begins or ends a training.
func toggleTraining(d *Device) Job {
	name := tr("训练模式", "TRAINING")
	if d.t.Training() {
		d.t.EndTraining()
		d.home()
		d.news = tr("训练结束，回到真实交易", "the training is over: this is real again")
		return nil
	}
	d.push(&notice{
		name: name,
		text: func(d *Device) []string {
			return []string{d.say(tr("训练中的交易不发送、不入账，签购单印有“训练”。卡号后缀 51、54 等照样拒绝。",
				"Nothing is sent or booked while training; slips say TRAINING. Cards named 51, 54 and so on decline."))}
		},
		label: tr("开始", "begin"),
		enter: func(d *Device) Job {
			if err := d.t.StartTraining(); err != nil {
				return done(d, name, nothing, err)
			}
			d.home()
			return nil
		},
		leave: func(d *Device) Job { d.pop(); return nil },
	})
	return nil
}

// hardwareWords are the states of the machine; "" is a sound one.
var hardwareWords = map[string]pos.Text{
	"": tr("正常", "ok"), "paper_out": tr("缺纸", "out of paper"), "near_end": tr("纸将尽", "near its end"),
	"cover_open": tr("盖开", "cover open"), "overheated": tr("过热", "too hot"), "weak": tr("弱", "weak"), "none": tr("无", "none"),
	"fault": tr("故障", "fault"), "opened": tr("被拆", "opened"),
}

// hardwareMenu plays the state of the machine.
func hardwareMenu(*Device) page {
	change := func(do func(*pos.Hardware)) func(*Device) Job {
		return func(d *Device) Job {
			h := d.t.Hardware()
			do(&h)
			if err := d.t.SetHardware(h); err != nil {
				d.push(errorPage(tr("硬件", "HARDWARE"), err))
			}
			return nil
		}
	}
	next := func(words []string, have string) string {
		words = append([]string{""}, words...)
		return words[(slices.Index(words, have)+1)%len(words)]
	}
	return &menu{
		name: tr("硬件（演示）", "HARDWARE (DEMO)"),
		lines: func(d *Device) []string {
			h := d.t.Hardware()
			word := func(name pos.Text, value string) string { return d.say(name) + " " + d.say(hardwareWords[value]) }
			power := d.say(tr("电源 外接", "power mains"))
			if h.OnBattery {
				power = fmt.Sprintf(d.say(tr("电池 %d%%", "battery %d%%")), h.Battery)
			}
			pad, opened := "", ""
			if h.PINPadFault {
				pad = "fault"
			}
			if h.Tampered {
				opened = "opened"
			}
			return []string{
				ends(word(tr("打印机", "printer"), h.Printer), power, displayColumns),
				ends(word(tr("信号", "signal"), h.Signal), fmt.Sprintf(d.say(tr("读卡器 %d%%", "reader %d%%")), h.ReaderWear), displayColumns),
				ends(word(tr("密码键盘", "PIN pad"), pad), word(tr("机身", "case"), opened), displayColumns), "",
			}
		},
		items: []item{
			{"1", tr("打印机", "printer"), change(func(h *pos.Hardware) { h.Printer = next(pos.PrinterWords(), h.Printer) })},
			{"2", tr("外接/电池", "mains/battery"), change(func(h *pos.Hardware) { h.OnBattery, h.Battery = !h.OnBattery, 60 })},
			{"3", tr("耗电 20%", "use up 20%"), change(func(h *pos.Hardware) { h.OnBattery, h.Battery = true, max(0, h.Battery-20) })},
			{"4", tr("信号", "signal"), change(func(h *pos.Hardware) { h.Signal = next([]string{"weak", "none"}, h.Signal) })},
			{"5", tr("读卡器磨损", "reader wear"), change(func(h *pos.Hardware) { h.ReaderWear = (h.ReaderWear + 45) % 135 })},
			{"6", tr("密码键盘", "PIN pad"), change(func(h *pos.Hardware) { h.PINPadFault = !h.PINPadFault })},
			{"7", tr("拆机", "open the case"), change(func(h *pos.Hardware) { h.Tampered = !h.Tampered })},
			{"8", tr("全部恢复", "all sound"), change(func(h *pos.Hardware) { *h = pos.Hardware{} })},
		},
	}
}

func statusPage(*Device) page {
	return &scroll{name: tr("终端状态", "STATUS"), text: func(d *Device) []string {
		s := d.status
		yes := tr("否", "no")
		if s.SignedIn {
			yes = tr("是", "yes")
		}
		lines := []string{
			ends(d.say(tr("终端号", "terminal")), s.Terminal, displayColumns),
			ends(d.say(tr("商户号", "merchant")), s.Merchant, displayColumns),
			ends(d.say(tr("已签到", "signed in")), d.say(yes), displayColumns),
			ends(d.say(tr("批次/流水", "batch/trace")), s.Batch+" / "+s.Trace, displayColumns),
			ends(d.say(tr("本批笔数", "lines in the batch")), fmt.Sprint(s.Lines), displayColumns),
			ends(d.say(tr("主密钥校验值", "master key check value")), s.CheckValue, displayColumns),
			ends(d.say(tr("待发脚本/签名", "scripts and signatures")), fmt.Sprint(s.Errands), displayColumns),
		}
		if p := s.Pending; p != nil {
			lines = append(lines, ends(d.say(tr("待处理", "pending"))+" "+d.say(p.Kind.Name())+" "+p.Trace, pos.FormatAmount(p.Amount), displayColumns))
		}
		for _, due := range s.Due {
			lines = append(lines, d.say(tr("主机要求：", "asked for: "))+d.say(due.Name()))
		}
		return lines
	}}
}
